package invoice

import (
	"embed"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed cards
var cards embed.FS

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
	return synth.WriteFiles(root, []synth.File{
		synth.Table(filepath.Join("datasets", "invoice", "cases.parquet"), rows[:yearCases]),
		synth.Copy(filepath.Join("datasets", "invoice", "dataset.yaml"), cards, "cards/invoice.yaml"),
		synth.Copy(filepath.Join("datasets", "invoice", "README.md"), cards, "cards/README.md"),
		synth.Table(filepath.Join("datasets", "invoice-fresh", "cases.parquet"), rows[yearCases:]),
		synth.Copy(filepath.Join("datasets", "invoice-fresh", "dataset.yaml"), cards, "cards/invoice-fresh.yaml"),
		synth.Table(filepath.Join(reference, "purchase_orders.parquet"), w.orders),
		synth.Table(filepath.Join(reference, "receipts.parquet"), w.receipt),
		synth.Table(filepath.Join(reference, "posted_invoices.parquet"), w.posted),
		synth.Table(filepath.Join(reference, "suppliers.parquet"), w.master()),
	})
}
