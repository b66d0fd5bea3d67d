package design

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

const workflowKind = "workflow"

// nestedKeys are the keys of a step that hands the case to a design of another
// workflow.
type nestedKeys struct {
	Workflow flow.Text  `yaml:"workflow"` // its folder
	Design   flow.Text  `yaml:"design"`
	Params   *yaml.Node `yaml:"params" schema:"params"`
}

// nested is what a step hands the case to.
//
// The other design's nodes become nodes of this plan, named step.node, between
// an entry (step.input), which gives the other workflow's input, and an exit,
// which has the step's name and gives the other workflow's outcome. So they are
// traced, replaced by gold, recalled and recorded like all others, and an
// escalation there is one of this design. Their values lie in one stretch of
// the frame, which the other design's expressions see as theirs.
type nested struct {
	plan  *Plan
	exit  *draft
	entry int // index of the entry
	base  int // first slot of the stretch
}

// inside shows a value of the other plan its own stretch of the frame.
type inside struct {
	Value
	from, to int
}

func (v inside) Eval(frame []any) (any, error) { return v.Value.Eval(frame[v.from:v.to]) }

// nothing is a value that is always absent.
type nothing struct{}

func (nothing) Eval([]any) (any, error) { return nil, nil }

// passOn gives what it gets.
var passOn = flow.StepFunc(func(_ context.Context, in flow.Input) (flow.Output, error) {
	return flow.Output{Values: slices.Clone(in.Values)}, nil
})

// nest reads the other workflow and its design, and takes in its nodes after
// the step's own, which becomes the entry. It gives the first slot after them.
func (l *loader) nest(d *draft, slot int) int {
	var k nestedKeys
	l.doc.Decode(d.rest, &k, l.diags)
	l.refuse(d, "workflow step", d.keys.Out, "out")
	n := d.node
	n.Role, n.Actor, n.Out = flow.Work, flow.System, flow.NewSchema()
	if d.keys.Broken != nil && d.keys.Broken.continu != nil {
		l.diags.Add(d.keys.Broken.at, "continue_with for a workflow step", "a team's name, or fail: the other workflow's steps say for themselves what they go on with")
		d.keys.Broken.mistaken = true
	}
	other := l.otherPlan(d, k)
	if other == nil {
		return slot
	}
	d.ok = true
	name := n.Name
	n.Name, n.Out, n.Step = name+".input", other.Workflow.Input, passOn
	d.nested = &nested{plan: other, entry: n.Index, base: slot}
	for i, in := range other.Nodes {
		moved := d.nested.move(in, name)
		moved.Index = n.Index + 1 + i
		l.add(&draft{node: moved, at: d.at, ok: true, inside: true})
	}
	for _, g := range other.Groups {
		moved := *g
		moved.Name, moved.First, moved.Last = name+"."+g.Name, g.First+n.Index+1, g.Last+n.Index+1
		for _, in := range l.plan.Nodes[moved.First : moved.Last+1] {
			in.Group = &moved
		}
		l.plan.Groups = append(l.plan.Groups, &moved)
	}
	exit := &Node{
		Index: n.Index + 1 + len(other.Nodes), Name: name, Kind: workflowKind, Actor: flow.System, Pos: n.Pos,
		OutSlot: slot + other.Slots, Step: passOn,
	}
	var fields []flow.Field
	for i, f := range other.Workflow.Outcome.Fields() {
		b := Binding{Name: f.Name, Type: f.Type, Value: nothing{}, Pos: d.at}
		if other.Outcome[i] != nil {
			b.Value = d.nested.see(other.Outcome[i])
		} else {
			b.Type.Optional = true
		}
		exit.In = append(exit.In, b)
		fields = append(fields, flow.Field{Name: b.Name, Type: b.Type})
	}
	exit.Schema = flow.NewSchema(fields...)
	exit.Out = exit.Schema
	exit.Edge = Edge{From: n.Name, Steps: []int{n.Index}}
	if len(other.OutcomeEdge.Steps) > 0 {
		exit.Edge = d.nested.edge(other.OutcomeEdge, name)
	}
	d.nested.exit = &draft{node: exit, at: d.at, ok: true, exit: true}
	l.add(d.nested.exit)
	return exit.OutSlot + exit.Out.Len()
}

