package field

import (
	"errors"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Faults collects what is wrong with a step's configuration, so that all of it
// is said at once.
type Faults struct {
	Config flow.Config
	errs   []error
}

// Fail adds a fault at a position of the design file.
func (f *Faults) Fail(at flow.Pos, format string, args ...any) {
	f.Add(f.Config.Errorf(at, format, args...))
}

// Add adds an error that says itself where it is.
func (f *Faults) Add(err error) { f.errs = append(f.errs, err) }

// Err is all faults as one error, nil where there is none.
func (f *Faults) Err() error { return errors.Join(f.errs...) }

// Suggest is the end of a message about an unknown word: a choice that it may
// have meant, in brackets, or nothing.
func Suggest(word string, choices []string) string {
	if h := diag.Suggest(word, choices); h != "" {
		return " (" + h + ")"
	}
	return ""
}
