package design

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/prove"
)

// next are the nodes that may follow a node.
func (n *Node) next(nodes int) (after []int) {
	if n.Route == nil {
		if n.Index+1 < nodes {
			return []int{n.Index + 1}
		}
		return nil
	}
	for _, b := range n.Route.Branches {
		if b.To >= 0 {
			after = append(after, b.To)
		}
		if b.When == nil {
			break
		}
	}
	return after
}

// reach are the nodes that some route leads to, from a node on.
func (l *loader) reach(from int) []bool {
	reached := make([]bool, len(l.plan.Nodes))
	if from < len(reached) {
		reached[from] = true
	}
	for i, n := range l.plan.Nodes {
		if reached[i] {
			for _, j := range n.next(len(reached)) {
				reached[j] = true
			}
		}
	}
	return reached
}

func unreachableSteps(l *loader, warn report) {
	for i, reached := range l.reach(0) {
		if d := l.steps[i]; !reached && !d.inside && !d.exit {
			warn(d.node.Pos, fmt.Sprintf("step %q is never reached", d.node.Name), "no route leads to it")
		}
	}
}

// routes are the decision points of the design's own file, with the paths that
// lead to each.
func (l *loader) routes(do func(n *Node, to []trail)) {
	for _, n := range l.own() {
		if n.Route == nil || len(l.paths.to[n.Index]) == 0 {
			continue
		}
		var to []trail
		for _, t := range l.paths.to[n.Index] {
			to = append(to, t.step(n.Index))
		}
		do(n, to)
	}
}

func openRoutes(l *loader, warn report) {
	l.routes(func(n *Node, to []trail) {
		var conditions []prove.Condition
		for _, b := range n.Route.Branches {
			if b.When == nil {
				return
			}
			if c, ok := l.paths.condition(n, b); ok {
				conditions = append(conditions, c)
			}
		}
		if why := l.paths.left(to, conditions); why != "" {
			warn(n.Pos, fmt.Sprintf("route %q %s", n.Name, why), "end it with - else: step, or - escalate: team; a case that meets none is undelivered")
		}
	})
}

// listed are values in one sentence.
func listed(values []prove.Value) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return strings.Join(out, " and ")
}

func deadBranches(l *loader, warn report) {
	l.routes(func(n *Node, to []trail) {
		var before []prove.Condition
		for i, b := range n.Route.Branches {
			c, ok := l.paths.condition(n, b)
			if ok && l.paths.impossible(to, append(before, c)...) {
				hint := "the ones before take them all"
				if l.paths.impossible(to, c) {
					hint = "its condition never holds here"
				}
				warn(b.Pos, "no case comes to this branch", hint)
			}
			if ok {
				before = append(before, c.Not())
			}
			if b.When == nil && i+1 < len(n.Route.Branches) {
				warn(n.Route.Branches[i+1].Pos, "no case comes to this branch", "the one before takes them all; else stands last")
				break
			}
		}
	})
}

// impossible says whether conditions hold together on none of the paths.
func (p *paths) impossible(to []trail, held ...prove.Condition) bool {
	if len(to) > 0 && p.budget.Spent() {
		return false
	}
	if p.contradiction(to, held) {
		return true
	}
	for _, t := range to {
		if p.together(t, held...) != prove.Never {
			return false
		}
	}
	return true
}

// contradiction says whether conditions cannot hold together, whichever path is
// taken. That is asked once, and mostly enough.
func (p *paths) contradiction(to []trail, held []prove.Condition) bool {
	return len(to) > 1 && p.together(merge(to), held...) == prove.Never
}

func noEscalation(l *loader, warn report) {
	for _, model := range l.plan.Nodes {
		if model.Actor != flow.AI || model.Answer != nil || l.steps[model.Index].inside {
			continue
		}
		if !l.escapes(model) {
			warn(model.Pos, fmt.Sprintf("step %q is done by a model, and no route after it escalates to a team", model.Name), "a route with - when: …confidence < params.cutoff and escalate: team")
			return
		}
	}
}

// escapes says whether a person may take a case after a step.
func (l *loader) escapes(from *Node) bool {
	for i, reached := range l.reach(from.Index) {
		n := l.plan.Nodes[i]
		if !reached {
			continue
		}
		if n.Answer != nil {
			return true
		}
		if n.Route != nil {
			for _, b := range n.Route.Branches {
				if b.Team != "" {
					return true
				}
			}
		}
	}
	return false
}

// uncalibratedCutoffs finds what compares a stated confidence with a number. A
// probability that a rule works out or a table holds is taken for what it says.
func uncalibratedCutoffs(l *loader, advise report) {
	stated := func(n *Node) bool {
		return n.Step != nil && !calibrated(n.Step) && (n.Actor == flow.AI || n.Kind == "vote" || n.Kind == "retrieve")
	}
	for _, n := range l.own() {
		if n.Route == nil {
			continue
		}
		said := map[string]bool{}
		for _, b := range n.Route.Branches {
			f, ok := b.When.(expr.Frame)
			if !ok {
				continue
			}
			for _, r := range f.Program.Reads() {
				i := l.owner(r.Index)
				if i < 0 || r.Type.Kind != flow.Probability || said[r.Name] || !stated(l.plan.Nodes[i]) {
					continue
				}
				said[r.Name] = true
				advise(b.Pos, fmt.Sprintf("a cutoff on %s, which nothing calibrates: 0.9 need not mean that nine of ten are right", r.Name), "choose the cutoff by measuring, and measure again when the model changes; or let a classify step learn from the answer")
			}
		}
	}
}

// calibrated says whether a step learns how often it is right from labelled
// cases: one that learns may learn what to say alone.
func calibrated(s flow.Step) bool {
	if some, ok := s.(flow.Selective); ok {
		_, calibration := some.LearnsFrom()
		return calibration != 0
	}
	_, learns := s.(flow.Fitter)
	return learns
}

func unownedOutcomes(l *loader, advise report) {
	end := len(l.plan.Nodes)
	if len(l.wf.Systems) == 0 {
		return // the workflow does not say where outcomes go
	}
	for _, t := range l.paths.to[end] {
		if l.held(t) {
			continue
		}
		for i := end - 1; i >= 0; i-- {
			if n := l.plan.Nodes[i]; t.ran[i] && !l.steps[i].inside {
				advise(n.Pos, fmt.Sprintf("a case may end after step %q without an action or a person", n.Name), "an action with system and owner, which receives the outcome")
				return
			}
		}
	}
}

// held says whether an action or a person lies on a path.
func (l *loader) held(t trail) bool {
	for i, n := range l.plan.Nodes {
		if t.may[i] && (n.Role == flow.Action || n.Answer != nil) {
			return true
		}
	}
	return false
}
