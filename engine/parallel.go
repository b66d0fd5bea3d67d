package engine

import (
	"context"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// call is a step's work that was begun before its turn.
type call struct {
	done chan struct{} // closed when it is over
	out  flow.Output
	wall time.Duration
	err  error
}

// sideBySide runs the nodes of a parallel group. The calls that reach out are
// begun all at once, which is where time can be gained; then the nodes are gone
// through in the order written, so that a trial is the same whichever call came
// back first.
func (x *execution) sideBySide(ctx context.Context, g *design.Group, shadow bool) (*ending, error) {
	within, cancel := context.WithCancel(ctx)
	x.begin(within, g)
	defer func() {
		cancel()
		for _, c := range x.early {
			if c != nil {
				<-c.done
			}
		}
		x.early, x.ended = nil, false
	}()
	var first *ending
	for i := g.First; i <= g.Last; i++ {
		if !shadow && first == nil {
			x.last = i
		}
		end, err := x.step(ctx, x.plan.Nodes[i], shadow)
		if err != nil {
			return nil, err
		}
		if first == nil && end != nil {
			first, x.ended = end, true
			if g.FirstFailure {
				break
			}
		}
	}
	return first, nil
}

// begin begins the calls of a group's steps that reach out. A step that will
// not be called, for its contract is broken or its answer is known, is left for
// its turn.
func (x *execution) begin(ctx context.Context, g *design.Group) {
	x.early = make([]*call, g.Last-g.First+1)
	for i := g.First; i <= g.Last; i++ {
		n := x.plan.Nodes[i]
		step := x.w.steps[i]
		if _, reaches := step.(flow.Opener); !reaches || x.leftOut(n) || len(n.Tools) > 0 {
			continue // calls of tools are on record in the order of turns
		}
		values := make([]any, len(n.In))
		h := x.payloadOf(n, values)
		if _, _, known := x.recalled(n, h.Digest); known || h.Kind != "" {
			continue
		}
		c := &call{done: make(chan struct{})}
		x.early[i-g.First] = c
		in := x.input(n, values)
		go func() {
			defer close(c.done)
			start := time.Now()
			c.out, c.err = x.w.work(ctx, n, step, in)
			c.wall = time.Since(start)
		}()
	}
}
