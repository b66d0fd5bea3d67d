package design

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// Workflow is the job to be done, which stays fixed while designs are
// compared.
type Workflow struct {
	File    string // path of workflow.yaml
	Dir     string // its folder
	Root    string // the project's folder, absolute
	Digest  string // sha256 of the file, hex
	Name    string
	Title   string
	Trigger string // the event that starts it
	Data    string // card that `eval run` replays where no other is named, relative to the project; "" for datasets/<workflow>/dataset.yaml
	Input   *flow.Schema
	Outcome *flow.Schema
	// Compare says how each field of Outcome is compared with the label,
	// aligned with Outcome.
	Compare  []Comparator
	Decision int // index in Outcome of the field that classes are counted by: the first enum; -1 for none
	Teams    []Team
	Systems  []System
	// Costs[decided][right] is what it costs to have decided one where the
	// other was right; a right decision costs nothing.
	Costs        map[string]map[string]float64
	Currency     string // of wages, prices and costs; shown, never converted
	ServiceLevel *ServiceLevel
	Volume       float64 // cases a year; 0 where not stated
	Baseline     string  // name of the baseline design
	BaselinePos  flow.Pos
	Gate         Gate
}

// Comparator says when an outcome field equals its label.
type Comparator struct {
	Kind      CompareKind
	Tolerance float64 // for numbers: absolute
	Relative  float64 // for numbers: share of the label
	Days      int     // for dates
	Required  bool    // part of a right result; false where the workflow says `required: false`
}

// CompareKind names a comparator.
type CompareKind string

const (
	Exact  CompareKind = "exact"
	Text   CompareKind = "text"   // case, accents, punctuation and runs of space folded
	Number CompareKind = "number" // within Tolerance, or Relative of the label
	Day    CompareKind = "date"   // same day, or within Days
	Set    CompareKind = "set"    // lists as sets; F1 of 1 is right
	Ignore CompareKind = "none"   // reported, never judged
)

// Team is a group of people who take cases.
type Team struct {
	Name   string
	People int
	Wage   float64 // per hour
	// Minutes a case takes: a number, or those of the label where
	// MinutesFromLabel.
	Minutes          float64
	MinutesFromLabel bool
	// Errors is the share of cases whose right decision is the key that the
	// team decides otherwise; "" is for every other decision.
	Errors map[string]float64
	// Confirm is how the team works where it is shown a suggestion to
	// confirm; nil where the workflow does not say.
	Confirm *Confirmation
	// Needs are names that every payload to the team has to hold, by the last
	// part of a name.
	Needs []string
	Pos   flow.Pos
}

// Confirmation is how people answer who are shown a suggestion.
type Confirmation struct {
	Minutes        float64 // a case; 0 for those of the team
	AcceptsWrong   float64 // share of wrong suggestions that are let through
	OverrulesRight float64 // share of right suggestions that are changed
}

// System is a system of record, in which actions are taken and which steps ask.
type System struct {
	Name  string
	Owner string
	Hosts []string // that steps may call for it: see [flow.NamedSystem]
	Price float64  // of a call
	Needs []string // as those of a team
	Pos   flow.Pos
}

// ServiceLevel is a promise: Share of cases done within Turnaround.
type ServiceLevel struct {
	Turnaround time.Duration
	Share      float64
}

// Gate are the thresholds a design has to meet.
type Gate struct {
	Thresholds []Threshold
	Pos        flow.Pos
}

// Threshold is one line of a gate.
type Threshold struct {
	Metric   string
	Critical bool
	AtLeast  *float64
	AtMost   *float64
	// NotWorse compares with the baseline: worse by no more than Margin.
	NotWorse bool
	Margin   float64
	// Segment restricts it to the segments of a tag column, each value its
	// own; "" for all cases.
	Segment  string
	MinCases int
	Pos      flow.Pos
}

// Team is the team of that name.
func (w *Workflow) Team(name string) (Team, bool) {
	for _, t := range w.Teams {
		if t.Name == name {
			return t, true
		}
	}
	return Team{}, false
}

// System is the system of that name.
func (w *Workflow) System(name string) (System, bool) {
	for _, s := range w.Systems {
		if s.Name == name {
			return s, true
		}
	}
	return System{}, false
}
