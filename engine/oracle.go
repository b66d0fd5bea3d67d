package engine

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Oracle is a declared variant of a design in which named steps give, and
// named routes decide, what the case's label says was right. It is the one
// door through which gold reaches a trial after fitting, and the trial bears
// the variant's name.
type Oracle struct {
	Variant string   // as recorded: "oracle:extract"
	Nodes   []string // names of steps and routes
	// Without are steps that are left out: they do nothing, and give what the
	// design goes on with when the handoff to them breaks, else nothing.
	Without []string
}

// oracle is an Oracle over the nodes of a plan.
type oracle struct {
	variant string
	gold    []bool // by node
	without []bool // by node
	written *Worker
	scratch [2][]byte
	// explorer is told which nodes would have changed the trial; nil for none.
	explorer *Explorer
}

// RecordedInputChanged is why a trial of a variant was not measured: a step
// whose outputs happened elsewhere would receive what it did not receive then.
const RecordedInputChanged = "recorded_input_changed"

// Oracle makes a worker that runs the variant of a case right after w ran the
// same case and repeat as written. It panics on the name of no node: callers
// take names from the plan.
func (w *Worker) Oracle(o Oracle) *Worker {
	v := w.r.Beside(w, o.Variant)
	for _, name := range o.Nodes {
		v.oracle.gold[v.node(name)] = true
	}
	for _, name := range o.Without {
		v.oracle.without[v.node(name)] = true
	}
	return v
}

// Beside makes a worker that runs a variant of a case right after w ran the
// same case and repeat as written. Its plan is w's own or one whose steps give
// the same under the same names.
func (r *Runner) Beside(w *Worker, variant string) *Worker {
	v := r.NewWorker()
	n := len(r.plan.Nodes)
	v.oracle = &oracle{variant: variant, gold: make([]bool, n), without: make([]bool, n), written: w}
	return v
}

// node is the index of the node of that name.
func (w *Worker) node(name string) int {
	i := slices.IndexFunc(w.r.plan.Nodes, func(n *design.Node) bool { return n.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("engine: design %q has no step %q to change", w.r.plan.Design.Name, name))
	}
	return i
}

// leftOut says whether the node does nothing in this variant.
func (x *execution) leftOut(n *design.Node) bool {
	return x.w.oracle != nil && x.w.oracle.without[n.Index]
}

// leaveOut goes on as if there were no such step.
func (x *execution) leaveOut(n *design.Node, shadow bool) {
	values := n.Broken.With
	if n.Broken.Mode != design.Continue {
		values = make([]any, n.Out.Len())
	}
	x.t.Spans = append(x.t.Spans, flow.Span{Step: n.Name, Kind: n.Kind, Actor: n.Actor, Shadow: shadow})
	x.deliver(n, &x.t.Spans[len(x.t.Spans)-1], values)
}

// corrects says whether the node gives gold in this variant.
func (x *execution) corrects(n *design.Node) bool {
	return x.w.oracle != nil && x.w.oracle.gold[n.Index]
}

// correct replaces what a step gave by the gold values that are known; fields
// without one keep the step's own. A step that did its work wrongly (gave
// nothing, or nothing of use) is corrected too; one that could not be reached
// is not, since that is no fault of its answer.
func (x *execution) correct(n *design.Node, own []any, err error) ([]any, error) {
	if !x.corrects(n) {
		x.watch(n, func() bool {
			gold, known := x.golden(n, own, err)
			return known && (err != nil || x.w.oracle.differ(n.Out, gold, own))
		})
		return own, err
	}
	if gold, known := x.golden(n, own, err); known {
		return gold, nil
	}
	return own, err
}

// golden is what a node would give whose gold values replace its own; known is
// false where it has none, or where they could not be put to use.
func (x *execution) golden(n *design.Node, own []any, err error) (gold []any, known bool) {
	if !answerAtFault(err) {
		return nil, false
	}
	values := make([]any, n.Out.Len())
	if err == nil {
		copy(values, own)
	}
	for i, f := range n.Out.Fields() {
		if v, has := x.c.Label.Gold(n.Name, f.Name, f.Type); has {
			values[i], known = v, true
		}
	}
	return values, known
}

