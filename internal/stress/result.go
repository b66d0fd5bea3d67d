package stress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Result is what faults did to a design.
type Result struct {
	Design   string   `json:"design"`
	Workflow string   `json:"workflow"`
	Dataset  string   `json:"dataset"`
	Split    []string `json:"split,omitempty"`
	File     string   `json:"file,omitempty"` // the stress file
	Title    string   `json:"title,omitempty"`
	Seed     uint64   `json:"seed"`
	Cases    int      `json:"cases"` // drawn
	Of       int      `json:"of"`    // cases that there are
	// Measured are the drawn cases that could be tried clean.
	Measured int    `json:"measured"`
	Currency string `json:"currency,omitempty"`
	// DecidedBy is the outcome field whose labels are the strata; "" for none.
	DecidedBy string    `json:"decided_by,omitempty"`
	Strata    []Stratum `json:"strata"`
	Clean     Figures   `json:"clean"`
	// Family is what the p-values are adjusted over.
	Family string `json:"family"`
	// Faults are those that the design has something for, what hurts most first.
	Faults    []FaultResult `json:"faults"`
	Untouched []Untouched   `json:"untouched"`
	// Untried says that no fault could be tried, and why; "" where one could.
	Untried string `json:"untried,omitempty"`
	// Retriers are the steps that ask again by themselves where a try fails.
	Retriers []Retrier `json:"retriers,omitempty"`
	// Stopped says after how many cases it was stopped; "" where it was not.
	Stopped  string   `json:"stopped,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Untouched is a fault that was not tried, or changed nothing.
type Untouched struct {
	Name string `json:"name"`
	Why  string `json:"why"`
	// Tried says that cases were replayed under it, and nothing changed.
	Tried bool `json:"-"`
}

// untried says that of all faults none could be tried, and why not the first; ""
// where one was.
func (r *Result) untried() string {
	tried := func(u Untouched) bool { return u.Tried }
	if len(r.Faults) > 0 || len(r.Untouched) == 0 || slices.ContainsFunc(r.Untouched, tried) {
		return ""
	}
	first, more := r.Untouched[0], ""
	if n := len(r.Untouched) - 1; n > 0 {
		more = fmt.Sprintf("; nor any of %d others", n)
	}
	return "no fault could be tried: " + first.Name + ": " + first.Why + more
}

// Retrier is a step that asks again by itself.
type Retrier struct {
	Step  string `json:"step"`
	Tries int    `json:"tries"` // at most, for one answer
}

// Figures are what came of the cases, in one state.
type Figures struct {
	Accuracy  score.Metric `json:"system_accuracy"` // people's answers included
	Silent    score.Metric `json:"silent_failure_rate"`
	Escalated score.Metric `json:"escalation_rate"`
	Handoff   score.Metric `json:"handoff_failure_rate"`
	Cost      score.Metric `json:"cost_per_case"`
	Minutes   score.Metric `json:"minutes_per_case"`
}

// FaultResult is one fault at all its strengths.
type FaultResult struct {
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	Group  Group   `json:"group"`
	Of     string  `json:"of"` // what a strength is a share of
	Harm   Harm    `json:"harm"`
	Levels []Level `json:"levels"`
	// Examples are cases that were right clean and failed without a sound at the
	// worst level.
	Examples []Example `json:"examples,omitempty"`
}

// Worst is the level that breaks most cases; of several the strongest. That is not
// always the strongest of all: what is damaged too much goes to a person.
func (f *FaultResult) Worst() *Level { return &f.Levels[f.worst()] }

func (f *FaultResult) worst() int {
	worst := 0
	for i := range f.Levels {
		if f.Levels[i].Broken.X >= f.Levels[worst].Broken.X {
			worst = i
		}
	}
	return worst
}

// Level is a fault at one strength.
type Level struct {
	Strength float64 `json:"strength"`
	Touched  int     `json:"touched"` // cases in which the fault changed something
	told     int     // those of them that were measured
	Measured int     `json:"measured"`
	// NotMeasured are cases that could be tried clean, and not under the fault.
	NotMeasured int      `json:"not_measured"`
	Why         []WhyNot `json:"not_measured_because,omitempty"`
	Figures     Figures  `json:"figures"`
	Harm        Harm     `json:"harm"`
	// Differences are in accuracy, silent failures, escalation and failed
	// handoffs; of the worst level also in cost and people's minutes. No verdict is
	// about them, and their p-values are not adjusted.
	Differences []Difference `json:"differences"`
	// Broken are the cases that were right clean, and under the fault are not,
	// people's answers included.
	Broken score.Share `json:"broken"`
	// Turned are the cases that the design would have answered rightly by itself
	// when clean, and under the fault would not.
	Turned int `json:"turned"`
	// Asked are those of Turned that went to a person.
	Asked score.Share `json:"asked_for_help"`
	// TurnedSilent and TurnedFailed are those of Turned that are automated and
	// wrong, and those that came to no end.
	TurnedSilent int `json:"turned_automated_wrong"`
	TurnedFailed int `json:"turned_failed"`
	// Needless are the cases that the design answers rightly by itself under the
	// fault too, and which go to a person for it.
	Needless score.Share `json:"asked_needlessly"`
	// NewSilent are the cases that were right clean, and under the fault
	// automated and wrong.
	NewSilent score.Share `json:"new_silent_failures"`
	// FailedTries are tries of calls that the fault had fail, GivenUp the calls of
	// which no try was left. 0 for a fault that is not of tries.
	FailedTries int `json:"failed_tries,omitempty"`
	GivenUp     int `json:"calls_given_up,omitempty"`
	// Latency is how long cases waited for calls outside; nil where that is as
	// clean.
	Latency *Latency `json:"latency,omitempty"`
	// Kinds are cases with a failed handoff of a kind, clean and under the fault.
	Kinds []KindCount `json:"handoff_failures,omitempty"`
}

// Difference is the fault minus clean on the same cases.
type Difference = compare.Difference

// Difference is that in a metric; nil where there is none.
func (l *Level) Difference(metric string) *Difference {
	for i := range l.Differences {
		if l.Differences[i].Metric == metric {
			return &l.Differences[i]
		}
	}
	return nil
}

// Kind counts the cases with a failed handoff of a kind.
func (l *Level) Kind(kind flow.HandoffKind) KindCount {
	for _, k := range l.Kinds {
		if k.Kind == kind {
			return k
		}
	}
	return KindCount{Kind: kind}
}

// WhyNot is a reason why trials were not measured.
type WhyNot struct {
	Reason string `json:"reason"`
	Cases  int    `json:"cases"`
}

// KindCount counts cases with a failed handoff of one kind.
type KindCount struct {
	Kind  flow.HandoffKind `json:"kind"`
	Clean int              `json:"clean"`
	Fault int              `json:"fault"`
}

// Example is a case that a fault turned.
type Example struct {
	Case  string `json:"case"`
	Clean string `json:"clean"`
	Fault string `json:"fault"`
}

// HideExamples takes out what names cases.
func (r *Result) HideExamples() {
	for i := range r.Faults {
		r.Faults[i].Examples = nil
	}
}

func trimArticle(s string) string {
	return strings.TrimPrefix(strings.TrimPrefix(s, "a "), "an ")
}
