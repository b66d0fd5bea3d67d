package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/inspect"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func datasetInspectCommand(s *streams) *cobra.Command {
	var format, output string
	c := &cobra.Command{
		Use:   "inspect FILE|CARD",
		Short: "What a dataset holds, and what to know before trusting a replay of it",
		Long: `Inspect reads a dataset and prints what its columns hold. It takes a card, by its
path, its folder or its name in datasets, or a bare Parquet, CSV or JSONL file.`,
		Example: join(s.program, "%s dataset inspect invoice", "%s dataset inspect datasets/invoice/dataset.yaml --format json"),
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := printer(s, format, output)
			if err != nil {
				return err
			}
			card, err := cardOrFile(a[0])
			if err != nil {
				return err
			}
			result, err := inspect.Run(c.Context(), card)
			if err != nil {
				return err
			}
			return write(report.Inspect{Result: result})
		},
	}
	c.Flags().StringVar(&format, "format", "text", formatUsage)
	c.Flags().StringVarP(&output, "output", "o", "", "write to this `file`")
	return c
}

// cardOrFile is the card that a user names, by its path, folder or name in
// datasets, or a bare one for a data file.
func cardOrFile(name string) (*dataset.Card, error) {
	for _, path := range []string{name, filepath.Join(name, "dataset.yaml"), filepath.Join(projectRoot("."), "datasets", name, "dataset.yaml")} {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			continue
		}
		if !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)) {
			return dataset.Bare(path)
		}
		card, problems := dataset.Load(path)
		return card, problems.Err()
	}
	return nil, withCode(ExitInput, fmt.Errorf("no dataset %q: there is no such file, folder or card in datasets", name))
}
