package dataset

import (
	"context"
	"errors"
	"io"
)

// SourceError is what a card's source files have against being read as the
// card says: whoever owns the files or the card has to mend it.
type SourceError struct{ err error }

func (e *SourceError) Error() string { return e.err.Error() }
func (e *SourceError) Unwrap() error { return e.err }

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
