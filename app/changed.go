package app

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// onlyChanged leaves out of a run the designs whose trials an earlier one holds by
// every digest, and has the header say where.
func (p *prepared) onlyChanged() error {
	h := p.header
	var plans []*design.Plan
	var designs []record.Design
	for i, d := range h.Designs {
		run, unproven, err := trialsOf(h, d, p.workflow.Outcome)
		if err != nil {
			return err
		}
		if run == "" {
			if unproven != "" {
				h.Warnings = append(h.Warnings, fmt.Sprintf("%s was replayed: in run %s no digest is another, but it was made by a program that is not proven to be this one", d.Name, unproven))
			}
			plans, designs = append(plans, p.plans[i]), append(designs, d)
			continue
		}
		h.Unchanged = append(h.Unchanged, record.Unchanged{Design: d.Name, Run: run})
		h.Warnings = append(h.Warnings, fmt.Sprintf("%s was not replayed: run %s holds its trials, and no digest changed since (design and files, params, what it asks, workflow, data, cases, seed, program)", d.Name, run))
	}
	p.plans, h.Designs = plans, designs
	return nil
}

// trialsOf is the newest complete run in which a design was measured whole on the
// same cases, with nothing changed since that its trials hang on; "" for none. Unproven
// is a newer one of which all holds but that this program made it.
func trialsOf(h *record.Header, d record.Design, outcome *flow.Schema) (held, unproven string, err error) {
	for run, err := range latestRuns() {
		if err != nil || !onSameCases(run.Header, h) || !slices.ContainsFunc(run.Header.Designs, func(was record.Design) bool { return sameDesign(was, d) }) {
			continue // one that cannot be read holds nothing
		}
		if !run.Header.Tool.SameProgram(h.Tool) {
			unproven = cmp.Or(unproven, run.Header.Run)
			continue
		}
		whole, err := measuredWhole(run, d.Name, outcome)
		switch {
		case err != nil:
			return "", "", err
		case whole:
			return run.Header.Run, "", nil
		}
	}
	return "", unproven, nil
}

// onSameCases says whether digests prove a complete run to be on the cases of
// another, by the same workflow.
func onSameCases(was, now *record.Header) bool {
	learnt := func(h *record.Header) string {
		if h.Data.FitCard == nil {
			return ""
		}
		return h.Data.FitCard.SHA256
	}
	return was.State == record.Complete && was.Race == nil && now.Race == nil &&
		was.Seed == now.Seed && was.Repeats == now.Repeats &&
		was.Workflow.SHA256 == now.Workflow.SHA256 && was.Data.Card.SHA256 == now.Data.Card.SHA256 && learnt(was) == learnt(now) &&
		slices.EqualFunc(was.Data.Sources, now.Data.Sources, func(a, b record.File) bool { return a.SHA256 == b.SHA256 }) &&
		slices.Equal(was.Data.Split, now.Data.Split) && slices.Equal(was.Data.Where, now.Data.Where) && was.Data.Limit == now.Data.Limit
}

func sameDesign(was, now record.Design) bool {
	return was.Name == now.Name && was.Variant == "" && was.Digest == now.Digest && maps.Equal(was.Outside, now.Outside) &&
		fmt.Sprint(was.Params) == fmt.Sprint(now.Params)
}

// measuredWhole says whether a run could measure all trials of a design: what it
// could not may be possible now.
func measuredWhole(run *record.Run, name string, outcome *flow.Schema) (bool, error) {
	for t, err := range run.Trials(outcome) {
		switch {
		case err != nil:
			return false, err
		case t.Design == name && t.Status == flow.NotMeasured:
			return false, nil
		}
	}
	return true, nil
}

// unchangedBaseline is the workflow's baseline of a run that did not replay it
// because an earlier one holds its trials; nil where the run has it, or nobody has.
func unchangedBaseline(run *record.Run) (*gateBaseline, error) {
	h := run.Header
	i := slices.IndexFunc(h.Unchanged, func(u record.Unchanged) bool { return u.Design == h.Baseline })
	if i < 0 {
		return nil, nil
	}
	u := h.Unchanged[i]
	other, err := findRun(u.Run)
	if err != nil {
		return nil, fmt.Errorf("the baseline %s was not replayed, as run %s held its trials: %w", u.Design, u.Run, err)
	}
	b := &gateBaseline{run: other, design: designOf(other, u.Design), name: u.Design + " @ " + u.Run}
	if b.design < 0 || !onSameCases(other.Header, h) || !other.Header.Tool.SameProgram(h.Tool) {
		return nil, withCode(ExitInput, fmt.Errorf("the baseline %s was not replayed, as run %s held its trials, and does no longer: replay it", u.Design, filepath.ToSlash(relative(other.Dir))))
	}
	return b, nil
}
