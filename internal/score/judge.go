package score

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/people"
)

// Tri is yes, no, or nothing that tells.
type Tri int8

const (
	No      Tri = -1
	Unknown Tri = 0
	Yes     Tri = 1
)

func tri(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// Judgement is one trial judged by its case's label.
type Judgement struct {
	Disposition Disposition
	Right       Tri   // the final result, people's included
	Shadow      Tri   // what the design would have answered without people
	Final       []any // the final outcome, aligned with the workflow's; nil where there is none
	Needs       Tri   // whether the label gives the case to a person
	Escalated   bool
	Measured    bool
	Minutes     float64 // of people
	MinutesOK   bool    // false where a person worked and nobody says how long
	PeopleCost  float64 // the minutes at their teams' wages
	ModelCost   float64
	ErrorCost   float64
	Handoff     bool // at least one handoff failed in operation
	// Perfect says that part of a person's answer is the label itself.
	Perfect bool
	Fields  []Tri // each outcome field of Final against the label
}

// Judge decides what came of a trial.
type Judge struct {
	Workflow *design.Workflow
	Seed     uint64
	// Unlabelled marks outcome fields for which the dataset has no labels at
	// all; nil where it has them for every field. A field of the others that
	// has no label in a case is rightly absent there if it is optional.
	Unlabelled []bool
}

// NewJudge makes the judge of a run of the workflow with that seed over the
// card's cases.
func NewJudge(w *design.Workflow, card *dataset.Card, seed uint64) Judge {
	j := Judge{Workflow: w, Seed: seed, Unlabelled: make([]bool, w.Outcome.Len())}
	for i, f := range w.Outcome.Fields() {
		j.Unlabelled[i] = !slices.ContainsFunc(card.Outcome, func(c dataset.Column) bool { return c.Field == f.Name })
	}
	return j
}

// Judge judges a trial; label may be nil. The judgement's slices are its own.
func (j Judge) Judge(t *flow.Trial, label *flow.Label) Judgement {
	g := Judgement{Measured: t.Status != flow.NotMeasured, Escalated: t.Status == flow.Escalated, MinutesOK: true}
	if label != nil && label.NeedsPerson != nil {
		g.Needs = tri(*label.NeedsPerson)
	}
	for i := range t.Handoffs {
		if h := &t.Handoffs[i]; h.Kind != "" && !h.Shadow {
			g.Handoff = true
		}
	}
	for i := range t.Spans {
		for _, a := range t.Spans[i].Attempts {
			if !t.Spans[i].Shadow {
				g.ModelCost += a.Price
			}
		}
	}
	if t.Status == flow.NotMeasured {
		g.Disposition = NotMeasured
		return g
	}
	j.work(t, label, &g)
	switch t.Status {
	case flow.Failed:
		g.Disposition = Failed
		if j.labelled(label) {
			g.Right = No
		}
		return g
	case flow.Automated:
		g.Final = t.Outcome
		g.Fields = j.fields(g.Final, label)
		g.Right = j.right(t, g.Fields, label)
		g.Shadow = g.Right
		g.Disposition = map[Tri]Disposition{Yes: AutomatedCorrect, No: AutomatedWrong, Unknown: AutomatedUnknown}[g.Right]
	case flow.Escalated:
		team, _ := j.Workflow.Team(t.Team)
		if t.Outcome != nil {
			g.Final = t.Outcome // the person answered during replay
		} else if t.Right == nil {
			g.Final, g.Perfect = j.answered(t, team, label)
		}
		g.Fields = j.fields(g.Final, label)
		g.Right = j.right(t, g.Fields, label)
		if t.Shadow != nil && t.Right == nil {
			g.Shadow = j.right(t, j.fields(t.Shadow, label), label)
		}
		g.Disposition = escalated(g.Needs, g.Shadow)
	}
	g.ErrorCost = j.errorCost(g.Final, label)
	return g
}

// work adds up what people did on a case.
func (j Judge) work(t *flow.Trial, label *flow.Label, g *Judgement) {
	j.Work(t, label, func(team design.Team, minutes float64, known bool) {
		g.MinutesOK = g.MinutesOK && known
		g.Minutes += minutes
		g.PeopleCost += minutes / 60 * team.Wage
	})
}

// Work goes over what people did on a case: the minutes of every team that was
// handed it, those recorded with the case once, and whether they are known.
func (j Judge) Work(t *flow.Trial, label *flow.Label, each func(team design.Team, minutes float64, known bool)) {
	recorded := false
	for i := range t.Handoffs {
		h := &t.Handoffs[i]
		team, ok := j.Workflow.Team(h.To)
		if h.Shadow || !ok || team.MinutesFromLabel && recorded || !handedTo(t, h.To) {
			continue
		}
		recorded = recorded || team.MinutesFromLabel
		minutes, known := minutesOf(t, team, label)
		each(team, minutes, known)
	}
}

// minutesOf is how long the team works on a case of its own, or on one that it
// is shown a suggestion for.
func minutesOf(t *flow.Trial, team design.Team, label *flow.Label) (float64, bool) {
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Team == team.Name && s.Suggested != nil {
			return people.ConfirmMinutes(team, label)
		}
	}
	return people.Minutes(team, label)
}

