package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// People answers for a team in the middle of a design. It is the one door
// through which a person's answer comes in, and it is not a step's input.
type People interface {
	// Answer gives the outcome fields that the team decides, in that order,
	// and where each answer comes from: "recorded", "error_model" or "label".
	Answer(ctx context.Context, c *flow.Case, key flow.Key, team design.Team, fields []string) (values []any, source string, err error)
}

// Runner runs cases through one compiled design. It is safe for concurrent
// use through one [Worker] a goroutine.
type Runner struct {
	plan   *design.Plan
	seed   uint64
	people People
	folds  *Folds
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
	if h := x.receive(n.Name, n.Edge, n.In, in.Values, false); h != nil {
		return flow.Message{}, false, nil
	}
	return in, true, nil
}

// execution is the state of one trial.
type execution struct {
	w      *Worker
	plan   *design.Plan
	c      *flow.Case
	t      *flow.Trial
	repeat int
	person string // team that answered in the middle of the design
	last   int    // index of the node run last
	stop   int    // index of a node to stop before; -1 for none
}

// operate runs the case as it would run in operation, then in shadow where it
// was escalated.
func (x *execution) operate(ctx context.Context) error {
	end, err := x.walk(ctx, 0, false)
	if err != nil {
		return err
	}
	t := x.t
	switch {
	case end.notMeasured != "":
		t.Status, t.Reason = flow.NotMeasured, end.notMeasured
	case end.failed != "":
		t.Status, t.Reason = flow.Failed, string(end.failed)
	case end.team != "":
		t.Status, t.Team, t.Reason = flow.Escalated, end.team, end.because
	default:
		t.Outcome = x.outcome()
		t.Status = flow.Automated
		if x.person != "" {
			t.Status, t.Team, t.Reason, t.ShadowWhy = flow.Escalated, x.person, "by_design", "a person answers in this design"
		}
	}
	t.End = x.plan.Nodes[x.last].Name
	if end.team == "" {
		return nil
	}
	// Where a route escalated, the case is routed again with escalations
	// disabled, up to the first action.
	if end.route < 0 {
		t.ShadowWhy = end.why
		if out := x.outcome(); end.complete && x.person == "" && slices.ContainsFunc(out, func(v any) bool { return v != nil }) {
			t.Shadow, t.ShadowWhy = out, ""
		}
		return nil
	}
	if x.person != "" {
		t.ShadowWhy = "a person answers in this design"
		return nil
	}
	shadow, err := x.walk(ctx, end.route, true)
	if err != nil {
		return err
	}
	switch {
	case shadow.notMeasured != "":
		t.ShadowWhy = "not measured: " + shadow.notMeasured
	case shadow.why != "":
		t.ShadowWhy = shadow.why
	default:
		t.Shadow = x.outcome()
	}
	return nil
}

// ending is how a walk ended; the zero value means at the end of the design.
type ending struct {
	team, because string
	route         int // the route that escalated, -1 where none did
	failed        flow.HandoffKind
	notMeasured   string
	why           string // why there is no shadow outcome
	reached       bool   // stopped where it was asked to
	complete      bool   // at an action: the shadow outcome is there already
}

// walk runs nodes from index start on.
func (x *execution) walk(ctx context.Context, start int, shadow bool) (ending, error) {
	for i := start; i < len(x.plan.Nodes); {
		n := x.plan.Nodes[i]
		if shadow && n.Role == flow.Action {
			return ending{}, nil
		}
		if i == x.stop {
			return ending{reached: true}, nil
		}
		if !shadow {
			x.last = i
		}
		var next int
		var end *ending
		var err error
		switch n.Role {
		case flow.Routing:
			next, end = x.route(n, shadow)
		case flow.Answer:
			end, err = x.answer(ctx, n, shadow)
			next = i + 1
		default:
			end, err = x.step(ctx, n, shadow)
			next = i + 1
		}
		if err != nil {
			return ending{}, err
		}
		if end != nil {
			return *end, nil
		}
		i = next
	}
	return ending{}, nil
}

// receive evaluates what a receiver gets into dst and records the handoff. It
// gives the broken clause's handoff, or nil where the contract holds.
func (x *execution) receive(to string, e design.Edge, in []design.Binding, dst []any, shadow bool) *flow.Handoff {
	t := x.t
	t.Handoffs = append(t.Handoffs, flow.Handoff{From: e.From, To: to, Digest: x.payload(e), Shadow: shadow})
	h := &t.Handoffs[len(t.Handoffs)-1]
	for j := range in {
		b := &in[j]
		v, err := b.Value.Eval(x.w.frame)
		dst[j] = v
		// Of several broken clauses the first malformed one names the
		// failure, as the order of kinds has it, else the first that lacks
		// something.
		switch {
		case h.Kind == flow.Malformed:
		case err != nil:
			if name, ok := absentName(err); !ok {
				h.Kind, h.Detail, h.Clause = flow.Malformed, "expression", b.Name
			} else if h.Kind == "" {
				h.Kind, h.Detail, h.Clause = flow.Incomplete, x.missing(name), b.Name
			}
		case v == nil:
			if h.Kind == "" && (b.Needed || !b.Type.Optional) {
				h.Kind, h.Detail, h.Clause = flow.Incomplete, x.missing(b.Name), b.Name
			}
		case b.Type.Check(v) != "":
			h.Kind, h.Detail, h.Clause = flow.Malformed, "", b.Name
		}
	}
	if h.Kind == "" {
		return nil
	}
	return h
}

