// Package handoffs says where the handoffs of a run broke: those that failed in
// operation, as the record has them, and those that only labels show to have
// failed. docs/handoffs.md has the definitions.
package handoffs

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Result is what became of the handoffs of a run.
type Result struct {
	Run      string   `json:"run"`
	Workflow string   `json:"workflow"`
	Currency string   `json:"currency,omitempty"`
	Dataset  string   `json:"dataset"`
	Split    []string `json:"split,omitempty"`
	Cases    int      `json:"cases"`
	Designs  []Design `json:"designs"`
	// Warnings are what a reader has to know about the figures.
	Warnings []string `json:"warnings,omitempty"`
}

// Design is what became of the handoffs of one design.
type Design struct {
	Name string `json:"name"`
	// Seen are the failures of the operation itself, Judged those that labels
	// show. Rates of the two are never added up.
	Seen   Matrix `json:"seen"`
	Judged Matrix `json:"judged"`
	// Segments are the tags' values in which edges broke more often than in the
	// others, the surest first.
	Segments    []Segment   `json:"segments,omitempty"`
	Escalations Escalations `json:"escalations"`
	// Failures are those that were asked for, in the order of the record, and
	// Matching how many there are.
	Failures []Failure `json:"failures,omitempty"`
	Matching int       `json:"matching"`
}

// Edges are all ways of a design on which something was handed over.
func (d *Design) Edges() []Edge { return slices.Concat(d.Seen.Edges, d.Judged.Edges) }

// Matrix is what failed, by edge and kind.
type Matrix struct {
	// Trials are those with at least one failure / those that could have one.
	Trials score.Share `json:"trials"`
	Edges  []Edge      `json:"edges,omitempty"` // most failures first
	Trend  *Trend      `json:"trend,omitempty"` // nil where cases have no time
}

// Edge is a way from a sender to a receiver.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Failed are the failures of all kinds / all that was handed over there. Of
	// failures that labels show only what labels can judge counts.
	Failed score.Share `json:"failed"`
	Kinds  []Kind      `json:"kinds,omitempty"` // in the order in which the first that applies names a failure
}

// Kind is one way of failing on an edge.
type Kind struct {
	Kind   flow.HandoffKind `json:"kind"`
	Failed score.Share      `json:"failed"`
	// Recovered are the failures whose trial ended right all the same / those
	// whose trial can be judged.
	Recovered score.Share `json:"recovered"`
	// Followed are crossings that look like failures of this kind and only carry
	// on one that broke earlier in their trial: not counted again.
	Followed int `json:"followed,omitempty"`
	// Details are the contract's clauses that broke, with how often each did;
	// MAST the modes of the published taxonomy (see [MAST]).
	Details  []score.Count `json:"details,omitempty"`
	MAST     []score.Count `json:"mast,omitempty"`
	Examples []string      `json:"examples,omitempty"` // up to three cases
}

// Trend is how the share of trials with a failure went over the cases' time.
type Trend struct {
	By    string       `json:"by"` // "month", or "part" for parts of equal length
	Parts []Part       `json:"parts"`
	Slope stats.Number `json:"slope_per_30_days"` // change of the share
	// PValue is two-sided, absent with fewer than five failures; Adjusted by
	// Holm over the trends of the run.
	PValue   stats.Number `json:"p"`
	Adjusted stats.Number `json:"p_holm"`
}

// Part is a stretch of time, named by its first day.
type Part struct {
	From   string      `json:"from"`
	Failed score.Share `json:"failed"`
}

// Segment compares an edge's failures in the cases of one tag's value with those
// in all others.
type Segment struct {
	From     string       `json:"from"`
	To       string       `json:"to"`
	Judged   bool         `json:"judged"` // failures that labels show
	Column   string       `json:"column"`
	Value    string       `json:"value"`
	Failed   score.Share  `json:"failed"`
	Others   score.Share  `json:"others"`
	PValue   stats.Number `json:"p"`
	Adjusted stats.Number `json:"p_bh"` // Benjamini-Hochberg over the segments of the design that were tested
}

// Failure is one failed handoff of one trial.
type Failure struct {
	Case   string           `json:"case"`
	Repeat int              `json:"repeat,omitempty"`
	From   string           `json:"from"`
	To     string           `json:"to"`
	Kind   flow.HandoffKind `json:"kind"`
	Judged bool             `json:"judged"` // by labels, and not seen in operation
	Clause string           `json:"clause,omitempty"`
	Detail string           `json:"detail,omitempty"`
	// Payload is an excerpt of what was handed over, as a JSON object cut off
	// after [ExcerptLength] characters; "" where the record does not tell. What
	// the card marks as personal is not in it.
	Payload string `json:"payload,omitempty"`
	Note    string `json:"note,omitempty"` // what the step said of its trouble
	// After is what the design declared for the case: escalate, continue or
	// fail; "" for what nobody noticed.
	After       string            `json:"after,omitempty"`
	Disposition score.Disposition `json:"disposition"`
	Recovered   *bool             `json:"recovered,omitempty"` // nil where the trial cannot be judged
	MAST        []string          `json:"mast,omitempty"`
}

// ExcerptLength bounds the excerpt of a payload, in characters.
const ExcerptLength = 300
