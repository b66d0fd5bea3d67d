// Package decisions reads what reviewers decided about the cases of a queue, finds
// what they come to together, how far they agree, and what they say about the
// design.
package decisions

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// File is what a queue's folder keeps its decisions in.
const File = "decisions.jsonl"

// Decision is what one reviewer decided about one case.
type Decision struct {
	Queue string `json:"queue,omitempty"` // "" where the file does not say
	Entry int    `json:"entry,omitempty"` // its number in the queue; 0 where the case is named
	Case  string `json:"case,omitempty"`
	// Outcome are texts by field, as people write them; a field that is not there
	// was not judged.
	Outcome  map[string]string `json:"outcome,omitempty"`
	Unknown  bool              `json:"unknown,omitempty"` // nobody can tell
	Note     string            `json:"note,omitempty"`
	Reviewer string            `json:"reviewer"`
	At       time.Time         `json:"at"`
	Seconds  float64           `json:"seconds,omitempty"` // that it took

	Pos    flow.Pos `json:"-"`
	values []any    // aligned with the workflow's outcome, after [Place]
}

// Values are what was decided, aligned with the workflow's outcome; nil for what
// was not judged. They are there after [Place].
func (d *Decision) Values() []any { return d.values }
