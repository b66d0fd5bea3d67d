package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// SourceError is what a card's source files have against being read as the
// card says: whoever owns the files or the card has to mend it.
type SourceError struct{ err error }

func (e *SourceError) Error() string { return e.err.Error() }
func (e *SourceError) Unwrap() error { return e.err }

// Fault is a [*SourceError] about what others find in the cases.
func Fault(format string, a ...any) error { return &SourceError{fmt.Errorf(format, a...)} }

// faulty makes an error one of the sources, save the end of the rows and of
// the caller's patience.
func faulty(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if e := (*SourceError)(nil); errors.As(err, &e) {
		return err
	}
	return &SourceError{err}
}
