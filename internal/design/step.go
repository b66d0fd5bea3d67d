package design

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// stepKeys are the keys that every step may have; the rest belongs to its
// kind.
type stepKeys struct {
	Name   flow.Text   `yaml:"name" jsonschema:"pattern=^[A-Za-z_][A-Za-z0-9_]*$"`
	Kind   flow.Text   `yaml:"kind"`
	Actor  *flow.Text  `yaml:"actor" jsonschema:"enum=ai,enum=rule,enum=person,enum=system"`
	System *flow.Text  `yaml:"system"`
	Owner  string      `yaml:"owner,omitempty"`
	In     *yaml.Node  `yaml:"in" schema:"texts"`
	Needs  []flow.Text `yaml:"needs,omitempty"`
	// Contract is what the step asks of its payload beside types and needs.
	Contract *yaml.Node  `yaml:"contract" schema:"contract"`
	Out      *yaml.Node  `yaml:"out" schema:"fields"`
	Broken   *brokenKeys `yaml:"on_broken_handoff" schema:"broken"`
	// Tool says that other steps call this one, and that no case comes to it
	// otherwise.
	Tool *toolKeys `yaml:"tool"`
}

// The kinds that belong to the language itself.
const (
	routeKind = "route"
	humanKind = "human"
)

// draft is a step on its way to a node.
type draft struct {
	node     *Node
	keys     stepKeys
	at       flow.Pos
	rest     *yaml.Node // the keys that belong to its kind
	kind     flow.StepKind
	ok       bool       // its kind is known
	confirms flow.Texts // what a person is shown to confirm
	nested   *nested    // what it hands the case to
	inside   bool       // of another workflow's design, and checked there
	exit     bool       // gives another workflow's outcome
	params   []string   // of a tool: those that it reads
	caller   *draft     // of a tool: who calls it; nil until somebody does
	used     bool       // something works with its output; the outcome only passing it on does not count
}

// reserved are names that mean something in every expression.
var reserved = []string{"input", "params", "in", "called", "outcome", "end", "fail", "null", "nil", "true", "false", "not", "and", "or", "let", "if", "else", "matches", "contains", "startsWith", "endsWith"}

// declare reads what every step has, and gives each its place, so that
// references forward are known for what they are.
func (l *loader) declare(nodes []*yaml.Node) {
	if len(nodes) == 0 && yamldoc.Find(l.doc.Root, "steps") != nil {
		l.diags.Add(l.doc.Pos(yamldoc.Find(l.doc.Root, "steps")), "a design without steps", "")
	}
	slot := l.wf.Input.Len()
	first := map[string]flow.Pos{}
	for _, m := range l.flatten(nodes) {
		n, i := m.node, len(l.steps)
		if g := m.group; g != nil {
			if g.Last = i; m.first {
				g.First = i
				l.stepName(flow.Text{Value: g.Name, Pos: g.Pos}, first)
				l.plan.Groups = append(l.plan.Groups, g)
			}
		}
		d := &draft{at: l.doc.Pos(n), node: &Node{Index: i, Pos: l.doc.Pos(n), OutSlot: slot, Group: m.group}}
		if !isTool(n) {
			l.add(d)
		}
		if n.Kind != yaml.MappingNode {
			l.diags.Add(d.at, "a step wants keys and values, such as name: extract", "")
			continue
		}
		var common *yaml.Node
		common, d.rest = yamldoc.Split(n, &d.keys)
		l.doc.Decode(common, &d.keys, l.diags)
		if l.stepName(d.keys.Name, first) {
			d.node.Name, d.node.Pos = d.keys.Name.Value, d.keys.Name.Pos
		}
		l.kindOf(d)
		l.grouped(d)
		if d.keys.Tool != nil {
			slot = l.setAside(d, slot)
			continue
		}
		if d.node.Kind == workflowKind && d.node.Name != "" {
			slot = l.nest(d, slot)
			continue
		}
		slot += d.node.Out.Len()
	}
	l.plan.Slots = slot
}

// stepName checks the name of a step or a group; first are those before it.
func (l *loader) stepName(name flow.Text, first map[string]flow.Pos) bool {
	switch {
	case name.Pos.Line == 0: // said by Decode
	case !identifier.MatchString(name.Value):
		l.diags.Add(name.Pos, fmt.Sprintf("step %q is no name that an expression could use", name.Value), "letters, digits and _, not starting with a digit")
	case slices.Contains(reserved, name.Value) || expr.Functions[name.Value] != "":
		// It keeps the name, so that nothing else is said of what refers to it.
		l.diags.Add(name.Pos, fmt.Sprintf("step %q has a name that means something in expressions", name.Value), fmt.Sprintf("another one, such as %s_step", name.Value))
		first[name.Value] = name.Pos
		return true
	case first[name.Value].Line != 0:
		l.diags.Add(name.Pos, fmt.Sprintf("step %q twice", name.Value), fmt.Sprintf("first in line %d", first[name.Value].Line))
	default:
		first[name.Value] = name.Pos
		return true
	}
	return false
}

