package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

func datasetRegressCommand(s *streams) *cobra.Command {
	var by, why string
	c := &cobra.Command{
		Use:   "regress CARD CASE...",
		Short: "Put cases that broke into the regression split, which every gate replays",
		Long: `Regress puts cases into the regression split of a dataset: cases that a design
once got wrong. They stay in their own split, too. Every gate replays them, and
fails a design that breaks one which passed before.

The split only grows: it is a file beside the card, regression.yaml, and the
dataset's changelog, changes.jsonl, says what was put into it. A case that is
missing there is an error; 'dataset forget' alone takes cases out.`,
		Example: join(s.program,
			"%s dataset regress invoice-fresh inv-00030 --by ann --why paid-twice"),
		Args: args(cobra.MinimumNArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			if by == "" || why == "" {
				return withCode(ExitUsage, errors.New("who puts them there, and how did they break? give --by and --why"))
			}
			card, err := ownCard(a[0])
			if err != nil {
				return err
			}
			var broke []dataset.Broke
			for _, id := range a[1:] {
				broke = append(broke, dataset.Broke{Case: id, By: by, At: time.Now().UTC().Format(time.DateOnly), Why: why})
			}
			splits, err := splitsOf(c.Context(), card, a[1:])
			if err != nil {
				return err
			}
			if missing := slices.DeleteFunc(slices.Clone(a[1:]), func(id string) bool { _, is := splits[id]; return is }); len(missing) > 0 {
				return withCode(ExitInput, fmt.Errorf("%s has no case %s", card.Name, quoted(missing)))
			}
			n, err := regress(c.Context(), card, broke, dataset.Change{Did: "regress", By: []string{by}, Why: why})
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s put into the regression split of %s, which has %d now\n", count(n, "case"), card.Name, len(card.Regression)+n)
			if leaked := learntFrom(splits); len(leaked) > 0 {
				fmt.Fprintf(s.err, "%s in train or calibration, which designs learn from: that they get them right proves little: %s\n", count(len(leaked), "case"), quoted(leaked))
			}
			return nil
		},
	}
	c.Flags().StringVar(&by, "by", "", "`name` of who puts them there")
	c.Flags().StringVar(&why, "why", "", "how they broke, for who reads it later")
	return c
}

// ownCard is a card that a user names, and no bare file.
func ownCard(name string) (*dataset.Card, error) {
	card, err := cardOrFile(name)
	if err == nil && card.Digest == "" {
		return nil, withCode(ExitInput, fmt.Errorf("%s has no card: make one with 'eval dataset inspect %s --card dataset.yaml'", name, name))
	}
	return card, err
}

// splitsOf are the splits that cases lie in, by id; "" for none. Ids that no case has
// are not there.
func splitsOf(ctx context.Context, card *dataset.Card, ids []string) (map[string]string, error) {
	rows, err := card.Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	if err := rows.Each(ctx, func(i int) error {
		c, err := rows.Head(i)
		if err == nil && slices.Contains(ids, c.ID) {
			out[strings.Clone(c.ID)] = strings.Clone(c.Split)
		}
		return err
	}); err != nil {
		return nil, err
	}
	return out, nil
}

// learntFrom are those of the cases that designs learn from, sorted.
func learntFrom(splits map[string]string) []string {
	var out []string
	for id, split := range splits {
		if split == "train" || split == "calibration" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// regress puts cases into a card's regression split and writes the change down. It
// gives the number of those that were not there.
func regress(ctx context.Context, card *dataset.Card, broke []dataset.Broke, change dataset.Change) (int, error) {
	before, err := card.Digests(ctx)
	if err != nil {
		return 0, err
	}
	file := card.RegressionFile
	if file == "" {
		file = filepath.Join(card.Dir, dataset.RegressionName)
		if _, err := os.Lstat(file); err == nil {
			return 0, withCode(ExitInput, fmt.Errorf("%s is there, and the card does not name it: add \"regression: %s\"", relative(file), dataset.RegressionName))
		}
	}
	had, err := os.ReadFile(file)
	if err != nil && card.RegressionFile != "" {
		return 0, err
	}
	text := string(had)
	if text == "" {
		text = "# Cases that once broke. They only grow: every gate replays them.\nregression:\n"
	}
	for _, b := range broke {
		if _, there := card.Regression[b.Case]; there {
			continue
		}
		text = strings.TrimRight(text, "\n") + "\n" + brokeLine(b)
		change.Regression = append(change.Regression, b.Case)
	}
	if len(change.Regression) == 0 {
		return 0, nil
	}
	if _, problems := dataset.ParseRegression(file, []byte(text)); problems.Err() != nil {
		return 0, withCode(ExitInput, fmt.Errorf("%s cannot be added to: write its cases one a line: %w", relative(file), problems.Err()))
	}
	if err := record.WriteFile(file, []byte(text)); err != nil {
		return 0, err
	}
	if card.RegressionFile == "" {
		if err := setInCard(card.File, "regression", dataset.RegressionName); err != nil {
			return 0, err
		}
	}
	return len(change.Regression), changed(ctx, card.File, before, change)
}

// brokeLine is a case as the file holds it: a mapping in one line.
func brokeLine(b dataset.Broke) string {
	only := ""
	if b.Only {
		only = ", only: true"
	}
	return fmt.Sprintf("  - {case: %s, by: %s, at: %s, why: %s%s}\n", inQuotes(b.Case), inQuotes(b.By), inQuotes(b.At), inQuotes(b.Why), only)
}

// inQuotes is a text as YAML has it on one line: as JSON does.
func inQuotes(s string) string { return string(flow.AppendValue(nil, s, false)) }

// setInCard gives a key of a card's file another value.
func setInCard(file, key, value string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if text, err = yamldoc.Set(file, text, key, value); err != nil {
		return withCode(ExitInput, fmt.Errorf("%s: %w", relative(file), err))
	}
	return record.WriteFile(file, text)
}

// changed writes what became of a dataset into its changelog.
func changed(ctx context.Context, file string, before dataset.Digests, change dataset.Change) error {
	card, problems := dataset.Load(file)
	if err := problems.Err(); err != nil {
		return err
	}
	after, err := card.Digests(ctx)
	if err != nil {
		return err
	}
	change.At, change.Before, change.After = time.Now().UTC().Format(time.RFC3339), before.Whole(), after.Whole()
	return dataset.Changed(card.Dir, change)
}
