package engine

import (
	"context"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Door stands, in a variant, between a design and whoever works for it: it may
// change what a step receives and what it gives, or fail in its place. It is
// called by many goroutines where steps work side by side.
type Door interface {
	// Step has a step of the node do its work. The input's values are only to be
	// read; another input has values of its own.
	Step(n *design.Node, in flow.Input, work func(flow.Input) (flow.Output, error)) (flow.Output, error)
	// Answer has a team answer in the middle of the design.
	Answer(key flow.Key, q Question, ask func() ([]any, string, error)) ([]any, string, error)
}

// Through has a worker reach its steps and teams by a door. It is one that
// [Runner.Beside] made.
func (w *Worker) Through(d Door) { w.door = d }

// work has a step of a node do its work, by the door where there is one.
func (w *Worker) work(ctx context.Context, n *design.Node, step flow.Step, in flow.Input) (flow.Output, error) {
	if w.door == nil {
		return w.r.do(ctx, n, step, in)
	}
	return w.door.Step(n, in, func(in flow.Input) (flow.Output, error) { return w.r.do(ctx, n, step, in) })
}

// ask has the team of a node answer, by the door where there is one.
func (w *Worker) ask(ctx context.Context, c *flow.Case, key flow.Key, q Question) ([]any, string, error) {
	if w.door == nil {
		return w.r.people.Answer(ctx, c, key, q)
	}
	return w.door.Answer(key, q, func() ([]any, string, error) { return w.r.people.Answer(ctx, c, key, q) })
}
