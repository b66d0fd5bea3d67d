package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

func reportCommand(r *flow.Registry, s *streams) *cobra.Command {
	var format, output string
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Score a run by its dataset's labels and report it",
		Long: `Report scores the record of a run by the labels of its dataset as they are
now, compares every candidate with the baseline on the same cases, and prints
the result. Nothing is replayed: after a correction of labels, report again.

RUN is a run's folder, its id in reports/runs, or latest.`,
		Example: join(s.program,
			"%s report latest",
			"%s report latest --format md --output report.md",
			"%s report latest --format html --output report.html",
			"%s report latest --format pr --output comment.md",
			"%s report latest --format json"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := reviewPrinter(s, format, output)
			if err != nil {
				return err
			}
			run, err := findRun(a[0])
			if err != nil {
				return err
			}
			rep, err := buildReport(c.Context(), run, "report")
			if err != nil {
				return err
			}
			if err := rep.readHandoffs(c.Context(), r, run); err != nil {
				return err
			}
			if err := rep.readScorecard(c.Context(), r, run); err != nil {
				return err
			}
			if format == "html" {
				if err := rep.readForPage(c.Context(), r, run); err != nil {
					return err
				}
			}
			return write(rep)
		},
	}
	c.Flags().StringVar(&format, "format", "text", reviewUsage)
	c.Flags().StringVarP(&output, "output", "o", "", "write to this `file`")
	return c
}

// reportData is a scored and compared run, ready to be printed.
type reportData struct {
	*report.Report
	workflow *design.Workflow
	card     *dataset.Card
}

// buildReport scores and compares a run, for the command that shows it. A look
// at the held-out split is written down.
func buildReport(ctx context.Context, run *record.Run, command string) (*reportData, error) {
	w, card, err := runInputs(run)
	if err != nil {
		return nil, err
	}
	scored, err := scoreForGate(ctx, run, w, card)
	if err != nil {
		return nil, err
	}
	if err := dataChanged(ctx, run.Header, card, scored); err != nil {
		return nil, err
	}
	compared, err := compare.Run(scored, scored.Baseline, margins(w))
	if err != nil {
		return nil, err
	}
	withhold(compared, run.Header)
	if err := countLook(run.Header, w, card, command); err != nil {
		return nil, err
	}
	rep := &reportData{&report.Report{Header: run.Header, Score: scored, Compare: compared, Program: "eval"}, w, card}
	rep.HideIDs, rep.HideTags = redact.Names(card)
	if run.Header.State == record.Complete {
		rep.summarise(run)
	}
	return rep, nil
}

// withhold takes back verdicts on designs that a race cut short: their tests
// are for a number of cases fixed beforehand.
func withhold(compared *compare.Result, h *record.Header) {
	if compared == nil {
		return
	}
	for i := range compared.Differences {
		if d := &compared.Differences[i]; h.CutShort(d.Candidate) || h.CutShort(d.Baseline) {
			d.Verdict, d.FurtherCases = compare.CannotTell, 0
		}
	}
}

// scoreForGate scores a run in as much detail as its workflow's gate needs.
func scoreForGate(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card) (*score.Result, error) {
	if gate.InDetail(w) {
		return score.RunInDetail(ctx, run, w, card)
	}
	return score.Run(ctx, run, w, card)
}

// countLook writes a look at the held-out split into the ledger.
func countLook(h *record.Header, w *design.Workflow, card *dataset.Card, command string) error {
	if !slices.Contains(h.Data.Split, ledger.HeldOut) {
		return nil
	}
	look := ledger.Look{Command: command, Run: h.Run, Workflow: w.Name, Split: ledger.HeldOut}
	for _, d := range h.Designs {
		look.Designs = append(look.Designs, d.Name)
	}
	if err := ledger.Add(card.Dir, look, time.Now()); err != nil {
		return fmt.Errorf("a look at the held-out split has to be counted: %w", err)
	}
	return nil
}

// datasetChanged is said of figures from a dataset that is no longer as it was.
const datasetChanged = "the dataset changed since the run: labels are read as they are now, and inputs are those that were replayed"

// dataChanged notes on a report that the dataset is no longer the one that was
// replayed: a corrected label belongs in a new score, and is said.
func dataChanged(ctx context.Context, h *record.Header, card *dataset.Card, scored *score.Result) error {
	same, err := asReplayed(ctx, card, h)
	if err != nil {
		return err
	}
	if !same {
		scored.Warnings = append(scored.Warnings, datasetChanged)
	}
	return nil
}

// runInputs are the workflow as it was when the run was made, and the dataset
// as it is now.
func runInputs(run *record.Run) (*design.Workflow, *dataset.Card, error) {
	h := run.Header
	w, problems := design.LoadWorkflow(kept(run, h.Workflow))
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	card, problems := dataset.Load(fileOf(run, h.Data.Card.Path))
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	return w, card, nil
}

// exampleCase is a case worth tracing: a silent failure, else any broken
// handoff, else the first. CASE stands for one where ids are personal.
func (r *reportData) exampleCase() string {
	if r.HideIDs {
		return "CASE"
	}
	for _, d := range r.Score.Designs {
		if len(d.Worst) > 0 {
			return d.Worst[0].Case
		}
	}
	for _, d := range r.Score.Designs {
		for _, e := range d.Edges {
			for _, k := range e.Kinds {
				if len(k.Examples) > 0 {
					return k.Examples[0]
				}
			}
		}
	}
	if len(r.Score.Vectors.Cases) > 0 {
		return r.Score.Vectors.Cases[0]
	}
	return "CASE"
}
