package engine

import (
	"context"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// answersHere is why there is no shadow outcome where a person decides in the
// middle of a design without being shown what the design would have decided.
const answersHere = "a person answers in this design"

// answer is a team's work as a step of the design.
func (x *execution) answer(ctx context.Context, n *design.Node, shadow bool) (*ending, error) {
	suggested := x.suggested(n)
	if shadow {
		return x.unconfirmed(n, suggested), nil
	}
	values := x.w.in[:len(n.In)]
	if h := x.take(n, values, false); h != nil {
		h.After = string(design.Continue) // people take the case as it comes
	}
	at := len(x.t.Handoffs) - 1
	if n.Answer.Final {
		return &ending{team: n.Answer.Team, because: "by_design", route: -1, why: "no automated path"}, nil
	}
	if x.w.r.waits && x.w.r.people == nil {
		return &ending{team: n.Answer.Team, because: "by_design", route: n.Index}, nil
	}
	x.t.Spans = append(x.t.Spans, flow.Span{Step: n.Name, Kind: n.Kind, Actor: flow.Person, Team: n.Answer.Team})
	span := &x.t.Spans[len(x.t.Spans)-1]
	if suggested != nil {
		span.Suggested = x.json(n.Out, suggested)
	}
	if x.w.r.people == nil {
		span.Class, span.Error = flow.ErrNotMeasured, "nobody answers for "+n.Answer.Team
		return &ending{route: -1, notMeasured: "no_person", why: "not measured"}, nil
	}
	team, _ := x.plan.Workflow.Team(n.Answer.Team)
	key := flow.Key{Seed: x.w.r.seed, Case: x.c.ID, Step: n.Name, Repeat: x.repeat}
	out, source, err := x.w.ask(ctx, x.c, key, Question{Team: team, Fields: n.Answer.Fields, Suggested: suggested})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		class, detail := classed(err)
		if class == flow.ErrUnavailable {
			span.Class, span.Error = class, err.Error()
			return x.broken(n, x.fault(at, n.Name, x.w.r.consumer[n.Index], class, detail, false), false), nil
		}
		span.Class, span.Error = flow.ErrNotMeasured, err.Error()
		return &ending{route: -1, notMeasured: "no_answer", why: "not measured"}, nil
	}
	span.Source = source
	if out, err = x.correct(n, out, nil); err != nil {
		return nil, err
	}
	if x.person == "" {
		x.asked = n.Index
	}
	x.person = n.Answer.Team
	x.deliver(n, span, out)
	return nil, nil
}

// suggested is what the node's person is shown to confirm; nil for nothing. A
// value that cannot be computed, or that the outcome may not hold, is not
// suggested.
func (x *execution) suggested(n *design.Node) []any {
	if n.Answer.Suggested == nil {
		return nil
	}
	values, any := make([]any, len(n.Answer.Fields)), false
	for i, s := range n.Answer.Suggested {
		if s == nil {
			continue
		}
		if v, err := s.Eval(x.w.frame); err == nil && v != nil && n.Out.Fields()[i].Type.Check(v) == "" {
			values[i], any = v, true
		}
	}
	if !any {
		return nil
	}
	return values
}

// unconfirmed goes on in shadow as if what was suggested had been done. A
// field that the person decides alone stays absent.
func (x *execution) unconfirmed(n *design.Node, suggested []any) *ending {
	if suggested == nil {
		return &ending{route: -1, why: answersHere}
	}
	x.t.Spans = append(x.t.Spans, flow.Span{Step: n.Name, Kind: n.Kind, Actor: flow.Person, Shadow: true, Source: "suggestion"})
	x.deliver(n, &x.t.Spans[len(x.t.Spans)-1], suggested)
	return nil
}
