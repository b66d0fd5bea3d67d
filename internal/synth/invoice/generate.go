package invoice

import (
	"embed"
	"os"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed cards
var cards embed.FS

// rowGroup is the number of rows in one row group of the shipped files.
const rowGroup = 1000

// Generate writes the shipped data of the invoice workflow below root, the
// folder that holds datasets/ and workflows/, and returns the paths of the
// files it wrote, relative to root. The same bytes come out of every run.
func Generate(root string) ([]string, error) {
	w := build(Seed)
	var rows []caseRow
	for _, c := range w.cases {
		rows = append(rows, c.row())
	}
	slices.SortStableFunc(w.orders, func(a, b orderRow) int { return a.ValidFrom.Compare(b.ValidFrom) })
	slices.SortStableFunc(w.receipt, func(a, b receiptRow) int { return a.ValidFrom.Compare(b.ValidFrom) })
	slices.SortStableFunc(w.posted, func(a, b postedRow) int { return a.ValidFrom.Compare(b.ValidFrom) })

	reference := filepath.Join("workflows", "invoice", "reference")
	files := []struct {
		path  string
		write func(path string) error
	}{
		{filepath.Join("datasets", "invoice", "cases.parquet"), table(rows[:yearCases])},
		{filepath.Join("datasets", "invoice", "dataset.yaml"), card("cards/invoice.yaml")},
		{filepath.Join("datasets", "invoice", "README.md"), card("cards/README.md")},
		{filepath.Join("datasets", "invoice-fresh", "cases.parquet"), table(rows[yearCases:])},
		{filepath.Join("datasets", "invoice-fresh", "dataset.yaml"), card("cards/invoice-fresh.yaml")},
		{filepath.Join(reference, "purchase_orders.parquet"), table(w.orders)},
		{filepath.Join(reference, "receipts.parquet"), table(w.receipt)},
		{filepath.Join(reference, "posted_invoices.parquet"), table(w.posted)},
		{filepath.Join(reference, "suppliers.parquet"), table(w.master())},
	}
	var written []string
	for _, f := range files {
		if err := f.write(filepath.Join(root, f.path)); err != nil {
			return written, err
		}
		written = append(written, f.path)
	}
	return written, nil
}

func table[T any](rows []T) func(string) error {
	return func(path string) error { return synth.WriteParquet(path, rows, rowGroup) }
}

func card(name string) func(string) error {
	return func(path string) error {
		data, err := cards.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	}
}
