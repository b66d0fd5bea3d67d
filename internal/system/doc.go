// Package system reads systems of workflows: which workflows hand cases to
// which others, with what, and what they share.
//
//  1. [Load] reads a system's file with the workflows, designs and dataset
//     cards that it names, and says all that does not fit across them.
//  2. [Link.Send] makes what a receiver gets of a case from the sender's case,
//     its outcome, and the receiver's own columns.
//
// It replays nothing.
package system

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// System is what a system's file says.
type System struct {
	File     string
	Root     string // of the project
	Digest   string // sha256 of the file, hex
	Name     string
	Title    string
	Currency string
	// Members are the workflows, senders before their receivers; the first
	// receives from none.
	Members []*Member
	Links   []*Link // in the order of their receivers
	Teams   []Team
	Rules   []Rule
}

// Member is a workflow of the system with the design that it is rehearsed by.
type Member struct {
	Name string
	Pos  flow.Pos
	Plan *design.Plan
	// Workflow is the member's own, with the teams as the system states them.
	Workflow *design.Workflow
	Card     *dataset.Card
	Exchange float64 // units of the system's currency for one of the workflow's
	In       []*Link // from its senders; none for the first
	Set      map[string]string
}

// Link hands cases of one workflow to another.
type Link struct {
	From, To *Member
	// Column of the receiver's dataset holds the id of the sender's case.
	Column string
	When   string // the condition as written; "" for every case
	Pos    flow.Pos

	when *expr.Program
	in   []*expr.Program // aligned with the receiver's input; nil for its own column
	by   []string        // names of the fields that the link gives
}

// Given are the input fields of the receiver that the link gives a value.
func (l *Link) Given() []string { return l.by }

// Personal says whether what the link gives for a field is made from a
// personal field of the sender.
func (l *Link) Personal(field string) bool {
	p := l.in[l.To.Workflow.Input.Index(field)]
	if p == nil {
		return false
	}
	personal := map[string]bool{}
	for _, name := range l.From.Card.PersonalFields() {
		personal["input."+name], personal["outcome."+name] = true, true
	}
	for _, name := range l.To.Card.PersonalFields() {
		personal["own."+name] = true
	}
	for _, r := range p.Reads() {
		if personal[r.Name] {
			return true
		}
	}
	return false
}

// Team is one team that works for several workflows.
type Team struct {
	Name   string
	People int
	Wage   float64           // an hour, in the system's currency
	Is     map[string]string // workflow → what the team is called there
	Pos    flow.Pos
}

// Rule is a threshold that several workflows decide by.
type Rule struct {
	Name   string
	Value  string            // as written; "" where the workflows may differ
	Params map[string]string // workflow → param of its design
	// Differs is why the workflows may have values of their own.
	Differs string
	Pos     flow.Pos
}

// Member is the member of that name; nil where there is none.
func (s *System) Member(name string) *Member {
	for _, m := range s.Members {
		if m.Name == name {
			return m
		}
	}
	return nil
}
