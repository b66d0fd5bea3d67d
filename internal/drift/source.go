package drift

import (
	"context"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Source gives cases, with input and label, and one trial of each by the design
// as written. Both are valid until each returns.
type Source interface {
	Each(ctx context.Context, each func(*flow.Case, *flow.Trial) error) error
}

// Recorded is a source that reads a run and its dataset. Of repeats it gives
// the first: a case counts once.
type Recorded struct {
	Run      *record.Run
	Workflow *design.Workflow
	Card     *dataset.Card
	Design   string
}

// Each implements [Source].
func (r Recorded) Each(ctx context.Context, each func(*flow.Case, *flow.Trial) error) error {
	read := dataset.Request{Input: r.Workflow.Input, WantInput: true}
	return score.Walk(ctx, r.Run, r.Workflow, r.Card, read, func(t *flow.Trial, c *flow.Case, _ bool) error {
		if t.Design != r.Design || t.Variant != "" || t.Repeat != 0 {
			return nil
		}
		return each(c, t)
	})
}

// Names are what a source's dataset calls things.
type Names struct {
	Tags     []string // of the cases' tags, in their order
	Use      []string // those of them to compare, and to make segments of
	Apart    []string // those of Use that make segments alone, and are not compared as inputs
	Personal []string // input fields, outcome fields and tags that are shown nowhere
}

// Gather reads a source of a workflow's cases. seed is that of the run.
func Gather(ctx context.Context, from Source, w *design.Workflow, seed uint64, names Names) (*Sample, error) {
	s := &Sample{}
	for _, f := range w.Input.Fields() {
		s.Inputs = append(s.Inputs, newColumn(f.Name, f.Type, slices.Contains(names.Personal, f.Name)))
	}
	var at []int // in the cases' tags
	for _, name := range names.Use {
		i := slices.Index(names.Tags, name)
		if i < 0 {
			return nil, fmt.Errorf("no tag %q in %v", name, names.Tags)
		}
		at = append(at, i)
		c := newColumn(name, flow.Type{Kind: flow.String}, slices.Contains(names.Personal, name))
		c.Tag, c.Apart = true, slices.Contains(names.Apart, name)
		s.Inputs = append(s.Inputs, c)
	}
	for _, f := range w.Outcome.Fields() {
		s.Outcomes = append(s.Outcomes, newColumn(f.Name, f.Type, slices.Contains(names.Personal, f.Name)))
		s.Labels = append(s.Labels, newColumn("label "+f.Name, f.Type, slices.Contains(names.Personal, f.Name)))
	}
	judge := score.Judge{Workflow: w, Seed: seed}
	r := row{inputs: make([]any, len(s.Inputs)), outcomes: make([]any, len(s.Outcomes)), labels: make([]any, len(s.Labels))}
	err := from.Each(ctx, func(c *flow.Case, t *flow.Trial) error {
		r.input(c, w.Input.Len(), at)
		r.digest = t.InputDigest
		r.label(c.Label)
		r.trial(t, judge.Judge(t, c.Label))
		s.models(t)
		s.take(&r)
		return nil
	})
	if log, ok := from.(*Audited); ok {
		s.withheld(log.Withheld)
	}
	s.seal()
	return s, err
}

// input takes in what a case is.
func (r *row) input(c *flow.Case, fields int, tags []int) {
	r.id, r.cluster, r.time, r.weight = c.ID, c.Cluster, c.Time, c.Weight
	for i := range r.inputs {
		r.inputs[i] = nil
		switch {
		case i >= fields:
			if tag := c.Tags[tags[i-fields]]; tag != "" {
				r.inputs[i] = tag
			}
		case i < len(c.Input.Values):
			r.inputs[i] = c.Input.Values[i]
		}
	}
}

// label takes in what was right.
func (r *row) label(l *flow.Label) {
	clear(r.labels)
	if l != nil {
		copy(r.labels, l.Outcome.Values)
	}
}

// trial takes in what the design made of it.
func (r *row) trial(t *flow.Trial, g score.Judgement) {
	r.flags, r.confidence = 0, 0
	clear(r.outcomes)
	if !g.Measured {
		return
	}
	r.set(measured, true)
	answer := t.Outcome
	if answer == nil {
		answer = t.Shadow
	}
	r.set(answered, answer != nil)
	copy(r.outcomes, answer)
	for i := len(t.Spans) - 1; i >= 0; i-- {
		if c := t.Spans[i].Confidence; c != nil {
			r.set(stated, true)
			r.confidence = c.Calibrated
			break
		}
	}
	r.set(escalated, g.Escalated)
	r.set(broken, g.Handoff)
	r.set(automated, t.Status == flow.Automated)
	if g.Disposition == score.AutomatedCorrect || g.Disposition == score.AutomatedWrong {
		r.set(judged, true)
		r.set(right, g.Right == score.Yes)
	}
	switch {
	case g.Disposition == score.Failed && g.Right != score.Unknown:
		r.set(known, true)
	case g.Shadow != score.Unknown:
		r.set(known, true)
		r.set(able, g.Shadow == score.Yes)
	}
}

// models notes who answered.
func (s *Sample) models(t *flow.Trial) {
	for _, span := range t.Spans {
		for _, a := range span.Attempts {
			if had := s.Models[span.Step]; a.Model != "" && !slices.Contains(had, a.Model) {
				if s.Models == nil {
					s.Models = map[string][]string{}
				}
				s.Models[span.Step] = append(had, a.Model)
			}
		}
	}
}
