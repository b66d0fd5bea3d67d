package design

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// routeKeys are the keys of a step of kind route.
type routeKeys struct {
	Routes []branchKeys `yaml:"routes" jsonschema:"minItems=1"`
}

// branchKeys are the keys of one branch.
type branchKeys struct {
	Pos      flow.Pos    `yaml:",pos"`
	When     *flow.Text  `yaml:"when"`
	To       *flow.Text  `yaml:"to"`
	Else     *flow.Text  `yaml:"else"`
	Escalate *flow.Text  `yaml:"escalate"`
	End      *bool       `yaml:"end"`
	Because  string      `yaml:"because,omitempty"`
	Show     []flow.Text `yaml:"show,omitempty"`
}

// route compiles a decision point.
func (l *loader) route(d *draft) {
	var k routeKeys
	l.doc.Decode(d.rest, &k, l.diags)
	n := d.node
	n.Route = &Route{}
	n.Schema = flow.NewSchema()
	for _, need := range d.keys.Needs {
		l.diags.Add(need.Pos, `a route has no "needs"`, "it needs what its conditions read")
	}
	if len(k.Routes) == 0 && len(l.diags.Errors()) == 0 {
		l.diags.Add(d.at, "a route without branches", "")
	}
	env := l.env(n.Index)
	var reads []expr.Read
	names := map[string]bool{}
	var fields []flow.Field
	for i, b := range k.Routes {
		from := len(l.uses)
		branch, p := l.branch(n, b, env)
		for j := range l.uses[from:] {
			u := &l.uses[from+j]
			u.branch, u.taken = i+1, u.pos != branch.Pos
		}
		n.Route.Branches = append(n.Route.Branches, branch)
		if p == nil {
			continue
		}
		reads = append(reads, p.Reads()...)
		for _, r := range p.Reads() {
			if !names[r.Name] {
				names[r.Name] = true
				n.Route.Reads = append(n.Route.Reads, Read{Name: r.Name, Slot: r.Index})
				fields = append(fields, flow.Field{Name: r.Name, Type: r.Type})
			}
		}
	}
	n.Route.Schema = flow.NewSchema(fields...)
	n.Edge = l.edge(reads)
	l.computed(reads)
}

// branch compiles one way out of a decision point, and its condition.
func (l *loader) branch(n *Node, k branchKeys, env *expr.Env) (Branch, *expr.Program) {
	b := Branch{To: -1, Pos: k.Pos, Because: k.Because}
	var p *expr.Program
	switch {
	case k.When != nil && k.Else != nil:
		l.diags.Add(k.Else.Pos, "a branch with both a condition and else", "else: step stands for itself; after when comes to: step")
	case k.When != nil:
		b.Pos, b.Source = k.When.Pos, k.When.Value
		if p = l.compile(*k.When, flow.Type{Kind: flow.Boolean}, n.Index, env); p != nil {
			b.When = p.Frame()
		}
	}
	given := 0
	for _, target := range []*flow.Text{k.To, k.Else} {
		if target == nil {
			continue
		}
		given++
		if target.Value == "end" {
			b.End = true
			continue
		}
		b.To, b.Name = l.target(n, *target), target.Value
	}
	if k.End != nil && *k.End {
		given++
		b.End = true
	}
	if k.Escalate != nil {
		given++
		b.Team = k.Escalate.Value
		l.team(*k.Escalate)
		if b.Because == "" {
			b.Because = "by_design"
		}
		l.show(n, &b, k.Show, env)
	} else if len(k.Show) > 0 {
		l.diags.Add(k.Show[0].Pos, `"show" says what a team receives, and this branch goes to none`, "")
	}
	if given != 1 {
		l.diags.Add(k.Pos, fmt.Sprintf("a branch with %d ways to go", given), "exactly one of to, else, escalate and end")
	}
	return b, p
}

// target is the index of the step that a branch goes on with, which comes
// later.
func (l *loader) target(n *Node, to flow.Text) int {
	var later []string
	if g := l.groupNamed(to.Value); g != nil && g.First > n.Index {
		return g.First
	}
	for i, d := range l.steps {
		name := d.node.Name
		switch {
		case d.nested != nil:
			name = d.nested.exit.node.Name // where the case is handed on
		case d.inside || d.exit:
			continue
		}
		if i <= n.Index {
			if name == to.Value && to.Value != "" {
				l.diags.Add(to.Pos, fmt.Sprintf("a route back to step %q", to.Value), "routes go to later steps")
				return -1
			}
			continue
		}
		if g := d.node.Group; g != nil && d.node.Name == to.Value {
			l.diags.Add(to.Pos, fmt.Sprintf("step %q stands in parallel group %q", to.Value, g.Name), "to: "+g.Name)
			return -1
		} else if g != nil {
			if g.First == i {
				later = append(later, g.Name)
			}
			continue
		}
		if name == to.Value {
			return i
		}
		later = append(later, name)
	}
	if _, team := l.wf.Team(to.Value); team {
		l.diags.Add(to.Pos, fmt.Sprintf("%q is a team, not a step", to.Value), "escalate: "+to.Value)
		return -1
	}
	l.diags.Add(to.Pos, fmt.Sprintf("unknown step %q", to.Value), diag.Suggest(to.Value, append(later, "end")))
	return -1
}

