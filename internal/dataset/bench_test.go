package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rehearse-dev/rehearse/flow"
)

type benchRow struct {
	CaseID   string    `parquet:"case_id"`
	Received time.Time `parquet:"received_at,timestamp(microsecond)"`
	Channel  string    `parquet:"channel,dict"`
	Text     string    `parquet:"text"`
	Amount   float64   `parquet:"amount"`
	Lines    int32     `parquet:"lines"`
	Vendor   *string   `parquet:"vendor,optional,dict"`
	Unused   string    `parquet:"unused"`
	Decision string    `parquet:"decision,dict"`
}

// benchFile writes rows as a Parquet file, and a card for it.
func benchFile(tb testing.TB, rows, group int) *Card {
	tb.Helper()
	dir := tb.TempDir()
	f, err := os.Create(filepath.Join(dir, "cases.parquet"))
	if err != nil {
		tb.Fatal(err)
	}
	w := parquet.NewGenericWriter[benchRow](f, parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(int64(group)))
	buf := make([]benchRow, 0, 1000)
	for i := range rows {
		vendor := fmt.Sprintf("V%04d", i%997)
		buf = append(buf, benchRow{
			CaseID: fmt.Sprintf("case-%07d", i), Received: time.Unix(1.7e9+int64(i), 0), Channel: []string{"email", "portal", "paper"}[i%3],
			Text: fmt.Sprintf("invoice %d of supplier %d over %d euros, please pay", i, i%997, i*7919%100000), Amount: float64(i*7919%100000) / 100,
			Lines: int32(i % 12), Vendor: &vendor, Unused: fmt.Sprint(i * 31), Decision: []string{"approve", "hold", "reject"}[i%7%3],
		})
		if len(buf) == cap(buf) || i == rows-1 {
			if _, err := w.Write(buf); err != nil {
				tb.Fatal(err)
			}
			buf = buf[:0]
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		tb.Fatal(err)
	}
	card := []byte("source: cases.parquet\nid: case_id\ninput: [text, channel, amount, lines, vendor, received_at]\nlabels: {outcome: {decision: decision}}\n")
	path := filepath.Join(dir, "dataset.yaml")
	if err := os.WriteFile(path, card, 0o644); err != nil {
		tb.Fatal(err)
	}
	c, diags := Load(path)
	if err := diags.Err(); err != nil {
		tb.Fatal(err)
	}
	return c
}

var benchInput = schema("text", flow.String, "channel", flow.Type{Kind: flow.Enum, Enum: []string{"email", "portal", "paper"}},
	"amount", flow.Number, "lines", flow.Integer, "vendor", optional(flow.String), "received_at", flow.Time)

func benchRead(tb testing.TB, c *Card, req Request) (n int) {
	r, err := c.Open(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	buf := make([]flow.Case, 64)
	for {
		got, err := r.Next(context.Background(), buf)
		n += got
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func BenchmarkParquet(b *testing.B) {
	const rows = 200_000
	c := benchFile(b, rows, 50_000)
	outcome := schema("decision", flow.Type{Kind: flow.Enum, Enum: []string{"approve", "hold", "reject"}})
	for _, bb := range []struct {
		name string
		req  Request
	}{
		{"ids", Request{}},
		{"input", Request{Input: benchInput, WantInput: true}},
		{"input+labels", Request{Input: benchInput, Outcome: outcome, WantInput: true, WantLabels: true}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if n := benchRead(b, c, bb.req); n != rows {
					b.Fatal(n)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
		})
	}
}

func BenchmarkText(b *testing.B) {
	const rows = 50_000
	for _, bb := range []struct{ name, head, row string }{
		{"csv", "case_id,text,channel,amount,lines,vendor,received_at\n", "c%[1]d,\"invoice %[1]d, please pay\",email,%[1]d.50,3,V%[1]d,2025-01-01T00:00:00Z\n"},
		{"jsonl", "", `{"case_id": "c%[1]d", "text": "invoice %[1]d, please pay", "channel": "email", "amount": %[1]d.50, "lines": 3, "vendor": "V%[1]d", "received_at": "2025-01-01T00:00:00Z"}` + "\n"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			content := []byte(bb.head)
			for i := range rows {
				content = fmt.Appendf(content, bb.row, i)
			}
			path := filepath.Join(b.TempDir(), "cases."+bb.name)
			if err := os.WriteFile(path, content, 0o644); err != nil {
				b.Fatal(err)
			}
			c, _ := Parse(filepath.Join(filepath.Dir(path), "dataset.yaml"), []byte("source: cases."+bb.name))
			for b.Loop() {
				if n := benchRead(b, c, Request{Input: benchInput, WantInput: true}); n != rows {
					b.Fatal(n)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
		})
	}
}
