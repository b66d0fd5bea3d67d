package attribute

import (
	"context"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// ChangeMetrics are those whose change by a counterfactual is given.
var ChangeMetrics = append(slices.Clone(Metrics), score.CostPerCase, score.MinutesPerCase)

// WhatIf compares every variant of a record with its design as written.
func WhatIf(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card) (*Result, error) {
	scored, err := score.Run(ctx, run, w, card)
	if err != nil {
		return nil, err
	}
	r, at := begin(run, w, scored, "every change and metric of one design, by Holm")
	for i, written := range run.Header.Designs {
		if written.Variant != "" {
			continue
		}
		d := newDesign(scored, i, ChangeMetrics)
		var variants []int
		var words []string
		for _, v := range run.Header.Designs {
			if v.Name == written.Name && v.Variant != "" {
				variants, words = append(variants, at[v.Name+"\x00"+v.Variant]), append(words, "with "+v.Variant)
				d.Changes = append(d.Changes, Change{Variant: v.Variant})
			}
		}
		effects, err := paired(scored, i, variants, words, ChangeMetrics)
		if err != nil {
			return nil, err
		}
		for k := range effects {
			d.Changes[k].Effects = effects[k]
			if e := effects[k][0]; e.NotMeasured > 0 {
				r.Warnings = append(r.Warnings, d.Name+": "+e.Why+": a step whose answers were recorded or stored would be given something else")
			}
		}
		r.Designs = append(r.Designs, d)
	}
	return r, nil
}
