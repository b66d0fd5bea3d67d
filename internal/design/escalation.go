package design

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// Slot is the value in a place of the frame.
type Slot int

// Eval gives the value.
func (s Slot) Eval(frame []any) (any, error) { return frame[s], nil }

// values are fields as somebody sees them who is given them unasked: a step that
// gives them may have been jumped over, so any may be absent.
func values(prefix string, s *flow.Schema, slot int, at flow.Pos) []Binding {
	var out []Binding
	for i, f := range s.Fields() {
		f.Type.Optional = true
		out = append(out, Binding{Name: prefix + "." + f.Name, Type: f.Type, Value: Slot(slot + i), Pos: at})
	}
	return out
}

// escalated is what a team gets with an escalation at a node: what is shown, and
// beside it every value of that name for what the team needs, of the input and of
// the steps that are done by then. It gives the handoff, too.
func (l *loader) escalated(n *Node, team string, show []Binding, e Edge) ([]Binding, Edge) {
	t, _ := l.wf.Team(team)
	var all []Binding
	for _, b := range l.atHand(n) {
		if slices.Contains(t.Needs, lastPart(b.Name)) {
			all = append(all, b)
		}
	}
	return l.beside(show, e, all)
}

// afterBreak is what a team gets when the handoff into a node broke: what the node
// was to get, the case's input, as where nothing is named to be shown, and what
// the team needs.
func (l *loader) afterBreak(n *Node, team string) ([]Binding, Edge) {
	var given []Binding
	for _, b := range n.Given() {
		slot, name := b.place()
		switch {
		case name == "":
			b.Name = "in." + b.Name
		case holds(given, slot):
			continue // the step has it under two names
		default:
			b.Name = name // as a route would show it
		}
		given = append(given, b)
	}
	show, e := l.beside(given, n.Edge, values("input", l.wf.Input, 0, n.Pos))
	return l.escalated(n, team, show, e)
}

// Shown is what the team got that a trial gave the case to; nil where none took it.
func (p *Plan) Shown(t *flow.Trial) []Binding {
	if t.Status != flow.Escalated {
		return nil
	}
	at := slices.IndexFunc(p.Nodes, func(n *Node) bool { return n.Name == t.End })
	if at < 0 {
		return nil
	}
	n := p.Nodes[at]
	switch {
	case t.Broke() != nil:
		return n.Broken.Show
	case n.Answer != nil:
		return n.In
	case n.Route == nil:
		return nil // a person answered before
	}
	for _, r := range t.Routes {
		if r.Step == n.Name && !r.Shadow && r.Branch >= 0 && r.Branch < len(n.Route.Branches) {
			return n.Route.Branches[r.Branch].Show
		}
	}
	return nil
}

// Given is what a node gets: of a decision, all that it reads.
func (n *Node) Given() []Binding {
	if n.Route == nil {
		return n.In
	}
	out := make([]Binding, len(n.Route.Reads))
	for i, r := range n.Route.Reads {
		out[i] = Binding{Name: r.Name, Type: n.Route.Schema.Fields()[i].Type, Value: Slot(r.Slot), Pos: n.Pos}
	}
	return out
}

// atHand are the values that are there when a case is at a node.
func (l *loader) atHand(n *Node) []Binding {
	out := values("input", l.wf.Input, 0, n.Pos)
	for _, d := range l.steps[:n.Index] {
		if d.inside || d.nested != nil || n.Group != nil && d.node.Group == n.Group {
			continue // not read by name, or at work side by side
		}
		out = append(out, values(d.node.Name, d.node.Out, d.node.OutSlot, n.Pos)...)
	}
	return out
}

// beside adds to a payload those of the values that it does not hold yet.
func (l *loader) beside(payload []Binding, e Edge, more []Binding) ([]Binding, Edge) {
	payload = slices.Clone(payload)
	var reads []expr.Read
	for _, b := range more {
		slot := int(b.Value.(Slot))
		if !holds(payload, slot) {
			payload = append(payload, b)
			reads = append(reads, expr.Read{Place: expr.Place{Index: slot}})
		}
	}
	return payload, e.and(l.edge(reads))
}

// place is the place of the frame whose value the binding is, and the name that
// the value has there; "" for one that is computed.
func (b Binding) place() (slot int, name string) {
	switch v := b.Value.(type) {
	case Slot:
		return int(v), b.Name
	case expr.Frame:
		if v.Program.Plain() {
			r := v.Program.Reads()[0]
			return r.Index, r.Name
		}
	}
	return -1, ""
}

// holds says whether a payload has the value in a place, as it stands.
func holds(payload []Binding, slot int) bool {
	return slices.ContainsFunc(payload, func(b Binding) bool {
		at, name := b.place()
		return name != "" && at == slot
	})
}

// and is the handoff of two payloads in one.
func (e Edge) and(other Edge) Edge {
	if len(other.Steps) > 0 && (len(e.Steps) == 0 || other.Steps[len(other.Steps)-1] > e.Steps[len(e.Steps)-1]) {
		e.From = other.From
	}
	e.UseInput = e.UseInput || other.UseInput
	e.Steps, e.Slots = union(e.Steps, other.Steps), union(e.Slots, other.Slots)
	return e
}

func union(a, b []int) []int {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
