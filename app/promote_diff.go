package app

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// dryRun says what promoting a design would change on the cases of its run, and
// writes nothing.
func dryRun(ctx context.Context, r *flow.Registry, s *streams, run *record.Run, held *promote.Case, p *promote.Production, dir string) error {
	fmt.Fprintf(s.out, "%s could be promoted: %s\n", p.Design, p.Evidence.Gate.Reason)
	if _, ok := promotedFolder(dir); !ok {
		fmt.Fprintln(s.out, "nothing is in production that it would replace")
		return nil
	}
	old, err := inForce(dir)
	if err != nil {
		return err
	}
	before, err := promotedPlan(ctx, r, dir)
	if err != nil {
		return err
	}
	tmp, remove, err := scratchFolder()
	if err != nil {
		return err
	}
	defer remove()
	h := run.Header
	was, err := replayPromoted(ctx, s, before, held.Card, dataset.Request{Splits: h.Data.Split}, h.Seed, h.Repeats, filepath.Join(tmp, "before"))
	if err != nil {
		return err
	}
	diff, err := promote.Compare(
		promote.Of(was.Trials(before.Workflow.Outcome), before.Design.Name), promote.Of(run.Trials(before.Workflow.Outcome), p.Design), before.Workflow.Outcome)
	if err != nil {
		return withCode(ExitInput, err)
	}
	fmt.Fprintf(s.out, "instead of %s, promoted %s, on the cases of run %s:\n", old.Design, old.Promoted.At, h.Run)
	hidden, _ := redact.Names(held.Card)
	printDiff(s.out, diff, hidden)
	return nil
}

// inForce is what is in production, as it was promoted.
func inForce(dir string) (*promote.Production, error) {
	p, problems := promote.Verify(dir)
	return p, problems.Err()
}

// diffPromoted says what the last promotion of a workflow changed, on cases as
// they are now.
func diffPromoted(ctx context.Context, r *flow.Registry, s *streams, f *promoteFlags) error {
	w, err := findWorkflow(f.diff)
	if err != nil {
		return err
	}
	dir := promote.Folder(w.Dir)
	now, err := inForce(dir)
	if err != nil {
		return err
	}
	earlier, err := promote.Before(dir)
	if err != nil {
		return withCode(ExitInput, err)
	}
	card, err := findCard(w, "")
	if err != nil {
		return err
	}
	request := dataset.Request{Splits: f.splits}
	if len(card.SplitNames()) == 0 {
		request.Splits = nil
	}
	tmp, remove, err := scratchFolder()
	if err != nil {
		return err
	}
	defer remove()
	var plans [2]*design.Plan
	var runs [2]*record.Run
	for i, folder := range []string{filepath.Dir(earlier.Path), dir} {
		if plans[i], err = promotedPlan(ctx, r, folder); err != nil {
			return err
		}
		if runs[i], err = replayPromoted(ctx, s, plans[i], card, request, now.Evidence.Seed, 1, filepath.Join(tmp, fmt.Sprint(i))); err != nil {
			return err
		}
	}
	outcome := plans[1].Workflow.Outcome
	diff, err := promote.Compare(runs[0].Trials(plans[0].Workflow.Outcome), runs[1].Trials(outcome), outcome)
	if err != nil {
		return withCode(ExitInput, err)
	}
	fmt.Fprintf(s.out, "%s, promoted %s, instead of %s, on %s:\n", now.Design, now.Promoted.At, plans[0].Design.Name, selection(request))
	hidden, _ := redact.Names(card)
	printDiff(s.out, diff, hidden)
	return nil
}

// namedChanges is how many cases of a change are named.
const namedChanges = 5

func printDiff(w io.Writer, d *promote.Diff, hidden bool) {
	fmt.Fprintf(w, "%d of %d trials come to something else\n", d.Differ, d.Trials)
	for _, c := range d.Changes {
		fmt.Fprintf(w, "  %5d  %s -> %s", len(c.Cases), c.From, c.To)
		if !hidden {
			more := ""
			if len(c.Cases) > namedChanges {
				more = ", ..."
			}
			fmt.Fprintf(w, ": %s%s", strings.Join(c.Cases[:min(len(c.Cases), namedChanges)], ", "), more)
		}
		fmt.Fprintln(w)
	}
}
