package convert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

type failer interface {
	Fatal(...any)
	Helper()
}

// convert writes a file of the folder as another one, and gives its content.
func convert(t failer, dir, from, to string, o Options) []byte {
	t.Helper()
	card, err := dataset.Bare(filepath.Join(dir, from))
	if err != nil {
		t.Fatal(err)
	}
	o.Format, _ = dataset.FormatOf(to)
	var out bytes.Buffer
	if _, err := Run(context.Background(), card, &out, o); err != nil {
		t.Fatal(from, "to", to, ":", err)
	}
	if err := os.WriteFile(filepath.Join(dir, to), out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func put(t failer, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// types are the columns of a Parquet file as it declares them.
func types(t failer, content []byte) string {
	f, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range f.Root().Columns() {
		what := "group"
		if lt := c.Type().LogicalType(); lt != nil && lt.Value != nil {
			what = fmt.Sprint(lt.Value)
		} else if c.Leaf() {
			what = c.Type().String()
		}
		out = append(out, c.Name()+" "+what)
	}
	return strings.Join(out, "\n")
}

// What columns of CSV are found to be, and what stays a text.
func TestTypes(t *testing.T) {
	for _, tc := range []struct {
		why    string
		values []string
		want   string
	}{
		{"whole numbers", []string{"1", "-20", ""}, "INT(64,true)"},
		{"leading zeros are no number: a postcode, an id", []string{"0123", "4567"}, "STRING"},
		{"a sign that would be lost", []string{"+1", "2"}, "STRING"},
		{"more digits than a number keeps", []string{"12345678901234567890", "1"}, "STRING"},
		{"numbers", []string{"1.5", "2", "-0.25", "1e-07"}, "DOUBLE"},
		{"amounts, padded", []string{"1.50", "12.25", "-0.10"}, "DECIMAL(18,2)"},
		{"amounts, and one with other decimals", []string{"1.50", "2.5"}, "DOUBLE"},
		{"amounts of more digits than 18", []string{"1234567890123456789.50"}, "STRING"},
		{"truths", []string{"true", "false"}, "BOOLEAN"},
		{"yes and no stay as they are", []string{"yes", "no"}, "STRING"},
		{"days", []string{"2025-01-31", "1890-01-01"}, "DATE"},
		{"a day that there is not", []string{"2025-02-30"}, "STRING"},
		{"times", []string{"2025-01-31T10:00:00Z", "2025-01-31 11:00:00"}, "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)"},
		{"times to the nanosecond", []string{"2025-01-31T10:00:00.123456789Z"}, "TIMESTAMP(isAdjustedToUTC=true,unit=NANOS)"},
		{"nanoseconds of a time that they do not reach", []string{"0001-01-31T10:00:00.123456789Z"}, "STRING"},
		{"days and times are two things", []string{"2025-01-31", "2025-01-31T10:00:00Z"}, "STRING"},
		{"a number and a word", []string{"1", "n/a"}, "STRING"},
		{"what is no number stays a word", []string{"NaN", "1.5"}, "STRING"},
		{"lists", []string{"[1,2]", "[]"}, "LIST"},
		{"lists of several things stay JSON", []string{`[1,"a"]`}, "STRING"},
		{"records", []string{`{"a":1}`, `{"b":[true]}`}, "group"},
		{"empty records have no columns", []string{`{}`}, "STRING"},
		{"broken JSON is a text", []string{`{"a":`}, "STRING"},
		{"nothing at all", []string{"", ""}, "STRING"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			dir := t.TempDir()
			text := "id,x\n"
			for i, v := range tc.values {
				text += fmt.Sprintf("r%d,\"%s\"\n", i, strings.ReplaceAll(v, `"`, `""`))
			}
			put(t, dir, "a.csv", text)
			got := types(t, convert(t, dir, "a.csv", "a.parquet", Options{}))
			if d := cmp.Diff("id STRING\nx "+tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// cell draws a value that every format can hold and tell from others: texts
// that do not look like numbers, dates or JSON.
func cell(kind string) *rapid.Generator[any] {
	text := rapid.Custom(func(t *rapid.T) any {
		s := rapid.StringMatching(`[a-zA-Zäß€語 ,;"'\\\n\t|#]{0,12}`).Draw(t, "text")
		return "t" + s
	})
	switch kind {
	case "whole":
		return rapid.Map(rapid.Int64(), func(x int64) any { return x })
	case "number":
		return rapid.Map(rapid.Float64(), func(x float64) any { return x })
	case "truth":
		return rapid.Map(rapid.Bool(), func(x bool) any { return x })
	case "day":
		return rapid.Map(rapid.IntRange(-20000, 60000), func(d int) any {
			return dataset.Day(time.Unix(int64(d)*86400, 0).UTC())
		})
	case "time":
		return rapid.Map(rapid.Int64Range(-1e15, 4e15), func(us int64) any { return time.UnixMicro(us).UTC() })
	case "list":
		return rapid.Custom(func(t *rapid.T) any {
			out := []any{int64(0)} // an empty list has no kind
			for _, x := range rapid.SliceOfN(rapid.Int64Range(-9, 9), 0, 3).Draw(t, "list") {
				out = append(out, x)
			}
			return out
		})
	case "record":
		return rapid.Custom(func(t *rapid.T) any {
			return map[string]any{"a": rapid.Int64().Draw(t, "a"), "b, c": text.Draw(t, "b"), "list": []any{map[string]any{"deep": "x"}, nil}}
		})
	}
	return text
}

// Whatever the values, a table is the same after the way through other formats:
// the bytes of its JSONL, and its types in Parquet.
func TestRoundTrips(t *testing.T) {
	dir := t.TempDir()
	kinds := []string{"text", "whole", "number", "truth", "day", "time", "list", "record"}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "columns")
		fields := make([]string, n)
		for i := range fields {
			fields[i] = rapid.SampledFrom(kinds).Draw(t, "kind")
		}
		var lines bytes.Buffer
		for row := range rapid.IntRange(1, 6).Draw(t, "rows") {
			line := []byte(`{"id":"r`)
			line = append(fmt.Append(line, row), '"')
			for i, kind := range fields {
				var v any
				if row == 0 || rapid.IntRange(0, 3).Draw(t, "there") > 0 {
					v = cell(kind).Draw(t, "value")
				}
				line = fmt.Appendf(line, `,"c %d, %s":`, i, kind)
				var err error
				if line, err = appendJSON(line, v); err != nil {
					t.Fatal(err)
				}
			}
			lines.Write(append(line, "}\n"...))
		}
		put(t, dir, "a.jsonl", lines.String())
		first := convert(t, dir, "a.jsonl", "a.parquet", Options{})
		for _, way := range [][]string{
			{"a.parquet", "b.jsonl"},
			{"a.jsonl", "b.csv", "c.parquet", "d.jsonl"},
			{"a.parquet", "b.parquet", "c.jsonl"},
			{"a.jsonl", "b.jsonl"},
			{"a.parquet", "b.csv", "c.csv", "d.parquet", "e.jsonl"},
		} {
			var last []byte
			for i, to := range way[1:] {
				last = convert(t, dir, way[i], to, Options{})
				if strings.HasSuffix(to, ".parquet") {
					if d := cmp.Diff(types(t, first), types(t, last)); d != "" {
						t.Fatalf("types by way of %v:\n%s", way, d)
					}
				}
			}
			if d := cmp.Diff(lines.String(), string(last)); d != "" {
				t.Fatalf("by way of %v:\n%s", way, d)
			}
		}
	})
}

// Decimals keep their digits where a float64 would not.
func TestDecimals(t *testing.T) {
	type row struct {
		Small  int32    `parquet:"small,decimal(2:9)"`
		Large  int64    `parquet:"large,decimal(4:18)"`
		Huge   [16]byte `parquet:"huge,decimal(10:38)"`
		Double float64  `parquet:"double"`
	}
	var content bytes.Buffer
	w := parquet.NewGenericWriter[row](&content)
	huge := [16]byte{15: 7}
	for i := range huge {
		if i > 2 {
			huge[i] = 0xff
		}
	}
	if _, err := w.Write([]row{{-1205, 999999999999999999, huge, 3}, {5, 10, [16]byte{}, math.NaN()}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, dir, "a.parquet", content.String())
	want := "small,large,huge,double\n-12.05,99999999999999.9999,2028240960365167042394.7251286015,3.0\n0.05,0.0010,0.0000000000,\n"
	if d := cmp.Diff(want, string(convert(t, dir, "a.parquet", "a.csv", Options{}))); d != "" {
		t.Error(d)
	}
	want = `{"small":-12.05,"large":99999999999999.9999,"huge":2028240960365167042394.7251286015,"double":3.0}
{"small":0.05,"large":0.0010,"huge":0.0000000000,"double":null}
`
	if d := cmp.Diff(want, string(convert(t, dir, "a.parquet", "a.jsonl", Options{}))); d != "" {
		t.Error(d)
	}
}

func TestOptions(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.csv", "id,po,late,\"with \"\"quotes\"\"\"\n1,450,,x\n2,,yes,\n")
	for _, tc := range []struct{ why, want string }{
		{"some columns, in another order", "po,id\n450,1\n,2\n"},
	} {
		if got := convert(t, dir, "a.csv", "b.csv", Options{Columns: []string{"po", "id"}}); string(got) != tc.want {
			t.Errorf("%s: %q", tc.why, got)
		}
	}
	if got := convert(t, dir, "a.csv", "b.csv", Options{Columns: []string{"po"}}); string(got) != "po\n450\n\"\"\n" {
		t.Errorf("a single column keeps its empty rows: %q", got)
	}
	if got := convert(t, dir, "a.csv", "b.jsonl", Options{Types: map[string]Kind{"po": Text, "id": Number}, Columns: []string{"id", "po"}}); string(got) != "{\"id\":1,\"po\":\"450\"}\n{\"id\":2,\"po\":null}\n" {
		t.Errorf("types that are given: %q", got)
	}
	extra := []Extra{{Name: "row", Value: func(rows *dataset.Rows, i int) (any, error) { return []any{rows.Number(i)}, nil }}}
	if got := convert(t, dir, "a.csv", "b.jsonl", Options{Columns: []string{"id"}, Extra: extra}); string(got) != "{\"id\":1,\"row\":[0]}\n{\"id\":2,\"row\":[1]}\n" {
		t.Errorf("a further column: %q", got)
	}
	// Keys that only late lines have are columns, too.
	var late strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&late, "{\"id\":%d}\n", i)
	}
	late.WriteString(`{"id":3000,"late.key":true}` + "\n")
	put(t, dir, "late.jsonl", late.String())
	if got := convert(t, dir, "late.jsonl", "late.csv", Options{}); !strings.HasPrefix(string(got), "id,late.key\n0,\n") || !strings.HasSuffix(string(got), "\n3000,true\n") {
		t.Errorf("a late key: %.40q", got)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.csv", "id,x\n1,1\n2,word\n")
	put(t, dir, "twice.csv", "id,id\n1,2\n")
	put(t, dir, "more.csv", "id,x,y\n1,2,3\n")
	card := func(source string) *dataset.Card {
		c, diags := dataset.Parse(filepath.Join(dir, "dataset.yaml"), []byte("source: "+source+"\n"))
		if diags.Err() != nil {
			t.Fatal(diags)
		}
		return c
	}
	for _, tc := range []struct {
		why, source string
		o           Options
		want        string
	}{
		{"a value that is not of the type", "a.csv", Options{Types: map[string]Kind{"x": Whole}}, `a.csv:3, column "x": "word" is no integer`},
		{"a type for no column", "a.csv", Options{Types: map[string]Kind{"y": Whole}}, `a type is given for the column "y"`},
		{"a column that is not there", "a.csv", Options{Columns: []string{"y"}}, `has no column "y"`},
		{"two columns of one name", "twice.csv", Options{}, `two columns are named "id"`},
		{"a later source with another column", "[a.csv, more.csv]", Options{}, `more.csv has a column "y", and `},
		{"a later source without a column", "[more.csv, a.csv]", Options{}, `a.csv has no column "y"`},
		{"a further column where types have to be known before", "a.csv", Options{Extra: []Extra{{Name: "y"}}}, `further columns are for JSONL`},
		{"the column of the weights is taken", "a.csv", Options{Weights: "x"}, `has a column "x" already`},
	} {
		tc.o.Format = dataset.Parquet
		if _, err := Run(context.Background(), card(tc.source), io.Discard, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.why, err, tc.want)
		}
	}
	type row struct{ X float64 }
	var content bytes.Buffer
	w := parquet.NewGenericWriter[row](&content)
	if _, err := w.Write([]row{{1}, {math.Inf(1)}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "inf.parquet", content.String())
	if _, err := Run(context.Background(), card("inf.parquet"), io.Discard, Options{Format: dataset.JSONL}); err == nil || !strings.Contains(err.Error(), `inf.parquet: row 2, column "X": +Inf is no finite number`) {
		t.Errorf("an infinite number as JSON: %v", err)
	}
}

// A writer that has no room says so, whatever the format.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.csv", "id,x\n"+strings.Repeat("1,some text\n", 1000))
	card, err := dataset.Bare(filepath.Join(dir, "a.csv"))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	for _, format := range []dataset.Format{dataset.CSV, dataset.JSONL, dataset.Parquet} {
		if _, err := Run(context.Background(), card, writerFunc(func([]byte) (int, error) { return 0, full }), Options{Format: format}); !errors.Is(err, full) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// FuzzCSV converts whatever is CSV to JSONL, which must be valid and hold as
// many rows, and to Parquet and back, which must hold the same values.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"id,x\n1,2\n", "a\n\"[1,{\"\"b\"\":null}]\"\n", "a,b\n2025-01-01,2025-01-01T00:00:00+02:00\n1.50,-0\n", "x\n1e400\n-0.0\n", "a;b\n{};[]\n", "a\n{\"\":1}\n", "a\n{\"x\":{}}\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		put(t, dir, "a.csv", string(data))
		card, err := dataset.Bare(filepath.Join(dir, "a.csv"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		rows, err := Run(context.Background(), card, &out, Options{Format: dataset.JSONL})
		if err != nil {
			return
		}
		lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
		if rows > 0 && int64(len(lines)) != rows {
			t.Fatalf("%d lines for %d rows", len(lines), rows)
		}
		for _, line := range lines {
			if rows > 0 && !json.Valid(line) {
				t.Fatalf("%q became %q", data, line)
			}
		}
		convert(t, dir, "a.csv", "b.parquet", Options{})
		again := convert(t, dir, "b.parquet", "c.csv", Options{})
		convert(t, dir, "c.csv", "d.parquet", Options{})
		if last := convert(t, dir, "d.parquet", "e.csv", Options{}); !bytes.Equal(again, last) {
			t.Fatalf("%q became %q, and that %q", data, again, last)
		}
	})
}
