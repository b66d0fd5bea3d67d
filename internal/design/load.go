package design

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/prove"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Options change how a design is loaded. The zero value changes nothing.
type Options struct {
	// Set overrides params, as `--set name=value` gives them. A name that the
	// design has no param for is passed over: several designs are loaded with
	// the same overrides, and the caller knows whether any of them has it.
	Set map[string]string
	// LookupEnv finds the variables that paths may start with; [os.LookupEnv]
	// where it is nil.
	LookupEnv func(string) (string, bool)
	// Place says where a file that the design names lies, if not where its
	// name says: a promoted design's files are kept by digest. Nil for no
	// such place.
	Place func(name string) (path string, ok bool)
	// Under lists the files in a folder that the design names, where Place
	// knows them. Nil for none.
	Under func(folder string) []string
	// within are the files of the designs that hand the case on to this one.
	within []string
}

// designKeys are the keys of a design.
type designKeys struct {
	Design   flow.Text    `yaml:"design"`
	Title    string       `yaml:"title,omitempty"`
	Workflow flow.Text    `yaml:"workflow"`
	Params   *yaml.Node   `yaml:"params" schema:"params"`
	Broken   *brokenKeys  `yaml:"on_broken_handoff" schema:"broken"`
	Maps     *float64     `yaml:"calibration_share" jsonschema:"exclusiveMinimum=0,maximum=1"`
	Steps    []*yaml.Node `yaml:"steps" schema:"[step],required" jsonschema:"minItems=1"`
	Outcome  *yaml.Node   `yaml:"outcome" schema:"texts,required"`
	Right    *flow.Text   `yaml:"recorded_right"`
}

// Load reads a design of a workflow, checks it and compiles it. The plan is
// nil where there are errors; warnings come with a plan.
func Load(path string, wf *Workflow, reg *flow.Registry, opts Options) (*Plan, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: regular.Problem(err)}}
	}
	return Parse(path, data, wf, reg, opts)
}

// Parse reads a design from the content of its file.
func Parse(path string, data []byte, wf *Workflow, reg *flow.Registry, opts Options) (*Plan, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags.Sort()
	}
	if opts.LookupEnv == nil {
		opts.LookupEnv = os.LookupEnv
	}
	var k designKeys
	doc.Decode(doc.Root, &k, &diags)
	l := &loader{
		doc: doc, diags: &diags, wf: wf, reg: reg, keys: &k,
		plan:   &Plan{Workflow: wf, Design: &Design{File: path, Name: k.Design.Value, Pos: k.Design.Pos, Title: k.Title}},
		files:  &resolver{dir: wf.Dir, root: wf.Root, lookup: opts.LookupEnv, place: opts.Place, under: opts.Under, seen: map[string]FileDigest{}},
		params: map[string]bool{}, reads: map[int]bool{}, within: opts.within,
	}
	if l.within == nil {
		l.within = []string{filepath.Clean(path)}
	}
	l.types = typeReader{doc: doc, diags: &diags, refs: map[string]*flow.Schema{"outcome": wf.Outcome, "input": wf.Input}}
	checkName(k.Design, "design", &diags)
	if k.Workflow.Value != wf.Name && k.Workflow.Pos.Line > 0 {
		diags.Add(k.Workflow.Pos, fmt.Sprintf("a design of workflow %q in the folder of workflow %q", k.Workflow.Value, wf.Name), "")
	}
	l.setParams(k.Params, opts.Set)
	l.setCalibrationShare(k.Maps)
	l.declare(k.Steps)
	for _, d := range slices.Concat(l.tools, l.steps) {
		before := len(l.uses)
		l.step(d)
		if d.keys.Tool != nil {
			for i := range l.uses[before:] {
				l.uses[before+i].tool = d
			}
		}
	}
	l.handTools()
	l.outcome()
	l.answers()
	l.lint()
	diags = diags.Sort()
	if diags.Err() != nil {
		return nil, diags
	}
	l.plan.Design.Files = l.files.digests()
	l.plan.Design.SHA256 = digest(data)
	l.plan.Design.Digest = l.designDigest(data)
	return l.plan, diags
}

