package drift

import (
	"fmt"
	"slices"
	"strings"
)

// KindName is a kind of drift, by what of the joint distribution of inputs and
// right answers moved.
type KindName string

const (
	Covariate KindName = "covariate" // the inputs
	LabelKind KindName = "label"     // the right answers
	Concept   KindName = "concept"   // right answers for the same inputs
)

// Seen says whether a kind of drift was seen.
type Seen string

const (
	Yes        Seen = "seen"
	No         Seen = "not seen"
	CannotTell Seen = "cannot tell"
)

// Kind is what a check says of one kind of drift.
type Kind struct {
	Kind KindName `json:"kind"`
	Seen Seen     `json:"seen"`
	Why  string   `json:"why"`
}

// kinds keeps covariate, label and concept drift apart, and names the likely
// cause.
func (r *Result) kinds(c *check) {
	inputs, labels, performance := r.moved(Inputs), r.moved(Labels), r.moved(Performance)
	covariate := Kind{Covariate, No, "no input moved by more than chance and enough to matter"}
	if len(inputs) > 0 {
		covariate.Seen, covariate.Why = Yes, "moved: "+names(inputs)
	}
	label := Kind{LabelKind, No, "right answers come as often as before"}
	if c.fresh.escalatedAlone() {
		label.Why = "right answers of escalated cases come as often as before"
	}
	switch {
	case c.fresh.Labelled == 0:
		label.Seen, label.Why = CannotTell, "no fresh case has a label"
		if outcomes := r.movedOutcomes(); len(outcomes) > 0 {
			label.Why += "; what the design answers moved: " + names(outcomes)
		}
	case len(labels) > 0:
		label.Seen, label.Why = Yes, "moved: "+names(labels)
	case !slices.ContainsFunc(r.Signals, func(s Signal) bool { return s.Group == Labels && s.P.Valid }):
		label.Seen, label.Why = CannotTell, "no right answer is compared"
	}
	concept := r.concept(c, inputs, performance)
	r.Kinds = []Kind{covariate, label, concept}
	switch {
	case r.Verdict != Drift && len(inputs) == 0 && len(labels) == 0:
	case concept.Seen == Yes:
		r.Cause = "concept drift: right answers for the same inputs have changed (" + performance[0].What + ")"
	case len(inputs) > 0:
		r.Cause = inputs[0].Name + ": " + inputs[0].What
	case len(labels) > 0:
		r.Cause = labels[0].Name + ": " + labels[0].What
	default:
		for _, list := range [][]Signal{r.Signals, r.Segments} {
			if i := slices.IndexFunc(list, func(s Signal) bool { return s.Alarm }); i >= 0 && r.Cause == "" {
				r.Cause = "no input that is compared; what moved most tellingly is " + list[i].title() + ": " + list[i].What
			}
		}
	}
}

// concept says whether right answers for the same inputs changed, which only
// labels can tell.
func (r *Result) concept(c *check, inputs, performance []Signal) Kind {
	k := Kind{Concept, No, "labels show that accuracy has not fallen"}
	confidence := slices.IndexFunc(r.Signals, func(s Signal) bool { return s.Name == confidenceHolds && s.P.Valid })
	beside := confidence >= 0 && r.Signals[confidence].Moved
	switch {
	case c.fresh.Labelled == 0:
		k.Seen, k.Why = CannotTell, "no fresh case has a label, and nothing else can tell"
	case len(performance) > 0 && len(inputs) == 0:
		k.Seen, k.Why = Yes, "accuracy fell, and no input moved: "+names(performance)
	case len(performance) > 0 && confidence >= 0 && !beside:
		k.Why = "accuracy fell as far as confidence says that the inputs are harder"
	case len(performance) > 0:
		k.Seen, k.Why = CannotTell, "accuracy fell and inputs moved: labelled cases of both kinds of input tell them apart"
	case c.fresh.escalatedAlone():
		k.Seen, k.Why = CannotTell, "labels are of escalated cases alone"
	case !r.held:
		k.Seen, k.Why = CannotTell, fmt.Sprintf("labels leave open whether accuracy fell by %.0f points", holds*100)
	}
	return k
}

// moved are the signals of a group that moved, in the order of the result.
func (r *Result) moved(g Group) []Signal {
	var out []Signal
	for _, s := range r.Signals {
		if s.Group == g && s.Moved {
			out = append(out, s)
		}
	}
	return out
}

// movedOutcomes are the outcome's fields that moved.
func (r *Result) movedOutcomes() []Signal {
	return slices.DeleteFunc(r.moved(Behaviour), func(s Signal) bool { return !s.outcome })
}

func names(list []Signal) string {
	var out []string
	for _, s := range list {
		out = append(out, s.title())
	}
	return strings.Join(out, ", ")
}
