package flow

import "time"

// Status is how a trial ended.
type Status string

const (
	Automated   Status = "automated"    // finished without a person
	Escalated   Status = "escalated"    // a person took it
	Failed      Status = "failed"       // a handoff broke and nobody received the case
	NotMeasured Status = "not_measured" // the harness could not try
)

// Trial is the record of one case once through one design. Everything in it
// follows from the case, the design, the seed and the responses; clock times
// and money really spent are kept apart in [Timing].
type Trial struct {
	Case    string
	Index   int64
	Time    time.Time
	Cluster string
	Weight  float64
	Tags    []string
	Design  string
	Variant string // "" as written; else what was changed: an oracle, a fault, a cutoff
	Repeat  int
	// InputDigest identifies the case's input.
	InputDigest uint64

	Status Status
	// Reason is why it was escalated ("low_confidence", "policy",
	// "broken_handoff", "by_design"), why it failed (a handoff kind) or why it
	// was not measured.
	Reason string
	Team   string // who took it, when escalated
	End    string // the step at which it ended
	// Outcome are the values the design produced without a person, aligned
	// with the workflow's outcome; nil unless automated.
	Outcome []any
	// Right is the recorded verdict of a design that brings its own; nil
	// where the label judges.
	Right *bool
	// Shadow is the whole outcome the design would have produced had it not
	// escalated; nil where there is none, and then ShadowWhy says why.
	Shadow    []any
	ShadowWhy string

	Routes   []RouteTaken
	Spans    []Span
	Handoffs []Handoff
}

// Broke is the handoff that broke and so gave the case to people, or to nobody:
// nil where none did.
func (t *Trial) Broke() *Handoff {
	for i := range t.Handoffs {
		if h := &t.Handoffs[i]; !h.Shadow && (h.After == "escalate" || h.After == "fail") {
			return h
		}
	}
	return nil
}

// RouteTaken is the decision at one decision point.
type RouteTaken struct {
	Step    string
	Branch  int    // index of the branch taken, -1 when none matched
	To      string // a step, a team, or "end"
	Because string
	Values  []byte // canonical JSON object: all that any condition of the route reads
	Shadow  bool
}

// Span is one step of one trial.
type Span struct {
	Step       string
	Kind       string
	Actor      Actor
	Shadow     bool
	Output     []byte // canonical JSON object of the step's out (see AppendJSON); nil when it gave none
	Confidence *Confidence
	Attempts   []Attempt
	Class      ErrorClass // "" when it succeeded
	Error      string
	// Source says where a person's answer given during replay came from:
	// "recorded", "error_model" or "label"; "" for every other step.
	Source string
	// Team is who answered; "" for every other step.
	Team string
	// Suggested is what the person was shown to confirm, as a canonical JSON
	// object of the step's out; nil where nothing was.
	Suggested []byte
	// Key is the digest of an action's idempotency key; 0 where it has none.
	// The key itself may hold what should not be kept.
	Key uint64
}

// HandoffKind is how a handoff failed; "" when it did not.
type HandoffKind string

const (
	Undelivered HandoffKind = "undelivered"
	Unavailable HandoffKind = "unavailable"
	Malformed   HandoffKind = "malformed"
	Incomplete  HandoffKind = "incomplete"
	Stale       HandoffKind = "stale"
	Late        HandoffKind = "late"
	Corrupted   HandoffKind = "corrupted"
	Misrouted   HandoffKind = "misrouted"
	Rejected    HandoffKind = "rejected"
	Duplicated  HandoffKind = "duplicated"
)

// HandoffKinds are all kinds, in the order in which the first that applies
// names a failure.
var HandoffKinds = []HandoffKind{Undelivered, Unavailable, Malformed, Incomplete, Stale, Late, Corrupted, Misrouted, Rejected, Duplicated}

// Handoff is one crossing of a declared boundary into a receiver.
type Handoff struct {
	From string // the latest step whose output it carries, or "input"
	To   string // a step or a team
	Kind HandoffKind
	// Detail is finer than Kind: "lost" or "absent" for incomplete.
	Detail string
	Clause string // the contract clause that broke: a field name, "schema", "owner"
	// After is what was declared for a broken handoff: "escalate", "continue"
	// or "fail"; "" when it held.
	After string
	// Digest identifies the payload: it is a function of what the payload was
	// made from, the case's input and the outputs of steps.
	Digest uint64
	Shadow bool
}

// Timing is what is measured on the clock of one replay and differs from run
// to run: kept beside the trial, never in it.
type Timing struct {
	Case    string
	Design  string
	Variant string
	Repeat  int
	Step    string // "" for the whole trial
	Wall    time.Duration
	Cached  bool
	Spent   float64 // money really spent now
}
