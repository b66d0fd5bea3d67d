package engine

import (
	"context"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// execution is the state of one trial.
type execution struct {
	w      *Worker
	plan   *design.Plan
	c      *flow.Case
	t      *flow.Trial
	repeat int
	person string  // team that answered in the middle of the design
	last   int     // index of the node run last
	asked  int     // the first node at which a person answered
	stop   int     // index of a node to stop before; -1 for none
	early  []*call // of a parallel group: calls that were begun, by node from its first
	ended  bool    // a step of the group ended the case: others only leave their trace
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
		var whole bool
		if t.Outcome, whole = x.outcome(); !whole {
			x.brokenOutcome()
		}
		t.Status = flow.Automated
		if x.person != "" {
			t.Status, t.Team, t.Reason = flow.Escalated, x.person, "by_design"
		}
	}
	t.End = x.plan.Nodes[x.last].Name
	if x.person != "" && t.Status == flow.Escalated {
		return x.shadow(ctx, x.asked)
	}
	if end.team == "" {
		return nil
	}
	// Where a route escalated, the case is routed again with escalations
	// disabled, up to the first action.
	if end.route < 0 {
		t.ShadowWhy = end.why
		if out, _ := x.outcome(); end.complete && slices.ContainsFunc(out, func(v any) bool { return v != nil }) {
			t.Shadow, t.ShadowWhy = out, ""
		}
		return nil
	}
	return x.shadow(ctx, end.route)
}

// shadow runs the case on from a node as if nobody were asked.
func (x *execution) shadow(ctx context.Context, from int) error {
	t := x.t
	shadow, err := x.walk(ctx, from, true)
	if err != nil {
		return err
	}
	switch {
	case shadow.notMeasured != "":
		t.ShadowWhy = "not measured: " + shadow.notMeasured
	case shadow.why != "":
		t.ShadowWhy = shadow.why
	default:
		t.Shadow, _ = x.outcome()
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
		g := n.Group
		if i == x.stop || g != nil && x.stop >= g.First && x.stop <= g.Last {
			return ending{reached: true}, nil
		}
		if !shadow {
			x.last = i
		}
		var next int
		var end *ending
		var err error
		switch {
		case g != nil:
			end, err = x.sideBySide(ctx, g, shadow)
			next = g.Last + 1
		case n.Role == flow.Routing:
			next, end = x.route(n, shadow)
		case n.Role == flow.Answer:
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

// outcome evaluates the final outcome; what cannot be evaluated is absent. It is
// whole where nothing that it promises is missing or of another type.
func (x *execution) outcome() (values []any, whole bool) {
	values, whole = make([]any, len(x.plan.Outcome)), true
	for i, v := range x.plan.Outcome {
		if v == nil {
			continue
		}
		typ := x.plan.Workflow.Outcome.Fields()[i].Type
		got, err := v.Eval(x.w.frame)
		if err != nil || got == nil && !typ.Optional || got != nil && typ.Check(got) != "" {
			whole = false
			continue
		}
		values[i] = got
	}
	return values, whole
}

// brokenOutcome records that the final outcome lacks something, or holds what
// does not fit. It is what it is: the case ends with the rest of it.
func (x *execution) brokenOutcome() {
	var in []design.Binding
	for i, v := range x.plan.Outcome {
		if f := x.plan.Workflow.Outcome.Fields()[i]; v != nil {
			in = append(in, design.Binding{Name: f.Name, Type: f.Type, Value: v})
		}
	}
	if h := x.handOver(x.evaluate("outcome", x.plan.OutcomeEdge, in, nil, make([]any, len(in))), false); h != nil {
		h.After = string(design.Continue)
	}
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