func (l *loader) add(d *draft) {
	l.steps = append(l.steps, d)
	l.plan.Nodes = append(l.plan.Nodes, d.node)
}

// see is a value of the other plan as this plan's frame holds it.
func (x *nested) see(v Value) Value {
	if v == nil {
		return nil
	}
	return inside{Value: v, from: x.base, to: x.base + x.plan.Slots}
}

// move is a node of the other plan as a node of this one.
func (x *nested) move(n *Node, name string) *Node {
	m := *n
	m.Name, m.OutSlot = name+"."+n.Name, n.OutSlot+x.base
	m.In, m.Edge = x.bindings(n.In), x.edge(n.Edge, name)
	m.Tools = slices.Clone(n.Tools)
	for i, t := range m.Tools {
		m.Tools[i] = x.move(t, name)
		m.Tools[i].ArgSlot += x.base
	}
	if n.Broken.Mode == Escalate {
		m.Broken.Show, m.Broken.Edge = x.shown(n.Broken.Show, name), x.edge(n.Broken.Edge, name)
	}
	if n.Route == nil {
		return &m
	}
	r := *n.Route
	r.Reads = slices.Clone(r.Reads)
	for i := range r.Reads {
		r.Reads[i].Slot += x.base
	}
	r.Branches = slices.Clone(r.Branches)
	for i := range r.Branches {
		b := &r.Branches[i]
		b.When, b.Show, b.Edge = x.see(b.When), x.shown(b.Show, name), x.edge(b.Edge, name)
		switch {
		case b.End:
			b.End, b.To, b.Name = false, x.entry+1+len(x.plan.Nodes), name
		case b.To >= 0:
			b.To, b.Name = b.To+x.entry+1, name+"."+b.Name
		}
	}
	m.Route = &r
	return &m
}

func (x *nested) bindings(in []Binding) []Binding {
	out := slices.Clone(in)
	for i := range out {
		out[i].Value = x.see(out[i].Value)
	}
	return out
}

// shown is what people get to see of the other workflow, by names of this one.
func (x *nested) shown(show []Binding, name string) []Binding {
	out := x.bindings(show)
	for i := range out {
		out[i].Name = name + "." + out[i].Name
	}
	return out
}

// needed adds to what people get from inside the other workflow what they need
// by this one: teams are shared by name.
func (l *loader) needed(entry *Node, exit int) {
	for _, n := range l.plan.Nodes[entry.Index+1 : exit] {
		if b := &n.Broken; b.Mode == Escalate {
			b.Show, b.Edge = l.beside(b.Show, b.Edge, values("input", l.wf.Input, 0, entry.Pos))
			b.Show, b.Edge = l.escalated(entry, b.Team, b.Show, b.Edge)
		}
		if n.Route == nil {
			continue
		}
		for i := range n.Route.Branches {
			b := &n.Route.Branches[i]
			if b.Team == "" {
				continue
			}
			b.Show, b.Edge = l.escalated(entry, b.Team, b.Show, b.Edge)
			needs := []string{}
			for _, need := range b.Needs {
				needs = append(needs, need.Name)
			}
			team, _ := l.wf.Team(b.Team)
			for _, need := range team.Needs {
				if !slices.Contains(needs, need) {
					needs = append(needs, need)
				}
			}
			b.Needs = FindNeeds(needs, b.Show)
		}
	}
}

func (x *nested) edge(e Edge, name string) Edge {
	out := Edge{From: name + "." + e.From}
	if e.UseInput {
		out.Steps = append(out.Steps, x.entry)
	}
	for _, i := range e.Steps {
		out.Steps = append(out.Steps, i+x.entry+1)
	}
	for _, slot := range e.Slots {
		out.Slots = append(out.Slots, slot+x.base)
	}
	return out
}

