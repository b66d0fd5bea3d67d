// Package queue says which cases people review, and how surely each was to be
// among them.
//
//  1. A random share of the cases that a design automated comes first, the audit.
//     It tells how often the design is right when nobody looks.
//  2. Then come escalated and doubtful cases, most informative first. They are
//     taken for what they are, so that they tell of themselves alone.
//
// A case that is taken for what it is would be in the queue whatever the draw:
// its inclusion probability is 1. The others that were automated are in it by the
// draw alone, with the probability drawn / there. Weighted by the inverse, the
// queue stands for all that was automated (Horvitz and Thompson 1952).
package queue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// FormatVersion is the version of a queue's file.
const FormatVersion = 1

// Reason is why a case is in a queue.
type Reason string

const (
	Audit     Reason = "audit"     // drawn at random of those automated
	Escalated Reason = "escalated" // a person took it
	Failed    Reason = "failed"    // nobody received it
	Doubtful  Reason = "doubtful"  // automated, and maybe wrong
	Disputed  Reason = "disputed"  // reviewers decided otherwise of it
)

// Queue is a list of cases to review.
type Queue struct {
	Header  Header
	Entries []Entry
}

// Header is the first line of a queue's file.
type Header struct {
	FormatVersion int       `json:"format_version"`
	Queue         string    `json:"queue"`        // id, by content
	Of            string    `json:"of,omitempty"` // the queue whose disputed cases these are
	Made          time.Time `json:"made"`
	Workflow      string    `json:"workflow"` // path in the project
	Card          string    `json:"card"`     // path in the project
	Data          string    `json:"data"`     // digest of the dataset, hex
	Run           string    `json:"run,omitempty"`
	Log           string    `json:"audit_log,omitempty"`
	Design        string    `json:"design"`
	Seed          uint64    `json:"seed"`
	Frame         Frame     `json:"frame"`
	// Outcome are the fields that reviewers decide, in the workflow's order.
	Outcome []string `json:"outcome"`
	// Personal says that personal values are shown in the queue's files.
	Personal bool `json:"personal,omitempty"`
	// HideIDs says that cases' ids are personal: reviewers see numbers.
	HideIDs bool `json:"ids_are_personal,omitempty"`
	// Withheld are input fields that the source of the cases did not keep.
	Withheld []string `json:"withheld,omitempty"`
}

// Frame is what a queue was drawn from.
type Frame struct {
	Automated int `json:"automated"` // cases that the design automated
	Escalated int `json:"escalated"` // cases that it gave to a person
	Failed    int `json:"failed"`    // cases that nobody received
	Audit     int `json:"audit"`     // of those automated, drawn at random
	// Others are the automated cases that were not taken for what they are, and
	// OthersDrawn those of them in the audit: each was drawn with the probability
	// OthersDrawn / Others.
	Others      int `json:"others"`
	OthersDrawn int `json:"others_drawn"`
	// OthersWeight are the weights of the others in their dataset, added up.
	OthersWeight float64 `json:"others_weight"`
}

// Entry is one case to review.
type Entry struct {
	Number  int    `json:"entry"` // from 1, in the order of the queue
	Case    string `json:"case"`
	Cluster string `json:"cluster"`
	// Weight is that of the case in its dataset.
	Weight float64 `json:"weight"`
	For    Reason  `json:"for"`
	// Drawn says that it is in the audit, Taken that it would be in the queue for
	// what it is, whatever the draw.
	Drawn     bool `json:"drawn"`
	Taken     bool `json:"taken"`
	Automated bool `json:"automated"`
	// Inclusion is the probability with which it came to be in the queue, and
	// Sampling its inverse: how many of the automated cases it stands for.
	Inclusion float64 `json:"inclusion"`
	Sampling  float64 `json:"sampling_weight"`
	Worth     Worth   `json:"worth"`
	Input     []Value `json:"input"`
	Proposed  []Value `json:"proposed"` // empty where the design came to none
	Label     []Value `json:"label"`    // as recorded; empty where there is none
}

// Worth says how much a review of the case would tell: the product of its parts,
// each from 0 to 1.
type Worth struct {
	Uncertainty float64 `json:"uncertainty"` // how likely the design's answer is wrong
	Stake       float64 `json:"stake"`       // what that would cost, of the most that an error costs
	Gap         float64 `json:"gap"`         // how little is known of its segments; 0 where it was not ranked
}

// Of is the product of the parts.
func (w Worth) Of() float64 { return w.Uncertainty * w.Stake * w.Gap }

// Value is a value of a case, as a text.
type Value struct {
	Field string `json:"field"`
	Text  string `json:"text"`
	// Absent says that there is none, Hidden that Text says why it is not shown.
	Absent bool `json:"absent,omitempty"`
	Hidden bool `json:"hidden,omitempty"`
}

// identify gives the queue its id: a digest of all that it says but when it was
// made.
func (q *Queue) identify() {
	h := q.Header
	h.Queue, h.Made = "", time.Time{}
	text, err := json.Marshal([]any{h, q.Entries})
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(text)
	q.Header.Queue = hex.EncodeToString(sum[:6])
}
