package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Action is something to be done in a system of record.
type Action struct {
	Case   string
	Trial  string // its id in the log; "" without one
	Step   string
	System string // "" where the step names none
	// Key identifies the action: the step's name and its idempotency key. Send it
	// along where the system knows such keys.
	Key     string
	Payload flow.Message
}

// Digest identifies the action without what its key holds: sha256, hex.
func (a *Action) Digest() string {
	sum := sha256.Sum256([]byte(a.Key))
	return hex.EncodeToString(sum[:])
}

// Sender takes actions. It is used by many goroutines.
type Sender interface {
	// Send takes an action, or says why not by a [*flow.StepError], which breaks
	// the handoff to the system as a step's error would. After one that is
	// rejected, malformed or incomplete the action was not taken, and may be sent
	// again. After any other error, or when ctx ends, nobody knows: the handoff is
	// unavailable, and the same key is never sent again.
	Send(ctx context.Context, a Action) error
}

// ActionState is what is known of an action.
type ActionState string

const (
	ActionBegun   ActionState = "begun"   // it may have been taken
	ActionDone    ActionState = "done"    // it was taken
	ActionRefused ActionState = "refused" // it was not taken
)

// ActionLog remembers actions by their digests, beyond the end of the process.
type ActionLog interface {
	// Known is what was remembered of an action; "" for nothing.
	Known(digest string) ActionState
	// Remember keeps a state, and returns when it cannot be lost. class is why an
	// action was refused.
	Remember(a *Action, s ActionState, class flow.ErrorClass) error
}

// sending takes the actions of a design, each key at most once.
type sending struct {
	of  func(system string) Sender
	log ActionLog

	mu    sync.Mutex
	under map[string]chan struct{} // digests that are being sent
	known map[string]ActionState   // without a log
}

func (r *Runner) sending() *sending {
	if r.send == nil {
		r.send = &sending{under: map[string]chan struct{}{}, known: map[string]ActionState{}}
	}
	return r.send
}

// act really takes the action of a node whose dry run gave out.
func (s *sending) act(ctx context.Context, n *design.Node, in flow.Input, out flow.Output) error {
	if s.of == nil {
		return nil
	}
	sender := s.of(n.System)
	if sender == nil {
		return nil
	}
	if out.Key == "" {
		return flow.Errorf(flow.ErrIncomplete, "the action has no idempotency key: it cannot be taken at most once")
	}
	a := Action{Case: in.Key.Case, Trial: TrialOf(ctx), Step: n.Name, System: n.System, Key: n.Name + "\x00" + out.Key, Payload: in.Message}
	digest := a.Digest()
	if err := s.turn(ctx, digest); err != nil {
		return err
	}
	defer s.over(digest)
	switch s.state(digest) {
	case ActionDone:
		return nil
	case ActionBegun:
		return &flow.StepError{Class: flow.ErrUnavailable, Detail: "unknown", Err: errors.New("it was sent before, and nobody knows whether it was taken: it is not sent again")}
	}
	if err := s.remember(&a, ActionBegun, ""); err != nil {
		return err
	}
	err := sent(ctx, sender, a)
	if err == nil {
		return s.remember(&a, ActionDone, "")
	}
	var se *flow.StepError
	if errors.As(err, &se) && (se.Class == flow.ErrRejected || se.Class == flow.ErrMalformed || se.Class == flow.ErrIncomplete) {
		return errors.Join(err, s.remember(&a, ActionRefused, se.Class))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &flow.StepError{Class: flow.ErrUnavailable, Detail: "unknown", Err: err}
}

// sent sends an action; a sender that panics is one of which nobody knows.
func sent(ctx context.Context, s Sender, a Action) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the sender panicked%s: %v", panicked(), p)
		}
	}()
	return s.Send(ctx, a)
}

// turn waits until nobody else sends the same action.
func (s *sending) turn(ctx context.Context, digest string) error {
	for {
		s.mu.Lock()
		other := s.under[digest]
		if other == nil {
			s.under[digest] = make(chan struct{})
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *sending) over(digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.under[digest])
	delete(s.under, digest)
}

func (s *sending) state(digest string) ActionState {
	if s.log != nil {
		return s.log.Known(digest)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[digest]
}

func (s *sending) remember(a *Action, state ActionState, class flow.ErrorClass) error {
	if s.log != nil {
		if err := s.log.Remember(a, state, class); err != nil {
			return flow.Stopf("the action is not kept, so that it cannot be told later whether it was taken: %w", err)
		}
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[a.Digest()] = state
	return nil
}
