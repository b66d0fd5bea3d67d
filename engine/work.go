package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// step runs a node that works or acts.
func (x *execution) step(ctx context.Context, n *design.Node, shadow bool) (*ending, error) {
	if x.leftOut(n) {
		x.leaveOut(n, shadow)
		return nil, nil
	}
	values := x.w.in[:len(n.In)]
	if h := x.take(n, values, shadow); h != nil {
		return x.broken(n, h, shadow), nil
	}
	at := len(x.t.Handoffs) - 1
	in := x.input(n, values)
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
	tools := x.toolsOf(n, shadow)
	if tools != nil {
		in.Tools = tools
	}
	out, err, recalled := x.recalled(n, x.t.Handoffs[at].Digest)
	reaches := false
	var wall time.Duration
	if recalled {
		x.recallTools(n, shadow)
	} else {
		out, wall, err = x.call(ctx, n, step, in)
		_, reaches = step.(flow.Opener)
		if err == nil && n.Role == flow.Action && x.w.r.send != nil {
			err = x.w.r.send.act(ctx, n, in, out)
		}
		if tools != nil && tools.end != nil {
			err = tools.end // whatever the step made of it
		}
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
			Wall: wall, Cached: out.Cost.Cached, Spent: out.Cost.Spent,
		})
	}
	x.t.Spans = append(x.t.Spans, flow.Span{
		Step: n.Name, Kind: n.Kind, Actor: n.Actor, Shadow: shadow,
		Confidence: out.Confidence, Attempts: out.Attempts,
	})
	span := &x.t.Spans[len(x.t.Spans)-1]
	if out.Key != "" {
		span.Key = Digest([]byte(out.Key))
	}
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

// input is what a node's step works on.
func (x *execution) input(n *design.Node, values []any) flow.Input {
	return flow.Input{
		Message: flow.Message{Schema: n.Schema, Values: values},
		Key:     flow.Key{Seed: x.w.r.seed, Case: x.c.ID, Step: n.Name, Repeat: x.repeat},
		Cluster: x.c.Cluster,
	}
}

// call has a step do its work, unless its group has begun it already.
func (x *execution) call(ctx context.Context, n *design.Node, step flow.Step, in flow.Input) (flow.Output, time.Duration, error) {
	if g := n.Group; g != nil && x.early[n.Index-g.First] != nil {
		c := x.early[n.Index-g.First]
		<-c.done
		return c.out, c.wall, c.err
	}
	start := time.Now()
	out, err := x.w.work(ctx, n, step, in)
	return out, time.Since(start), err
}

// deliver writes a node's output into the frame and its span.
func (x *execution) deliver(n *design.Node, span *flow.Span, values []any) {
	copy(x.w.frame[n.OutSlot:n.OutSlot+n.Out.Len()], values)
	span.Output = x.json(n.Out, values)
	x.w.digests[n.Index] = Digest(span.Output)
}

// json writes values into the arena.
func (x *execution) json(s *flow.Schema, values []any) []byte {
	from := len(x.w.arena)
	x.w.arena = flow.AppendJSON(x.w.arena, s, values)
	return x.w.arena[from:len(x.w.arena):len(x.w.arena)]
}
