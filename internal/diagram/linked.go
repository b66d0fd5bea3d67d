package diagram

import "github.com/rehearse-dev/rehearse/flow"

// Member is a workflow of a system of workflows.
type Member struct {
	Workflow, Design string
	Trigger          string // "" where nothing is said of it
}

// Link leads from one member to another, by their numbers.
type Link struct {
	From, To int
	When     string // "" for every case
}

// Linked is the graph of a system of workflows: its members in the order in
// which cases pass, and the links between them as branches. Cases of members
// that hand on to none end there.
func Linked(name, title string, members []Member, links []Link) *Graph {
	g := &Graph{Design: name, Title: title}
	start := "input"
	if len(members) > 0 && members[0].Trigger != "" {
		start = members[0].Trigger
	}
	g.node(Node{Kind: Input, Name: start, Note: "a case of " + name})
	last := make([]bool, len(members))
	for i, m := range members {
		g.node(Node{Kind: Step, Name: m.Workflow, Actor: flow.System, Note: "workflow · " + m.Design})
		last[i] = true
	}
	g.outcome = g.node(Node{Kind: Outcome, Name: "end", Note: "of the joint case"})
	g.edge(Edge{From: 0, To: 1, Kind: Next})
	for _, l := range links {
		last[l.From] = false
		kind := Branch
		if l.When == "" {
			kind = Next
		}
		g.edge(Edge{From: l.From + 1, To: l.To + 1, Kind: kind, Condition: l.When})
	}
	for i := range members {
		if last[i] {
			g.edge(Edge{From: i + 1, To: g.outcome, Kind: Next})
		}
	}
	return g
}
