// Package stress replays cases through a design while something goes wrong: data
// that is damaged, look-ups that find nothing, people who err or are away,
// systems that fail, documents that mean harm. Every faulty trial is paired with
// the clean one of the same case.
//
// A fault's draws are keyed by the seed, the fault and the case, and its strength
// is what they are held against. So a stronger fault damages all that a weaker
// one does, and more.
package stress

import (
	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Group is a sort of trouble.
type Group string

// The groups, in the order of reports.
const (
	Data    Group = "imperfect data"
	Context Group = "incomplete context"
	People  Group = "human variability"
	Systems Group = "failing systems"
	Hostile Group = "hostile input"
	Own     Group = "of your own"
)

// Groups are all groups, in the order of reports.
var Groups = []Group{Data, Context, People, Systems, Hostile, Own}

// Fault is one thing that goes wrong.
type Fault struct {
	Name  string
	Title string // what it does, in a few words
	Group Group
	Of    string // what its strength is a share of, such as "of words"
	// Strengths are those that it is tried at, ascending, each above 0 and at
	// most 1, or where it is longer 100.
	Strengths []float64

	// One of these says what it does; nil for nothing of that sort.
	input func(x *scene) ([]any, error) // other values of the case's input; nil where it is as it was
	step  func(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error)
	// drill says whether a try fails of a step that tries again by itself; detail
	// is how. Nil for a fault that is not of tries.
	drill  func(x *scene, key flow.Key, question string, n int) bool
	detail string
	// answer changes what a team answers at a step in the middle of a design.
	answer func(x *scene, step string, q engine.Question, values []any) ([]any, error)
	// taken says what else becomes of a case that is handed over at the end.
	taken  func(x *scene, t *flow.Trial, final []any) ending
	absent bool // teams are away
	slows  bool // people take longer, by the strength as a share of their time
	longer bool // the strength is time that is added, in parts of what it takes
	// applies says whether a design has what the fault is about; nil for every
	// design.
	applies func(p *design.Plan) bool
	without string // what a design lacks to which it does not apply
	idle    string // why it changes nothing, where it did not; "" for what is said of all
	halt    *halt  // of a fault by a program; nil for others
	close   func() error
}

// work has a step do its work on an input.
type work func(flow.Input) (flow.Output, error)

// ending is what becomes of a case that people take, under a fault of theirs. The
// zero value is as it was.
type ending struct {
	final  []any // what the person answers; nil for no other answer
	absent bool  // nobody took the case
}

// door is a fault of steps and people for one case at a time.
type door struct{ x *scene }

var _ engine.Door = (*door)(nil)

// Step has a step do its work under the fault.
func (d *door) Step(n *design.Node, in flow.Input, work func(flow.Input) (flow.Output, error)) (flow.Output, error) {
	if d.x.fault.step == nil {
		return work(in)
	}
	return d.x.fault.step(d.x, n, in, work)
}

// Answer has a team answer under the fault.
func (d *door) Answer(key flow.Key, q engine.Question, ask func() ([]any, string, error)) ([]any, string, error) {
	values, source, err := ask()
	if err != nil || d.x.fault.answer == nil {
		return values, source, err
	}
	values, err = d.x.fault.answer(d.x, key.Step, q, values)
	return values, source, err
}
