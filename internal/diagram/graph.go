// Package diagram draws a design as a graph: its steps as boxes by actor, its
// decision points, where it hands a case to a team or writes into a system, and
// what happens when a handoff breaks. A graph may be filled with the counts of a
// run; it is then the map of handoffs.
//
//	g := diagram.Of(plan)
//	for t, err := range run.Trials(outcome) { … g.Count(t) }
//	g.SVG(w, diagram.Options{}) // or g.Mermaid(w)
package diagram

import (
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Kind is what a node stands for.
type Kind string

const (
	Input    Kind = "input"    // where cases come in
	Step     Kind = "step"     // work, an action, or a team's work as a step
	Group    Kind = "group"    // steps that work side by side
	Decision Kind = "decision" // a route
	Team     Kind = "team"     // people who take cases from the design
	System   Kind = "system"   // what an action writes into
	Outcome  Kind = "outcome"  // what the case ends with
	Failure  Kind = "failure"  // where a case ends that nobody receives
)

// Graph is a design as nodes and edges. Nodes are in the order of the design:
// the input, the steps as written, each group before its steps, the outcome; then
// systems, teams and the failure, each where there is one.
type Graph struct {
	Design string
	Title  string // "" where the design has none
	Nodes  []Node
	Edges  []Edge
	Trials int // counted by Count

	counted string // what Trials counts, where they are no trials
	plan    *design.Plan
	tools   map[string]bool // steps that others call: no case comes to them
	outcome int             // node
	nodes   []int           // of every step
	steps   []int           // of every node that is a step, or of a group's first
	out     []out           // of every step
}

// Node is a place where a case can be.
type Node struct {
	Kind  Kind
	Name  string     // as the design has it
	Note  string     // what it is, in a few words
	Actor flow.Actor // who does it; "" for nodes that do nothing
	In    int        // the node of the group that a step stands in; 0 for none
	// Visits are the trials that came here; Lost those for which a decision
	// point had no branch.
	Visits, Lost int
	// Unseen are the handoffs into it that only labels show to have failed, by
	// kind (see [Graph.Judge]); nil for none.
	Unseen map[flow.HandoffKind]int
}

// class is what colours a node: who does it, else its kind.
func (n *Node) class() string {
	if actorName[n.Actor] != "" {
		return string(n.Actor)
	}
	return string(n.Kind)
}

// EdgeKind is when an edge is taken.
type EdgeKind string

const (
	Next   EdgeKind = "next"   // what comes next
	Branch EdgeKind = "branch" // a branch of a decision point
	Broken EdgeKind = "broken" // when the handoff into a step broke, or what it gave
	Write  EdgeKind = "write"  // an action into its system
	Answer EdgeKind = "answer" // what people answer is the outcome
)

// Edge leads from a node to another; from a group, to its steps and to what comes
// after all of them. A handoff into a step or a team is counted at the edge by
// which the case came.
type Edge struct {
	From, To  int // in Nodes
	Kind      EdgeKind
	Because   string // a branch's reason; "" where it gives none
	Condition string // a branch's condition as written; "" for else
	// Used are the trials that went this way, and Failed those of them whose
	// handoff broke.
	Used, Failed int
}

// Label is what is written at the edge.
func (e *Edge) Label() string {
	switch {
	case e.Kind != Branch:
		return ""
	case e.Condition == "" && e.Because == "":
		return "else"
	case e.Condition == "":
		return "else: " + e.Because
	case e.Because == "":
		return e.Condition
	}
	return e.Because + ": " + e.Condition
}

// out are the edges that leave a step: -1 for one that it does not have.
type out struct {
	enter               int // from its group
	next, broken, write int
	branches            []int
}

// Of is the graph of a design, without counts.
func Of(p *design.Plan) *Graph {
	g := &Graph{Design: p.Design.Name, Title: p.Design.Title, plan: p}
	start := p.Workflow.Trigger
	if start == "" {
		start = "input"
	}
	g.node(Node{Kind: Input, Name: start, Note: "a case of " + p.Workflow.Name})
	g.steps = append(g.steps, -1)
	g.tools = map[string]bool{}
	for n := range p.Working() {
		if n.Args != nil {
			g.tools[n.Name] = true
		}
	}
	for i, n := range p.Nodes {
		node := stepNode(n)
		if grp := n.Group; grp != nil && i == grp.First {
			g.steps = append(g.steps, i)
			node.In = g.node(groupNode(grp))
		} else if grp != nil {
			node.In = g.Nodes[g.nodes[i-1]].In
		}
		g.nodes = append(g.nodes, g.node(node))
		g.steps = append(g.steps, i)
	}
	g.outcome = g.node(Node{Kind: Outcome, Name: "outcome", Note: strings.Join(p.Workflow.Outcome.Names(), ", ")})
	g.steps = append(g.steps, len(p.Nodes))
	g.edge(Edge{From: 0, To: g.entry(0), Kind: Next})
	for i, n := range p.Nodes {
		g.out = append(g.out, g.leave(i, n))
	}
	for i, n := range g.Nodes {
		if n.Kind == Team {
			g.edge(Edge{From: i, To: g.outcome, Kind: Answer})
		}
	}
	return g
}

// stepNode is the node of a step.
func stepNode(n *design.Node) Node {
	if n.Role == flow.Routing {
		return Node{Kind: Decision, Name: n.Name, Note: "decision"}
	}
	who := string(n.Actor)
	switch {
	case n.Answer != nil:
		who = n.Answer.Team
	case n.System != "" && n.Role != flow.Action:
		who = n.System
	}
	return Node{Kind: Step, Name: n.Name, Actor: n.Actor, Note: n.Kind + " · " + who}
}

// groupNode is the node of a group.
func groupNode(grp *design.Group) Node {
	note := "side by side"
	if grp.FirstFailure {
		note += " until the first failure"
	}
	return Node{Kind: Group, Name: grp.Name, Note: note}
}

// leave adds the edges out of a step.
func (g *Graph) leave(i int, n *design.Node) out {
	from := g.nodes[i]
	o := out{enter: -1, next: -1, broken: -1, write: -1}
	switch {
	case n.Role == flow.Routing:
		for _, b := range n.Route.Branches {
			o.branches = append(o.branches, g.branch(from, &b))
		}
	case n.Group != nil:
		in := g.Nodes[from].In
		if i == n.Group.First {
			o.next = g.edge(Edge{From: in, To: g.entry(n.Group.Last + 1), Kind: Next})
		} else {
			o.next = g.out[n.Group.First].next
		}
		o.enter = g.edge(Edge{From: in, To: from, Kind: Next})
	case n.Answer != nil && n.Answer.Final:
		o.next = g.edge(Edge{From: from, To: g.outcome, Kind: Next})
	default:
		o.next = g.edge(Edge{From: from, To: g.entry(i + 1), Kind: Next})
	}
	if n.Role == flow.Action && n.System != "" {
		note := "system"
		if n.Owner != "" {
			note = "owned by " + n.Owner
		}
		o.write = g.edge(Edge{From: from, To: g.node(Node{Kind: System, Name: n.System, Note: note}), Kind: Write})
	}
	switch {
	case n.Answer != nil: // people take a case as it comes: no handoff to them ends elsewhere
	case n.Group != nil && n.Broken.Mode == design.Continue: // and its group goes on
	default:
		o.broken = g.edge(Edge{From: from, To: g.afterBroken(i, n), Kind: Broken})
	}
	return o
}

// branch adds the edge of one way out of a decision point.
func (g *Graph) branch(from int, b *design.Branch) int {
	e := Edge{From: from, Kind: Branch, Because: b.Because, Condition: b.Source}
	switch {
	case b.Team != "":
		e.To = g.place(Team, b.Team, "people")
	case b.End:
		e.To = g.outcome
	default:
		e.To = g.entry(b.To)
	}
	return g.edge(e)
}

// afterBroken is where a case goes when its handoff into a step broke.
func (g *Graph) afterBroken(i int, n *design.Node) int {
	switch {
	case n.Broken.Mode == design.Escalate:
		return g.place(Team, n.Broken.Team, "people")
	case n.Broken.Mode == design.Continue && n.Role != flow.Routing:
		return g.entry(i + 1)
	}
	return g.place(Failure, "failed", "nobody receives the case")
}

// entry is the node at which a case comes to a step: that of its group where it
// stands in one, the outcome behind the last step.
func (g *Graph) entry(step int) int {
	if step == len(g.nodes) {
		return g.outcome
	}
	if in := g.Nodes[g.nodes[step]].In; in > 0 {
		return in
	}
	return g.nodes[step]
}

// place is the one node of a kind and a name.
func (g *Graph) place(k Kind, name, note string) int {
	for i := range g.Nodes {
		if g.Nodes[i].Kind == k && g.Nodes[i].Name == name {
			return i
		}
	}
	return g.node(Node{Kind: k, Name: name, Note: note})
}

func (g *Graph) node(n Node) int {
	g.Nodes = append(g.Nodes, n)
	return len(g.Nodes) - 1
}

func (g *Graph) edge(e Edge) int {
	g.Edges = append(g.Edges, e)
	return len(g.Edges) - 1
}
