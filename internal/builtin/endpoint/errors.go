package endpoint

import (
	"context"
	"errors"
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// classOf says what a failed call is to the design.
func classOf(c client.Class) flow.ErrorClass {
	if c.NotMeasured() {
		return flow.ErrNotMeasured
	}
	switch c {
	case "":
		return ""
	case client.ClassRate, client.ClassTimeout, client.ClassServer:
		return flow.ErrUnavailable
	case client.ClassRefused, client.ClassContentFilter, client.ClassBadRequest:
		return flow.ErrRejected
	}
	return flow.ErrMalformed // truncated, unparsable, schema
}

// Failed turns a failure into what it means for the trial, or for the run:
// what is wrong with the endpoint stops it before the first answer, and a store
// that cannot be read or written always does, as going on would pay again for
// what it loses.
func (l *Line) Failed(r client.Response, attempts []flow.Attempt, err error) error {
	mark := func(class flow.ErrorClass) {
		if n := len(attempts); n > 0 && attempts[n-1].Class == "" {
			attempts[n-1].Class = class
		}
	}
	if stop := (*flow.StopError)(nil); errors.As(err, &stop) {
		return err
	}
	if own := (*flow.StepError)(nil); errors.As(err, &own) { // the answer came and is no use
		mark(own.Class)
		return err
	}
	call := (*client.Error)(nil)
	if !errors.As(err, &call) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return &flow.StopError{Err: err}
	}
	if call.Class == client.ClassOfflineMiss {
		// The client's own text names a file of this machine, which has no
		// place in a record.
		return &flow.StepError{Class: flow.ErrNotMeasured, Detail: string(call.Class),
			Err: fmt.Errorf("no stored answer to this question (key %s): run once without --offline", r.Key)}
	}
	// What batches were refused altogether has ended the run before.
	if mend := l.mend(call.Class); mend != "" && !l.proven.Load() && l.batches == nil {
		return flow.Stopf("%w: %s", err, mend)
	}
	mark(classOf(call.Class))
	return &flow.StepError{Class: classOf(call.Class), Detail: string(call.Class), Err: err}
}

// mend is what to do about a failure that all calls have in common; "" for one
// that is this call's own.
func (t *Target) mend(c client.Class) string {
	switch c {
	case client.ClassAuthentication:
		return fmt.Sprintf("set %s to a key that the endpoint takes", t.keyEnv())
	case client.ClassBadRequest:
		return "mend the step's endpoint, model or settings"
	}
	return ""
}