// loader is the state of loading one design.
type loader struct {
	doc    *yamldoc.Doc
	diags  *diag.List
	wf     *Workflow
	reg    *flow.Registry
	keys   *designKeys
	plan   *Plan
	files  *resolver
	types  typeReader
	steps  []*draft
	tools  []*draft // that other steps call
	within []string // files of the designs that this one runs in, itself the last

	params map[string]bool // params that something uses
	reads  map[int]bool    // slots that something reads
	uses   []use           // what cannot be done without, by whom
	paths  *paths          // through the steps, for the rules
}

// use is a place of the frame that a node cannot do without.
type use struct {
	by   int    // node; len(nodes) for the outcome
	tool *draft // of that node, which does the reading; nil for the node itself
	read expr.Read
	pos  flow.Pos
	// branch counts from 1 where a branch of a route is what reads it, and
	// taken says that its condition holds then.
	branch int
	taken  bool
	when   []prove.Condition // of the expression itself, where it comes to the read
}

// setCalibrationShare takes over the share of the calibration split that
// confidence maps are fitted on; all of it where nothing is said.
func (l *loader) setCalibrationShare(share *float64) {
	l.plan.Design.CalibrationShare = 1
	if share == nil {
		return
	}
	if !(*share > 0 && *share <= 1) {
		l.diags.Add(l.doc.Pos(yamldoc.Find(l.doc.Root, "calibration_share")), fmt.Sprintf("a calibration_share of %v, want a number above 0 and at most 1", *share), "")
		return
	}
	l.plan.Design.CalibrationShare = *share
}

// setParams reads the params and what overrides them.
func (l *loader) setParams(n *yaml.Node, set map[string]string) {
	if n != nil && n.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(n), `"params" wants names and values, such as cutoff: 0.85`, "")
	}
	for k, v := range yamldoc.Pairs(n) {
		if !l.types.name(k, "param") {
			continue
		}
		value := l.doc.Value(v, flow.Type{Kind: flow.Any}, "param "+k.Value, l.diags)
		switch value.(type) {
		case string, float64, bool:
		default:
			l.diags.Add(l.doc.Pos(v), fmt.Sprintf("param %q is no text, number, true or false", k.Value), "")
			continue
		}
		p := Param{Name: k.Value, Value: value, Pos: l.doc.Pos(k)}
		if text, given := set[k.Value]; given {
			over, ok := overridden(value, text)
			if !ok {
				l.diags.Add(p.Pos, fmt.Sprintf("param %q is set to %q, want %s", p.Name, text, paramType(value)), "")
			}
			p.Value, p.Set = over, true
		}
		l.plan.Design.Params = append(l.plan.Design.Params, p)
	}
}

// overridden reads the text of an override as a value of the param's type.
func overridden(was any, text string) (any, bool) {
	switch was.(type) {
	case float64:
		x, err := strconv.ParseFloat(text, 64)
		return x, err == nil && x-x == 0 // not infinite
	case bool:
		return text == "true", text == "true" || text == "false"
	}
	return text, true
}

func paramType(v any) flow.Type {
	switch v.(type) {
	case float64:
		return flow.Type{Kind: flow.Number}
	case bool:
		return flow.Type{Kind: flow.Boolean}
	}
	return flow.Type{Kind: flow.String}
}

// addParams makes the params readable.
func (l *loader) addParams(e *expr.Env) {
	for _, p := range l.plan.Design.Params {
		e.Const("params."+p.Name, paramType(p.Value), p.Value)
	}
	if len(l.plan.Design.Params) == 0 {
		e.Hide("params", "the design has no params")
	}
}

// env is what an expression at a step may read: the input, the params, and
// the outputs of the steps before.
func (l *loader) env(before int) *expr.Env {
	e := l.known(before)
	e.Hide("in", `"in" is known to the step's own keys alone`)
	return e
}