// answerAtFault says whether an error, or none, is about what the step
// answered.
func answerAtFault(err error) bool {
	var e *flow.StepError
	if err == nil || !errors.As(err, &e) {
		return true
	}
	return e.Class == flow.ErrMalformed || e.Class == flow.ErrStep || e.Class == flow.ErrIncomplete
}

// goldBranch is the branch that goes where the label's route goes: the first
// whose condition holds, else the first. It is -1 where the node decides
// itself: no oracle, no label, a label that names no branch of the route, or a
// team in shadow, where nobody is asked.
func (x *execution) goldBranch(n *design.Node, shadow bool) int {
	if !x.corrects(n) {
		return -1
	}
	return x.labelledBranch(n, shadow)
}

// labelledBranch is the branch that the label's route names, -1 for none.
func (x *execution) labelledBranch(n *design.Node, shadow bool) int {
	if x.c.Label == nil || x.c.Label.Routes[n.Name] == "" {
		return -1
	}
	first := -1
	for j := range n.Route.Branches {
		b := &n.Route.Branches[j]
		if x.plan.Target(b) != x.c.Label.Routes[n.Name] || shadow && b.Team != "" {
			continue
		}
		if b.When == nil {
			return j
		}
		if v, err := b.When.Eval(x.w.frame); err == nil && v == true {
			return j
		}
		if first < 0 {
			first = j
		}
	}
	return first
}

// unrecorded says whether a step whose outputs happened elsewhere would
// receive something else than in the design as written: what it would have
// answered then, nobody knows. Gold for its whole output is an answer.
func (x *execution) unrecorded(n *design.Node, step flow.Step, values []any) bool {
	o := x.w.oracle
	if o == nil {
		return false
	}
	if !flow.HappenedElsewhere(step) || x.corrects(n) && x.goldWhole(n) {
		return false
	}
	changed := x.receivesOther(n, values)
	if changed {
		x.watch(n, func() bool { return x.goldWhole(n) })
	}
	return changed
}

// receivesOther says whether a node receives something else than in the design
// as written.
func (x *execution) receivesOther(n *design.Node, values []any) bool {
	o := x.w.oracle
	if len(n.In) == 0 {
		// It does not say what it was made from: anything before it.
		if in := x.plan.Workflow.Input; o.differ(in, o.written.frame[:in.Len()], x.w.frame[:in.Len()]) {
			return true
		}
		for _, before := range x.plan.Nodes[:n.Index] {
			if before.Out.Len() == 0 {
				continue
			}
			from, to := before.OutSlot, before.OutSlot+before.Out.Len()
			if o.differ(before.Out, o.written.frame[from:to], x.w.frame[from:to]) {
				return true
			}
		}
		return false
	}
	then := make([]any, len(n.In))
	for j := range n.In {
		v, err := n.In[j].Value.Eval(o.written.frame)
		if err != nil {
			return true
		}
		then[j] = v
	}
	return o.differ(n.Schema, then, values)
}

func (o *oracle) differ(s *flow.Schema, a, b []any) bool {
	o.scratch[0] = flow.AppendJSON(o.scratch[0][:0], s, a)
	o.scratch[1] = flow.AppendJSON(o.scratch[1][:0], s, b)
	return !bytes.Equal(o.scratch[0], o.scratch[1])
}

// goldWhole says whether every field of the node's output has gold.
func (x *execution) goldWhole(n *design.Node) bool {
	for _, f := range n.Out.Fields() {
		if _, known := x.c.Label.Gold(n.Name, f.Name, f.Type); !known {
			return false
		}
	}
	return true
}

// notRecorded ends the trial: its outcome cannot be known.
func (x *execution) notRecorded(n *design.Node, shadow bool) *ending {
	x.t.Spans = append(x.t.Spans, flow.Span{
		Step: n.Name, Kind: n.Kind, Actor: n.Actor, Shadow: shadow,
		Class: flow.ErrNotMeasured, Error: "recorded under other inputs",
	})
	return &ending{route: -1, notMeasured: RecordedInputChanged, why: "not measured"}
}
