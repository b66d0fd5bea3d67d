package design

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Rule is one thing that a design is checked for beyond being readable. What
// a rule finds is a warning: the design runs, and does something that its
// author hardly meant.
type Rule struct {
	ID    string
	Doc   string // what it finds, and why that matters
	check func(*loader, func(flow.Pos, string, string))
}

// Rules are all rules, in the order in which they are checked.
var Rules = []Rule{
	{"unused-param", "a param that nothing reads: moving it changes nothing", unusedParams},
	{"unused-output", "a field that a step gives and nobody reads", unusedOutputs},
	{"unreachable-step", "a step that no route leads to", unreachableSteps},
	{"open-route", "a route without else: a case that meets none of its conditions is lost", openRoutes},
	{"dead-branch", "a branch behind one that takes every case", deadBranches},
	{"skipped-step", "a value read from a step that may have been jumped over", skippedSteps},
	{"no-escalation", "a model decides and nobody can take a case from it", noEscalation},
	{"unread-confidence", "a model's confidence that no route reads", unreadConfidence},
	{"no-fallback", "a broken handoff that nobody receives", noFallback},
	{"action-owner", "an action that nobody answers for", actionOwner},
	{"action-key", "an action without an idempotency key: done twice, it counts twice", actionKey},
	{"receiver-needs", "a team or a system that never gets what it needs", lackedNeeds},
	{"file-name", "a design whose file has another name", fileName},
}

// lint checks the rules, unless the design has errors: what cannot be read
// cannot be judged.
func (l *loader) lint() {
	if l.diags.Err() != nil {
		return
	}
	for _, r := range Rules {
		r.check(l, func(at flow.Pos, message, hint string) {
			*l.diags = append(*l.diags, diag.Diagnostic{Pos: at, Severity: diag.Warning, Rule: r.ID, Message: message, Hint: hint})
		})
	}
}

// own are the nodes that this design's file says, without those of other
// workflows that it hands cases to: they are checked in their own files.
func (l *loader) own() []*Node {
	var out []*Node
	for _, d := range l.steps {
		if !d.inside && !d.exit && d.nested == nil {
			out = append(out, d.node)
		}
	}
	return out
}

func unusedParams(l *loader, warn func(flow.Pos, string, string)) {
	for _, p := range l.plan.Design.Params {
		if !l.params[p.Name] {
			warn(p.Pos, fmt.Sprintf("param %q is never read", p.Name), "params."+p.Name)
		}
	}
}

func unusedOutputs(l *loader, warn func(flow.Pos, string, string)) {
	for _, n := range l.own() {
		if n.Role != flow.Work {
			continue // what a person or a system answers is worth having on record
		}
		out := l.steps[n.Index].keys.Out
		for i, f := range n.Out.Fields() {
			if !l.reads[n.OutSlot+i] && f.Type.Kind != flow.Probability {
				warn(l.doc.Pos(yamldoc.Find(out, f.Name)), fmt.Sprintf("%s.%s is never read", n.Name, f.Name), "")
			}
		}
	}
}

// next are the nodes that may follow a node, and whether the case may end
// there without a person.
func (n *Node) next(nodes int) (after []int, ends bool) {
	if n.Route == nil {
		if n.Index+1 < nodes {
			return []int{n.Index + 1}, false
		}
		return nil, true
	}
	for _, b := range n.Route.Branches {
		if b.To >= 0 {
			after = append(after, b.To)
		}
		ends = ends || b.End
		if b.When == nil {
			break
		}
	}
	return after, ends
}

func unreachableSteps(l *loader, warn func(flow.Pos, string, string)) {
	reached := make([]bool, len(l.plan.Nodes))
	for i, n := range l.plan.Nodes {
		if i == 0 {
			reached[0] = true
		}
		if !reached[i] {
			if l.steps[i].inside || l.steps[i].exit {
				continue
			}
			warn(n.Pos, fmt.Sprintf("step %q is never reached", n.Name), "no route leads to it")
			continue
		}
		after, _ := n.next(len(l.plan.Nodes))
		for _, j := range after {
			reached[j] = true
		}
	}
}

func openRoutes(l *loader, warn func(flow.Pos, string, string)) {
	for _, n := range l.own() {
		if n.Route == nil {
			continue
		}
		closed := false
		for _, b := range n.Route.Branches {
			closed = closed || b.When == nil
		}
		if !closed {
			warn(n.Pos, fmt.Sprintf("route %q has no else: a case that meets none of its conditions is undelivered", n.Name), "end it with - else: step, or - escalate: team")
		}
	}
}

