package onboarding

import (
	"embed"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed cards
var cards embed.FS

// Generate writes the shipped data of the onboarding workflow below root, the
// folder that holds datasets/ and workflows/, and returns the paths of the
// files it wrote, relative to root. The same bytes come out of every run.
func Generate(root string) ([]string, error) {
	w := build(Seed)
	var rows []caseRow
	for _, a := range w.cases {
		rows = append(rows, a.row())
	}
	reference := filepath.Join("workflows", "onboarding", "reference")
	return synth.WriteFiles(root, []synth.File{
		synth.Table(filepath.Join("datasets", "onboarding", "cases.parquet"), rows[:yearCases]),
		synth.Copy(filepath.Join("datasets", "onboarding", "dataset.yaml"), cards, "cards/onboarding.yaml"),
		synth.Copy(filepath.Join("datasets", "onboarding", "README.md"), cards, "cards/README.md"),
		synth.Table(filepath.Join("datasets", "onboarding-fresh", "cases.parquet"), rows[yearCases:]),
		synth.Copy(filepath.Join("datasets", "onboarding-fresh", "dataset.yaml"), cards, "cards/onboarding-fresh.yaml"),
		synth.Table(filepath.Join(reference, "registry.parquet"), w.companies()),
		synth.Table(filepath.Join(reference, "watch_list.parquet"), w.listed),
		synth.Table(filepath.Join(reference, "accounts.parquet"), w.accounts),
		synth.Table(filepath.Join(reference, "identity_papers.parquet"), w.shown),
		synth.Table(filepath.Join(reference, "introducers.parquet"), w.introducers),
		synth.Table(filepath.Join(reference, "sectors.parquet"), views),
		synth.Table(filepath.Join(reference, "tariffs.parquet"), tariffs),
	})
}
