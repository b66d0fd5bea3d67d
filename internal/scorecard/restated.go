package scorecard

import (
	"context"
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/restate"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Restated is what became of cases whose input was said otherwise.
type Restated struct {
	// Measure are the restated trials that came to the same as the case as
	// written / those measured. Its lacks name the kind and what changed.
	Measure
	Kinds []RestatedKind `json:"kinds"`
	// NotMeasured are restated trials that could not be tried, or whose case
	// could not as written.
	NotMeasured int `json:"not_measured,omitempty"`
}

// RestatedKind is one way of saying it otherwise.
type RestatedKind struct {
	Name  string      `json:"name"`
	Title string      `json:"title"`
	Share score.Share `json:"share"`
}

// AddRestated adds what became of restated inputs, from a record of designs as
// written and of their [restate] variants, over the same cases. Designs that
// the record does not have get nothing.
func (r *Result) AddRestated(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card) error {
	a := &restating{
		w: w, judge: score.NewJudge(w, card, run.Header.Seed), many: score.NewUnits(card, manyOfACase),
		byName: make(map[string]*restatedTally), written: make(map[written]score.Ending),
	}
	for _, d := range run.Header.Designs {
		if d.Variant == "" {
			a.byName[d.Name] = newRestatedTally(a.many)
		}
	}
	if err := score.Walk(ctx, run, w, card, dataset.Request{}, a.add); err != nil {
		return err
	}
	for i := range r.Designs {
		if t := a.byName[r.Designs[i].Name]; t != nil {
			r.Designs[i].Restated = t.result()
		}
	}
	r.Warnings = append(r.Warnings, "people's answers to restated inputs are those to the case as written: of people themselves they say nothing")
	return nil
}

// restating goes over a record of restated inputs.
type restating struct {
	w      *design.Workflow
	judge  score.Judge
	many   *score.Units
	byName map[string]*restatedTally
	// written is what the case at hand came to as written.
	written map[written]score.Ending
}

type written struct {
	design string
	repeat int
}

type restatedTally struct {
	all         *measure
	kinds       map[string]*score.Counter
	notMeasured int
}

func newRestatedTally(u *score.Units) *restatedTally {
	t := &restatedTally{all: newMeasure(u), kinds: make(map[string]*score.Counter)}
	for _, k := range restate.Kinds {
		t.kinds[k.Name] = u.Counter()
	}
	return t
}

func (t *restatedTally) result() *Restated {
	out := &Restated{Measure: t.all.result(), NotMeasured: t.notMeasured}
	for _, k := range restate.Kinds {
		out.Kinds = append(out.Kinds, RestatedKind{Name: k.Name, Title: k.Title, Share: t.kinds[k.Name].Share()})
	}
	return out
}

func (a *restating) add(t *flow.Trial, c *flow.Case, first bool) error {
	if first {
		clear(a.written)
	}
	kind, restated := restate.Of(t.Variant)
	d := a.byName[t.Design]
	if d == nil || !restated && t.Variant != "" {
		return fmt.Errorf("case %q has a trial of design %q as %q, which is no restated input of a design of the run", t.Case, t.Design, t.Variant)
	}
	of := written{t.Design, t.Repeat}
	measured := t.Status != flow.NotMeasured
	var e score.Ending
	if measured {
		g := a.judge.Judge(t, c.Label)
		e = score.NewEnding(t, &g)
	}
	if !restated {
		if measured {
			a.written[of] = e
		}
		return nil
	}
	as, known := a.written[of]
	if !known || !measured {
		d.notMeasured++
		return nil
	}
	at := place{t.Case, a.many.Cluster(t), t.Weight}
	same := as.Same(e, a.w)
	d.kinds[kind.Name].Add(at.cluster, at.weight, same)
	if same {
		d.all.add(at)
	} else {
		d.all.add(at, kind.Name+": "+a.changed(as, e))
	}
	return nil
}

// changed says in what two endings differ, without values of the case.
func (a *restating) changed(as, e score.Ending) string {
	if as.Status != e.Status || as.Team != e.Team {
		return went(as) + " → " + went(e)
	}
	if i := a.w.Decision; i >= 0 && as.Final != nil && e.Final != nil && as.Final[i] != e.Final[i] {
		return fmt.Sprintf("%s → %s", said(as.Final[i]), said(e.Final[i]))
	}
	for i, f := range a.w.Outcome.Fields() {
		one, other := as, e
		if one.Final == nil || other.Final == nil {
			break
		}
		one.Final, other.Final = as.Final[i:i+1], e.Final[i:i+1]
		if !one.Same(other, &design.Workflow{Compare: a.w.Compare[i : i+1]}) {
			return "another " + f.Name
		}
	}
	return "another verdict"
}

func went(e score.Ending) string {
	if e.Team == "" {
		return string(e.Status)
	}
	return string(e.Status) + " to " + e.Team
}

// said is a decision, which is one of the workflow's own words.
func said(v any) string {
	if v == nil {
		return "no decision"
	}
	return fmt.Sprint(v)
}
