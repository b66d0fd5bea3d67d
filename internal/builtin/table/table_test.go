package table

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/rehearse-dev/rehearse/flow"
)

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func compress(t testing.TB, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	switch filepath.Ext(name) {
	case ".gz":
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	case ".zst":
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	default:
		b.WriteString(text)
	}
	return b.Bytes()
}

func TestRows(t *testing.T) {
	optional := func(k flow.Kind) flow.Type { return flow.Type{Kind: k, Optional: true} }
	want := flow.NewSchema(
		flow.Field{Name: "id", Type: optional(flow.String)},
		flow.Field{Name: "n", Type: optional(flow.Number)},
		flow.Field{Name: "whole", Type: optional(flow.Integer)},
		flow.Field{Name: "yes", Type: optional(flow.Boolean)},
		flow.Field{Name: "day", Type: optional(flow.Date)},
		flow.Field{Name: "at", Type: optional(flow.Time)},
		flow.Field{Name: "nowhere", Type: optional(flow.String)},
	)
	day := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	rows := [][]any{
		{"007", 1.5, int64(3), true, day, day.Add(14 * time.Hour), nil},
		{"b,c", nil, nil, nil, nil, nil, nil},
	}
	const csv = "id,n,whole,yes,day,at,other\n007,1.5,3,true,2025-03-01,2025-03-01 14:00:00,x\n\"b,c\",,,,,,\n"
	const json = `{"id":"007","n":1.5,"whole":3,"yes":true,"day":"2025-03-01","at":"2025-03-01T15:00:00+01:00"}` + "\n" + `{"id":"b,c","n":null}` + "\n"
	for _, tc := range []struct{ why, name, text string }{
		{"commas", "t.csv", csv},
		{"a byte order mark", "t.csv", "\ufeff" + csv},
		{"semicolons", "t.csv", strings.ReplaceAll(strings.ReplaceAll(csv, ",", ";"), `"b;c"`, "b,c")},
		{"tabs", "t.tsv", strings.ReplaceAll(strings.ReplaceAll(csv, ",", "\t"), "\"b\tc\"", "b,c")},
		{"gzip", "t.csv.gz", csv},
		{"zstd", "t.csv.zst", csv},
		{"JSON lines", "t.jsonl", json},
		{"JSON lines, compressed", "t.ndjson.gz", json},
	} {
		t.Run(tc.why, func(t *testing.T) {
			f, err := Open(write(t, tc.name, compress(t, tc.name, tc.text)))
			if err != nil {
				t.Fatal(err)
			}
			var got [][]any
			if err := f.Rows(want, func(row []any) error { got = append(got, row); return nil }); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rows, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// The fields of records are columns too.
func TestRecords(t *testing.T) {
	f, err := Open(write(t, "t.jsonl", []byte(`{"id": "1", "sure": {"total": 0.5, "more": {"x": true}}}
{"id": "2", "sure": null}
{"id": "3", "sure": {}, "sure.total": 0.75}
`)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id", "sure", "sure.more", "sure.more.x", "sure.total"}, f.Columns.Names()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	want := flow.NewSchema(flow.Field{Name: "sure.total", Type: flow.Type{Kind: flow.Probability, Optional: true}}, flow.Field{Name: "sure.more.x", Type: flow.Type{Kind: flow.Boolean, Optional: true}})
	var got [][]any
	if err := f.Rows(want, func(row []any) error { got = append(got, row); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]any{{0.5, true}, {nil, nil}, {0.75, nil}}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestBroken(t *testing.T) {
	for _, tc := range []struct{ why, name, text, want string }{
		{"an unknown kind", "t.xlsx", "x", "t.xlsx: unknown kind of table, want .csv, .tsv, .jsonl, .ndjson or .parquet, the first four also with .gz or .zst"},
		{"an empty file", "t.csv", "", "t.csv: the file is empty, want a header"},
		{"a column twice", "t.csv", "a,a\n", `t.csv: column "a" twice`},
		{"no gzip", "t.csv.gz", "a,b\n1,2\n3,4\n", "t.csv.gz: gzip: invalid header"},
		{"no JSON", "t.jsonl", "{\"a\":1}\n{\n", "t.jsonl: row 2: unexpected EOF"},
		{"Latin-1", "t.jsonl", "{\"a\":\"caf\xe9\"}\n", "t.jsonl: row 1: it is not UTF-8: save the file in UTF-8"},
		{"no Parquet", "t.parquet", "PAR1 and so on", `t.parquet: invalid magic footer of parquet file: "o on"`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			_, err := Open(write(t, tc.name, []byte(tc.text)))
			if err == nil || err.Error() != tc.want {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
	t.Run("a row that is too short", func(t *testing.T) {
		f, err := Open(write(t, "t.csv", []byte("a,b\n1\n")))
		if err != nil {
			t.Fatal(err)
		}
		want := "t.csv: record on line 2: wrong number of fields"
		if err := f.Rows(f.Columns, func([]any) error { return nil }); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	})
}