// missing says of a value that a receiver lacks whether it was lost on the
// way, because the input or an earlier step had it under the same name, or
// absent all along.
func (x *execution) missing(name string) string {
	field := name[strings.LastIndexByte(name, '.')+1:]
	has := func(s *flow.Schema, slot int) bool {
		i := s.Index(field)
		return i >= 0 && x.w.frame[slot+i] != nil
	}
	lost := has(x.plan.Workflow.Input, 0)
	for _, n := range x.plan.Nodes {
		lost = lost || has(n.Out, n.OutSlot)
	}
	if lost {
		return "lost"
	}
	return "absent"
}

// payload identifies what an edge carries by what it is made from.
func (x *execution) payload(e design.Edge) uint64 {
	h := uint64(14695981039346656037)
	if e.UseInput {
		h = combine(h, x.t.InputDigest)
	}
	for _, i := range e.Steps {
		h = combine(h, x.w.digests[i])
	}
	return h
}

// step runs a node that works or acts.
func (x *execution) step(ctx context.Context, n *design.Node, shadow bool) (*ending, error) {
	values := x.w.in[:len(n.In)]
	if h := x.receive(n.Name, n.Edge, n.In, values, shadow); h != nil {
		return x.broken(n, h, shadow), nil
	}
	at := len(x.t.Handoffs) - 1
	in := flow.Input{
		Message: flow.Message{Schema: n.Schema, Values: values},
		Key:     flow.Key{Seed: x.w.r.seed, Case: x.c.ID, Step: n.Name, Repeat: x.repeat},
	}
	step := x.w.steps[n.Index]
	if _, ok := step.(flow.RecordReader); ok && len(x.c.Recorded) > 0 {
		if many := len(x.c.Recorded) > 1; many && x.repeat >= len(x.c.Recorded) {
			// Counting a recorded repeat twice would make a design look steady.
			return &ending{route: -1, notMeasured: "not_recorded"}, nil
		}
		in.Recorded = x.c.Recorded[min(x.repeat, len(x.c.Recorded)-1)]
	}
	if x.unrecorded(n, step, values) {
		return x.notRecorded(n, shadow), nil
	}
	var start time.Time
	_, reaches := step.(flow.Opener)
	if reaches {
		start = time.Now()
	}
	out, err, recalled := x.recalled(n, x.t.Handoffs[at].Digest)
	if recalled {
		reaches = false
	} else {
		out, err = do(ctx, step, in)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && stops(err) {
		return nil, fmt.Errorf("design %q, step %q, case %q: %w", x.plan.Design.Name, n.Name, x.c.ID, err)
	}
	if reaches {
		x.w.timings = append(x.w.timings, flow.Timing{
			Case: x.c.ID, Design: x.plan.Design.Name, Variant: x.t.Variant, Repeat: x.repeat, Step: n.Name,
			Wall: time.Since(start), Cached: out.Cost.Cached, Spent: out.Cost.Spent,
		})
	}
	x.t.Spans = append(x.t.Spans, flow.Span{
		Step: n.Name, Kind: n.Kind, Actor: n.Actor, Shadow: shadow,
		Confidence: out.Confidence, Attempts: out.Attempts,
	})
	span := &x.t.Spans[len(x.t.Spans)-1]
	if err == nil {
		err = checkOutput(n.Out, out.Values)
	}
	out.Values, err = x.correct(n, out.Values, err)
	if err != nil {
		return x.troubled(n, span, at, err, shadow), nil
	}
	x.deliver(n, span, out.Values)
	return nil, nil
}

// deliver writes a node's output into the frame and its span.
func (x *execution) deliver(n *design.Node, span *flow.Span, values []any) {
	copy(x.w.frame[n.OutSlot:n.OutSlot+n.Out.Len()], values)
	from := len(x.w.arena)
	x.w.arena = flow.AppendJSON(x.w.arena, n.Out, values)
	span.Output = x.w.arena[from:len(x.w.arena):len(x.w.arena)]
	x.w.digests[n.Index] = Digest(span.Output)
}

// troubled turns a step's error into a span, a failed handoff and what was
// declared for it.
func (x *execution) troubled(n *design.Node, span *flow.Span, at int, err error, shadow bool) *ending {
	class, detail := flow.ErrStep, ""
	var se *flow.StepError
	if errors.As(err, &se) {
		class, detail = se.Class, se.Detail
	}
	span.Class, span.Error = class, err.Error()
	h := &x.t.Handoffs[at]
	switch class {
	case flow.ErrNotMeasured:
		reason := detail
		if reason == "" {
			reason = "step " + n.Name
		}
		return &ending{route: -1, notMeasured: reason, why: "not measured"}
	case flow.ErrUnavailable:
		h.Kind, h.Clause = flow.Unavailable, "receiver"
	case flow.ErrRejected:
		h.Kind, h.Clause = flow.Rejected, "receiver"
	case flow.ErrIncomplete:
		h.Kind, h.Clause = flow.Incomplete, "receiver"
	default:
		// The receiver took the payload and then gave nothing that the next
		// one can use: the handoff that breaks is the one out of this step.
		x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: n.Name, To: x.w.r.consumer[n.Index], Kind: flow.Malformed, Clause: "output", Shadow: shadow})
		h = &x.t.Handoffs[len(x.t.Handoffs)-1]
		if class == flow.ErrStep {
			h.Kind = flow.Undelivered
		}
	}
	h.Detail = detail
	return x.broken(n, h, shadow)
}

