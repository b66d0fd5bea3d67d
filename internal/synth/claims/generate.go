package claims

import (
	"embed"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed cards
var cards embed.FS

// Generate writes the shipped data of the claims workflow below root, the
// folder that holds datasets/ and workflows/, and returns the paths of the
// files it wrote, relative to root. The same bytes come out of every run.
func Generate(root string) ([]string, error) {
	w := build(Seed)
	var rows []caseRow
	for _, c := range w.claims {
		rows = append(rows, c.row())
	}
	slices.SortStableFunc(w.past, func(a, b pastRow) int { return a.ValidFrom.Compare(b.ValidFrom) })

	reference := filepath.Join("workflows", "claims", "reference")
	return synth.WriteFiles(root, []synth.File{
		synth.Table(filepath.Join("datasets", "claims", "cases.parquet"), rows[:yearCases]),
		synth.Copy(filepath.Join("datasets", "claims", "dataset.yaml"), cards, "cards/claims.yaml"),
		synth.Copy(filepath.Join("datasets", "claims", "README.md"), cards, "cards/README.md"),
		synth.Table(filepath.Join("datasets", "claims-fresh", "cases.parquet"), rows[yearCases:]),
		synth.Copy(filepath.Join("datasets", "claims-fresh", "dataset.yaml"), cards, "cards/claims-fresh.yaml"),
		synth.Table(filepath.Join(reference, "policies.parquet"), w.policies()),
		synth.Table(filepath.Join(reference, "past_claims.parquet"), w.past),
		synth.Table(filepath.Join(reference, "price_list.parquet"), priceList()),
		synth.Table(filepath.Join(reference, "repairers.parquet"), w.repairerRows()),
		synth.Table(filepath.Join(reference, "cover.parquet"), coverRows()),
	})
}
