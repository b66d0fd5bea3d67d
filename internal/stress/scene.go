package stress

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// scene is one case under one fault of one strength.
type scene struct {
	fault    *Fault
	strength float64
	seed     uint64
	workflow *design.Workflow
	c        *flow.Case
	before   *flow.Case // the case drawn before it; nil for the first
	// place is where the case stands among those tried, in the order of the
	// dataset: from 0 up to, and without, 1.
	place float64
	// touched says that the fault has changed something.
	touched atomic.Bool
	// doubled is an action that was done twice; nil for none.
	doubled atomic.Pointer[design.Node]
	// failedTries counts the tries that failed, givenUp the calls of which no try
	// was left.
	failedTries, givenUp atomic.Int32
}

// rand are the fault's draws for one purpose: the same at every strength.
func (x *scene) rand(purpose string) *rand.Rand {
	return flow.Key{Seed: x.seed, Case: x.c.ID, Step: "fault:" + x.fault.Name}.Rand(purpose)
}

// hits draws whether the fault strikes, once for a purpose.
func (x *scene) hits(purpose string) bool {
	return x.rand(purpose).Float64() < x.strength
}

// strike is hits, and notes that something was changed.
func (x *scene) strike(purpose string) bool {
	if !x.hits(purpose) {
		return false
	}
	x.touched.Store(true)
	return true
}
