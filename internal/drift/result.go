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
	Performance Group = "performance" // how often it is right
	Behaviour   Group = "behaviour"   // what the design does
	Inputs      Group = "inputs"      // what it receives
)

// Result is one check.
type Result struct {
	Verdict  Verdict `json:"verdict"`
	Why      string  `json:"why"` // the verdict's reason in words
	Workflow string  `json:"workflow"`
	Design   string  `json:"design"`
	// Baseline and Fresh say what was compared.
	Baseline Side `json:"baseline"`
	Fresh    Side `json:"fresh"`
	Settings
	// Alpha is the check's share of the year's budget of false alarms.
	Alpha float64 `json:"alpha"`
	// Needed is how many fresh cases a check takes that can miss no change of
	// escalations by 15 points, at 80 % power; 0 where no number of them is
	// enough, since the baseline is too small.
	Needed int `json:"fresh_cases_needed"`
	// Signals are most telling first: those that moved, in the order of groups;
	// then the others.
	Signals     []Signal `json:"signals"`
	NotCompared []string `json:"not_compared,omitempty"`
	Warnings    []string `json:"warnings,omitempty"`
}

// Side is one of the two samples.
type Side struct {
	Run      string   `json:"run"`
	Dataset  string   `json:"dataset"`
	Split    []string `json:"split,omitempty"`
	Cases    int      `json:"cases"`
	Labelled int      `json:"labelled"`
}

// Settings decide when a check raises an alarm.
type Settings struct {
	AlarmsPerYear float64 `json:"alarms_per_year"` // acceptable without drift
	ChecksPerYear float64 `json:"checks_per_year"`
	// Promised is the automated accuracy that the workflow's gate asks for, from
	// 0 to 1; 0 for none.
	Promised float64 `json:"promised,omitempty"`
	Seed     uint64  `json:"seed"`
}

// Signal is one thing that is compared.
type Signal struct {
	Group  Group        `json:"group"`
	Name   string       `json:"name"`
	Test   string       `json:"test"`
	P      stats.Number `json:"p"`
	Adjust stats.Number `json:"p_adjusted"`
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
	// Alarm says that the signal makes the verdict drift. Inputs that moved
	// while accuracy is seen to hold are information.
	Alarm bool   `json:"alarm"`
	What  string `json:"what"`          // what moved, in words
	Why   string `json:"why,omitempty"` // why it could not be tested
	// harmless says that only the other direction is of concern.
	harmless bool
}