func deadBranches(l *loader, warn func(flow.Pos, string, string)) {
	for _, n := range l.own() {
		if n.Route == nil {
			continue
		}
		for i, b := range n.Route.Branches {
			if b.When == nil && i+1 < len(n.Route.Branches) {
				warn(n.Route.Branches[i+1].Pos, "no case comes to this branch", "the one before takes them all; else stands last")
				break
			}
		}
	}
}

// skippedSteps follows every path and keeps the steps that lie on all of
// them.
func skippedSteps(l *loader, warn func(flow.Pos, string, string)) {
	count := len(l.plan.Nodes)
	done := make([][]bool, count+1) // by node, and the end: which nodes ran on every path to it
	join := func(to int, ran []bool) {
		if done[to] == nil {
			done[to] = append([]bool(nil), ran...)
			return
		}
		for i := range ran {
			done[to][i] = done[to][i] && ran[i]
		}
	}
	join(0, make([]bool, count))
	for i, n := range l.plan.Nodes {
		if done[i] == nil {
			continue
		}
		ran := append([]bool(nil), done[i]...)
		ran[i] = true
		after, ends := n.next(count)
		for _, j := range after {
			join(j, ran)
		}
		if ends {
			join(count, ran)
		}
	}
	for _, u := range l.uses {
		from := l.owner(u.read.Index)
		if from < 0 || done[u.by] == nil || done[u.by][from] {
			continue
		}
		by := "the outcome"
		if u.by < count {
			by = fmt.Sprintf("step %q", l.plan.Nodes[u.by].Name)
		}
		warn(u.pos, fmt.Sprintf("%s reads %s, and a route may have jumped over step %q", by, u.read.Name, l.plan.Nodes[from].Name), fmt.Sprintf("say what holds then: %s ?? …", u.read.Name))
	}
}

func noEscalation(l *loader, warn func(flow.Pos, string, string)) {
	var model *Node
	for _, n := range l.plan.Nodes {
		if n.Answer != nil {
			return
		}
		if n.Actor == flow.AI && model == nil {
			model = n
		}
		if n.Route != nil {
			for _, b := range n.Route.Branches {
				if b.Team != "" {
					return
				}
			}
		}
	}
	if model != nil {
		warn(model.Pos, fmt.Sprintf("step %q is done by a model, and no route escalates to a team", model.Name), "a route with - when: …confidence < params.cutoff and escalate: team")
	}
}

func unreadConfidence(l *loader, warn func(flow.Pos, string, string)) {
	for _, n := range l.own() {
		if n.Role != flow.Work {
			continue
		}
		for i, f := range n.Out.Fields() {
			if f.Type.Kind == flow.Probability && !l.reads[n.OutSlot+i] {
				warn(l.doc.Pos(yamldoc.Find(l.steps[n.Index].keys.Out, f.Name)), fmt.Sprintf("no route reads %s.%s", n.Name, f.Name), "cases of low confidence go on unseen")
			}
		}
	}
}

func noFallback(l *loader, warn func(flow.Pos, string, string)) {
	for _, d := range l.steps {
		n := d.node
		if n.Role == flow.Answer || d.inside || d.exit {
			continue // people take a case as it comes, and other workflows see to theirs
		}
		if l.keys.Broken == nil && l.steps[n.Index].keys.Broken == nil {
			warn(n.Pos, fmt.Sprintf("nobody receives a case whose handoff to step %q breaks", n.Name), "on_broken_handoff: team for the step or the design; fail where that is meant")
		}
	}
}

func actionOwner(l *loader, warn func(flow.Pos, string, string)) {
	for _, n := range l.own() {
		if n.Role == flow.Action && n.Owner == "" {
			warn(n.Pos, fmt.Sprintf("action %q has no owner", n.Name), "owner: who answers for it")
		}
	}
}

func actionKey(l *loader, warn func(flow.Pos, string, string)) {
	for _, n := range l.own() {
		if n.Role == flow.Action && yamldoc.Find(l.steps[n.Index].rest, "idempotency_key") == nil {
			warn(n.Pos, fmt.Sprintf("action %q has no idempotency key", n.Name), "idempotency_key: [in.field]")
		}
	}
}

func fileName(l *loader, warn func(flow.Pos, string, string)) {
	d := l.plan.Design
	if base := strings.TrimSuffix(filepath.Base(d.File), ".yaml"); base != d.Name {
		warn(l.keys.Design.Pos, fmt.Sprintf("design %q is in a file of another name", d.Name), "rename the file to "+d.Name+".yaml")
	}
}
