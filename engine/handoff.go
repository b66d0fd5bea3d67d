package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// take evaluates what a node gets into dst and records the handoff to it. It
// gives the broken clause's handoff, or nil where the contract holds.
func (x *execution) take(n *design.Node, dst []any, shadow bool) *flow.Handoff {
	return x.handOver(x.payloadOf(n, dst), shadow)
}

// payloadOf is the handoff of what a node gets, which it writes into dst.
func (x *execution) payloadOf(n *design.Node, dst []any) flow.Handoff {
	h := x.evaluate(receiver(n), n.Edge, n.In, n.Needs, dst)
	if h.Kind == "" && n.Contract != nil {
		x.hold(n, dst, &h)
	}
	return h
}

// handOver records a handoff, and gives it where it is broken.
func (x *execution) handOver(payload flow.Handoff, shadow bool) *flow.Handoff {
	x.t.Handoffs = append(x.t.Handoffs, payload)
	h := &x.t.Handoffs[len(x.t.Handoffs)-1]
	h.Shadow = shadow
	if h.Kind == "" {
		return nil
	}
	return h
}

// evaluate is the handoff of what a receiver gets, which it writes into dst.
func (x *execution) evaluate(to string, e design.Edge, in []design.Binding, needs []design.Need, dst []any) flow.Handoff {
	h := flow.Handoff{From: e.From, To: to, Digest: x.payload(e)}
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
	for _, need := range needs {
		if h.Kind == "" && !need.Met(dst) {
			h.Kind, h.Detail, h.Clause = flow.Incomplete, x.missing(need.Name), need.Name
		}
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

// troubled turns a step's error into a span, a failed handoff and what was
// declared for it.
func (x *execution) troubled(n *design.Node, span *flow.Span, at int, err error, shadow bool) *ending {
	class, detail := classed(err)
	span.Class, span.Error = class, err.Error()
	if class == flow.ErrNotMeasured {
		reason := detail
		if reason == "" {
			reason = "step " + n.Name
		}
		return &ending{route: -1, notMeasured: reason, why: "not measured"}
	}
	return x.broken(n, x.fault(at, n.Name, x.w.r.consumer[n.Index], class, detail, shadow), shadow)
}

// classed is the class of a step's error, and the finer word for it.
func classed(err error) (flow.ErrorClass, string) {
	var se *flow.StepError
	if errors.As(err, &se) {
		return se.Class, se.Detail
	}
	return flow.ErrStep, ""
}

// fault is the handoff that a step's trouble breaks: the one into it, at that
// index, where it could not do its work; the one out of it to the next where it
// took the payload and then gave nothing that anybody can use.
func (x *execution) fault(at int, step, next string, class flow.ErrorClass, detail string, shadow bool) *flow.Handoff {
	h := &x.t.Handoffs[at]
	switch class {
	case flow.ErrUnavailable:
		h.Kind, h.Clause = flow.Unavailable, "receiver"
	case flow.ErrRejected:
		h.Kind, h.Clause = flow.Rejected, "receiver"
	case flow.ErrIncomplete:
		h.Kind, h.Clause = flow.Incomplete, "receiver"
	default:
		x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: step, To: next, Kind: flow.Malformed, Clause: "output", Shadow: shadow})
		h = &x.t.Handoffs[len(x.t.Handoffs)-1]
		if class == flow.ErrStep {
			h.Kind = flow.Undelivered
		}
	}
	h.Detail = detail
	return h
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
		if shadow || x.ended {
			return &ending{route: -1, why: why}
		}
		// What the person lacks then is lacking already: no handoff breaks twice.
		x.t.Handoffs = append(x.t.Handoffs, flow.Handoff{From: b.Edge.From, To: b.Team, Digest: x.payload(b.Edge)})
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
