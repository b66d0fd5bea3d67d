package app

import (
	"context"
	"errors"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/journal"
)

// Exit codes of both programs.
const (
	ExitDone         = 0 // done, and passed where something was judged
	ExitCannot       = 1 // could not do it
	ExitUsage        = 2 // bad usage
	ExitInput        = 3 // bad input: a file that a user wrote
	ExitFailed       = 4 // the gate or a test of a design failed, drift was found, or a promise is broken
	ExitInconclusive = 5 // too little evidence to say, such as no test at all
	ExitInterrupted  = 6 // stopped on request; what was done is kept
)

// exitError carries the exit code of an error that has one.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// withCode gives an error an exit code, unless it has one already, as the end of
// a context has.
func withCode(code int, err error) error {
	var e *exitError
	if err == nil || errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return err
	}
	return &exitError{code, err}
}

// exitCode is the code that an error ends the program with.
func exitCode(err error) int {
	var e *exitError
	var list diag.List
	var source *dataset.SourceError
	var line *journal.LineError
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &list), errors.As(err, &source), errors.As(err, &line):
		return ExitInput
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitCannot
}
