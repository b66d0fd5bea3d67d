package table

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\ufeffa;b\n\"x\n", "a\tb\n\xff\n", "", "a,a\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, "t.csv", data) })
}

func FuzzJSONL(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":[]}}`, "{\"a\":\"x\"}\n{\"a\":2}\n", "{\"a\":\"\xff\"}", "[]", "null"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, "t.jsonl", data) })
}

func FuzzParquet(f *testing.F) {
	f.Add([]byte("PAR1PAR1"))
	f.Add(parquetOf(f))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, "t.parquet", data) })
}

// fuzzed reads a table whole: whatever its bytes, it is read or refused, its
// values are of their types, and its texts are UTF-8.
func fuzzed(t *testing.T, name string, data []byte) {
	table, err := Open(write(t, name, data))
	if err != nil {
		if !strings.HasPrefix(err.Error(), name+": ") {
			t.Fatalf("the error does not name the file: %v", err)
		}
		return
	}
	_ = table.Rows(table.Columns, func(values []any) error {
		for i, field := range table.Columns.Fields() {
			if why := field.Type.Check(values[i]); values[i] != nil && why != "" {
				t.Fatalf("column %q: %v %s", field.Name, values[i], why)
			}
			if s, ok := values[i].(string); ok && !utf8.ValidString(s) {
				t.Fatalf("column %q: %q", field.Name, s)
			}
		}
		return nil
	})
}

func parquetOf(f *testing.F) []byte {
	type row struct {
		A string   `parquet:"a"`
		B *float64 `parquet:"b,optional"`
		C int64    `parquet:"c,decimal(2:18)"`
	}
	x := 1.5
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row](&b)
	if _, err := w.Write([]row{{"x", &x, 150}, {"y", nil, -5}}); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}
