package score

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Detail is what one design did in every case beyond the figures that every
// comparison takes: one entry a case, in case order, save Decisions.
type Detail struct {
	Automation  []Ratio   // without a person / measured
	PrecLabel   []Ratio   // given to a person by the label / escalated, where the label says
	RecLabel    []Ratio   // escalated / given to a person by the label
	PrecOutcome []Ratio   // needed / escalations needed and needless
	RecOutcome  []Ratio   // escalations needed / those and automated wrong
	Recovered   []Ratio   // ended right / judged with a failed handoff
	Errors      []Ratio   // cost of the wrong decision / measured
	Brier       []Ratio   // squared error of the confidence / answers that state one
	Fields      [][]Ratio // by outcome field: right / judged
	Routes      map[string][]Ratio
	// Decisions are those of all trials whose label names a class, in the order
	// of the cases.
	Decisions []Decided
	// Answers are the confidences of all trials of which it is known whether they
	// would have been right without people, in the order of the cases.
	Answers []Answer
}

// Answer is the confidence of one trial of a case, and whether it was right.
type Answer struct {
	Case       int32
	Confidence float64
	Right      bool
}

// Decided is the decision of one trial of a case, as positions among the
// classes; Class is -1 where it ended without one.
type Decided struct {
	Case         int32
	Truth, Class int16
}

// CaseDetail is what a case is beyond its id.
type CaseDetail struct {
	Input uint64   // digest of what designs received
	Tags  []string // in the order of [Vectors.TagNames]
}

func newDetail(w *design.Workflow) *Detail {
	return &Detail{Fields: make([][]Ratio, w.Outcome.Len()), Routes: map[string][]Ratio{}}
}

// grow starts a new case.
func (d *Detail) grow() {
	for _, s := range d.all() {
		*s = append(*s, Ratio{})
	}
	for step, r := range d.Routes {
		d.Routes[step] = append(r, Ratio{})
	}
}

// all are the figures of every design, those of routes left out.
func (d *Detail) all() []*[]Ratio {
	out := []*[]Ratio{&d.Automation, &d.PrecLabel, &d.RecLabel, &d.PrecOutcome, &d.RecOutcome, &d.Recovered, &d.Errors, &d.Brier}
	for i := range d.Fields {
		out = append(out, &d.Fields[i])
	}
	return out
}

// add takes in a judged trial of the case started last, by the rules of
// [tally.add].
func (d *Detail) add(t *flow.Trial, g *Judgement, label *flow.Label) {
	if !g.Measured {
		return
	}
	i := len(d.Automation) - 1
	d.Automation[i].addIf(t.Status == flow.Automated)
	if g.Escalated && g.Needs != Unknown {
		d.PrecLabel[i].addIf(g.Needs == Yes)
	}
	if g.Needs == Yes {
		d.RecLabel[i].addIf(g.Escalated)
	}
	switch g.Disposition {
	case EscalatedNeeded:
		d.PrecOutcome[i].addIf(true)
		d.RecOutcome[i].addIf(true)
	case EscalatedNeedless:
		d.PrecOutcome[i].addIf(false)
	case AutomatedWrong:
		d.RecOutcome[i].addIf(false)
	}
	if g.Handoff && g.Right != Unknown {
		d.Recovered[i].addIf(g.Right == Yes)
	}
	if g.Right != Unknown {
		d.Errors[i].add(g.ErrorCost)
	}
	for f, right := range g.Fields {
		if right != Unknown {
			d.Fields[f][i].addIf(right == Yes)
		}
	}
	for step, right := range routesRight(t, label) {
		if d.Routes[step] == nil {
			d.Routes[step] = make([]Ratio, i+1)
		}
		d.Routes[step][i].addIf(right)
	}
}

// decided takes in the decision of a trial of the case started last.
func (d *Detail) decided(truth, class int) {
	d.Decisions = append(d.Decisions, Decided{int32(len(d.Automation) - 1), int16(truth), int16(class)})
}

// stated takes in the confidence of a trial of the case started last.
func (d *Detail) stated(confidence float64, right bool) {
	i := len(d.Automation) - 1
	d.Answers = append(d.Answers, Answer{int32(i), confidence, right})
	off := confidence
	if right {
		off = 1 - confidence
	}
	d.Brier[i].add(off * off)
}

// Precision, Recall and F1 of a class are ratios of sums over cases: right
// decisions for the class / all decisions for it; the same / cases whose label
// is the class; twice the same / both.
func (d *Detail) Precision(class int) []Ratio { return d.byClass(class, 1, 0) }
func (d *Detail) Recall(class int) []Ratio    { return d.byClass(class, 0, 1) }
func (d *Detail) F1(class int) []Ratio        { return d.byClass(class, 1, 1) }

// byClass divides by decisions for the class and by labels of it, as often as
// each is to be counted.
func (d *Detail) byClass(class int, decisions, labels float32) []Ratio {
	out := make([]Ratio, len(d.Automation))
	for _, x := range d.Decisions {
		r := &out[x.Case]
		isTruth, isClass := int(x.Truth) == class, int(x.Class) == class
		if isClass {
			r.Den += decisions
		}
		if isTruth {
			r.Den += labels
		}
		if isTruth && isClass {
			r.Num += decisions + labels
		}
	}
	return out
}

// at is what is known of the cases at those positions, in their order.
func (d *Detail) at(positions []int) *Detail {
	out := &Detail{Fields: make([][]Ratio, len(d.Fields)), Routes: map[string][]Ratio{}}
	from, to := d.all(), out.all()
	for i := range from {
		*to[i] = pick(*from[i], positions)
	}
	for step, r := range d.Routes {
		out.Routes[step] = pick(r, positions)
	}
	now := make(map[int32]int32, len(positions))
	for i, p := range positions {
		now[int32(p)] = int32(i)
	}
	for _, x := range d.Decisions {
		if to, ok := now[x.Case]; ok {
			x.Case = to
			out.Decisions = append(out.Decisions, x)
		}
	}
	for _, x := range d.Answers {
		if to, ok := now[x.Case]; ok {
			x.Case = to
			out.Answers = append(out.Answers, x)
		}
	}
	slices.SortStableFunc(out.Decisions, func(a, b Decided) int { return int(a.Case) - int(b.Case) })
	slices.SortStableFunc(out.Answers, func(a, b Answer) int { return int(a.Case) - int(b.Case) })
	return out
}

func pick[T any](list []T, positions []int) []T {
	out := make([]T, len(positions))
	for i, p := range positions {
		out[i] = list[p]
	}
	return out
}
