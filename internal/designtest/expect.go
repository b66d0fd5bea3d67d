package designtest

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// check is one thing that is expected.
type check struct {
	at   flow.Pos
	what string
	want string
	// holds says what happened, in words, and whether it is what is expected.
	holds func(*ran) (got string, ok bool)
}

// expecting reads what a test expects.
type expecting struct {
	*loader
	checks []check
}

func (l *expecting) add(at flow.Pos, what, want string, holds func(*ran) (string, bool)) {
	l.checks = append(l.checks, check{at, what, want, holds})
}

// read turns the keys of expect into checks, those first that say most.
func (l *expecting) read(k *expectKeys) {
	l.disposition(k)
	l.escalation(k)
	l.routes(k.Routes)
	l.outcome(k.Outcome, "outcome", func(x *ran) ([]any, string) { return x.trial.Outcome, x.ending() })
	l.outcome(k.Shadow, "shadow", func(x *ran) ([]any, string) { return x.trial.Shadow, x.unshadowed() })
	l.failures(k.Failures)
	l.shown(k.Shown)
	l.steps(k.Steps)
	l.received(k.Received)
	l.suggested(k.Suggested)
	for _, name := range k.NotRun {
		if n := l.node(name.Value, name.Pos); n != nil {
			l.add(name.Pos, "not_run", name.Value+" does not run", func(x *ran) (string, bool) { return "it ran", !x.hasRun(n) })
		}
	}
}

func (l *expecting) disposition(k *expectKeys) {
	d := k.Disposition
	if d == nil {
		return
	}
	all := []string{string(flow.Automated), string(flow.Escalated), string(flow.Failed), string(flow.NotMeasured)}
	switch {
	case !contains(all, d.Value):
		l.diags.Add(d.Pos, fmt.Sprintf("unknown disposition %q", d.Value), diag.Suggest(d.Value, all))
	case d.Value != string(flow.Escalated) && (k.EscalatedTo != nil || k.Because != nil || k.Shown != nil || k.Shadow != nil):
		l.diags.Add(d.Pos, fmt.Sprintf("the case cannot be %q and with a person", d.Value), "escalated_to, because, shown and shadow are for disposition: escalated")
	case d.Value != string(flow.Automated) && d.Value != string(flow.Escalated) && k.Outcome != nil:
		l.diags.Add(d.Pos, fmt.Sprintf("a case that is %q has no outcome", d.Value), "")
	}
	l.add(d.Pos, "disposition", d.Value, func(x *ran) (string, bool) { return x.ending(), string(x.trial.Status) == d.Value })
}

func (l *expecting) escalation(k *expectKeys) {
	teams, reasons := escalations(l.plan)
	if e := k.EscalatedTo; e != nil {
		if !contains(teams, e.Value) {
			message, hint := fmt.Sprintf("the design gives no case to %q", e.Value), diag.Suggest(e.Value, teams)
			if len(teams) == 0 {
				hint = "it escalates nothing"
			}
			l.diags.Add(e.Pos, message, hint)
		}
		l.add(e.Pos, "escalated_to", e.Value, func(x *ran) (string, bool) { return x.ending(), x.trial.Team == e.Value })
	}
	if b := k.Because; b != nil {
		if !contains(reasons, b.Value) {
			l.diags.Add(b.Pos, fmt.Sprintf("the design escalates nothing because of %q", b.Value), diag.Suggest(b.Value, reasons))
		}
		l.add(b.Pos, "because", b.Value, func(x *ran) (string, bool) {
			return x.ending(), x.trial.Status == flow.Escalated && x.trial.Reason == b.Value
		})
	}
}