// show compiles what a team receives: named values, or all of a step's; the
// case's input where nothing is named; beside it what the team needs.
func (l *loader) show(n *Node, b *Branch, show []flow.Text, env *expr.Env) {
	if show == nil {
		show = []flow.Text{{Value: "input", Pos: b.Pos}}
	}
	var reads []expr.Read
	seen := map[string]bool{}
	add := func(name string, at flow.Pos) {
		if seen[name] {
			return
		}
		seen[name] = true
		p := l.compile(flow.Text{Value: name, Pos: at}, expr.Anything, n.Index, env)
		if p == nil {
			return
		}
		if !p.Plain() {
			l.diags.Add(at, fmt.Sprintf("%q is no name of a value", name), "show names values, such as extract.amount, or steps")
			return
		}
		b.Show = append(b.Show, Binding{Name: name, Type: p.Type(), Value: p.Frame(), Pos: at})
		reads = append(reads, p.Reads()...)
	}
	for _, s := range show {
		group := l.group(s.Value, n.Index)
		for _, field := range group.Names() {
			add(s.Value+"."+field, s.Pos)
		}
		if group.Len() == 0 {
			add(s.Value, s.Pos)
		}
	}
	b.Show, b.Edge = l.escalated(n, b.Team, b.Show, l.edge(reads))
	team, _ := l.wf.Team(b.Team)
	b.Needs = FindNeeds(team.Needs, b.Show)
	l.computed(reads)
}

// group is what a name stands for as a whole: the input, or an earlier step's
// output; nil for anything else.
func (l *loader) group(name string, before int) *flow.Schema {
	if name == "input" {
		return l.wf.Input
	}
	for _, d := range l.steps[:before] {
		if d.node.Name == name && name != "" {
			return d.node.Out
		}
	}
	return nil
}

// humanKeys are the keys of a step of kind human.
type humanKeys struct {
	Team    flow.Text   `yaml:"team"`
	Decides []flow.Text `yaml:"decides,omitempty"`
	// Confirms is what the team is shown for the fields it decides.
	Confirms *yaml.Node `yaml:"confirms" schema:"texts"`
}

// human reads a team's work as a step: it gives the outcome fields that the
// team decides, all of them where it does not say.
func (l *loader) human(d *draft) {
	var k humanKeys
	l.doc.Decode(d.rest, &k, l.diags)
	l.refuse(d, "human step", d.keys.Out, "out")
	if k.Team.Pos.Line > 0 {
		l.team(k.Team)
	}
	if a := d.keys.Actor; a != nil && a.Value != string(flow.Person) {
		l.diags.Add(a.Pos, fmt.Sprintf("a human step done by %q", a.Value), "its actor is person")
	}
	if k.Decides == nil {
		for _, f := range l.wf.Outcome.Names() {
			k.Decides = append(k.Decides, flow.Text{Value: f})
		}
	}
	answer := &Answer{Team: k.Team.Value}
	var fields []flow.Field
	seen := map[string]bool{}
	for _, f := range k.Decides {
		i := l.wf.Outcome.Index(f.Value)
		switch {
		case i < 0:
			l.diags.Add(f.Pos, fmt.Sprintf("the workflow's outcome has no field %q", f.Value), diag.Suggest(f.Value, l.wf.Outcome.Names()))
		case seen[f.Value]:
			l.diags.Add(f.Pos, fmt.Sprintf("field %q twice", f.Value), "")
		default:
			seen[f.Value] = true
			fields = append(fields, l.wf.Outcome.Fields()[i])
			answer.Fields = append(answer.Fields, f.Value)
		}
	}
	d.node.Out, d.node.Answer = flow.NewSchema(fields...), answer
	if k.Confirms == nil {
		return
	}
	d.confirms = l.doc.Texts(k.Confirms, `"confirms"`, l.diags)
	answer.Suggested = make([]Value, len(fields))
	if len(d.confirms) == 0 {
		l.diags.Add(l.doc.Pos(k.Confirms), `"confirms" suggests nothing`, "such as confirms: {"+answer.Fields[0]+": assess."+answer.Fields[0]+"}")
	}
}

// suggested compiles what a person is shown to confirm, and gives what it
// reads.
func (l *loader) suggested(d *draft) []expr.Read {
	n := d.node
	var reads []expr.Read
	for _, c := range d.confirms {
		i := slices.Index(n.Answer.Fields, c.Name)
		if i < 0 {
			l.diags.Add(c.Pos, fmt.Sprintf("the team does not decide %q", c.Name), diag.Suggest(c.Name, n.Answer.Fields))
			continue
		}
		want := n.Out.Fields()[i].Type
		want.Optional = true // nothing suggested: the person decides alone
		if p := l.compile(c.Text, want, n.Index, l.env(n.Index)); p != nil {
			n.Answer.Suggested[i] = p.Frame()
			reads = append(reads, p.Reads()...)
		}
	}
	return reads
}
