package flow

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"
)

// Actor is who does a step.
type Actor string

const (
	AI     Actor = "ai"
	Rule   Actor = "rule"
	Person Actor = "person"
	System Actor = "system"
)

// Step does one piece of work on one case. Do is called from many goroutines
// at once and must keep no state between calls; it returns promptly when ctx
// is done. An error should be a [*StepError]; a [*StopError] ends the whole
// run, and any other is taken for a fault of the step itself.
type Step interface {
	Do(ctx context.Context, in Input) (Output, error)
}

// StepFunc makes a function a [Step].
type StepFunc func(context.Context, Input) (Output, error)

// Do calls f.
func (f StepFunc) Do(ctx context.Context, in Input) (Output, error) { return f(ctx, in) }

// Input is what a step receives: the message that its `in` declares, and the
// key of its random draws. There is no way from here to a label.
type Input struct {
	Message
	Key Key
	// Cluster is that of the case; cases of one cluster are not independent.
	Cluster string
	// Tools calls the step's tools; nil for a step that has none.
	Tools Toolbox
	// Recorded is filled only for steps that implement [RecordReader].
	Recorded Message
}

// Key identifies one attempt of one step on one case. Random draws are keyed
// by it and by nothing else, so that every design meets the same luck and the
// order of work changes nothing.
type Key struct {
	Seed    uint64
	Case    string
	Step    string
	Repeat  int
	Attempt int
}

// Rand is a source of random numbers for one purpose of this attempt: the
// same key and purpose give the same numbers.
func (k Key) Rand(purpose string) *rand.Rand {
	h := hashString(hashString(hashString(k.Seed^0x9e3779b97f4a7c15, k.Case), k.Step), purpose)
	h = mix(h ^ uint64(k.Repeat)<<32 ^ uint64(uint32(k.Attempt)))
	return rand.New(rand.NewPCG(h, mix(h+0x9e3779b97f4a7c15)))
}

// hashString is FNV-1a over the bytes of s and its length, finished by mix.
func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h ^ uint64(len(s)))
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Output is what a step gives back.
type Output struct {
	Values     []any       // aligned with the step's out schema; nil where absent
	Confidence *Confidence // nil where the step has none
	Attempts   []Attempt   // calls made outside, in order; nil where none
	Cost       Cost        // what the attempts cost now
	Key        string      // of an action: its idempotency key; "" where it has none
}

// Cost is what the attempts of an output cost in this very run, which differs
// from what they say where an earlier one paid: see [Timing].
type Cost struct {
	Cached bool    // nothing was called now: the answer was stored
	Spent  float64 // money paid now
}

// Confidence is how sure a step is of its decision.
type Confidence struct {
	Raw        float64 // as the model gave it
	Calibrated float64 // after the confidence map; equal to Raw where there is none
	Classes    []Class // calibrated distribution, most likely first, cut after the tenth
}

// Class is one class of a distribution.
type Class struct {
	Name string
	P    float64
}

// Attempt is one call to something outside: a model, a system.
type Attempt struct {
	TokensIn, TokensCached, TokensOut int64
	Price                             float64       // in the workflow's currency, as listed
	Latency                           time.Duration // as measured when the call was really made
	Class                             ErrorClass    // "" when it succeeded
	Model                             string        // the identity that the endpoint returned
}

// ErrorClass says what kind of trouble a step met.
type ErrorClass string

const (
	ErrMalformed   ErrorClass = "malformed"    // a payload did not parse or broke a schema
	ErrIncomplete  ErrorClass = "incomplete"   // something needed was missing
	ErrUnavailable ErrorClass = "unavailable"  // a model, system or store did not answer
	ErrRejected    ErrorClass = "rejected"     // the receiver took it and sent it back
	ErrStep        ErrorClass = "step"         // the step itself went wrong
	ErrNotMeasured ErrorClass = "not_measured" // the harness could not try: budget, authentication, cache miss
)

// StepError is how a step says that it could not do its work, and why.
type StepError struct {
	Class  ErrorClass
	Detail string // finer word of the kind, such as "rate" or "truncated"; may be ""
	Err    error
}

// Error is the text of the underlying error.
func (e *StepError) Error() string { return e.Err.Error() }

// Unwrap gives the underlying error.
func (e *StepError) Unwrap() error { return e.Err }

// Errorf makes a [*StepError].
func Errorf(class ErrorClass, format string, args ...any) error {
	return &StepError{Class: class, Err: fmt.Errorf(format, args...)}
}

// RecordReader is implemented by steps whose outputs happened elsewhere and
// are read from the case's recorded columns.
type RecordReader interface {
	Step
	// RecordedFields are the recorded fields that the step reads, as the
	// dataset card names them.
	RecordedFields() *Schema
}

// Recording is implemented by steps whose outputs happened elsewhere, wherever
// they are read from: what they would give to other inputs than they were given
// then, nobody knows. Every [RecordReader] is taken for one.
type Recording interface {
	Step
	// Recording does nothing; it marks the step.
	Recording()
}

// HappenedElsewhere says whether a step's outputs are recorded ones.
func HappenedElsewhere(s Step) bool {
	switch s.(type) {
	case Recording, RecordReader:
		return true
	}
	return false
}

// Fitter is implemented by steps that learn. Fit is called once, before any
// case is replayed, with the training cases as the steps before would hand
// them over; Calibrate with those of the calibration split, if there are any.
// Neither is called for a case that will be judged with what was learnt.
type Fitter interface {
	Step
	// Target names the gold value to learn: an outcome field, or step.field.
	Target() string
	// New is an unfitted copy, for cross-fitting in folds.
	New() Fitter
	Fit(ctx context.Context, examples iter.Seq2[Example, error]) error
	Calibrate(ctx context.Context, examples iter.Seq2[Example, error]) error
}

// Preparer is implemented by steps that make something of the design's own
// files before any case, and pay for it: the vectors of documents. Prepare is
// called once, after Open, unless the state was kept; the state is kept, named
// in the record and promoted as what a [Fitter] learns is. Where calls are only
// planned, Prepare tells of its own and makes none.
type Preparer interface {
	Step
	Artifact
	Prepare(ctx context.Context) error
}

// Artifact is implemented by steps whose state can be kept in a file.
type Artifact interface {
	// ArtifactKey names everything that decides the state, apart from examples
	// to learn from: the same key and examples give the same state.
	ArtifactKey() string
	// MarshalArtifact gives the same bytes for the same state.
	MarshalArtifact() ([]byte, error)
	UnmarshalArtifact([]byte) error
}

// Selective is implemented by fitters that do not learn from all cases of both
// splits. LearnsFrom is from how many of each at most: 0 for none, [AllCases]
// for all. No step works on the others for them, and nothing is paid for those. A
// step that names a number cannot do without.
type Selective interface {
	Fitter
	LearnsFrom() (train, calibration int)
}

// AllCases is the number of all cases of a split, however many there are.
const AllCases = -1

// Example is one thing to learn from.
type Example struct {
	Case, Cluster string
	In            Message
	Gold          any // never nil
}