// escalations are the teams that a design gives cases to, and the reasons.
func escalations(p *design.Plan) (teams, reasons []string) {
	add := func(team, reason string) {
		if !contains(teams, team) {
			teams = append(teams, team)
		}
		if !contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	for _, n := range p.Nodes {
		if n.Route != nil {
			for i := range n.Route.Branches {
				if b := &n.Route.Branches[i]; b.Team != "" {
					add(b.Team, b.Because)
				}
			}
		}
		if n.Answer != nil {
			add(n.Answer.Team, "by_design")
		}
		if n.Broken.Mode == design.Escalate && n.Role != flow.Answer {
			add(n.Broken.Team, "broken_handoff")
		}
	}
	return teams, reasons
}

func (l *expecting) routes(routes flow.Texts) {
	for _, r := range routes {
		n := l.node(r.Name, r.Pos)
		if n == nil {
			continue
		}
		if n.Route == nil {
			l.diags.Add(r.Pos, fmt.Sprintf("step %q is no decision point", r.Name), "what it gives is expected under steps")
			continue
		}
		var targets []string
		for i := range n.Route.Branches {
			if to := l.plan.Target(&n.Route.Branches[i]); !contains(targets, to) {
				targets = append(targets, to)
			}
		}
		if !contains(targets, r.Text.Value) {
			l.diags.Add(r.Text.Pos, fmt.Sprintf("no branch of %q goes to %q", r.Name, r.Text.Value), diag.Suggest(r.Text.Value, targets))
		}
		l.add(r.Pos, "routes."+r.Name, r.Text.Value, func(x *ran) (string, bool) {
			to, reached := x.taken(r.Name)
			if !reached {
				return "it was not reached: " + x.ending(), false
			}
			return to, to == r.Text.Value
		})
	}
}

// outcome expects fields of the final outcome, or of the shadow one. They are
// compared as the workflow compares them with labels.
func (l *expecting) outcome(n *yaml.Node, what string, of func(*ran) (values []any, none string)) {
	s := l.wf.Outcome
	for _, e := range l.entries(n, what, what+": {"+example(s)+"}") {
		i, want, ok := l.value(e, s, "the workflow's outcome")
		if !ok {
			continue
		}
		c, f := l.wf.Compare[i], s.Fields()[i]
		if c.Kind == design.Ignore {
			c = comparator(f.Type)
		}
		l.add(e.at, what+"."+e.name, show(want, f.Type), func(x *ran) (string, bool) {
			values, none := of(x)
			if values == nil {
				return none, false
			}
			return show(values[i], f.Type), same(c, values[i], want)
		})
	}
	if n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("%q expects no field", what), "such as "+what+": {"+example(s)+"}")
	}
}

// shown expects values among those that a team gets with an escalation.
func (l *expecting) shown(n *yaml.Node) {
	names := map[string]design.Binding{}
	var known []string
	add := func(show []design.Binding) {
		for _, s := range show {
			if _, have := names[s.Name]; !have {
				known = append(known, s.Name)
			}
			names[s.Name] = s
		}
	}
	for _, node := range l.plan.Nodes {
		if node.Route != nil {
			for _, b := range node.Route.Branches {
				add(b.Show)
			}
		}
		for _, s := range node.Broken.Show {
			if !strings.HasPrefix(s.Name, "in.") { // computed for the step alone
				add([]design.Binding{s})
			}
		}
	}
	for _, e := range l.entries(n, "shown", "shown: {input.text: hello}") {
		b, ok := names[e.name]
		if !ok {
			l.diags.Add(e.at, fmt.Sprintf("the design shows no %q to a person", e.name), diag.Suggest(e.name, known))
			continue
		}
		want := l.doc.Value(e.value, b.Type, e.name, l.diags)
		l.add(e.at, "shown "+e.name, show(want, b.Type), func(x *ran) (string, bool) {
			got, why := x.shown(e.name)
			if why != "" {
				return why, false
			}
			return show(got, b.Type), same(comparator(b.Type), got, want)
		})
	}
}

