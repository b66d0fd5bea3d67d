package design

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Need is a name that a team or a system wants in every payload to it, with the
// fields of the payload whose name ends so: one of them has to have a value.
type Need struct {
	Name   string
	Fields []int // of the payload; none where it never has any
}

// lastPart is the last part of a name, such as amount of extract.amount.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// needs reads what a team or a system needs.
func (l *workflowLoader) needs(names []flow.Text) []string {
	var out []string
	for _, n := range names {
		switch {
		case !identifier.MatchString(n.Value):
			l.diags.Add(n.Pos, fmt.Sprintf("%q is no name of a value", n.Value), "the last part of a name alone, such as amount")
		case slices.Contains(out, n.Value):
			l.diags.Add(n.Pos, fmt.Sprintf("%q is needed twice", n.Value), "")
		default:
			out = append(out, n.Value)
		}
	}
	return out
}

// Met says whether a payload's values, aligned with its fields, hold the need.
func (n Need) Met(values []any) bool {
	return slices.ContainsFunc(n.Fields, func(i int) bool { return values[i] != nil })
}

// FindNeeds finds the needs of a receiver in what it gets.
func FindNeeds(needs []string, in []Binding) []Need {
	var out []Need
	for _, name := range needs {
		need := Need{Name: name}
		for i, b := range in {
			if lastPart(b.Name) == name {
				need.Fields = append(need.Fields, i)
			}
		}
		out = append(out, need)
	}
	return out
}

// receiverNeeds finds the needs of the team or system that a node hands its
// payload to.
func (l *loader) receiverNeeds(n *Node) {
	if n.Answer != nil {
		team, _ := l.wf.Team(n.Answer.Team)
		n.Needs = FindNeeds(team.Needs, n.In)
		return
	}
	system, _ := l.wf.System(n.System)
	n.Needs = FindNeeds(system.Needs, n.In)
}

// lackedNeeds warns of payloads that never hold what their receiver needs.
func lackedNeeds(l *loader, warn report) {
	check := func(at flow.Pos, step, to string, needs []Need, hint string) {
		for _, need := range needs {
			if len(need.Fields) == 0 {
				warn(at, fmt.Sprintf("step %q hands %s no %q, which it needs", step, to, need.Name), hint)
			}
		}
	}
	for _, n := range l.own() {
		to := "system " + n.System
		if n.Answer != nil {
			to = "team " + n.Answer.Team
		}
		check(n.Pos, n.Name, to, n.Needs, "add it to in")
		if n.Route == nil {
			continue
		}
		for _, b := range n.Route.Branches {
			check(b.Pos, n.Name, "team "+b.Team, b.Needs, "neither the input nor a step before it has one")
		}
	}
}
