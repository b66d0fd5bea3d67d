package dataset

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/gzip"
	"github.com/parquet-go/parquet-go/compress/lz4"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rehearse-dev/rehearse/flow"
)

type line struct {
	SKU   string             `parquet:"sku"`
	Price *float64           `parquet:"price,optional"`
	Tags  []string           `parquet:"tags,list"`
	Extra map[string]float64 `parquet:"extra"`
}

type address struct {
	City *string `parquet:"city,optional"`
	Zip  int32   `parquet:"zip"`
}

type nestedRow struct {
	ID      string     `parquet:"id"`
	Amount  int64      `parquet:"amount,decimal(2:12)"`
	Wide    [16]byte   `parquet:"wide,decimal(10:38)"`
	Big     uint64     `parquet:"big"`
	Small   int32      `parquet:"small"`
	When    time.Time  `parquet:"when,timestamp(millisecond)"`
	Nano    time.Time  `parquet:"nano,timestamp(nanosecond)"`
	Day     int32      `parquet:"day,date"`
	Channel string     `parquet:"channel,dict"`
	Maybe   *bool      `parquet:"maybe,optional"`
	Float   float32    `parquet:"float"`
	Key     [16]byte   `parquet:"key,uuid"`
	Lines   []line     `parquet:"lines,list"`
	Plain   []int64    `parquet:"plain"` // a list of two levels
	Address *address   `parquet:"address,optional"`
	Matrix  [][]int32  `parquet:"matrix,list"`
	Decided *time.Time `parquet:"decided,optional,timestamp(microsecond)"`
}

func nestedRows() []nestedRow {
	price, city, yes, at := 2.5, "Gent", true, time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC)
	var wide [16]byte
	new(big.Int).SetInt64(15_000_000_000).FillBytes(wide[:]) // 1.5 at scale 10
	var minus [16]byte
	for i := range minus {
		minus[i] = 0xff // -1
	}
	return []nestedRow{
		{
			ID: "full", Amount: 123456, Wide: wide, Big: math.MaxUint64, Small: -7, When: at, Nano: at.Add(1), Day: 20209, Channel: "email",
			Maybe: &yes, Float: 0.5, Key: [16]byte{0xde, 0xad, 15: 1},
			Lines:   []line{{SKU: "a", Price: &price, Tags: []string{"x", "y"}, Extra: map[string]float64{"w": 1}}, {SKU: "b"}},
			Plain:   []int64{1, 2, 3},
			Address: &address{City: &city, Zip: 9000}, Decided: &at,
		},
		{ID: "empty", Amount: -5, Wide: minus, When: time.Unix(-1, 0), Channel: "paper", Address: &address{Zip: 1}},
		{ID: "part", Channel: "email", Lines: []line{{SKU: "c", Tags: []string{""}}}, Plain: []int64{4}},
	}
}

func writeParquet[T any](t testing.TB, dir string, rows []T, options ...parquet.WriterOption) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cases.parquet"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

var nestedInput = schema(
	"amount", flow.Number, "wide", flow.Number, "big", flow.Number, "small", flow.Integer, "when", flow.Time, "nano", flow.Time, "day", flow.Date,
	"channel", flow.Type{Kind: flow.Enum, Enum: []string{"email", "paper"}}, "maybe", optional(flow.Boolean), "float", flow.Number, "key", flow.String,
	"lines", optional(flow.List), "plain", flow.List, "city", optional(flow.String), "address", optional(flow.Record), "decided", optional(flow.Time),
	"matrix", optional(flow.List), "when_text", flow.String, "amount_text", flow.String,
)

const nestedCard = `source: cases.parquet
id: id
input: {amount: amount, wide: wide, big: big, small: small, when: when, nano: nano, day: day, channel: channel, maybe: maybe, float: float, key: key,
  lines: lines, plain: plain, city: address.city, address: address, decided: decided, matrix: matrix, when_text: when, amount_text: amount}
`

const nestedWant = `0 full dev {"amount":1234.56,"wide":1.5,"big":1.8446744073709552e+19,"small":-7,"when":"2025-05-01T12:00:00Z","nano":"2025-05-01T12:00:00.000000001Z","day":"2025-05-01","channel":"email","maybe":true,"float":0.5,"key":"dead0000-0000-0000-0000-000000000001","lines":[{"extra":{"w":1},"price":2.5,"sku":"a","tags":["x","y"]},{"extra":{},"price":null,"sku":"b","tags":[]}],"plain":[1,2,3],"city":"Gent","address":{"city":"Gent","zip":9000},"decided":"2025-05-01T12:00:00Z","matrix":[],"when_text":"2025-05-01T12:00:00Z","amount_text":"1234.56"}
1 empty dev {"amount":-0.05,"wide":-1e-10,"big":0,"small":0,"when":"1969-12-31T23:59:59Z","nano":"1754-08-30T22:43:41.128654848Z","day":"1970-01-01","channel":"paper","maybe":null,"float":0,"key":"00000000-0000-0000-0000-000000000000","lines":[],"plain":[],"city":null,"address":{"city":null,"zip":1},"decided":null,"matrix":[],"when_text":"1969-12-31T23:59:59Z","amount_text":"-0.05"}
2 part dev {"amount":0,"wide":0,"big":0,"small":0,"when":"0001-01-01T00:00:00Z","nano":"1754-08-30T22:43:41.128654848Z","day":"1970-01-01","channel":"email","maybe":null,"float":0,"key":"00000000-0000-0000-0000-000000000000","lines":[{"extra":{},"price":null,"sku":"c","tags":[""]}],"plain":[4],"city":null,"address":null,"decided":null,"matrix":[],"when_text":"0001-01-01T00:00:00Z","amount_text":"0"}
`