// steps expects what steps give.
func (l *expecting) steps(n *yaml.Node) {
	for _, e := range l.entries(n, "steps", "steps: {extract: {amount: 10}}") {
		node := l.node(e.name, e.at)
		if node == nil {
			continue
		}
		if node.Route != nil {
			l.diags.Add(e.at, fmt.Sprintf("step %q is a decision point", e.name), "where it goes is expected under routes")
			continue
		}
		l.add(e.at, "steps."+e.name, "an answer", func(x *ran) (string, bool) {
			_, why := x.gave(node)
			return why, why == ""
		})
		for _, f := range l.entries(e.value, e.name, fmt.Sprintf("steps: {%s: {%s}}", e.name, example(node.Out))) {
			l.field(f, node.Out, fmt.Sprintf("what step %q gives", e.name), "steps."+e.name, func(x *ran) ([]any, string) { return x.gave(node) })
		}
	}
}

// received expects what steps are handed: of an action, what it does.
func (l *expecting) received(n *yaml.Node) {
	for _, e := range l.entries(n, "received", "received: {post: {amount: 10}}") {
		node := l.node(e.name, e.at)
		if node == nil {
			continue
		}
		if node.Step == nil {
			l.diags.Add(e.at, fmt.Sprintf("what step %q receives is not kept", e.name), "expect what the steps before it give, under steps")
			continue
		}
		l.add(e.at, "received."+e.name, "it runs", func(x *ran) (string, bool) {
			_, why := x.received(node)
			return why, why == ""
		})
		for _, f := range l.entries(e.value, e.name, fmt.Sprintf("received: {%s: {%s}}", e.name, example(node.Schema))) {
			l.field(f, node.Schema, fmt.Sprintf("what step %q receives", e.name), "received."+e.name, func(x *ran) ([]any, string) { return x.received(node) })
		}
	}
}

// suggested expects what a person is shown to confirm.
func (l *expecting) suggested(n *yaml.Node) {
	for _, e := range l.entries(n, "suggested", "suggested: {review: {decision: hold}}") {
		node := l.node(e.name, e.at)
		if node == nil {
			continue
		}
		if node.Answer == nil || node.Answer.Suggested == nil {
			l.diags.Add(e.at, fmt.Sprintf("at step %q nobody is shown what to confirm", e.name), "it is for steps of kind human with confirms")
			continue
		}
		whose, what := fmt.Sprintf("what step %q decides", e.name), "suggested."+e.name
		l.add(e.at, what, "something", func(x *ran) (string, bool) {
			_, why := x.suggested(node)
			return why, why == ""
		})
		for _, f := range l.entries(e.value, e.name, fmt.Sprintf("suggested: {%s: {%s}}", e.name, example(node.Out))) {
			l.field(f, node.Out, whose, what, func(x *ran) ([]any, string) { return x.suggested(node) })
		}
	}
}

// field expects one field of a message; where there is no message, the check
// of the message says so.
func (l *expecting) field(e entry, s *flow.Schema, whose, what string, of func(*ran) ([]any, string)) {
	i, want, ok := l.value(e, s, whose)
	if !ok {
		return
	}
	t := s.Fields()[i].Type
	l.add(e.at, what+"."+e.name, show(want, t), func(x *ran) (string, bool) {
		values, why := of(x)
		if why != "" {
			return why, true
		}
		return show(values[i], t), same(comparator(t), values[i], want)
	})
}

// comparator is how values of a type are compared where the workflow does not
// say.
func comparator(t flow.Type) design.Comparator {
	if t.Kind == flow.Number || t.Kind == flow.Probability || t.Kind == flow.Any {
		return design.Comparator{Kind: design.Number}
	}
	return design.Comparator{Kind: design.Exact}
}

// same says whether a value is what was expected; an absent one is equal to
// null alone.
func same(c design.Comparator, got, want any) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	return score.Equal(c, got, want) || c.Kind == design.Number && score.Equal(design.Comparator{Kind: design.Exact}, got, want)
}

// show is a value as a test file would have it.
func show(v any, t flow.Type) string {
	if v == nil {
		return "null"
	}
	return string(flow.AppendValue(nil, v, t.Kind == flow.Date))
}

func contains(all []string, s string) bool { return slices.Contains(all, s) }

// present says whether a mapping has a key; it is false for what is none.
func present(n *yaml.Node, key string) bool { return yamldoc.Find(n, key) != nil }