// kindOf finds a step's kind and what it promises.
func (l *loader) kindOf(d *draft) {
	n, kind := d.node, d.keys.Kind
	n.Kind = kind.Value
	switch kind.Value {
	case routeKind:
		d.ok, n.Role, n.Actor = true, flow.Routing, flow.Rule
		l.refuse(d, "route", d.keys.Out, "out", d.keys.In, "in", d.keys.Contract, "contract")
		return
	case humanKind:
		d.ok, n.Role, n.Actor = true, flow.Answer, flow.Person
		l.human(d)
		return
	case workflowKind:
		return // read by nest, once the step has a name
	}
	if d.keys.Out != nil {
		n.Out = l.types.schema(d.keys.Out, "out")
	} else {
		n.Out = flow.NewSchema()
	}
	if kind.Pos.Line == 0 {
		return
	}
	if d.kind, d.ok = l.reg.Step(kind.Value); !d.ok {
		l.diags.Add(kind.Pos, fmt.Sprintf("step %q: unknown kind %q", n.Name, kind.Value), diag.Suggest(kind.Value, append(l.reg.Steps(), routeKind, humanKind, parallelKind, workflowKind)))
		return
	}
	n.Role, n.Actor = d.kind.Role, d.kind.Actor
	if a := d.keys.Actor; a != nil {
		n.Actor = flow.Actor(a.Value)
		if actors := []string{string(flow.AI), string(flow.Rule), string(flow.Person), string(flow.System)}; !slices.Contains(actors, a.Value) {
			l.diags.Add(a.Pos, fmt.Sprintf("unknown actor %q", a.Value), diag.Suggest(a.Value, actors))
		}
	}
}

// refuse reports keys that a kind has no use for, given as node and name in
// turn.
func (l *loader) refuse(d *draft, kind string, keys ...any) {
	for i := 0; i < len(keys); i += 2 {
		if n := keys[i].(*yaml.Node); n != nil {
			l.diags.Add(l.doc.Pos(n), fmt.Sprintf("a %s has no %q", kind, keys[i+1]), "")
		}
	}
}

