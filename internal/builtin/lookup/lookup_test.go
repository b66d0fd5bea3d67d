package lookup_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/lookup"
)

const orders = `po_number,supplier,amount_ordered,since,until
P-1,Acme,100,2025-01-01,
P-1,Acme,120,2025-03-01,2025-06-01
P-2,Acme,70.5,2025-01-01,
P-2,Bolt,80,2025-01-01,
007,Bolt,1,2025-01-01,
`

func config(t testing.TB, out, yaml string) kindtest.Config {
	return kindtest.Config{
		InSchema:  kindtest.Schema(t, "po: string?, supplier: string, at: time"),
		OutSchema: kindtest.Schema(t, out),
		Dir:       kindtest.Files(t, map[string]string{"orders.csv": orders, "orders.jsonl": `{"po_number": "P-1", "amount_ordered": 100}` + "\n" + `{"po_number": "P-2", "open": true}`}),
		YAML:      yaml,
	}
}

func day(month, d int) time.Time { return time.Date(2025, time.Month(month), d, 0, 0, 0, 0, time.UTC) }

func TestLookup(t *testing.T) {
	const (
		asOf  = "table: orders.csv\nwhere: po_number == in.po\nas_of: in.at\nvalid_from: since\nvalid_to: until\ntake: {ordered: amount_ordered}"
		plain = "table: orders.csv\nwhere: po_number == in.po and in.supplier == supplier\ntake: {ordered: amount_ordered}"
		sums  = "table: orders.csv\nwhere: po_number == in.po\naggregate: {total: sum(amount_ordered), n: count, most: max(amount_ordered), mean: mean(amount_ordered), seen: exists}"
		rest  = "table: orders.csv\nwhere: supplier == in.supplier and (since ?? in.at) < in.at and amount_ordered != null and amount_ordered > 75\ncolumns: {amount_ordered: number, since: time}\naggregate: {n: count}"
	)
	for _, tc := range []struct {
		why, out, yaml string
		in             []any
		want           []any
		err            string
	}{
		{"the row of the time", "ordered: number?, found: boolean", asOf, []any{"P-1", "Acme", day(2, 1)}, []any{100.0, true}, ""},
		{"the latest of those that held", "ordered: number?, found: boolean", asOf, []any{"P-1", "Acme", day(3, 1)}, []any{120.0, true}, ""},
		{"its last moment is not its own", "ordered: number?, found: boolean", asOf, []any{"P-1", "Acme", day(6, 1)}, []any{100.0, true}, ""},
		{"before any row held", "ordered: number?, found: boolean", asOf, []any{"P-1", "Acme", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}, []any{nil, false}, ""},
		{"no such key", "ordered: number?, found: boolean", asOf, []any{"P-9", "Acme", day(2, 1)}, []any{nil, false}, ""},
		{"an absent key finds nothing", "ordered: number?, found: boolean", asOf, []any{nil, "Acme", day(2, 1)}, []any{nil, false}, ""},
		{"an id keeps its noughts", "ordered: number?", asOf, []any{"007", "Bolt", day(2, 1)}, []any{1.0}, ""},
		{"two columns", "ordered: number?", plain, []any{"P-2", "Bolt", day(2, 1)}, []any{80.0}, ""},
		{"several rows under only", "ordered: number?", plain, []any{"P-1", "Acme", day(2, 1)}, nil, `2 rows of "orders.csv" match, and pick is only`},
		{"several rows under first", "ordered: number?", plain + "\npick: first", []any{"P-1", "Acme", day(2, 1)}, []any{100.0}, ""},
		{"several rows under last", "ordered: number?", plain + "\npick: last", []any{"P-1", "Acme", day(2, 1)}, []any{120.0}, ""},
		{"the latest without a time", "ordered: number?", plain + "\npick: latest\nvalid_from: since", []any{"P-1", "Acme", day(2, 1)}, []any{120.0}, ""},
		{"aggregates", "total: number, n: integer, most: number?, mean: number?, seen: boolean", sums, []any{"P-2", "x", day(2, 1)}, []any{150.5, int64(2), 80.0, 75.25, true}, ""},
		{"aggregates of nothing", "total: number, n: integer, most: number?, mean: number?, seen: boolean", sums, []any{"P-9", "x", day(2, 1)}, []any{0.0, int64(0), nil, nil, false}, ""},
		{"a condition beside the index", "n: integer", rest, []any{nil, "Acme", day(2, 1)}, []any{int64(1)}, ""},
		{"no index at all", "n: integer", "table: orders.csv\nwhere: supplier != null and lower(supplier) == lower(in.supplier)\naggregate: {n: count}", []any{nil, "ACME", day(2, 1)}, []any{int64(3)}, ""},
		{"JSON lines", "amount_ordered: number?, open: boolean?, found: boolean", "table: orders.jsonl\nwhere: po_number == in.po", []any{"P-2", "x", day(1, 1)}, []any{nil, true, true}, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			c := config(t, tc.out, tc.yaml)
			s := kindtest.New(t, lookup.Kind(), c)
			in := kindtest.Input(c.InSchema, tc.in...)
			flowtest.Step(t, s, c.OutSchema, in)
			got, err := s.Do(context.Background(), in)
			if tc.err != "" {
				var e *flow.StepError
				if !errors.As(err, &e) || e.Class != flow.ErrMalformed || e.Error() != tc.err {
					t.Fatalf("error %v, want %q of class malformed", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

type order struct {
	ID     string    `parquet:"po_number"`
	Amount int64     `parquet:"amount_ordered,decimal(2:10)"`
	Since  time.Time `parquet:"since,timestamp(millisecond)"`
	Lines  *int32    `parquet:"lines,optional"`
}

func TestParquet(t *testing.T) {
	lines := int32(3)
	c := config(t, "amount_ordered: number?, since: time?, lines: integer?", "table: orders.parquet\nwhere: po_number == in.po")
	if err := parquet.WriteFile(filepath.Join(c.Dir, "orders.parquet"), []order{{"P-1", 10050, day(1, 2), &lines}, {"P-2", 1, day(1, 3), nil}}); err != nil {
		t.Fatal(err)
	}
	s := kindtest.New(t, lookup.Kind(), c)
	for po, want := range map[string][]any{"P-1": {100.5, day(1, 2), int64(3)}, "P-2": {0.01, day(1, 3), nil}} {
		got, err := s.Do(context.Background(), kindtest.Input(c.InSchema, po, "x", day(1, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Values); diff != "" {
			t.Errorf("%s: -want +got\n%s", po, diff)
		}
	}
}

func TestBadLookup(t *testing.T) {
	for _, tc := range []struct{ why, out, yaml, want string }{
		{"an unknown column", "amount_orderd: number?", "table: orders.csv\nwhere: po_number == in.po", `orders.csv has no column "amount_orderd" (did you mean "amount_ordered"?)`},
		{"an unknown column in the condition", "amount_ordered: number?", "table: orders.csv\nwhere: po_numbr == in.po", `step.yaml:2:8: unknown name "po_numbr" (did you mean "po_number"?)`},
		{"an out field that must be there", "amount_ordered: number", "table: orders.csv\nwhere: po_number == in.po", `the out field "amount_ordered" is absent where no row matches: write its type as number?`},
		{"as_of without valid_from", "amount_ordered: number?", "table: orders.csv\nwhere: po_number == in.po\nas_of: in.at", "step.yaml:3:8: as_of needs valid_from: the column that says since when a row holds"},
		{"an unknown pick", "amount_ordered: number?", "table: orders.csv\nwhere: po_number == in.po\npick: any", `step.yaml:3:7: unknown pick "any", want only, first, last or latest`},
		{"an unknown aggregate", "n: number", "table: orders.csv\nwhere: po_number == in.po\naggregate: {n: total(amount_ordered)}", `step.yaml:3:16: aggregate "total(amount_ordered)" is unknown, want count, exists, sum(column), min(column), max(column) or mean(column)`},
		{"an aggregate of the wrong type", "n: string", "table: orders.csv\nwhere: po_number == in.po\naggregate: {n: count}", `step.yaml:3:13: count gives a number or an integer, and "n" is string`},
		{"a cell that is no number", "supplier: number?", "table: orders.csv\nwhere: po_number == in.po", `step.yaml:1:8: orders.csv: row 1, column "supplier": "Acme" is no number`},
		{"a table of another kind", "amount_ordered: number?", "table: orders.xlsx\nwhere: po_number == in.po", `step.yaml:1:8: no file "orders.xlsx"`},
		{"columns and values of different types", "amount_ordered: number?", "table: orders.csv\nwhere: amount_ordered == in.po", `step.yaml:2:23: invalid operation: == (mismatched types number and string)`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if got := kindtest.Refused(t, lookup.Kind(), config(t, tc.out, tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	var table strings.Builder
	table.WriteString("po_number,amount_ordered,since\n")
	for i := range 100_000 {
		fmt.Fprintf(&table, "P-%06d,%d,2025-01-%02d\n", i/2, i, 1+i%28)
	}
	c := kindtest.Config{
		InSchema: kindtest.Schema(b, "po: string?, at: time"), OutSchema: kindtest.Schema(b, "ordered: number?, found: boolean"),
		Dir:  kindtest.Files(b, map[string]string{"orders.csv": table.String()}),
		YAML: "table: orders.csv\nwhere: po_number == in.po\nas_of: in.at\nvalid_from: since\ntake: {ordered: amount_ordered}",
	}
	s := kindtest.New(b, lookup.Kind(), c)
	in := kindtest.Input(c.InSchema, "P-012345", day(2, 1))
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Do(ctx, in); err != nil {
			b.Fatal(err)
		}
	}
}