// known is what was known before a step.
func (l *loader) known(before int) *expr.Env {
	e := &expr.Env{}
	e.Scope("input", l.wf.Input, expr.Place{})
	e.Whole("input")
	l.addParams(e)
	for i, d := range l.steps {
		name := d.node.Name
		switch {
		case name == "" || d.inside || d.nested != nil:
		case i == before:
			e.Hide(name, fmt.Sprintf("step %q cannot read its own output", name))
		case before < len(l.steps) && d.node.Group != nil && d.node.Group == l.steps[before].node.Group:
			e.Hide(name, fmt.Sprintf("step %q runs side by side with this one", name))
		case i > before:
			e.Hide(name, fmt.Sprintf("step %q comes later", name))
		case d.node.Out.Len() == 0:
			e.Hide(name, fmt.Sprintf("step %q gives nothing that could be read", name))
		default:
			e.Scope(name, d.node.Out, expr.Place{Index: d.node.OutSlot})
			e.Whole(name)
		}
	}
	for _, d := range l.tools {
		if d.node.Name != "" {
			e.Hide(d.node.Name, fmt.Sprintf("step %q is a tool: what it gives goes to the step that calls it", d.node.Name))
		}
	}
	for _, g := range l.plan.Groups {
		if g.Name != "" {
			e.Hide(g.Name, fmt.Sprintf("%q is a parallel group; its steps are read by their own names", g.Name))
		}
	}
	return e
}

// compile compiles an expression of a step and keeps what it reads.
func (l *loader) compile(src flow.Text, want flow.Type, by int, e *expr.Env) *expr.Program {
	if src.Pos.Line == 0 { // a name without anything behind it
		if src.Pos = l.doc.Pos(l.doc.Root); by < len(l.steps) {
			src.Pos = l.steps[by].at
		}
	}
	p, diags := expr.Compile(src, want, e)
	*l.diags = append(*l.diags, diags...)
	if p == nil {
		return nil
	}
	l.note(p, by, src.Pos)
	return p
}

func (l *loader) note(p *expr.Program, by int, at flow.Pos) {
	for _, r := range p.Reads() {
		l.reads[r.Index] = true
	}
	l.cannotDoWithout(p, by, at)
	l.noteParams(p, by)
}

// cannotDoWithout notes what of the frame a program needs, whatever the case or
// where some condition of its own holds.
func (l *loader) cannotDoWithout(p *expr.Program, by int, at flow.Pos) {
	required := map[string]bool{}
	for _, r := range p.Requires() {
		required[r.Name] = true
	}
	var sometimes []string
	for _, r := range p.Reads() {
		switch {
		case r.Scope != 0, r.Type.Optional: // what may be absent is guarded
		case required[r.Name]:
			l.uses = append(l.uses, use{by: by, read: r, pos: at})
		default:
			sometimes = append(sometimes, r.Name)
		}
	}
	if len(sometimes) == 0 {
		return
	}
	needs, err := prove.Needs(p.Source(), sometimes)
	if err != nil {
		return // it has been read before
	}
	for _, n := range needs {
		i := slices.IndexFunc(p.Reads(), func(r expr.Read) bool { return r.Name == n.Name })
		l.uses = append(l.uses, use{by: by, read: p.Reads()[i], pos: at, when: n.When})
	}
}

// noteParams remembers which params the program of a node reads.
func (l *loader) noteParams(p *expr.Program, by int) {
	for _, c := range p.Constants() {
		name := strings.TrimPrefix(c, "params.")
		l.params[name] = true
		if by >= len(l.steps) || l.steps[by].node.Role == flow.Routing {
			continue
		}
		for i := range l.plan.Design.Params {
			step := l.steps[by].node.Name
			if param := &l.plan.Design.Params[i]; param.Name == name && !slices.Contains(param.Steps, step) {
				param.Steps = append(param.Steps, step)
			}
		}
	}
}

