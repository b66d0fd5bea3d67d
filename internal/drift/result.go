package drift

import "github.com/rehearse-dev/rehearse/internal/stats"

// Verdict is what a check comes to.
type Verdict string

const (
	NoDrift   Verdict = "no drift seen"
	Drift     Verdict = "drift"
	NotEnough Verdict = "not enough data"
)

// Group is what a signal is about.
type Group string

const (
	Performance Group = "performance" // how often it is right, by labels
	Behaviour   Group = "behaviour"   // what the design does
	Estimated   Group = "estimated"   // how often it is right, by its confidence
	Inputs      Group = "inputs"      // what it receives
	Labels      Group = "labels"      // what would have been right
)

// Result is one check.
type Result struct {
	Verdict  Verdict `json:"verdict"`
	Why      string  `json:"why"`             // the verdict's reason in words
	Cause    string  `json:"cause,omitempty"` // the likely one of what moved
	Kinds    []Kind  `json:"kinds"`           // covariate, label and concept drift
	Workflow string  `json:"workflow"`
	Design   string  `json:"design"`
	// Baseline and Fresh say what was compared.
	Baseline Side `json:"baseline"`
	Fresh    Side `json:"fresh"`
	Settings
	// Needed is how many fresh cases a check takes that can miss no change of
	// escalations by 15 points, at 80 % power; 0 where no number of them is
	// enough, since the baseline is too small.
	Needed int `json:"fresh_cases_needed"`
	// Signals are most telling first: those that moved, in the order of groups;
	// then the others.
	Signals []Signal `json:"signals"`
	// SegmentAlpha is the part of Alpha that the tests within segments share;
	// Signals share the rest.
	SegmentAlpha float64      `json:"segment_alpha"`
	Segments     []Signal     `json:"segments"`
	Estimate     *Estimate    `json:"estimate,omitempty"`
	LabelsWanted *LabelSample `json:"labels_wanted,omitempty"`
	// History are the checks against the same baseline, oldest first, this one
	// last; none where no ledger is kept.
	History     []Past   `json:"history,omitempty"`
	NotCompared []string `json:"not_compared,omitempty"`
	Warnings    []string `json:"warnings,omitempty"`

	held bool // labels show that accuracy holds
}

// Side is one of the two samples.
type Side struct {
	Run      string   `json:"run"`
	Dataset  string   `json:"dataset"`
	Split    []string `json:"split,omitempty"`
	Cases    int      `json:"cases"`
	Compared int      `json:"compared"` // of them; the rest were left out at random
	Labelled int      `json:"labelled"`
	// Clusters is how many clusters those compared come in; 0 where they are
	// independent.
	Clusters int  `json:"clusters,omitempty"`
	Weighted bool `json:"weighted,omitempty"`
}

// Settings decide when a check raises an alarm.
type Settings struct {
	Budget
	// Promised is the automated accuracy that the workflow's gate asks for, from
	// 0 to 1; 0 for none.
	Promised float64 `json:"promised,omitempty"`
	Seed     uint64  `json:"seed"`
}

// Signal is one thing that is compared.
type Signal struct {
	Group   Group        `json:"group"`
	Name    string       `json:"name"`
	Segment string       `json:"segment,omitempty"` // tag=value
	Test    string       `json:"test"`
	P       stats.Number `json:"p"`
	Adjust  stats.Number `json:"p_adjusted"`
	// Effect says how far it moved, in the measure that EffectName names;
	// smaller ones than Floor do not matter.
	Effect     stats.Number `json:"effect"`
	EffectName string       `json:"effect_name"`
	Floor      float64      `json:"floor"`
	// Baseline and Fresh are the numbers of cases that tell.
	Baseline int `json:"baseline"`
	Fresh    int `json:"fresh"`
	// Change is fresh minus baseline, of a rate.
	Change *stats.Interval `json:"change,omitempty"`
	Moved  bool            `json:"moved"`
	// Alarm says that the signal makes the verdict drift. Inputs and labels that
	// moved while accuracy is seen to hold are information.
	Alarm bool   `json:"alarm"`
	What  string `json:"what"`            // what moved, in words
	Moves []Move `json:"moves,omitempty"` // the same as figures, most moved first
	Since *Since `json:"since,omitempty"` // of one that moved
	Why   string `json:"why,omitempty"`   // why it could not be tested

	harmless bool // only the other direction is of concern
	outcome  bool // a field of the outcome
	// series are the values of the fresh sample's cases in which a change is
	// sought; scored are those of texts.
	series func(i int) (float64, bool)
	scored []timed
}

// title names the signal with its segment.
func (s *Signal) title() string {
	if s.Segment != "" {
		return s.Name + " where " + s.Segment
	}
	return s.Name
}

// Move is one figure before and after: a share from 0 to 1, or a value.
type Move struct {
	Name     string       `json:"name"`
	Baseline stats.Number `json:"baseline"`
	Fresh    stats.Number `json:"fresh"`
	New      bool         `json:"new,omitempty"`   // the baseline does not have it
	Value    bool         `json:"value,omitempty"` // in the column's own unit
}