func TestParquetTypes(t *testing.T) {
	codecs := map[string]compress.Codec{"zstd": &zstd.Codec{}, "snappy": &snappy.Codec{}, "gzip": &gzip.Codec{}, "none": &parquet.Uncompressed, "lz4": &lz4.Codec{Level: lz4.Fast}}
	for name, codec := range codecs {
		for _, version := range []int{1, 2} {
			t.Run(name, func(t *testing.T) {
				dir := writeParquet(t, t.TempDir(), nestedRows(), parquet.Compression(codec), parquet.DataPageVersion(version), parquet.MaxRowsPerRowGroup(2))
				got := mustRead(t, loadCard(t, dir, nestedCard), Request{Input: nestedInput, WantInput: true})
				if diff := cmp.Diff(nestedWant, show(got)); diff != "" {
					t.Errorf("data pages of version %d (-want +got):\n%s", version, diff)
				}
			})
		}
	}
}

// Lists of lists, and lists that span pages and row groups.
func TestParquetLists(t *testing.T) {
	type row struct {
		ID     int64            `parquet:"id"`
		Matrix [][]int64        `parquet:"matrix,list"`
		Deep   []map[string]int `parquet:"deep,list"`
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]row, 3000)
	var want []string
	for i := range rows {
		rows[i].ID = int64(i)
		matrix := []any{}
		for range rng.IntN(5) {
			inner := []any{}
			var list []int64
			for range rng.IntN(4) {
				n := int64(rng.IntN(100))
				list, inner = append(list, n), append(inner, float64(n))
			}
			rows[i].Matrix, matrix = append(rows[i].Matrix, list), append(matrix, inner)
		}
		if rng.IntN(3) == 0 {
			rows[i].Deep = []map[string]int{{"a": i}, {}}
		}
		want = append(want, string(flow.AppendValue(nil, matrix, false)))
	}
	dir := writeParquet(t, t.TempDir(), rows, parquet.PageBufferSize(256), parquet.MaxRowsPerRowGroup(700))
	got := mustRead(t, loadCard(t, dir, "source: cases.parquet\ninput: [matrix, deep]\n"), Request{Input: schema("matrix", flow.List, "deep", flow.Any), WantInput: true})
	for i, c := range got {
		if s := string(flow.AppendValue(nil, c.Input.Values[0], false)); s != want[i] {
			t.Fatalf("row %d: got %s, want %s", i, s, want[i])
		}
		if deep := c.Input.Values[1].([]any); len(deep) != len(rows[i].Deep) || len(deep) > 0 && deep[0].(map[string]any)["a"] != float64(i) {
			t.Fatalf("row %d: deep = %v", i, deep)
		}
	}
	if len(got) != len(rows) {
		t.Errorf("%d rows, want %d", len(got), len(rows))
	}
}

func TestParquetOverflow(t *testing.T) {
	dir := writeParquet(t, t.TempDir(), nestedRows())
	_, err := readAll(loadCard(t, dir, nestedCard), Request{Input: schema("big", flow.Integer), WantInput: true})
	if want := `cases.parquet: row 1, column "big": 18446744073709551615 is too large for a whole number here`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error = %v, want one that ends in %s", err, want)
	}
	_, err = readAll(loadCard(t, dir, "source: cases.parquet\ninput: {x: address.ctiy}\n"), Request{Input: schema("x", flow.String), WantInput: true})
	if err == nil || !strings.Contains(err.Error(), `has no column "address.ctiy"`) {
		t.Errorf("error = %v", err)
	}
}

// A file that is cut short or has a wrong byte is read or refused, and never
// asks for much memory or ends the program.
func TestParquetDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, codec := range map[string]compress.Codec{"zstd": &zstd.Codec{}, "snappy": &snappy.Codec{}, "none": &parquet.Uncompressed} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			rows := append(nestedRows(), nestedRows()...)
			for i := range rows {
				rows[i].ID += string(rune('0' + i))
			}
			writeParquet(t, dir, rows, parquet.Compression(codec), parquet.MaxRowsPerRowGroup(2))
			c := loadCard(t, dir, nestedCard)
			path := filepath.Join(dir, "cases.parquet")
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			refused := 0
			try := func(data []byte) {
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				_, err := readAll(c, Request{Input: nestedInput, WantInput: true})
				if err != nil {
					refused++
				}
			}
			for range 40 {
				try(whole[:rng.IntN(len(whole))])
			}
			if refused != 40 {
				t.Errorf("%d of 40 files that were cut short are refused", refused)
			}
			for range 400 {
				data := bytes.Clone(whole)
				data[rng.IntN(len(data))] ^= byte(1 << rng.IntN(8))
				try(data)
			}
			if refused < 60 {
				t.Errorf("only %d damaged files are refused", refused)
			}
		})
	}
}

func FuzzParquet(f *testing.F) {
	for _, codec := range []compress.Codec{&zstd.Codec{}, &parquet.Uncompressed} {
		dir := writeParquet(f, f.TempDir(), []struct {
			ID string   `parquet:"id"`
			A  []line   `parquet:"a,list"`
			B  *float64 `parquet:"b,optional"`
		}{{ID: "1", A: []line{{SKU: "x", Tags: []string{"y"}}}}, {ID: "2"}}, parquet.Compression(codec))
		data, err := os.ReadFile(filepath.Join(dir, "cases.parquet"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.parquet", data) })
}