// step compiles one step.
func (l *loader) step(d *draft) {
	n := d.node
	if d.inside || d.exit {
		return
	}
	if d.keys.System != nil {
		n.System = d.keys.System.Value
		s, ok := l.wf.System(n.System)
		if !ok {
			var names []string
			for _, s := range l.wf.Systems {
				names = append(names, s.Name)
			}
			l.diags.Add(d.keys.System.Pos, fmt.Sprintf("unknown system %q", n.System), orElse(diag.Suggest(n.System, names), "the workflow names its systems under systems"))
		}
		n.Owner = s.Owner
	}
	if d.keys.Owner != "" {
		n.Owner = d.keys.Owner
	}
	n.Broken = l.broken(d)
	if !d.ok {
		l.bind(d)
		return
	}
	switch {
	case d.nested != nil:
		l.bindNested(d)
		l.contract(d)
	case n.Role == flow.Routing:
		l.route(d)
	case n.Role == flow.Answer:
		l.bind(d)
		l.receiverNeeds(n)
		l.contract(d)
	default:
		l.bind(d)
		l.receiverNeeds(n)
		l.contract(d)
		l.make(d)
	}
	if n.Broken.Mode == Escalate {
		n.Broken.Show, n.Broken.Edge = l.afterBreak(n, n.Broken.Team)
	}
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// bind compiles what a step receives.
func (l *loader) bind(d *draft) {
	n := d.node
	env := l.env(n.Index)
	if d.keys.Tool != nil {
		l.argumentsOf(d, env)
	} else {
		env.Hide("called", `"called" is what a tool is called with, known to its own in alone`)
	}
	var fields []flow.Field
	var reads []expr.Read
	for _, in := range l.received(d) {
		if !identifier.MatchString(in.Name) {
			l.diags.Add(in.Pos, fmt.Sprintf("field %q is no name that an expression could use", in.Name), "letters, digits and _, not starting with a digit")
			continue
		}
		b := Binding{Name: in.Name, Type: expr.Anything, Pos: in.Text.Pos}
		if p := l.compile(in.Text, expr.Anything, n.Index, env); p != nil {
			l.toolParams(d, p)
			b.Type, b.Value = p.Type(), p.Frame()
			reads = append(reads, p.Reads()...)
		}
		n.In = append(n.In, b)
		fields = append(fields, flow.Field{Name: b.Name, Type: b.Type})
	}
	names := flow.NewSchema(fields...)
	for _, need := range d.keys.Needs {
		i := names.Index(need.Value)
		if i < 0 {
			l.diags.Add(need.Pos, fmt.Sprintf("%q is needed and not among what the step receives", need.Value), diag.Suggest(need.Value, names.Names()))
			continue
		}
		n.In[i].Needed = true
		fields[i].Type.Optional = false // the step does not run without it
	}
	if n.Answer != nil {
		reads = append(reads, l.suggested(d)...)
	}
	n.Schema = flow.NewSchema(fields...)
	n.Edge = l.edge(reads)
	l.computed(reads)
}

// received is what a step's `in` declares; a person who is given nothing in
// particular gets the case's input.
func (l *loader) received(d *draft) flow.Texts {
	if d.keys.In != nil {
		return l.doc.Texts(d.keys.In, `"in"`, l.diags)
	}
	var in flow.Texts
	if d.node.Role == flow.Answer {
		for _, f := range l.wf.Input.Names() {
			in = append(in, flow.Named{Name: f, Pos: d.at, Text: flow.Text{Value: "input." + f, Pos: d.at}})
		}
	}
	return in
}

// make lets the kind make the step.
func (l *loader) make(d *draft) {
	c := &config{l: l, d: d}
	before := len(l.diags.Errors())
	step, err := d.kind.New(c)
	if err != nil {
		l.take(err, d.at)
		return
	}
	if !c.decoded && len(l.diags.Errors()) == before {
		var none struct{}
		l.doc.Decode(d.rest, &none, l.diags)
	}
	d.node.Step = step
}

// brokenKeys is what happens when a handoff breaks: a team's name, fail,
// {escalate: team} or {continue_with: {…}}.
type brokenKeys struct {
	at       flow.Pos
	team     *flow.Text
	fail     bool
	continu  *yaml.Node
	mistaken bool
}

// brokenLong are the forms with a key.
type brokenLong struct {
	Escalate *flow.Text `yaml:"escalate"`
	Continue *yaml.Node `yaml:"continue_with" schema:"values"`
}

// DecodeYAML reads any of the forms.
func (b *brokenKeys) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	b.at = d.Pos(n)
	if n.Kind == yaml.ScalarNode {
		t := d.Text(n)
		if b.fail = t.Value == string(Fail); !b.fail {
			b.team = &t
		}
		return
	}
	var k brokenLong
	before := len(*diags)
	d.Decode(n, &k, diags)
	b.team, b.continu = k.Escalate, k.Continue
	b.mistaken = len(*diags) > before
	if !b.mistaken && (k.Escalate == nil) == (k.Continue == nil) {
		diags.Add(b.at, "what happens when the handoff breaks is not clear", "a team's name, fail, or {continue_with: {field: value}}")
		b.mistaken = true
	}
}

// broken is what was declared for a broken handoff into a step, or for the
// whole design.
func (l *loader) broken(d *draft) Broken {
	k := d.keys.Broken
	if k == nil {
		k = l.keys.Broken
	}
	switch {
	case k == nil || k.fail || k.mistaken:
		return Broken{Mode: Fail}
	case k.team != nil:
		l.team(*k.team)
		return Broken{Mode: Escalate, Team: k.team.Value}
	}
	out := d.node.Out
	if d.keys.Broken == nil || d.node.Role == flow.Routing {
		l.diags.Add(k.at, "continue_with stands for the output of a step that gives one", "a team's name, or fail")
		return Broken{Mode: Fail}
	}
	with, wrong := make([]any, out.Len()), make([]bool, out.Len())
	if k.continu.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(k.continu), `"continue_with" wants the fields of out and their values`, "")
		return Broken{Mode: Fail}
	}
	for key, v := range yamldoc.Pairs(k.continu) {
		i := out.Index(key.Value)
		if i < 0 {
			l.diags.Add(l.doc.Pos(key), fmt.Sprintf("the step gives no %q", key.Value), diag.Suggest(key.Value, out.Names()))
			continue
		}
		before := len(*l.diags)
		with[i] = l.doc.Value(v, out.Fields()[i].Type, key.Value, l.diags)
		wrong[i] = len(*l.diags) > before
	}
	for i, f := range out.Fields() {
		if with[i] == nil && !wrong[i] && !f.Type.Optional {
			l.diags.Add(l.doc.Pos(k.continu), fmt.Sprintf("continue_with gives no %q, which later steps may rely on", f.Name), fmt.Sprintf("give it a value, or declare it as %s?", f.Type))
		}
	}
	return Broken{Mode: Continue, With: with}
}

// team checks that a team exists.
func (l *loader) team(name flow.Text) {
	if _, ok := l.wf.Team(name.Value); ok {
		return
	}
	var names []string
	for _, t := range l.wf.Teams {
		names = append(names, t.Name)
	}
	l.diags.Add(name.Pos, fmt.Sprintf("unknown team %q", name.Value), orElse(diag.Suggest(name.Value, names), "the workflow names its teams under teams"))
}