// otherPlan loads what the case is handed to; nil where it cannot be.
func (l *loader) otherPlan(d *draft, k nestedKeys) *Plan {
	if k.Workflow.Pos.Line == 0 || k.Design.Pos.Line == 0 {
		return nil // said by Decode
	}
	file := path.Join(k.Workflow.Value, "workflow.yaml")
	data, err := l.files.read(file)
	if err != nil {
		l.diags.Add(k.Workflow.Pos, err.Error(), "the folder of another workflow, such as ../payments")
		return nil
	}
	at, _, _ := l.files.find(file)
	wf, problems := ParseWorkflow(at, data)
	if wf == nil || problems.Err() != nil {
		l.other(k.Workflow.Pos, "workflow "+k.Workflow.Value, problems)
		return nil
	}
	file = path.Join(k.Workflow.Value, k.Design.Value+".yaml")
	if data, err = l.files.read(file); err != nil {
		l.diags.Add(k.Design.Pos, err.Error(), l.otherDesigns(wf, k.Design.Value))
		return nil
	}
	at, _, _ = l.files.find(file)
	if slices.Contains(l.within, at) {
		l.diags.Add(k.Design.Pos, fmt.Sprintf("design %q hands the case to itself", k.Design.Value), "workflows hand cases on, not round")
		return nil
	}
	opts := Options{Set: l.override(k.Params), LookupEnv: l.files.lookup, within: append(slices.Clone(l.within), at)}
	if place := l.files.place; place != nil {
		opts.Place = func(name string) (string, bool) { return place(otherName(k.Workflow.Value, name)) }
	}
	if l.files.under != nil {
		opts.Under = func(folder string) []string { return l.under(k.Workflow.Value, folder) }
	}
	plan, problems := Parse(at, data, wf, l.reg, opts)
	if plan == nil {
		l.other(k.Design.Pos, fmt.Sprintf("design %s of workflow %s", k.Design.Value, wf.Name), problems)
		return nil
	}
	for name := range opts.Set {
		if !slices.ContainsFunc(plan.Design.Params, func(p Param) bool { return p.Name == name }) {
			l.diags.Add(l.doc.Pos(k.Params), fmt.Sprintf("design %q has no param %q", k.Design.Value, name), "")
		}
	}
	for _, f := range plan.Design.Files {
		f.Path = otherName(k.Workflow.Value, f.Path)
		l.files.seen[f.Path] = f
	}
	if !l.fits(d, k, plan) {
		return nil
	}
	return plan
}

// otherName is the name of another workflow's file as this one's names go.
func otherName(dir, name string) string {
	if strings.HasPrefix(name, "${") {
		return name
	}
	return path.Join(dir, name)
}

// under are the files in a folder of another workflow, by the names that it
// has for them.
func (l *loader) under(workflow, folder string) []string {
	var out []string
	for _, name := range l.files.under(otherName(workflow, folder)) {
		if inside, err := filepath.Rel(workflow, name); err == nil && !strings.HasPrefix(name, "${") {
			name = filepath.ToSlash(inside)
		}
		out = append(out, name)
	}
	return out
}

// other says that what the case is handed to has errors of its own: the first
// of them, since linting it says all.
func (l *loader) other(at flow.Pos, what string, problems diag.List) {
	first := problems.Errors()[0]
	l.diags.Add(at, what+" has errors: "+first.String(), "")
}

func (l *loader) otherDesigns(wf *Workflow, name string) string {
	files, _ := Files(wf.Dir)
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	return diag.Suggest(name, names)
}

// override reads the params of the other design that the step sets.
func (l *loader) override(n *yaml.Node) map[string]string {
	if n == nil {
		return nil
	}
	set := map[string]string{}
	for _, t := range l.doc.Texts(n, `"params"`, l.diags) {
		set[t.Name] = t.Text.Value
	}
	return set
}

