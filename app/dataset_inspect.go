package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/inspect"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func datasetInspectCommand(s *streams) *cobra.Command {
	var format, output, label, card string
	c := &cobra.Command{
		Use:   "inspect FILE|CARD",
		Short: "What a dataset holds, and what to know before trusting a replay of it",
		Long: `Inspect reads a dataset and prints what its columns hold, labels and segments,
which single columns give the label away, rows that are alike (within and
across splits), and warnings as numbered footnotes. It takes a card, by its
path, its folder or its name in datasets, or a bare Parquet, CSV or JSONL file.

For a bare file it also proposes a card, with a comment for every choice.
--write puts it into a file, or with - on standard output and nothing else.`,
		Example: join(s.program,
			"%s dataset inspect invoice",
			"%s dataset inspect datasets/invoice/dataset.yaml --format json",
			"%s dataset inspect invoices.csv --label decision --write -"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := printer(s, format, output)
			if err != nil {
				return err
			}
			data, err := cardOrFile(a[0])
			if err != nil {
				return err
			}
			bare := data.Name == ""
			if !bare && (label != "" || card != "") {
				return withCode(ExitUsage, fmt.Errorf("--label and --write are for a bare file, and %s is a card", data.File))
			}
			if card != "" && card != "-" {
				if _, err := os.Stat(card); err == nil {
					return fmt.Errorf("%s is there already: name another file, or remove it", card)
				}
			}
			result, err := inspect.Run(c.Context(), data, inspect.Options{Label: label})
			if err != nil {
				return inspectError(err)
			}
			if bare {
				result.Proposed = proposal(result, data.Sources[0], card).Card()
			}
			switch card {
			case "":
				return write(report.Inspect{Result: result})
			case "-":
				_, err := io.WriteString(s.out, result.Proposed)
				return err
			}
			if err := os.MkdirAll(filepath.Dir(card), 0o755); err != nil {
				return err
			}
			if err := regular.Replace(card, func(w io.Writer) error { _, err := io.WriteString(w, result.Proposed); return err }); err != nil {
				return err
			}
			return write(report.Inspect{Result: result})
		},
	}
	answerFlags(c.Flags(), &format, &output)
	c.Flags().StringVar(&label, "label", "", "`column` of the right answers of a bare file, where names do not tell")
	c.Flags().StringVar(&card, "write", "", "write the proposed card of a bare file to this new `file`, or - to print it alone")
	return c
}

// inspectError gives an error of inspecting its exit code.
func inspectError(err error) error {
	if errors.Is(err, inspect.ErrNoColumn) {
		return withCode(ExitUsage, err)
	}
	return err
}

// proposal is a card for a data file, as one at the path of a card names it.
func proposal(r *inspect.Result, source, card string) *inspect.Proposal {
	name := filepath.Base(source)
	for ext := filepath.Ext(name); ext != "" && ext != name; ext = filepath.Ext(name) {
		name = strings.TrimSuffix(name, ext)
	}
	if card != "-" && card != "" {
		if from, err := filepath.Abs(filepath.Dir(card)); err == nil {
			if to, err := filepath.Abs(source); err == nil {
				if rel, err := filepath.Rel(from, to); err == nil {
					source = rel
				}
			}
		}
	}
	return r.Propose(name, filepath.ToSlash(source))
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
