package service

import (
	"sync"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
)

// actions remembers actions in the audit log.
type actions struct {
	log *audit.Log

	mu     sync.Mutex
	states map[string]engine.ActionState
}

// Known implements [engine.ActionLog].
func (a *actions) Known(digest string) engine.ActionState {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.states[digest]
}

// Remember implements [engine.ActionLog].
func (a *actions) Remember(x *engine.Action, s engine.ActionState, class flow.ErrorClass) error {
	digest := x.Digest()
	err := a.log.Act(audit.Action{Case: x.Case, Trial: x.Trial, Step: x.Step, Key: digest, State: audit.ActionState(s), Class: class})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.states[digest] = s
	return nil
}