// fits checks what a design must be to run inside another.
func (l *loader) fits(d *draft, k nestedKeys, p *Plan) bool {
	ok := true
	refuse := func(message, hint string) {
		l.diags.Add(k.Design.Pos, fmt.Sprintf("design %q of workflow %q %s", p.Design.Name, p.Workflow.Name, message), hint)
		ok = false
	}
	teams := map[string]bool{}
	for _, n := range p.Nodes {
		if n.Broken.Mode == Escalate {
			teams[n.Broken.Team] = true
		}
		if n.Answer != nil {
			refuse(fmt.Sprintf("has a person in its middle (step %q)", n.Name), "its cases' labels are not those of this workflow; a route there may escalate to a team")
		}
		if _, learns := n.Step.(flow.Fitter); learns {
			refuse(fmt.Sprintf("learns (step %q)", n.Name), "it would have to learn from this workflow's cases, which have no labels for it")
		}
		if _, prepares := n.Step.(flow.Preparer); prepares {
			refuse(fmt.Sprintf("prepares vectors (step %q)", n.Name), "they are made and promoted with the design that has the step; search there by words alone")
		}
		if _, reads := n.Step.(flow.RecordReader); reads {
			refuse(fmt.Sprintf("reads recorded outputs (step %q)", n.Name), "those of its cases, which are not this workflow's")
		}
		if n.Route != nil {
			for _, b := range n.Route.Branches {
				if b.Team != "" {
					teams[b.Team] = true
				}
			}
		}
	}
	for _, t := range p.Workflow.Teams {
		if _, here := l.wf.Team(t.Name); teams[t.Name] && !here {
			refuse(fmt.Sprintf("escalates to team %q, which this workflow does not have", t.Name), "teams are shared by name: add it under teams")
		}
	}
	return ok
}

// bindNested compiles what the other workflow receives: its input.
func (l *loader) bindNested(d *draft) {
	n, want := d.node, d.nested.plan.Workflow.Input
	env := l.env(n.Index)
	n.In = make([]Binding, want.Len())
	for i, f := range want.Fields() {
		n.In[i] = Binding{Name: f.Name, Type: f.Type, Value: nothing{}, Pos: d.at}
	}
	n.Schema = want
	var reads []expr.Read
	given := map[string]bool{}
	for _, in := range l.received(d) {
		i := want.Index(in.Name)
		if i < 0 {
			l.diags.Add(in.Pos, fmt.Sprintf("workflow %q receives no %q", d.nested.plan.Workflow.Name, in.Name), diag.Suggest(in.Name, want.Names()))
			continue
		}
		given[in.Name] = true
		t := want.Fields()[i].Type
		t.Optional = true // what is absent then breaks the handoff, as everywhere
		if p := l.compile(in.Text, t, n.Index, env); p != nil {
			n.In[i].Value, n.In[i].Pos = p.Frame(), in.Text.Pos
			reads = append(reads, p.Reads()...)
		}
	}
	for _, f := range want.Fields() {
		if !given[f.Name] && !f.Type.Optional {
			l.diags.Add(d.at, fmt.Sprintf("step %q gives workflow %q no %q", d.nested.exit.node.Name, d.nested.plan.Workflow.Name, f.Name), "add it to in")
		}
	}
	for _, need := range d.keys.Needs {
		i := want.Index(need.Value)
		if i < 0 {
			l.diags.Add(need.Pos, fmt.Sprintf("%q is needed and not among what the step receives", need.Value), diag.Suggest(need.Value, want.Names()))
			continue
		}
		n.In[i].Needed = true
	}
	n.Edge = l.edge(reads)
	l.computed(reads)
	exit := d.nested.exit.node
	exit.Broken, exit.System, exit.Owner = n.Broken, n.System, n.Owner
	if exit.Broken.Mode == Escalate {
		exit.Broken.Show, exit.Broken.Edge = l.afterBreak(exit, exit.Broken.Team)
	}
	l.needed(n, exit.Index)
}
