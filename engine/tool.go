package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// toolbox calls the tools of one node on one case.
type toolbox struct {
	x      *execution
	n      *design.Node
	shadow bool
	calls  int
	end    error // of a call, from which the node cannot go on
}

var _ flow.Toolbox = (*toolbox)(nil)

// toolsOf are the tools that a node may call; nil for none.
func (x *execution) toolsOf(n *design.Node, shadow bool) *toolbox {
	if len(n.Tools) == 0 {
		return nil
	}
	return &toolbox{x: x, n: n, shadow: shadow}
}

// Call hands arguments to a tool. A call of nothing that there is leaves no
// trace but its error: there is no receiver.
func (b *toolbox) Call(ctx context.Context, name string, args []byte) ([]byte, error) {
	i := slices.IndexFunc(b.n.Tools, func(t *design.Node) bool { return t.Called == name })
	if i < 0 {
		return nil, flow.Errorf(flow.ErrMalformed, "there is no tool %q", name)
	}
	x, tool := b.x, b.n.Tools[i]
	b.calls++
	values := make([]any, len(tool.In))
	h := b.take(tool, args, values)
	x.t.Handoffs = append(x.t.Handoffs, h)
	at := len(x.t.Handoffs) - 1
	if h.Kind != "" {
		x.t.Handoffs[at].After = string(design.Continue)
		return nil, &flow.StepError{Class: classOf(h.Kind), Detail: h.Detail, Err: fmt.Errorf("%s: the call is %s at %q", name, h.Kind, h.Clause)}
	}
	in := x.input(tool, values)
	in.Key.Attempt = b.calls - 1
	start := time.Now()
	out, err := x.w.work(ctx, tool, tool.Step, in)
	wall := time.Since(start)
	if ctx.Err() != nil {
		b.end = ctx.Err()
		return nil, b.end
	}
	if err != nil && stops(err) {
		b.end = fmt.Errorf("tool %q: %w", tool.Name, err)
		return nil, b.end
	}
	if _, reaches := tool.Step.(flow.Opener); reaches {
		x.w.timings = append(x.w.timings, flow.Timing{
			Case: x.c.ID, Design: x.plan.Design.Name, Variant: x.t.Variant, Repeat: x.repeat, Step: tool.Name,
			Wall: wall, Cached: out.Cost.Cached, Spent: out.Cost.Spent,
		})
	}
	x.t.Spans = append(x.t.Spans, flow.Span{
		Step: tool.Name, Kind: tool.Kind, Actor: tool.Actor, Shadow: b.shadow,
		Confidence: out.Confidence, Attempts: out.Attempts,
	})
	span := &x.t.Spans[len(x.t.Spans)-1]
	if err == nil {
		err = checkOutput(tool.Out, out.Values)
	}
	if err == nil {
		span.Output = x.json(tool.Out, out.Values)
		return slices.Clone(span.Output), nil
	}
	class, detail := classed(err)
	span.Class, span.Error = class, err.Error()
	if class == flow.ErrNotMeasured {
		b.end = err
		return nil, err
	}
	x.fault(at, tool.Name, b.n.Name, class, detail, b.shadow).After = string(design.Continue)
	// The text is for the record: it may tell of this machine.
	return nil, &flow.StepError{Class: class, Detail: detail, Err: errors.New(strings.TrimSpace(fmt.Sprintf("%s: %s %s", name, class, detail)))}
}

// take is the handoff of a call, whose payload it writes into dst: what the
// tool reads of the case, and the arguments.
func (b *toolbox) take(tool *design.Node, args []byte, dst []any) flow.Handoff {
	x := b.x
	frame := x.w.frame[tool.ArgSlot : tool.ArgSlot+tool.Args.Len()]
	defer clear(frame)
	h := arguments(tool.Args, args, frame)
	if h.Kind == "" {
		h = x.payloadOf(tool, dst)
	}
	h.From, h.To, h.Digest, h.Shadow = b.n.Name, tool.Name, combine(x.payload(tool.Edge), Digest(args)), b.shadow
	return h
}

// arguments reads arguments into values, and says which clause they break.
// What is malformed names the failure before what is missing. A name that the
// tool does not have is not repeated: it is text from outside, and edges are
// counted by their clauses.
func arguments(s *flow.Schema, args []byte, values []any) (h flow.Handoff) {
	d := json.NewDecoder(bytes.NewReader(args))
	d.UseNumber()
	var given map[string]any
	if err := d.Decode(&given); err != nil || given == nil || d.More() {
		return flow.Handoff{Kind: flow.Malformed, Clause: "arguments"}
	}
	for i, f := range s.Fields() {
		v, err := f.Type.FromJSON(given[f.Name])
		delete(given, f.Name)
		switch {
		case err != nil, v != nil && f.Type.Check(v) != "":
			return flow.Handoff{Kind: flow.Malformed, Clause: f.Name}
		case v == nil && !f.Type.Optional && h.Kind == "":
			h = flow.Handoff{Kind: flow.Incomplete, Clause: f.Name, Detail: "absent"}
		}
		values[i] = v
	}
	if len(given) > 0 {
		return flow.Handoff{Kind: flow.Malformed, Clause: "arguments", Detail: "unknown"}
	}
	return h
}

// recallTools puts back the calls that a recalled node made of its tools.
func (x *execution) recallTools(n *design.Node, shadow bool) {
	if len(n.Tools) == 0 {
		return
	}
	called := func(name string) bool {
		return slices.ContainsFunc(n.Tools, func(t *design.Node) bool { return t.Name == name })
	}
	for _, h := range x.w.recall.trial.Handoffs {
		if called(h.To) || called(h.From) {
			h.Shadow = shadow
			x.t.Handoffs = append(x.t.Handoffs, h)
		}
	}
	for _, s := range x.w.recall.trial.Spans {
		if !called(s.Step) {
			continue
		}
		s.Shadow = shadow
		if s.Output != nil {
			from := len(x.w.arena)
			x.w.arena = append(x.w.arena, s.Output...)
			s.Output = x.w.arena[from:len(x.w.arena):len(x.w.arena)]
		}
		x.t.Spans = append(x.t.Spans, s)
	}
}
