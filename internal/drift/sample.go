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

// Sample is what a check compares, gathered from a source.
type Sample struct {
	Cases       int
	NotMeasured int
	Labelled    int // measured cases whose end the label tells
	Clusters    []string
	IDs         []string
	Inputs      []Column // of the workflow's input, then tags
	Outcomes    []Column // what the design answers, people left out
	Confidence  []any    // of the step that states one last; nil where none does
	// Models are those that answered, by step.
	Models map[string][]string

	automated, forced, escalated, handoffs share
}

// Column is a column of values, nil where absent.
type Column struct {
	Name     string
	Type     flow.Type
	Tag      bool
	Personal bool // its values are shown nowhere
	Values   []any
}

// share is a numerator and a denominator.
type share struct{ x, n int }

func (s *share) add(yes bool) {
	s.n++
	if yes {
		s.x++
	}
}

// Names are what a source's dataset calls things.
type Names struct {
	Tags     []string // of the cases' tags, in their order
	Use      []string // those of them to compare
	Personal []string // input fields, outcome fields and tags that are shown nowhere
}

// Gather reads a source of a workflow's cases. seed is that of the run.
func Gather(ctx context.Context, from Source, w *design.Workflow, seed uint64, names Names) (*Sample, error) {
	personal := names.Personal
	s := &Sample{}
	for _, f := range w.Input.Fields() {
		s.Inputs = append(s.Inputs, Column{Name: f.Name, Type: f.Type, Personal: slices.Contains(personal, f.Name)})
	}
	var at []int // in the cases' tags
	for _, name := range names.Use {
		i := slices.Index(names.Tags, name)
		if i < 0 {
			return nil, fmt.Errorf("no tag %q in %v", name, names.Tags)
		}
		at = append(at, i)
		s.Inputs = append(s.Inputs, Column{Name: name, Type: flow.Type{Kind: flow.String}, Tag: true, Personal: slices.Contains(personal, name)})
	}
	for _, f := range w.Outcome.Fields() {
		s.Outcomes = append(s.Outcomes, Column{Name: f.Name, Type: f.Type, Personal: slices.Contains(personal, f.Name)})
	}
	judge := score.Judge{Workflow: w, Seed: seed}
	err := from.Each(ctx, func(c *flow.Case, t *flow.Trial) error {
		s.input(c, w.Input.Len(), at)
		s.trial(t, judge.Judge(t, c.Label))
		return nil
	})
	return s, err
}

// input takes in what a case is.
func (s *Sample) input(c *flow.Case, fields int, tags []int) {
	s.Cases++
	s.IDs = append(s.IDs, c.ID)
	s.Clusters = append(s.Clusters, c.Cluster)
	for i := range s.Inputs {
		var v any
		if i < fields {
			v = c.Input.Values[i]
		} else if tag := c.Tags[tags[i-fields]]; tag != "" {
			v = tag
		}
		s.Inputs[i].Values = append(s.Inputs[i].Values, v)
	}
}

// trial takes in what the design made of it.
func (s *Sample) trial(t *flow.Trial, g score.Judgement) {
	if !g.Measured {
		s.NotMeasured++
		return
	}
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
	answered := t.Outcome
	if answered == nil {
		answered = t.Shadow
	}
	if answered != nil {
		for i := range s.Outcomes {
			s.Outcomes[i].Values = append(s.Outcomes[i].Values, answered[i])
		}
	}
	for i := len(t.Spans) - 1; i >= 0; i-- {
		if conf := t.Spans[i].Confidence; conf != nil {
			s.Confidence = append(s.Confidence, conf.Calibrated)
			break
		}
	}
	s.escalated.add(g.Escalated)
	s.handoffs.add(g.Handoff)
	if g.Disposition == score.AutomatedCorrect || g.Disposition == score.AutomatedWrong {
		s.automated.add(g.Right == score.Yes)
	}
	switch {
	case g.Disposition == score.Failed && g.Right != score.Unknown:
		s.forced.add(false)
	case g.Shadow != score.Unknown:
		s.forced.add(g.Shadow == score.Yes)
	}
	s.Labelled = s.forced.n
}
