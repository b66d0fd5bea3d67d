package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/review"
)

func reviewCommand(s *streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "review",
		Short: "Find what a person should look at, and take in what was decided",
		Example: join(s.program,
			"%s review labels latest",
			"%s review queue latest --design rules"),
	}
	c.AddCommand(reviewLabelsCommand(s), reviewQueueCommand(s), reviewImportCommand(s))
	return c
}

func reviewLabelsCommand(s *streams) *cobra.Command {
	var format, output, draft string
	var top int
	c := &cobra.Command{
		Use:   "labels RUN...",
		Short: "Rank the cases whose label is probably wrong",
		Long: `Labels ranks the cases of runs by how surely the designs contradict the label of
the decision, and shows how figures and verdicts would move if the first of them
were corrected. It changes nothing: a person decides.

With --draft the cases shown are written into a file of the form that a card
names under review. Who reviews them fills in who, when and why, mends or drops
what the designs have wrong, and adds the entries to the dataset's review file:
the labels are then read as corrected, and the dataset has another digest.

RUN is a run's folder, its id in reports/runs, or latest.`,
		Example: join(s.program,
			"%s review labels latest",
			"%s review labels latest --top 50 --draft doubtful.yaml",
			"%s review labels latest --format md --output labels.md"),
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := printer(s, format, output)
			if err != nil {
				return err
			}
			if top < 1 {
				return withCode(ExitUsage, errors.New("--top takes numbers from 1 up"))
			}
			found, err := reviewLabels(c.Context(), a, top)
			if err != nil {
				return err
			}
			if draft != "" {
				if err := writeDraft(s, draft, found); err != nil {
					return err
				}
			}
			return write(found)
		},
	}
	c.Flags().IntVar(&top, "top", 20, "show, and try correcting, so many")
	c.Flags().StringVar(&draft, "draft", "", "write those shown into this new `file`, to be reviewed")
	answerFlags(c.Flags(), &format, &output)
	return c
}

// reviewLabels looks at the labels of runs. A look at the held-out split is
// written down.
func reviewLabels(ctx context.Context, names []string, top int) (report.Labels, error) {
	var runs []review.Run
	out := report.Labels{Top: top}
	for _, name := range names {
		run, err := findRun(name)
		if err != nil {
			return out, err
		}
		for _, before := range runs {
			if before.Dir == run.Dir {
				return out, withCode(ExitUsage, fmt.Errorf("run %s twice: its designs would have two votes", run.Header.Run))
			}
		}
		w, card, err := runInputs(run)
		if err != nil {
			return out, err
		}
		runs = append(runs, review.Run{Run: run, Workflow: w, Card: card})
	}
	var err error
	if out.Result, err = review.Labels(ctx, runs); err != nil {
		return out, err
	}
	if err := out.Correct(ctx, runs, top, margins(runs[0].Workflow)); err != nil {
		return out, err
	}
	for _, run := range runs {
		if err := countLook(run.Header, run.Workflow, run.Card, "review labels"); err != nil {
			return out, err
		}
		if run.Header.State != record.Complete {
			out.Warnings = append(out.Warnings, fmt.Sprintf("run %s is not complete", run.Header.Run))
		}
	}
	out.HideIDs, _ = redact.Names(runs[0].Card)
	return out, nil
}

// draftEntry is an entry of a review file that a person has to finish.
type draftEntry struct {
	Case  string `yaml:"case"`
	Field string `yaml:"field"`
	From  string `yaml:"from"`
	To    string `yaml:"to"`
	By    string `yaml:"by"`
	At    string `yaml:"at"`
	Why   string `yaml:"why"`
}

// writeDraft writes the proposals shown into a new file. It is not a review: who
// reviews them is missing, and a card that names it as it is does not load.
func writeDraft(s *streams, path string, found report.Labels) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return withCode(ExitInput, fmt.Errorf("%s is there already: a draft takes a new file", path))
	}
	var file struct {
		Reviewed []draftEntry `yaml:"reviewed"`
	}
	for _, r := range found.Reviews(found.Top) {
		file.Reviewed = append(file.Reviewed, draftEntry{Case: r.Case, Field: r.Field, From: r.From, To: r.To})
	}
	text, err := yaml.Marshal(file)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# Proposed labels, for a person to review. Fill in by, at and why; mend to, or put\n# unknown: true in its place; where the label is right, put it back.\n")
	b.Write(text)
	if err := record.WriteFile(path, b.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s to review in %s\n", count(len(file.Reviewed), "label"), path)
	return nil
}
