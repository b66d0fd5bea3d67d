package queue

import (
	"context"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Seen is a case and what the design made of it.
type Seen struct {
	Case       flow.Case
	Ended      Reason           // "" for one that was automated, else Escalated or Failed
	Proposed   []any            // aligned with the outcome; nil where the design came to none
	Confidence *flow.Confidence // nil for none
	// Voices are the other designs that decided it, For those that decided the same.
	Voices, For int
	Known       bool // a person has decided it already
	Tags        []string
	Withheld    []string // fields of the input that were not kept
}

// Source is where the cases of a queue come from.
type Source interface {
	// Cases goes over them in order, with their inputs where these are asked for.
	Cases(ctx context.Context, inputs bool, each func(*Seen) error) error
}

// Run is a run as a source: one of its designs, as it was in the first repeat.
type Run struct {
	*record.Run
	Workflow *design.Workflow
	Card     *dataset.Card
	Design   string
}

// Cases implements [Source]. A case that was not measured is passed over.
func (r *Run) Cases(ctx context.Context, inputs bool, each func(*Seen) error) error {
	read := dataset.Request{WantInput: inputs}
	if inputs {
		read.Input = r.Workflow.Input
	}
	var seen *Seen
	var own any
	var others []any
	done := func() error {
		if seen == nil {
			return nil
		}
		for _, said := range others {
			seen.Voices++
			if said == own {
				seen.For++
			}
		}
		return each(seen)
	}
	err := score.Walk(ctx, r.Run, r.Workflow, r.Card, read, func(t *flow.Trial, c *flow.Case, first bool) error {
		if first {
			if err := done(); err != nil {
				return err
			}
			seen, own, others = nil, nil, others[:0]
		}
		if t.Variant != "" || t.Repeat != 0 {
			return nil
		}
		outcome := t.Outcome
		if t.Status != flow.Automated {
			outcome = t.Shadow
		}
		var decided any
		if d := r.Workflow.Decision; d >= 0 && outcome != nil && t.Right == nil {
			decided = outcome[d]
		}
		if t.Design != r.Design {
			if decided != nil {
				others = append(others, decided)
			}
			return nil
		}
		seen, own = r.seen(t, c, outcome), decided
		return nil
	})
	if err != nil {
		return err
	}
	return done()
}

// seen is what a trial of the design came to, nil where it was not measured. It
// owns all that it holds.
func (r *Run) seen(t *flow.Trial, c *flow.Case, outcome []any) *Seen {
	s := &Seen{Case: *c, Proposed: slices.Clone(outcome), Tags: slices.Clone(t.Tags)}
	s.Case.Cluster, s.Case.Weight = t.Cluster, t.Weight
	switch t.Status {
	case flow.NotMeasured:
		return nil
	case flow.Escalated:
		s.Ended = Escalated
	case flow.Failed:
		s.Ended = Failed
	}
	if x := score.Stated(t); x != nil {
		held := *x
		held.Classes = slices.Clone(x.Classes)
		s.Confidence = &held
	}
	if d := r.Workflow.Decision; d >= 0 {
		field := r.Workflow.Outcome.Fields()[d].Name
		s.Known = slices.ContainsFunc(r.Card.Reviewed[t.Case], func(x dataset.Reviewed) bool { return x.Field == field })
	}
	return s
}
