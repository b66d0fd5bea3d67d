package scorecard

import (
	"context"
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Plan is a design of a run as it was run, or why it is not to be had.
type Plan struct {
	*design.Plan
	Why string
}

// manyOfACase makes the case the unit of intervals where none is named: the
// handoffs of a trial are no more independent of each other than repeats are.
const manyOfACase = 2

// Run measures every design of a scored run. plans are aligned with the designs
// of its header.
func Run(ctx context.Context, run *record.Run, scored *score.Result, w *design.Workflow, card *dataset.Card, plans []Plan) (*Result, error) {
	h := run.Header
	out := &Result{Run: h.Run, Workflow: w.Name, Dataset: card.Name, Split: h.Data.Split, Cases: scored.Cases}
	a := &analysis{
		judge: score.NewJudge(w, card, h.Seed), byName: make(map[string]*tally),
		units: score.NewUnits(card, h.Repeats), cases: score.NewUnits(card, 1), many: score.NewUnits(card, manyOfACase),
	}
	var order []*tally
	for i, was := range h.Designs {
		d := a.tally(w, was, plans[i].Plan)
		d.changed, d.seed = changedFiles(run, was), h.Seed
		name := score.DesignName(was.Name, was.Variant)
		a.byName[name] = d
		order = append(order, d)
		if d.plan == nil {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s: undeclared handoffs, evidence and owners of actions are not looked at: %s", name, plans[i].Why))
		}
	}
	if err := score.Walk(ctx, run, w, card, dataset.Request{Input: w.Input, WantInput: true}, a.add); err != nil {
		return nil, err
	}
	a.endCase()
	for i, was := range h.Designs {
		name := score.DesignName(was.Name, was.Variant)
		d := Design{
			Name: name, Integrated: order[i].handoffs.result(), Repeated: order[i].repeats.result(),
			Accountable: order[i].outcomes.result(), Automated: order[i].trials.result(),
		}
		for k := range scored.Designs {
			if scored.Designs[k].Name == name {
				d.Gate = atAccuracy(w, scored, &scored.Designs[k])
			}
		}
		out.Designs = append(out.Designs, d)
	}
	return out, nil
}

// analysis goes over a run.
type analysis struct {
	judge  score.Judge
	units  *score.Units // of trials
	cases  *score.Units // of cases, each once
	many   *score.Units // of things of which a trial has several
	byName map[string]*tally
}

// tally gathers the scorecard of one design.
type tally struct {
	w       *design.Workflow
	header  record.Design
	plan    *design.Plan // nil where it is not to be had
	nodes   map[string]*design.Node
	seed    uint64
	changed []string // lacks of every trial
	frame   []any
	json    []byte // scratch

	handoffs, repeats, outcomes, trials *measure

	// Of the case at hand, over its repeats.
	first score.Ending
	seen  int
	same  bool
	at    place
}

func (a *analysis) tally(w *design.Workflow, was record.Design, p *design.Plan) *tally {
	d := &tally{
		w: w, header: was, plan: p,
		handoffs: newMeasure(a.many), repeats: newMeasure(a.cases), outcomes: newMeasure(a.units), trials: newMeasure(a.units),
	}
	if p != nil {
		d.nodes, d.frame = named(p), make([]any, p.Slots)
	}
	return d
}

func (a *analysis) add(t *flow.Trial, c *flow.Case, first bool) error {
	if first {
		a.endCase()
	}
	d := a.byName[score.DesignName(t.Design, t.Variant)]
	if d == nil {
		return fmt.Errorf("case %q has a trial of design %q, which run.json does not name", t.Case, t.Design)
	}
	if t.Status == flow.NotMeasured {
		return nil // outside every share
	}
	g := a.judge.Judge(t, c.Label)
	at := func(u *score.Units) place { return place{t.Case, u.Cluster(t), t.Weight} }
	d.integrated(t, at(a.many))
	d.automated(t, at(a.units))
	if t.Status != flow.Failed {
		d.accountable(t, c, at(a.units))
	}
	d.repeat(score.NewEnding(t, &g), at(a.cases))
	return nil
}

// repeat follows the repeats of one case.
func (d *tally) repeat(e score.Ending, at place) {
	if d.seen == 0 {
		d.first, d.same, d.at = e, true, at
	}
	d.same = d.same && d.first.Same(e, d.w)
	d.seen++
}

// endCase ends the case at hand in every design.
func (a *analysis) endCase() {
	for _, d := range a.byName {
		switch {
		case d.seen < 2:
		case d.same:
			d.repeats.add(d.at)
		default:
			d.repeats.add(d.at, "another result in another repeat")
		}
		d.seen = 0
	}
}
