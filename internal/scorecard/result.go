// Package scorecard measures the four properties that a workflow design should
// have: that it is integrated, consistent, accountable and automated. Each is a
// share with its numerator, its denominator and what it lacks; they are never
// added up to one number. docs/metrics.md has the definitions.
package scorecard

import (
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Result are the scorecards of a run's designs.
type Result struct {
	Run      string   `json:"run"`
	Workflow string   `json:"workflow"`
	Dataset  string   `json:"dataset"`
	Split    []string `json:"split,omitempty"`
	Cases    int      `json:"cases"`
	Designs  []Design `json:"designs"`
	// Warnings are what a reader has to know about the figures.
	Warnings []string `json:"warnings,omitempty"`
}

// Design is the scorecard of one design.
type Design struct {
	Name string `json:"name"`
	// Integrated are the handoffs of measured trials that were declared, held
	// their contract and had no person at either end / all of them.
	Integrated Measure `json:"integrated"`
	// Repeated are the cases that came to the same in every repeat / those
	// measured more than once.
	Repeated Measure `json:"consistent_over_repeats"`
	// Restated is what became of inputs that say the same otherwise; nil where
	// none were replayed.
	Restated *Restated `json:"consistent_when_restated,omitempty"`
	// Accountable are the outcomes whose trace has every part that explains
	// them / the outcomes.
	Accountable Measure `json:"accountable"`
	// Automated are the trials that were finished without people / the measured
	// ones. It counts for nothing unless Gate passes.
	Automated Measure `json:"automated"`
	// Gate says whether what was finished without people is as good as the
	// workflow's gate asks.
	Gate AtAccuracy `json:"automated_accuracy"`
}

// Measure is one property.
type Measure struct {
	Share score.Share `json:"share"`
	// Lacks is what kept things out of the numerator, most often first.
	Lacks []Lack `json:"lacks,omitempty"`
}

// Lack is one reason why things are not in a numerator.
type Lack struct {
	What     string   `json:"what"`
	Count    int      `json:"count"`
	Examples []string `json:"examples,omitempty"` // up to three cases
}

// AtAccuracy holds the accuracy of what a design automates against the limit
// that the workflow's gate sets for it.
type AtAccuracy struct {
	Limit stats.Number `json:"limit"` // absent where the gate sets none
	// Bounds are those of automated_accuracy that a gate decides on.
	Bounds  stats.Interval `json:"bounds"`
	Verdict gate.Verdict   `json:"verdict"`
	Reason  string         `json:"reason"`
}
