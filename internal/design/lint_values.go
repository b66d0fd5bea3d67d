package design

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/prove"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// gone is the condition that a value is absent.
func gone(source string) (prove.Condition, bool) {
	c, err := prove.Parse("(" + source + ") == null")
	return c, err == nil
}

// skippedSteps looks for a path on which what is read was not made. Conditions
// on the way may prove that it was.
func skippedSteps(l *loader, warn report) {
	for _, u := range l.uses {
		from := l.owner(u.read.Index)
		if from < 0 || u.certain() && l.always(u, from) {
			continue // what is missing on every path is a broken handoff
		}
		absent, ok := gone(u.read.Name)
		if !ok {
			continue
		}
		if !slices.ContainsFunc(l.paths.to[u.by], func(t trail) bool { return !t.ran[from] }) {
			continue
		}
		held := append(l.before(u), append(slices.Clip(u.when), absent)...)
		for _, t := range l.paths.to[u.by] {
			if !t.ran[from] && l.paths.together(t, held...) != prove.Never {
				warn(u.pos, fmt.Sprintf("%s reads %s, and a route may have jumped over step %q", l.reader(u), u.read.Name, l.plan.Nodes[from].Name), fmt.Sprintf("say what holds then: %s ?? …", u.read.Name))
				break
			}
		}
	}
}

// certain says whether every case that comes to the reader reads it: of a route
// its first condition.
func (u use) certain() bool { return len(u.when) == 0 && (u.branch == 0 || u.branch == 1 && !u.taken) }

// before are the conditions under which a branch reads something.
func (l *loader) before(u use) []prove.Condition {
	if u.branch == 0 || l.paths.budget.Spent() {
		return nil
	}
	var out []prove.Condition
	n := l.plan.Nodes[u.by]
	for i, b := range n.Route.Branches[:u.branch] {
		c, ok := l.paths.condition(n, b)
		switch {
		case !ok:
		case i+1 < u.branch:
			out = append(out, c.Not())
		case u.taken:
			out = append(out, c)
		}
	}
	return out
}

func (l *loader) reader(u use) string {
	switch {
	case u.tool != nil:
		return fmt.Sprintf("tool %q", u.tool.node.Name)
	case u.by == len(l.plan.Nodes):
		return "the outcome"
	}
	return fmt.Sprintf("step %q", l.plan.Nodes[u.by].Name)
}

// always says whether every path jumps over the step that gives what is read.
func (l *loader) always(u use, from int) bool {
	to := l.paths.to[u.by]
	return len(to) > 0 && !slices.ContainsFunc(to, func(t trail) bool { return t.may[from] })
}

// brokenHandoffs finds what no case can get through.
func brokenHandoffs(l *loader, fault report) {
	for _, u := range l.uses {
		if from := l.owner(u.read.Index); from >= 0 && u.certain() && l.always(u, from) {
			fault(u.pos, fmt.Sprintf("%s reads %s, and every path jumps over step %q", l.reader(u), u.read.Name, l.plan.Nodes[from].Name), "let a route lead through it, or take the value from elsewhere")
		}
	}
	for _, d := range l.steps {
		if d.inside || d.exit || len(l.paths.to[d.node.Index]) == 0 {
			continue
		}
		for _, b := range d.node.In {
			if absent, ok := l.demand(d.node, b); ok && l.paths.impossible(l.paths.to[d.node.Index], absent.Not()) {
				fault(b.Pos, fmt.Sprintf("%q of step %q is absent in every case, and the step cannot do without it", b.Name, d.node.Name), "give it a value, or do not ask for it")
			}
		}
		l.mismatched(d, fault)
	}
}

// demand is the condition that something is absent that a step cannot do
// without; false where it can.
func (l *loader) demand(n *Node, b Binding) (prove.Condition, bool) {
	f, ok := b.Value.(expr.Frame)
	if !ok || !b.Needed && !(n.Contract != nil && n.Contract.Schema.wants(b.Name)) {
		return prove.Condition{}, false
	}
	return gone(f.Program.Source())
}

func unmetNeeds(l *loader, warn report) {
	for _, d := range l.steps {
		if d.inside || d.exit {
			continue
		}
		for _, b := range l.unmet(d.node) {
			warn(b.Pos, fmt.Sprintf("step %q cannot do without %q, which may be absent, and nobody receives the case then", d.node.Name, b.Name), "on_broken_handoff: team, or continue_with, for the step")
		}
	}
}

// unmet are what a step cannot do without and may not get, where nothing is
// done then. What it never gets is a broken handoff.
func (l *loader) unmet(n *Node) []Binding {
	var out []Binding
	to := l.paths.to[n.Index]
	if n.Broken.Mode != Fail {
		return nil
	}
	for _, b := range n.In {
		if absent, ok := l.demand(n, b); ok && b.Type.Optional && !l.paths.impossible(to, absent) && !l.paths.impossible(to, absent.Not()) {
			out = append(out, b)
		}
	}
	return out
}

func noFallback(l *loader, warn report) {
	for _, d := range l.steps {
		n := d.node
		if n.Role == flow.Answer || d.inside || d.exit || len(l.unmet(n)) > 0 {
			continue // people take a case as it comes, other workflows see to theirs, and needs say more
		}
		if l.keys.Broken == nil && l.steps[n.Index].keys.Broken == nil {
			warn(n.Pos, fmt.Sprintf("nobody receives a case whose handoff to step %q breaks", n.Name), "on_broken_handoff: team for the step or the design; fail where that is meant")
		}
	}
}

// foreignWords finds words that a receiver's enum does not have. A text from a
// function may be anything: it is checked when it comes.
func foreignWords(l *loader, warn report) {
	end := len(l.plan.Nodes)
	for key, n := range yamldoc.Pairs(l.keys.Outcome) {
		i := l.wf.Outcome.Index(key.Value)
		if f, ok := l.plan.Outcome[i].(expr.Frame); ok {
			l.foreign(f.Program, l.wf.Outcome.Fields()[i].Type, l.paths.to[end], l.doc.Text(n).Pos, "the outcome's "+key.Value, warn)
		}
	}
	for _, d := range l.steps {
		if d.nested == nil {
			continue
		}
		for i, b := range d.node.In {
			if f, ok := b.Value.(expr.Frame); ok {
				l.foreign(f.Program, d.nested.plan.Workflow.Input.Fields()[i].Type, l.paths.to[d.node.Index], b.Pos, fmt.Sprintf("%s of workflow %s", b.Name, d.nested.plan.Workflow.Name), warn)
			}
		}
	}
}

func (l *loader) foreign(p *expr.Program, want flow.Type, to []trail, at flow.Pos, what string, warn report) {
	if want.Kind != flow.Enum {
		return
	}
	words := map[string]bool{}
	for _, w := range expr.Texts(p.Source()) {
		words[w] = true
	}
	for _, r := range p.Reads() {
		for _, w := range r.Type.Enum {
			words[w] = true
		}
	}
	for _, w := range slices.Sorted(maps.Keys(words)) {
		c, err := prove.Parse("(" + p.Source() + ") == " + strconv.Quote(w))
		if err != nil || slices.Contains(want.Enum, w) {
			continue
		}
		for _, t := range to {
			// What the way to here proves may hang on more than is understood;
			// the value itself may not.
			alone := trail{ran: t.ran, may: t.may}
			if l.paths.together(alone, c) == prove.Surely && l.paths.together(t, c) != prove.Never {
				warn(at, fmt.Sprintf("this may give %q, which is no word of %s", w, what), diag.Suggest(w, want.Enum))
				break
			}
		}
	}
}
