package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

func traceCommand(s *streams) *cobra.Command {
	var designs []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "trace RUN CASE",
		Short: "Show one case's path through the designs, step by step",
		Long: `Trace prints what happened to one case in a run: every step with what it gave,
what was handed over to whom, where a handoff broke, the decisions and what
they were made by, the shadow outcome of an escalated case, and the label.`,
		Example: join(s.program, "%s trace latest DOC-2519795", "%s trace latest DOC-2519795 --design rules"),
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			run, err := findRun(a[0])
			if err != nil {
				return err
			}
			return trace(c.Context(), s, run, a[1], designs, asJSON)
		},
	}
	c.Flags().StringArrayVar(&designs, "design", nil, "this design only (repeatable)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the trials as JSON lines")
	return c
}

func trace(ctx context.Context, s *streams, run *record.Run, id string, designs []string, asJSON bool) error {
	w, card, err := runInputs(run)
	if err != nil {
		return err
	}
	want := map[string]bool{}
	for _, d := range designs {
		want[d] = true
		known := false
		var names []string
		for _, have := range run.Header.Designs {
			known = known || have.Name == d
			names = append(names, have.Name)
		}
		if !known {
			return withCode(ExitInput, fmt.Errorf("run %s has no design %q%s", run.Header.Run, d, oneOf(names)))
		}
	}
	var c *flow.Case
	judge := score.NewJudge(w, card, run.Header.Seed)
	policy, err := redaction(run, w, card)
	if err != nil {
		return err
	}
	opts := report.TraceOptions{Workflow: w, Redact: policy, JSON: asJSON, Text: textOptions(s.out)}
	found := false
	for t, err := range run.Trials(w.Outcome) {
		if err != nil {
			return err
		}
		if t.Case != id {
			if found {
				break // all trials of a case sit together
			}
			continue
		}
		if !found {
			found = true
			if c, err = findCase(ctx, card, run, t, dataset.Request{
				Input: w.Input, Outcome: w.Outcome, WantInput: true, WantLabels: true, SkipTo: t.Index, Limit: 1,
			}); err != nil {
				return err
			}
			if !asJSON {
				if err := report.TraceHead(s.out, c, opts); err != nil {
					return err
				}
			}
		}
		if len(want) > 0 && !want[t.Design] {
			continue
		}
		judgement := judge.Judge(t, c.Label)
		if err := report.Trace(s.out, t, c, judgement, opts); err != nil {
			return err
		}
	}
	if !found {
		return withCode(ExitInput, fmt.Errorf("run %s has no case %q", run.Header.Run, id))
	}
	return nil
}

// findCase reads the case of a trial from the dataset.
func findCase(ctx context.Context, card *dataset.Card, run *record.Run, t *flow.Trial, request dataset.Request) (*flow.Case, error) {
	reader, err := card.Open(request)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	buf := make([]flow.Case, 1)
	n, err := reader.Next(ctx, buf)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if n == 0 || buf[0].ID != t.Case {
		return nil, fmt.Errorf("case %q is not in %s any more", t.Case, card.File)
	}
	return &buf[0], nil
}
