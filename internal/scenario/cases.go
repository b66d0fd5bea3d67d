package scenario

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// StatedCases says what a case is where no run does: one kind without a name,
// or several that differ.
type StatedCases struct {
	Kinds []StatedKind
	// Confidence says who takes a case of those kinds that are Sorted by it; nil:
	// there are none.
	Confidence *Confidence
}

// Confidence is how sure a design is of cases, how often it is right then, and
// from where on it decides them alone.
type Confidence struct {
	Team   string  // takes the cases below the cutoff
	Cutoff float64 // from 0 to 1
	Bins   []Bin   // ascending; the first begins at 0, the last ends at 1
	Pos    flow.Pos
}

// Bin is the cases with a confidence in one range, evenly spread over it.
type Bin struct {
	To    float64 // the range begins where the bin before it ends
	Share float64 // of the cases
	Wrong float64 // share of its cases that would be decided wrongly without people
}

// StatedKind is cases that are alike. Where a run gives the cases, a case's
// kind is the reason for which it is escalated.
type StatedKind struct {
	Name      string
	Share     float64       // of the cases
	Escalated []Share       // shares of its cases that go to teams; the rest needs nobody
	Latency   *Distribution // of the machines; nil: none
	Cost      float64       // of a case, people's time aside
	Wrong     float64       // share of the cases that need nobody and are decided wrongly
	Sorted    bool          // by confidence, in place of Escalated and Wrong
	Calls     []string      // services that a case calls, in order, before anything else
}

// Share is the share of the cases that a team gets.
type Share struct {
	Team  string
	Share float64
	Pos   flow.Pos
}

// Deadline is by when cases are to be done, counted from their arrival.
type Deadline struct {
	Kind   string // "" for all that have none of their own
	Within time.Duration
}