// broken does what the design declares for a broken handoff.
func (x *execution) broken(n *design.Node, h *flow.Handoff, shadow bool) *ending {
	b := n.Broken
	h.After = string(b.Mode)
	why := fmt.Sprintf("the handoff to %s broke", h.To)
	switch b.Mode {
	case design.Continue:
		x.deliver(n, x.substitute(n, h.Kind, shadow), b.With)
		return nil
	case design.Escalate:
		if shadow {
			return &ending{route: -1, why: why}
		}
		// The person gets what the sender had; nothing more is promised.
		x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: n.Edge.From, To: b.Team, Digest: x.payload(n.Edge)})
		// Shadow ends before the first action: a case that came so far without
		// a person has its outcome.
		return &ending{route: -1, team: b.Team, because: "broken_handoff", why: why, complete: n.Role == flow.Action}
	}
	return &ending{route: -1, failed: h.Kind, why: why}
}

// substitute is the span of a node whose output is what the design declares:
// the node's own where it ran and went wrong, else a new one.
func (x *execution) substitute(n *design.Node, kind flow.HandoffKind, shadow bool) *flow.Span {
	if last := len(x.t.Spans) - 1; last >= 0 && x.t.Spans[last].Step == n.Name && x.t.Spans[last].Shadow == shadow {
		return &x.t.Spans[last]
	}
	x.t.Spans = append(x.t.Spans, flow.Span{
		Step: n.Name, Kind: n.Kind, Actor: n.Actor, Shadow: shadow,
		Class: classOf(kind), Error: "went on with what the design declares",
	})
	return &x.t.Spans[len(x.t.Spans)-1]
}

// route takes a decision. In shadow the branches that escalate are passed over.
func (x *execution) route(n *design.Node, shadow bool) (next int, end *ending) {
	taken := flow.RouteTaken{Step: n.Name, Branch: -1, Shadow: shadow, Values: x.reads(n)}
	at := len(x.t.Handoffs)
	x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: n.Edge.From, To: n.Name, Digest: x.payload(n.Edge), Shadow: shadow})
	j, err := x.choose(n, shadow)
	if err != nil {
		return x.undecided(n, taken, &x.t.Handoffs[at], err)
	}
	if j >= 0 {
		return x.take(n, j, taken)
	}
	x.t.Routes = append(x.t.Routes, taken)
	if shadow {
		return 0, &ending{route: -1, why: "no branch of " + n.Name + " goes on without a person"}
	}
	x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: n.Name, To: "nobody", Kind: flow.Undelivered, Clause: "route", Digest: x.payload(n.Edge)})
	return 0, x.stuck(n, &x.t.Handoffs[len(x.t.Handoffs)-1])
}

// choose is the first branch whose condition holds, -1 for none.
func (x *execution) choose(n *design.Node, shadow bool) (int, error) {
	if j := x.goldBranch(n, shadow); j >= 0 {
		return j, nil
	}
	for j := range n.Route.Branches {
		b := &n.Route.Branches[j]
		if shadow && b.Team != "" {
			continue
		}
		if b.When == nil {
			return j, nil
		}
		v, err := b.When.Eval(x.w.frame)
		if err != nil {
			return -1, err
		}
		if yes, _ := v.(bool); yes {
			return j, nil
		}
	}
	return -1, nil
}

