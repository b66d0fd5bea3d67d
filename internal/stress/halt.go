package stress

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
)

// halt ends a fault whose program was replaced more often than it may be. Which
// trial meets that end hangs on timing, so the fault as a whole is without an
// answer, and what is said of it is how the first trial failed, in the order of
// the dataset: a trial is left out only where one before it has failed.
type halt struct {
	mu    sync.Mutex
	ended bool
	first *failure // nil where none failed
}

// failure is how a trial failed.
type failure struct {
	place, strength float64
	why             string
}

// skips says whether nothing that the trial could tell is wanted.
func (h *halt) skips(x *scene) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended && h.first.before(x)
}

// fails notes how a trial failed, and gives its reason.
func (h *halt) fails(x *scene, err error) error {
	var stop *flow.StopError
	why := programFailure(err)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = h.ended || errors.As(err, &stop)
	if !h.first.before(x) {
		h.first = &failure{x.place, x.strength, why}
	}
	return errors.New(why)
}

// why says why there is no answer; "" where there can be one.
func (h *halt) why() string {
	if h == nil || !h.ended {
		return ""
	}
	return "its program had to be replaced too often: " + h.first.why
}

func (f *failure) before(x *scene) bool {
	return f != nil && (f.place < x.place || f.place == x.place && f.strength < x.strength)
}

// programFailure is how a program failed, in one line that is the same whenever
// it fails so: what a program that is stopped wrote to stderr hangs on when that
// was.
func programFailure(err error) string {
	var step *flow.StepError
	switch {
	case !errors.As(err, &step):
		return err.Error()
	case slices.Contains([]string{"timeout", "stderr", "protocol"}, step.Detail):
		if alone := errors.Unwrap(step.Err); alone != nil {
			return alone.Error()
		}
	}
	line, _, _ := strings.Cut(step.Error(), "\n")
	return line
}
