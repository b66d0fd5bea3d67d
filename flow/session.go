package flow

import (
	"context"
	"fmt"
)

// Session is the surroundings in which steps that reach out do their work:
// one replay, or one service.
type Session struct {
	// Dir is a folder that outlives the session, for what should not be paid
	// for twice; "" keeps nothing.
	Dir string
	// Run names the run for which steps work, so that what is kept in Dir can be
	// told by who uses it; "" for none.
	Run string
	// Data is the folder of the dataset, below which files lie that cases
	// name; "" for none.
	Data string
	// Seed is that of the run.
	Seed uint64
	// Recordings is the folder of the data in which what systems answered is
	// kept for others to replay; "" keeps nothing.
	Recordings string
	// Offline forbids calls: what is stored must do.
	Offline bool
	// Plan, where it is not nil, is told of every call that a [Caller] would
	// make; none is made, and a case whose answer is not stored is not measured.
	// It is called by many goroutines.
	Plan func(Call)
	// Batches says what becomes of the questions of a [Batcher].
	Batches Batching
	// Programs allows steps to start the programs that a design names. Whoever
	// runs a promoted design decides that anew.
	Programs bool
	// Budget is the money for calls; nil counts nothing.
	Budget *Budget
}

// Batching is what becomes, in a session, of questions that can be asked many at
// a time: of those of a [Batcher].
type Batching int

const (
	// AskNow asks each when it comes up, as other steps do.
	AskNow Batching = iota
	// Gather puts them off: a case whose answer is not stored yet is not
	// measured, and Collect asks for it.
	Gather
	// Gathered takes what Collect has brought, and asks nothing.
	Gathered
)

// Batcher is implemented by steps that can ask many questions at a time, of
// somebody who answers when there is time, at a lower price.
type Batcher interface {
	Opener
	// Batches says whether the step does so, where the session wants it.
	Batches() bool
	// Waiting is how many questions were gathered and not asked yet.
	Waiting() int
	// Collect asks what was gathered, waits for the answers and stores them. It
	// gives how many questions there were, and tells how far it is.
	Collect(ctx context.Context, told func(string)) (questions int, err error)
}

// Requirer is implemented by steps that need something of the machine that
// they run on: an address, a key, a program.
type Requirer interface {
	Step
	// Ready says what is missing and how to mend it; nil when nothing is.
	Ready(Session) error
}

// Dependent is implemented by steps whose answers hang on more than the design
// and its files. DependsOn names it, such as a model and its host; a run is not
// resumed when it has changed.
type Dependent interface {
	Step
	DependsOn() string
}

// Opener is implemented by steps that hold something open while cases run.
// Open is called once before the first case, Close once after the last. Steps
// of one kind share what they can, such as one file of stored answers.
type Opener interface {
	Step
	Open(context.Context, Session) error
	Close() error
}

// StopError is how a step says that it is no use to go on with any case before
// something is mended: a key that is refused, a store that cannot be written.
// It ends the run, not the trial; what was done stays.
type StopError struct{ Err error }

// Error is the text of the underlying error.
func (e *StopError) Error() string { return e.Err.Error() }

// Unwrap gives the underlying error.
func (e *StopError) Unwrap() error { return e.Err }

// Stopf makes a [*StopError].
func Stopf(format string, args ...any) error {
	return &StopError{Err: fmt.Errorf(format, args...)}
}
