package diagram

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Judge adds handoffs into a receiver, named as a record names it, that only
// labels show to have failed. What operation did not see broke no line: it
// stands at the box. Nothing is drawn of a receiver that the design does not
// have.
func (g *Graph) Judge(to string, kind flow.HandoffKind, times int) {
	at := g.receiver(to)
	if at < 0 || times == 0 {
		return
	}
	n := &g.Nodes[at]
	if n.Unseen == nil {
		n.Unseen = make(map[flow.HandoffKind]int)
	}
	n.Unseen[kind] += times
}

// receiver is the node that handoffs to that name lead to, -1 for none: a step,
// a team's step, a team, a group, or the outcome.
func (g *Graph) receiver(name string) int {
	is := func(found func(*design.Node) bool) int {
		if i := slices.IndexFunc(g.plan.Nodes, found); i >= 0 {
			return g.nodes[i]
		}
		return -1
	}
	if at := is(func(n *design.Node) bool { return n.Name == name && n.Answer == nil }); at >= 0 {
		return at
	}
	if at := is(func(n *design.Node) bool { return n.Answer != nil && n.Answer.Team == name }); at >= 0 {
		return at
	}
	if at := slices.IndexFunc(g.Nodes, func(n Node) bool { return (n.Kind == Team || n.Kind == Group) && n.Name == name }); at >= 0 {
		return at
	}
	if name == "outcome" || name == "end" {
		return g.outcome
	}
	return -1
}

// unseen is how many handoffs into a node failed against labels, in a word or
// two, "" for none.
func (n *Node) unseen() string {
	total := 0
	for _, times := range n.Unseen {
		total += times
	}
	if total == 0 {
		return ""
	}
	return thousands(total) + " by labels"
}

// toldUnseen is the same in a sentence, by kind.
func (n *Node) toldUnseen() string {
	var kinds []string
	for _, kind := range flow.HandoffKinds {
		if times := n.Unseen[kind]; times > 0 {
			kinds = append(kinds, fmt.Sprintf("%s %s", kind, thousands(times)))
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	return ", handoffs into it that only labels show to have failed: " + strings.Join(kinds, ", ")
}

// noted is what a node is, behind how many handoffs into it failed against
// labels, which a long note does not cut.
func (n *Node) noted(note string) string {
	if unseen := n.unseen(); unseen != "" {
		return unseen + " · " + note
	}
	return note
}

// visited is how many trials came to a node, with how many handoffs into it
// failed against labels; both are short, since the box is.
func (n *Node) visited() string {
	if unseen := n.unseen(); unseen != "" {
		return thousands(n.Visits) + ", " + unseen
	}
	return plural(n.Visits, "trial")
}