// handedTo says that a receiver of that name is a team in this trial, and not
// a step that has its name.
func handedTo(t *flow.Trial, name string) bool {
	return !slices.ContainsFunc(t.Spans, func(s flow.Span) bool { return s.Step == name && s.Actor != flow.Person })
}

// escalated sorts an escalation by what the label asks for and what the
// design would have answered.
func escalated(needs, shadow Tri) Disposition {
	switch {
	case needs == Yes, shadow == No:
		return EscalatedNeeded
	case shadow == Yes, needs == No:
		return EscalatedNeedless
	}
	return EscalatedUnknown
}

// answered is the outcome as the team gives it, and whether any of it is the
// label itself.
func (j Judge) answered(t *flow.Trial, team design.Team, label *flow.Label) ([]any, bool) {
	key := flow.Key{Seed: j.Seed, Case: t.Case, Repeat: t.Repeat}
	final := make([]any, j.Workflow.Outcome.Len())
	perfect, known := false, false
	for i := range final {
		v, source := people.Answer(j.Workflow, team, label, key, i)
		final[i] = v
		perfect = perfect || source == people.Label
		known = known || source != people.Unknown
	}
	if !known {
		return nil, false
	}
	return final, perfect
}

// right says whether a result is right: by the design's own verdict where it
// brings one, else when every required field equals its label.
func (j Judge) right(t *flow.Trial, fields []Tri, label *flow.Label) Tri {
	if t.Right != nil {
		return tri(*t.Right)
	}
	if fields == nil || !j.labelled(label) {
		return Unknown
	}
	for i, f := range fields {
		if j.Workflow.Compare[i].Required && f == No {
			return No
		}
	}
	return Yes
}

// labelled says whether the label tells what the final result should be: by
// the field that the workflow decides by, or by any where there is none.
func (j Judge) labelled(label *flow.Label) bool {
	if label == nil {
		return false
	}
	if d := j.Workflow.Decision; d >= 0 {
		return d < len(label.Outcome.Values) && label.Outcome.Values[d] != nil
	}
	return label.Labelled()
}

// fields compares an outcome with the label, field by field. Where the dataset
// labels an optional field, a case without that label is one where the field
// is rightly absent; a field that the dataset does not label is not judged.
func (j Judge) fields(final []any, label *flow.Label) []Tri {
	if final == nil || !j.labelled(label) {
		return nil
	}
	out := make([]Tri, len(final))
	for i, f := range j.Workflow.Outcome.Fields() {
		var want any
		if i < len(label.Outcome.Values) {
			want = label.Outcome.Values[i]
		}
		c := j.Workflow.Compare[i]
		switch {
		case c.Kind == design.Ignore:
		case want == nil && (!f.Type.Optional || i < len(j.Unlabelled) && j.Unlabelled[i]):
		case want == nil || final[i] == nil:
			out[i] = tri(want == nil && final[i] == nil)
		default:
			out[i] = tri(Equal(c, final[i], want))
		}
	}
	return out
}

// errorCost is what the decision costs where it is wrong.
func (j Judge) errorCost(final []any, label *flow.Label) float64 {
	d := j.Workflow.Decision
	if d < 0 || final == nil || !j.labelled(label) {
		return 0
	}
	decided, _ := final[d].(string)
	right, _ := label.Outcome.Values[d].(string)
	if decided == right {
		return 0
	}
	return j.Workflow.Costs[decided][right]
}

// cost is all that the trial cost.
func (g *Judgement) cost() float64 { return g.ModelCost + g.PeopleCost + g.ErrorCost }