// The owners of slots that no node writes.
const (
	inputs    = -1
	arguments = -2 // of a tool, from whoever calls it
)

// owner is the node that writes a slot, below 0 for none.
func (l *loader) owner(slot int) int {
	for _, d := range l.tools {
		if n := d.node; slot >= n.ArgSlot && slot < n.ArgSlot+n.Args.Len() {
			return arguments
		}
	}
	for i := len(l.steps) - 1; i >= 0; i-- {
		if n := l.steps[i].node; n.Out.Len() > 0 && slot >= n.OutSlot {
			return i
		}
	}
	return inputs
}

// edge is the handoff of a payload that was made from the given reads.
func (l *loader) edge(reads []expr.Read) Edge {
	e := Edge{From: "input"}
	for _, r := range reads {
		i := l.owner(r.Index)
		if i == arguments {
			continue
		}
		e.Slots = append(e.Slots, r.Index)
		if i == inputs {
			e.UseInput = true
		} else if !slices.Contains(e.Steps, i) {
			e.Steps = append(e.Steps, i)
		}
	}
	slices.Sort(e.Steps)
	slices.Sort(e.Slots)
	e.Slots = slices.Compact(e.Slots)
	if n := len(e.Steps); n > 0 {
		e.From = l.steps[e.Steps[n-1]].node.Name
	}
	return e
}

// outcome compiles the final outcome and the recorded verdict.
func (l *loader) outcome() {
	end := len(l.steps)
	env := l.env(end)
	n := l.keys.Outcome
	if n == nil {
		l.diags.Add(l.doc.Pos(l.doc.Root), `missing key "outcome"`, "where each field of the outcome comes from, such as outcome: {decision: assess.decision}")
		return
	}
	fields := l.wf.Outcome
	l.plan.Outcome = make([]Value, fields.Len())
	var reads []expr.Read
	given := map[string]bool{}
	for _, o := range l.doc.Texts(n, `"outcome"`, l.diags) {
		i := fields.Index(o.Name)
		if i < 0 {
			l.diags.Add(o.Pos, fmt.Sprintf("the workflow's outcome has no field %q", o.Name), diag.Suggest(o.Name, fields.Names()))
			continue
		}
		given[o.Name] = true
		if p := l.compile(o.Text, fields.Fields()[i].Type, end, env); p != nil {
			l.plan.Outcome[i] = p.Frame()
			reads = append(reads, p.Reads()...)
			if !p.Plain() {
				l.computed(p.Reads())
			}
		}
	}
	for i, f := range fields.Fields() {
		if !given[f.Name] && !f.Type.Optional && l.wf.Compare[i].Required {
			l.diags.Add(l.doc.Pos(n), fmt.Sprintf("field %q of the outcome gets no value", f.Name), "give it one, or let the workflow say required: false")
		}
	}
	edge := l.edge(reads)
	l.plan.OutcomeEdge = edge
	if edge.UseInput || len(edge.Steps) > 1 {
		// An answer that is only part of the outcome has to be known in
		// replay: the record holds an outcome whole or not at all.
		l.computed(reads)
	}
	if l.keys.Right != nil {
		if p := l.compile(*l.keys.Right, flow.Type{Kind: flow.Boolean, Optional: true}, end, env); p != nil {
			l.plan.Right = p.Frame()
			l.computed(p.Reads())
		}
	}
}

// computed marks the steps whose outputs something works with, so that an
// answer among them has to be known in replay.
func (l *loader) computed(reads []expr.Read) {
	for _, i := range l.edge(reads).Steps {
		l.steps[i].used = true
	}
}

// answers says of each person's answer whether replay has to know it: it need
// not where the answer is the whole outcome.
func (l *loader) answers() {
	for _, d := range l.steps {
		if d.node.Answer != nil {
			// What a person makes of a suggestion is known in replay alone.
			d.node.Answer.Final = !d.used && d.node.Answer.Suggested == nil
		}
	}
}
