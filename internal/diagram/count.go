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
// and a decision point without a branch as Lost. Calls of tools are no part of a
// case's way, and are not counted.
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
	for in, i := 0, 0; i < len(g.plan.Nodes); i = g.steps[g.Edges[in].To] {
		var more bool
		var err error
		if n := g.plan.Nodes[i]; n.Group != nil {
			w.use(in, false)
			in, more, err = w.sideBySide(n.Group)
		} else {
			in, more, err = w.step(in, i, n)
		}
		if err != nil {
			return err
		}
		if !more {
			return w.rest()
		}
		if g.Edges[in].To == g.outcome {
			h := w.peek()
			broken := h != nil && h.To == "outcome" // on record only where it is broken
			if broken {
				w.handoff++
			}
			w.use(in, broken)
			w.visit(g.outcome)
		}
	}
	return w.rest()
}

// step follows one step, which the case comes to by the edge in.
func (w *walk) step(in, i int, n *design.Node) (next int, more bool, err error) {
	held, err := w.enter(in, i, n)
	switch {
	case err != nil:
		return 0, false, err
	case n.Role == flow.Routing:
		return w.decide(i, n)
	case n.Answer != nil:
		return w.answer(i, n)
	}
	held, ended, err := w.work(i, n, held)
	switch o := w.g.out[i]; {
	case err != nil || ended:
		return 0, false, err
	case !held:
		return w.broken(o)
	default:
		if o.write >= 0 {
			w.use(o.write, false)
			w.visit(w.g.Edges[o.write].To)
		}
		return o.next, true, nil
	}
}

// sideBySide follows the steps of a group. The first that ends the case decides
// what becomes of it; the others only leave their trace.
func (w *walk) sideBySide(grp *design.Group) (next int, more bool, err error) {
	w.visit(w.g.Nodes[w.g.nodes[grp.First]].In)
	over := false
	for i := grp.First; i <= grp.Last && !(over && grp.FirstFailure); i++ {
		n, o := w.g.plan.Nodes[i], w.g.out[i]
		held, err := w.enter(o.enter, i, n)
		if err != nil {
			return 0, false, err
		}
		held, ended, err := w.work(i, n, held)
		if err != nil {
			return 0, false, err
		}
		if !held && o.broken >= 0 {
			if !over {
				if _, _, err := w.broken(o); err != nil {
					return 0, false, err
				}
			}
			ended = true
		}
		over = over || ended
	}
	return w.g.out[grp.First].next, !over, nil
}

// enter follows the handoff into a step, and says whether it held.
func (w *walk) enter(in, i int, n *design.Node) (held bool, err error) {
	w.visit(w.g.nodes[i])
	to := n.Name
	if n.Answer != nil {
		to = n.Answer.Team
	}
	h, err := w.next(to)
	if err != nil {
		return false, err
	}
	w.use(in, h.Kind != "")
	return h.Kind == "", nil
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
		w.lost = append(w.lost, w.g.nodes[i])
	}
	return w.broken(o)
}

// answer goes on with what a team answered.
func (w *walk) answer(i int, n *design.Node) (in int, more bool, err error) {
	in = w.g.out[i].next
	s := w.spanOf(n) // none where the answer is the outcome
	return in, s == nil || s.Class == "", nil
}

// work follows what a step did, and says whether a handoff held that far, and
// whether the trial ended because the harness could not try.
func (w *walk) work(i int, n *design.Node, entered bool) (held, ended bool, err error) {
	s := w.spanOf(n)
	switch {
	case !entered:
		return false, false, nil
	case s == nil || s.Class == flow.ErrNotMeasured:
		return true, true, nil
	case s.Class == "":
		return true, false, nil
	}
	// What the step gave is of no use to anybody.
	if h := w.peek(); h == nil || h.From != n.Name || h.Kind == "" {
		return false, false, fmt.Errorf("the error of %s broke no handoff", n.Name)
	}
	w.handoff++
	w.use(w.g.out[i].next, true)
	return false, false, nil
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
		if h := &w.t.Handoffs[w.handoff]; !h.Shadow && !w.g.tools[h.To] && !w.g.tools[h.From] {
			return h
		}
	}
	return nil
}

// spanOf is the span of a step, nil where it did not run.
func (w *walk) spanOf(n *design.Node) *flow.Span {
	for ; w.span < len(w.t.Spans); w.span++ {
		s := &w.t.Spans[w.span]
		if s.Shadow || w.g.tools[s.Step] {
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