// take goes on by a branch.
func (x *execution) take(n *design.Node, j int, taken flow.RouteTaken) (next int, end *ending) {
	b := &n.Route.Branches[j]
	taken.Branch, taken.Because, taken.To = j, b.Because, target(x.plan, b)
	x.t.Routes = append(x.t.Routes, taken)
	switch {
	case b.Team != "":
		if h := x.receive(b.Team, b.Edge, b.Show, x.w.in[:len(b.Show)], false); h != nil {
			h.After = string(design.Continue) // the person has the case, without part of it
		}
		return 0, &ending{team: b.Team, because: b.Because, route: n.Index}
	case b.End:
		return len(x.plan.Nodes), nil
	}
	return b.To, nil
}

// target is where a branch goes: a team, "end" or a step.
func target(p *design.Plan, b *design.Branch) string {
	switch {
	case b.Team != "":
		return b.Team
	case b.End:
		return "end"
	}
	return p.Nodes[b.To].Name
}

// undecided is a decision point that cannot read what it decides by: the
// handoff to it broke.
func (x *execution) undecided(n *design.Node, taken flow.RouteTaken, h *flow.Handoff, err error) (int, *ending) {
	x.t.Routes = append(x.t.Routes, taken)
	h.Kind, h.Clause = flow.Malformed, "condition"
	if name, ok := absentName(err); ok {
		h.Kind, h.Detail, h.Clause = flow.Incomplete, x.missing(name), name
	}
	if h.Shadow {
		return 0, &ending{route: -1, why: "the handoff to " + n.Name + " broke"}
	}
	return 0, x.stuck(n, h)
}

// stuck is a broken handoff at a decision point, which has nothing to go on
// with.
func (x *execution) stuck(n *design.Node, h *flow.Handoff) *ending {
	if n.Broken.Mode == design.Continue {
		h.After = string(design.Fail)
		return &ending{route: -1, failed: h.Kind}
	}
	return x.broken(n, h, false)
}

// reads is the JSON of everything that the route's conditions read.
func (x *execution) reads(n *design.Node) []byte {
	from := len(x.w.arena)
	values := x.w.in[:len(n.Route.Reads)]
	for j, r := range n.Route.Reads {
		values[j] = x.w.frame[r.Slot]
	}
	x.w.arena = flow.AppendJSON(x.w.arena, n.Route.Schema, values)
	return x.w.arena[from:len(x.w.arena):len(x.w.arena)]
}

// answer is a team's work as a step of the design.
func (x *execution) answer(ctx context.Context, n *design.Node, shadow bool) (*ending, error) {
	if shadow {
		return &ending{route: -1, why: "a person answers in this design"}, nil
	}
	values := x.w.in[:len(n.In)]
	if h := x.receive(n.Answer.Team, n.Edge, n.In, values, false); h != nil {
		h.After = string(design.Continue) // people take the case as it comes
	}
	if n.Answer.Final {
		return &ending{team: n.Answer.Team, because: "by_design", route: -1, why: "no automated path"}, nil
	}
	x.t.Spans = append(x.t.Spans, flow.Span{Step: n.Name, Kind: n.Kind, Actor: flow.Person})
	span := &x.t.Spans[len(x.t.Spans)-1]
	if x.w.r.people == nil {
		span.Class, span.Error = flow.ErrNotMeasured, "nobody answers for "+n.Answer.Team
		return &ending{route: -1, notMeasured: "no_person", why: "not measured"}, nil
	}
	team, _ := x.plan.Workflow.Team(n.Answer.Team)
	key := flow.Key{Seed: x.w.r.seed, Case: x.c.ID, Step: n.Name, Repeat: x.repeat}
	out, source, err := x.w.r.people.Answer(ctx, x.c, key, team, n.Answer.Fields)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		span.Class, span.Error = flow.ErrNotMeasured, err.Error()
		return &ending{route: -1, notMeasured: "no_answer", why: "not measured"}, nil
	}
	span.Source = source
	if out, err = x.correct(n, out, nil); err != nil {
		return nil, err
	}
	x.person = n.Answer.Team
	x.deliver(n, span, out)
	return nil, nil
}

// outcome evaluates the final outcome; what cannot be evaluated is absent.
func (x *execution) outcome() []any {
	values := make([]any, len(x.plan.Outcome))
	for i, v := range x.plan.Outcome {
		if v == nil {
			continue
		}
		if got, err := v.Eval(x.w.frame); err == nil && (got == nil || x.plan.Workflow.Outcome.Fields()[i].Type.Check(got) == "") {
			values[i] = got
		}
	}
	return values
}

// verdict is the design's own right or wrong, where it brings one.
func (x *execution) verdict() *bool {
	if x.plan.Right == nil {
		return nil
	}
	v, err := x.plan.Right.Eval(x.w.frame)
	if b, ok := v.(bool); ok && err == nil {
		return &b
	}
	return nil
}
