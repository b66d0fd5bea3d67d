package diagram

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Count adds a trial's way through the design. Trials of other designs, of
// variants, and what happened in shadow are passed over. A trial that the design
// cannot have made is an error, and leaves the counts as they were.
//
// Every handoff of the record is counted once: at the edge by which the case
// came to its receiver, a step's useless output at the edge out of that step,
// and a decision point without a branch as Lost.
func (g *Graph) Count(t *flow.Trial) error {
	if t.Design != g.Design || t.Variant != "" {
		return nil
	}
	w := walk{g: g, t: t}
	if err := w.run(); err != nil {
		return fmt.Errorf("case %q: %w: it is not a trial of design %q as it is drawn", t.Case, err, g.Design)
	}
	for _, i := range w.visits {
		g.Nodes[i].Visits++
	}
	for _, i := range w.lost {
		g.Nodes[i].Lost++
	}
	for _, i := range w.uses {
		g.Edges[i].Used++
	}
	for _, i := range w.fails {
		g.Edges[i].Failed++
	}
	g.Trials++
	return nil
}

// walk follows one trial through the graph.
type walk struct {
	g                    *Graph
	t                    *flow.Trial
	handoff, route, span int   // those that come next
	visits, lost         []int // nodes
	uses, fails          []int // edges
}

// run goes from the input to where the trial ended.
func (w *walk) run() error {
	g := w.g
	w.visit(0)
	for in, i := 0, 0; ; {
		if i == len(g.plan.Nodes) {
			w.visit(g.outcome)
			w.use(in, false)
			return w.rest()
		}
		n := g.plan.Nodes[i]
		w.visit(g.step(i))
		to := n.Name
		if n.Answer != nil {
			to = n.Answer.Team
		}
		h, err := w.next(to)
		if err != nil {
			return err
		}
		held := h.Kind == ""
		w.use(in, !held)
		var more bool
		switch {
		case n.Role == flow.Routing:
			in, more, err = w.decide(i, n)
		case n.Answer != nil:
			in, more, err = w.answer(i, n)
		default:
			in, more, err = w.work(i, n, held)
		}
		if err != nil {
			return err
		}
		if !more {
			return w.rest()
		}
		i = g.Edges[in].To - 1
	}
}

// decide follows the branch that was taken.
func (w *walk) decide(i int, n *design.Node) (in int, more bool, err error) {
	for w.route < len(w.t.Routes) && w.t.Routes[w.route].Shadow {
		w.route++
	}
	if w.route == len(w.t.Routes) || w.t.Routes[w.route].Step != n.Name {
		return 0, false, fmt.Errorf("no decision of %s is on record", n.Name)
	}
	r := &w.t.Routes[w.route]
	w.route++
	o := w.g.out[i]
	switch {
	case r.Branch >= len(o.branches):
		return 0, false, fmt.Errorf("%s has no branch %d", n.Name, r.Branch)
	case r.Branch >= 0:
		in = o.branches[r.Branch]
		if w.g.Nodes[w.g.Edges[in].To].Kind == Team {
			return 0, false, w.team(in)
		}
		return in, true, nil
	}
	if h := w.peek(); h != nil && h.To == "nobody" && h.From == n.Name {
		w.handoff++
		w.lost = append(w.lost, w.g.step(i))
	}
	return w.broken(o)
}

// answer goes on with what a team answered.
func (w *walk) answer(i int, n *design.Node) (in int, more bool, err error) {
	in = w.g.out[i].next
	if n.Answer.Final { // the answer is the outcome
		w.use(in, false)
		w.visit(w.g.outcome)
		return 0, false, nil
	}
	s := w.spanOf(n)
	return in, s == nil || s.Class == "", nil
}

// work goes on behind a step that works or acts.
func (w *walk) work(i int, n *design.Node, held bool) (in int, more bool, err error) {
	o, s := w.g.out[i], w.spanOf(n)
	switch {
	case !held:
		return w.broken(o)
	case s == nil || s.Class == flow.ErrNotMeasured:
		return 0, false, nil // the harness could not try
	case s.Class != "":
		// What the step gave is of no use to anybody.
		if h := w.peek(); h == nil || h.From != n.Name || h.Kind == "" {
			return 0, false, fmt.Errorf("the error of %s broke no handoff", n.Name)
		}
		w.handoff++
		w.use(o.next, true)
		return w.broken(o)
	}
	if o.write >= 0 {
		w.use(o.write, false)
		w.visit(w.g.Edges[o.write].To)
	}
	return o.next, true, nil
}

// broken follows what the design declares for a broken handoff.
func (w *walk) broken(o out) (in int, more bool, err error) {
	switch w.g.Nodes[w.g.Edges[o.broken].To].Kind {
	case Team:
		return 0, false, w.team(o.broken)
	case Failure:
		w.use(o.broken, false)
		w.visit(w.g.Edges[o.broken].To)
		return 0, false, nil
	}
	return o.broken, true, nil
}

// team ends the walk at a team, whose answer is the outcome.
func (w *walk) team(in int) error {
	at := w.g.Edges[in].To
	h, err := w.next(w.g.Nodes[at].Name)
	if err != nil {
		return err
	}
	w.use(in, h.Kind != "")
	w.visit(at)
	for i := range w.g.Edges {
		if e := &w.g.Edges[i]; e.From == at {
			w.use(i, false)
		}
	}
	w.visit(w.g.outcome)
	return nil
}

// next is the next handoff, which goes to the given receiver.
func (w *walk) next(to string) (*flow.Handoff, error) {
	h := w.peek()
	if h == nil {
		return nil, fmt.Errorf("no handoff to %s is on record", to)
	}
	if h.To != to {
		return nil, fmt.Errorf("a handoff to %s is on record, want one to %s", h.To, to)
	}
	w.handoff++
	return h, nil
}

// peek is the next handoff outside shadow, nil where there is none.
func (w *walk) peek() *flow.Handoff {
	for ; w.handoff < len(w.t.Handoffs); w.handoff++ {
		if h := &w.t.Handoffs[w.handoff]; !h.Shadow {
			return h
		}
	}
	return nil
}

// spanOf is the span of a step, nil where it did not run.
func (w *walk) spanOf(n *design.Node) *flow.Span {
	for ; w.span < len(w.t.Spans); w.span++ {
		s := &w.t.Spans[w.span]
		if s.Shadow {
			continue
		}
		if s.Step != n.Name {
			return nil
		}
		w.span++
		return s
	}
	return nil
}

// rest refuses what is on record behind the end.
func (w *walk) rest() error {
	if h := w.peek(); h != nil {
		return fmt.Errorf("a handoff to %s is on record behind the end", h.To)
	}
	return nil
}

func (w *walk) visit(node int) { w.visits = append(w.visits, node) }

func (w *walk) use(edge int, failed bool) {
	w.uses = append(w.uses, edge)
	if failed {
		w.fails = append(w.fails, edge)
	}
}
