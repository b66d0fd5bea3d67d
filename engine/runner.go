package engine

import (
	"context"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// People answers for a team in the middle of a design. It is the one door
// through which a person's answer comes in, and it is not a step's input.
type People interface {
	// Answer gives the outcome fields that are asked for, in that order, and
	// where the answer comes from: "recorded", "error_model" or "label".
	Answer(ctx context.Context, c *flow.Case, key flow.Key, q Question) (values []any, source string, err error)
}

// Question is what a team is asked about a case.
type Question struct {
	Team   design.Team
	Fields []string // of the workflow's outcome
	// Suggested are what the team is shown to confirm, aligned with Fields,
	// nil for a field without; nil where nothing is suggested.
	Suggested []any
}

// Runner runs cases through one compiled design. It is safe for concurrent
// use through one [Worker] a goroutine.
type Runner struct {
	plan   *design.Plan
	seed   uint64
	people People
	folds  *Folds
	// waits says that a team in the middle of the design answers when it has
	// time: the case ends there.
	waits  bool
	send   *sending // nil for dry runs of all actions
	tracer Tracer   // nil where nobody watches
	// consumer[i] is the first receiver of what node i gives: a later node,
	// or "outcome".
	consumer []string
}

// NewRunner makes a runner. people may be nil where no person answers in the
// middle of the design.
func NewRunner(plan *design.Plan, seed uint64, people People) *Runner {
	r := &Runner{plan: plan, seed: seed, people: people, consumer: make([]string, len(plan.Nodes))}
	for i, n := range plan.Nodes {
		r.consumer[i] = consumer(plan, n)
	}
	return r
}

// consumer is the receiver that a node's output goes to: the first later node
// that takes it as the latest word, else the first that reads it at all, else
// the outcome. It names the handoff that breaks when the node gives nothing.
func consumer(plan *design.Plan, n *design.Node) string {
	first := "outcome"
	for _, later := range plan.Nodes[n.Index+1:] {
		if !contains(later.Edge.Steps, n.Index) {
			continue
		}
		if later.Edge.From == n.Name {
			return receiver(later)
		}
		if first == "outcome" {
			first = receiver(later)
		}
	}
	return first
}

// receiver is who takes the handoff into a node: a team where a person
// answers, else the step.
func receiver(n *design.Node) string {
	if n.Answer != nil {
		return n.Answer.Team
	}
	return n.Name
}

// Folds are copies of a plan's steps that learnt from different cases, so that
// no case is run by a step that saw it.
type Folds struct {
	Of    func(*flow.Case) int // the fold that runs a case
	Steps [][]flow.Step        // by fold, then by node; nil where the plan's own step serves
}

// SetFolds makes the runner choose steps by a case's fold.
func (r *Runner) SetFolds(f *Folds) { r.folds = f }

// Plan is what the runner runs.
func (r *Runner) Plan() *design.Plan { return r.plan }

// Worker runs one case after the other, reusing its memory.
type Worker struct {
	r       *Runner
	frame   []any
	digests []uint64 // of each node's output; 0 where it gave none
	in      []any    // scratch for a step's values
	arena   []byte   // JSON that the spans and routes of trials point into
	steps   []flow.Step
	timings []flow.Timing // of the steps that reached out, in the case at hand
	oracle  *oracle       // nil for the design as written
	recall  *recall       // nil where steps do their work
	door    Door          // nil for none
}

// Plan is what the worker runs.
func (w *Worker) Plan() *design.Plan { return w.r.plan }

// NewWorker makes a worker for one goroutine.
func (r *Runner) NewWorker() *Worker {
	width := 0
	for _, n := range r.plan.Nodes {
		width = max(width, len(n.In))
		if n.Route != nil {
			width = max(width, len(n.Route.Reads))
			for _, b := range n.Route.Branches {
				width = max(width, len(b.Show))
			}
		}
	}
	steps := make([]flow.Step, len(r.plan.Nodes))
	for i, n := range r.plan.Nodes {
		steps[i] = n.Step
	}
	return &Worker{
		r:       r,
		steps:   steps,
		frame:   make([]any, r.plan.Slots),
		digests: make([]uint64, len(r.plan.Nodes)),
		in:      make([]any, width),
	}
}

// Run runs one case and fills t, reusing its slices. The JSON in t is appended
// to arena, which it returns. inputDigest identifies the case's input (see
// [Digest]). It returns an error only when ctx ends or a step says that no case
// can go on (see [flow.StopError]); whatever else happens to a case is part of
// its trial.
func (w *Worker) Run(ctx context.Context, c *flow.Case, repeat int, inputDigest uint64, t *flow.Trial, arena []byte) ([]byte, error) {
	plan := w.r.plan
	w.arena = arena
	*t = flow.Trial{
		Case: c.ID, Index: c.Index, Time: c.Time, Cluster: c.Cluster, Weight: c.Weight, Tags: c.Tags,
		Design: plan.Design.Name, Repeat: repeat, InputDigest: inputDigest,
		Routes: t.Routes[:0], Spans: t.Spans[:0], Handoffs: t.Handoffs[:0],
	}
	if w.oracle != nil {
		t.Variant = w.oracle.variant
	}
	if w.r.folds != nil {
		w.chooseFold(w.r.folds.Of(c))
	}
	w.timings = w.timings[:0]
	x := w.begin(c, t, repeat)
	if err := x.operate(ctx); err != nil {
		return w.arena, err
	}
	if t.Status == flow.Automated || t.Status == flow.Escalated {
		t.Right = x.verdict()
	}
	return w.arena, nil
}

// Timings are what the steps that reached out took and cost in the trial that
// Run gave last. They are valid until it is called again.
func (w *Worker) Timings() []flow.Timing { return w.timings }

func (w *Worker) begin(c *flow.Case, t *flow.Trial, repeat int) execution {
	clear(w.frame)
	copy(w.frame, c.Input.Values)
	clear(w.digests)
	return execution{w: w, plan: w.r.plan, c: c, t: t, repeat: repeat, stop: -1}
}

func (w *Worker) chooseFold(fold int) {
	for i, s := range w.r.folds.Steps[fold] {
		if s == nil {
			s = w.r.plan.Nodes[i].Step
		}
		w.steps[i] = s
	}
}

// Reach runs a case up to the node of that index, which it does not run, and
// gives a copy of what the node would receive. ok is false where the case does
// not come to the node or the node's contract is broken. fold is that of the
// steps to use; -1 for the plan's own.
func (w *Worker) Reach(ctx context.Context, c *flow.Case, node, fold int) (in flow.Message, ok bool, err error) {
	if fold >= 0 && w.r.folds != nil {
		w.chooseFold(fold)
	}
	var t flow.Trial
	w.arena = w.arena[:0]
	x := w.begin(c, &t, 0)
	x.stop = node
	end, err := x.walk(ctx, 0, false)
	if err != nil || !end.reached {
		return flow.Message{}, false, err
	}
	n := x.plan.Nodes[node]
	in = flow.Message{Schema: n.Schema, Values: make([]any, len(n.In))}
	if h := x.take(n, in.Values, false); h != nil {
		return flow.Message{}, false, nil
	}
	return in, true, nil
}

// shown is what the team gets that takes the case which was run last. What cannot
// be computed is absent.
func (w *Worker) shown(t *flow.Trial) flow.Message {
	show := w.r.plan.Shown(t)
	if show == nil {
		return flow.Message{}
	}
	fields, values := make([]flow.Field, len(show)), make([]any, len(show))
	for i, b := range show {
		fields[i] = flow.Field{Name: b.Name, Type: b.Type}
		if v, err := b.Value.Eval(w.frame); err == nil && (v == nil || b.Type.Check(v) == "") {
			values[i] = v
		}
	}
	return flow.Message{Schema: flow.NewSchema(fields...), Values: values}
}
