package attribute

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

// maxExamples is how many case ids stand beside a count.
const maxExamples = 3

// verdict is what a trial tells of one target.
type verdict int8

const (
	untold verdict = iota // not reached, or no gold
	right
	differs
)

// firstErrors walks over the trials as written and finds where each first went
// wrong. designs is aligned with plans.
func firstErrors(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card, plans []*design.Plan, schemas map[string]*flow.Schema, designs []Design) error {
	judge := score.NewJudge(w, card, run.Header.Seed)
	byName := make(map[string]*Design, len(designs))
	for i := range plans {
		byName[plans[i].Design.Name] = &designs[i]
	}
	return score.Walk(ctx, run, w, card, dataset.Request{Steps: schemas}, func(t *flow.Trial, c *flow.Case, _ bool) error {
		d := byName[t.Design]
		switch {
		case d == nil:
			return nil
		case t.Status == flow.NotMeasured:
			d.lost(t)
			return nil
		case t.Variant != "":
			return nil
		}
		if err := d.count(t, c.Label, w, judge.Judge(t, c.Label)); err != nil {
			return fmt.Errorf("case %q, design %q: %w", t.Case, t.Design, err)
		}
		return nil
	})
}

// lost notes at which step a corrected trial was lost, and why.
func (d *Design) lost(t *flow.Trial) {
	for i := range d.Parts {
		if p := &d.Parts[i]; t.Variant != "" && p.Variant() == t.Variant {
			if p.lostAt == nil {
				p.lostAt = map[string]int{}
			}
			p.lostAt[fmt.Sprintf("%s (%s)", t.End, t.Reason)]++
		}
	}
}

// count takes in one trial as written.
func (d *Design) count(t *flow.Trial, label *flow.Label, w *design.Workflow, g score.Judgement) error {
	wrong := g.Shadow == score.No || g.Disposition == score.Failed && g.Right != score.Unknown
	if wrong || g.Shadow == score.Yes {
		d.Judged++
	}
	if wrong {
		d.Wrong++
	}
	first, told := -1, false
	for i := range d.Parts {
		p := &d.Parts[i]
		if !p.one() {
			continue
		}
		v, err := p.judge(t, label, w)
		if err != nil {
			return err
		}
		if v == untold {
			continue
		}
		told = true
		p.Compared++
		if v == differs {
			p.Differs++
			if p.notRun(t) {
				p.NotRun++
			}
			if p.sentOn(t, label, w) {
				p.SentOn++
			}
			if first < 0 {
				first = i
			}
		}
	}
	switch {
	case first >= 0:
		p := &d.Parts[first]
		p.First++
		if wrong {
			p.FirstWrong++
			p.Examples = example(p.Examples, t.Case)
		}
	case wrong && told:
		d.Unattributed++
		d.Examples = example(d.Examples, t.Case)
	}
	return nil
}

func example(list []string, id string) []string {
	if len(list) < maxExamples && !slices.Contains(list, id) {
		list = append(list, id)
	}
	return list
}

// judge holds a trial's output or decision against gold.
func (t *Target) judge(trial *flow.Trial, label *flow.Label, w *design.Workflow) (verdict, error) {
	if t.Kind == Route {
		return t.judgeRoute(trial, label), nil
	}
	// A step that ran again in shadow gave there what it gave in operation.
	for i := range trial.Spans {
		s := &trial.Spans[i]
		if s.Step != t.Name {
			continue
		}
		return t.judgeOutput(s, label, w)
	}
	return untold, nil
}

// notRun says whether the design went on without the step: its only span then
// holds what was declared for that, and the class of the trouble.
func (t *Target) notRun(trial *flow.Trial) bool {
	for i := range trial.Spans {
		if s := &trial.Spans[i]; s.Step == t.Name {
			return s.Class != "" && s.Output != nil
		}
	}
	return false
}

// sentOn says whether a route gave the case to a team and its gold to none.
func (t *Target) sentOn(trial *flow.Trial, label *flow.Label, w *design.Workflow) bool {
	if t.Kind != Route {
		return false
	}
	_, asked := w.Team(t.decided(trial))
	_, asks := w.Team(label.Routes[t.Name])
	return asked && !asks
}

// decided is where a route went in operation, "" where it was not reached.
func (t *Target) decided(trial *flow.Trial) string {
	for i := range trial.Routes {
		if r := &trial.Routes[i]; r.Step == t.Name && !r.Shadow {
			return r.To
		}
	}
	return ""
}

func (t *Target) judgeRoute(trial *flow.Trial, label *flow.Label) verdict {
	if label == nil || label.Routes[t.Name] == "" {
		return untold
	}
	switch t.decided(trial) {
	case "":
		return untold
	case label.Routes[t.Name]:
		return right
	}
	return differs
}

func (t *Target) judgeOutput(s *flow.Span, label *flow.Label, w *design.Workflow) (verdict, error) {
	out := t.node.Out
	values := make([]any, out.Len()) // absent where the step gave nothing
	if s.Output != nil {
		var err error
		if values, err = flow.ParseJSON(s.Output, out); err != nil {
			return untold, fmt.Errorf("the record holds another output of step %q than the design gives: %w", s.Step, err)
		}
	}
	v := untold
	for i, f := range out.Fields() {
		gold, known := label.Gold(t.Name, f.Name, f.Type)
		if !known {
			continue
		}
		if v == untold {
			v = right
		}
		if !score.GoldEqual(w, f, values[i], gold) {
			return differs, nil
		}
	}
	return v, nil
}
