package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// SchemaVersion is that of the lines; a reader refuses lines of a later one.
const SchemaVersion = 1

// Event is what a line tells of.
type Event string

const (
	Opened   Event = "log"      // a process began to write, or a new file begins
	Received Event = "case"     // a case was sent
	Stepped  Event = "step"     // a step did its work, or a decision point decided
	Handed   Event = "handoff"  // a boundary was crossed
	Acted    Event = "action"   // an action was begun, or is known to be done or not
	Ended    Event = "end"      // how the case ended
	Shadowed Event = "shadow"   // what another design would have done with it
	Decided  Event = "decision" // a reviewer ended an escalated case
)

// head is what every line begins with.
type head struct {
	Schema int       `json:"schema"`
	Event  Event     `json:"event"`
	Time   time.Time `json:"time"`
	Case   string    `json:"case,omitempty"`
	Trial  string    `json:"trial,omitempty"`
	Design string    `json:"design,omitempty"`
	Digest string    `json:"digest,omitempty"` // of the design
}

// openedLine begins a file.
type openedLine struct {
	head
	Workflow string `json:"workflow"`
	// Opened says that a process began to write here: what was under way before
	// never ends.
	Opened bool `json:"opened,omitempty"`
}

// fields are values of a schema as far as they are kept: an absent value is in
// neither, one that is not kept is named.
type fields struct {
	Kept     json.RawMessage `json:"kept"`
	Withheld []string        `json:"withheld,omitempty"`
}

type caseLine struct {
	head
	CaseTime *time.Time        `json:"case_time,omitempty"`
	Cluster  string            `json:"cluster,omitempty"` // "" for the case's id
	Weight   *float64          `json:"weight,omitempty"`  // absent for 1
	Tags     map[string]string `json:"tags,omitempty"`
	Input    fields            `json:"input"`
}

type stepLine struct {
	head
	step
}

type step struct {
	N          int             `json:"n"` // its place among the trial's steps, or its routes
	Step       string          `json:"step"`
	Kind       string          `json:"kind,omitempty"`
	Actor      flow.Actor      `json:"actor,omitempty"`
	Shadow     bool            `json:"shadow,omitempty"`
	Output     json.RawMessage `json:"output,omitempty"`
	Confidence *confidence     `json:"confidence,omitempty"`
	Attempts   []attempt       `json:"attempts,omitempty"`
	Class      flow.ErrorClass `json:"class,omitempty"`
	Error      string          `json:"error,omitempty"`
	Source     string          `json:"source,omitempty"`
	Team       string          `json:"team,omitempty"`
	Suggested  json.RawMessage `json:"suggested,omitempty"`
	Key        digest          `json:"key,omitzero"`
	Route      *route          `json:"route,omitempty"`
}

type confidence struct {
	Raw        float64 `json:"raw"`
	Calibrated float64 `json:"calibrated"`
	Classes    []class `json:"classes,omitempty"`
}

type class struct {
	Name string  `json:"name"`
	P    float64 `json:"p"`
}

type attempt struct {
	Model        string          `json:"model,omitempty"`
	TokensIn     int64           `json:"tokens_in,omitempty"`
	TokensCached int64           `json:"tokens_cached,omitempty"`
	TokensOut    int64           `json:"tokens_out,omitempty"`
	Price        float64         `json:"price,omitempty"`
	Latency      float64         `json:"latency_ms,omitempty"`
	Class        flow.ErrorClass `json:"class,omitempty"`
}

type route struct {
	Branch  int             `json:"branch"`
	To      string          `json:"to,omitempty"`
	Because string          `json:"because,omitempty"`
	Values  json.RawMessage `json:"values,omitempty"`
}

type handoffLine struct {
	head
	handoff
}

type handoff struct {
	N       int              `json:"n"`
	From    string           `json:"from"`
	To      string           `json:"to"`
	Kind    flow.HandoffKind `json:"kind,omitempty"`
	Detail  string           `json:"detail,omitempty"`
	Clause  string           `json:"clause,omitempty"`
	After   string           `json:"after,omitempty"`
	Payload digest           `json:"payload"`
	Shadow  bool             `json:"shadow,omitempty"`
}

type endLine struct {
	head
	ending
}

type ending struct {
	Status    flow.Status `json:"status"`
	Reason    string      `json:"reason,omitempty"`
	Team      string      `json:"team,omitempty"`
	End       string      `json:"end,omitempty"`
	Outcome   *fields     `json:"outcome,omitempty"`
	ShadowEnd *fields     `json:"shadow_outcome,omitempty"`
	ShadowWhy string      `json:"shadow_why,omitempty"`
	Right     *bool       `json:"right,omitempty"`
	Cost      float64     `json:"cost,omitempty"`
	Spent     float64     `json:"spent,omitempty"`
	Wall      float64     `json:"wall_ms"`
	Content   digest      `json:"input_digest"`
	Steps     int         `json:"steps"` // lines of each kind that belong to it
	Routes    int         `json:"routes"`
	Handoffs  int         `json:"handoffs"`
}

// shadowLine is one whole trial by another design.
type shadowLine struct {
	head
	ending
	Spans []step    `json:"trace"`
	Edges []handoff `json:"edges"`
}

type decisionLine struct {
	head
	Reviewer string  `json:"reviewer"`
	Took     float64 `json:"took_s"`
	Outcome  fields  `json:"outcome"`
	Agrees   *bool   `json:"agrees,omitempty"`
}

// actionLine says of an idempotency key that its action was begun, or what came
// of it.
type actionLine struct {
	head
	Step  string          `json:"step"`
	Key   string          `json:"key"` // sha256, hex
	State ActionState     `json:"state"`
	Class flow.ErrorClass `json:"class,omitempty"`
}

// digest is 64 bits in 16 hex digits: as a number it would not survive readers
// that hold numbers as floats.
type digest uint64

// MarshalText implements encoding.TextMarshaler.
func (d digest) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(d)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *digest) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	if err != nil || len(text) != 16 {
		return fmt.Errorf("%q is no digest of 16 hex digits", text)
	}
	*d = digest(n)
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// fromMilliseconds is the inverse of [milliseconds], without what overflows.
func fromMilliseconds(ms float64) time.Duration {
	if !(ms > 0 && ms < 1e15) {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// appendLine appends a line as JSON.
func appendLine(dst []byte, l any) ([]byte, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return dst, err
	}
	return append(append(dst, text...), '\n'), nil
}
