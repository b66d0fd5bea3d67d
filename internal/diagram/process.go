package diagram

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
)

// Activity is work in a process as it is today.
type Activity struct {
	Name  string
	Note  string // who does it, and how long, in a few words
	Times int
}

// Way is work that follows other work. From and To are indices of activities; -1
// stands for where cases begin, and where they end.
type Way struct {
	From, To int
	Times    int
}

// OfProcess is the graph of a process as a log shows it, filled with how often
// each way was taken by so many cases. Ways back are drawn up the left side.
func OfProcess(name string, cases int, activities []Activity, ways []Way) *Graph {
	g := &Graph{Design: name, Trials: cases, counted: "case"}
	g.node(Node{Kind: Input, Name: "start", Note: "a case comes", Visits: cases})
	for _, a := range activities {
		g.node(Node{Kind: Step, Name: a.Name, Note: a.Note, Actor: flow.Person, Visits: a.Times})
	}
	g.outcome = g.node(Node{Kind: Outcome, Name: "end", Note: fmt.Sprint(cases), Visits: cases})
	for _, w := range ways {
		to := w.To + 1
		if w.To < 0 {
			to = g.outcome
		}
		g.edge(Edge{From: w.From + 1, To: to, Kind: Next, Used: w.Times})
	}
	return g
}
