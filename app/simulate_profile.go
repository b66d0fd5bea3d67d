package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// source is the run that gives a scenario's cases, and what it is read with.
func (f *simulateFlags) source(sc *scenario.Scenario) (*record.Run, *design.Workflow, *dataset.Card, error) {
	run, err := findRunOf(cmp.Or(f.run, sc.Run), sc.Workflow)
	if err != nil {
		return nil, nil, nil, err
	}
	w, card, err := runInputs(run)
	if err != nil {
		return nil, nil, nil, err
	}
	if w.Name != sc.Workflow.Name {
		return nil, nil, nil, withCode(ExitInput, fmt.Errorf("run %s is of workflow %q, and the scenario %s of %q", run.Header.Run, w.Name, sc.Name, sc.Workflow.Name))
	}
	return run, w, card, nil
}

// profile reads the cases of a scenario's run, judged by their labels as they
// are now, and what there is to say about the run.
func (f *simulateFlags) profile(ctx context.Context, sc *scenario.Scenario) (*opsim.Profile, []string, error) {
	if sc.Cases != nil {
		return nil, nil, nil
	}
	run, w, card, err := f.source(sc)
	if err != nil {
		return nil, nil, err
	}
	var designs []string
	for _, d := range run.Header.Designs {
		if d.Variant == "" {
			designs = append(designs, d.Name)
		}
	}
	for _, d := range sc.Designs {
		if !slices.Contains(designs, d) {
			return nil, nil, withCode(ExitInput, fmt.Errorf("run %s has no design %q%s", run.Header.Run, d, oneOf(designs)))
		}
	}
	if len(sc.Designs) > 0 {
		designs = sc.Designs
	}
	b := opsim.NewProfileBuilder(run.Header.Run, designs)
	if len(sc.Stratify) > 0 {
		b.Tags(run.Header.Data.Tags)
	}
	judge := score.Judge{Workflow: w, Seed: run.Header.Seed}
	waits := sc.WaitColumns()
	err = score.Walk(ctx, run, w, card, recordedWaits(waits), func(t *flow.Trial, c *flow.Case, first bool) error {
		j := judge.Judge(t, c.Label)
		b.Add(t, opsim.Work{Minutes: j.Minutes, Known: j.MinutesOK, Cost: j.ModelCost + j.ErrorCost})
		for _, from := range waits {
			if !first || len(c.Recorded) == 0 {
				break
			}
			minutes, waited := c.Recorded[0].Get(from.Wait).(float64)
			left, known := c.Recorded[0].Get(from.Left).(bool)
			if waited && known {
				b.Waited(from, minutes, left, t.Weight)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	p, err := b.Profile()
	if err != nil {
		return nil, nil, withCode(ExitInput, err)
	}
	warnings := runWarnings(run, w, sc)
	same, err := asReplayed(ctx, card, run.Header)
	if err == nil && !same {
		warnings = append(warnings, datasetChanged)
	}
	return p, warnings, err
}

// recordedWaits asks for the columns that patience is estimated from.
func recordedWaits(waits []scenario.WaitColumns) dataset.Request {
	if len(waits) == 0 {
		return dataset.Request{}
	}
	types := map[string]flow.Type{}
	for _, from := range waits {
		types[from.Wait] = flow.Type{Kind: flow.Number, Optional: true}
		types[from.Left] = flow.Type{Kind: flow.Boolean, Optional: true}
	}
	var fields []flow.Field
	for _, name := range slices.Sorted(maps.Keys(types)) {
		fields = append(fields, flow.Field{Name: name, Type: types[name]})
	}
	return dataset.Request{WantRecorded: true, Recorded: flow.NewSchema(fields...)}
}
