package designtest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Load reads a file of tests of a workflow's design, and the design. The file
// is nil where anything is wrong with either.
func Load(path string, wf *design.Workflow, reg *flow.Registry) (*File, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err // the path is the diagnostic's
		}
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: err.Error()}}
	}
	return Parse(path, data, wf, reg)
}

// Parse reads tests from the content of their file. The design that they name
// is read from the workflow's folder.
func Parse(path string, data []byte, wf *design.Workflow, reg *flow.Registry) (*File, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags.Sort()
	}
	var k fileKeys
	doc.Decode(doc.Root, &k, &diags)
	flawed := diags.Err() != nil
	l := &loader{doc: doc, diags: &diags, wf: wf, reg: reg, plans: map[string]*design.Plan{}, text: string(data)}
	if l.design = l.find(k.Design); l.design == "" || !l.load() {
		return nil, diags.Sort()
	}
	f := &File{Path: path, Workflow: wf, Plan: l.plan}
	if len(k.Tests) == 0 && yamldoc.Find(doc.Root, "tests") != nil {
		diags.Add(doc.Pos(yamldoc.Find(doc.Root, "tests")), "a file without tests", "")
	}
	if k.Defaults == nil {
		k.Defaults = &givenKeys{}
	}
	l.defaults(k.Defaults)
	first := map[string]flow.Pos{}
	for _, t := range k.Tests {
		switch at := first[t.Name.Value]; {
		case t.Name.Pos.Line == 0: // said by Decode
		case strings.TrimSpace(t.Name.Value) == "":
			diags.Add(t.Name.Pos, "a test without a name", "say what it shows, such as: a large amount goes to a person")
		case at.Line > 0:
			diags.Add(t.Name.Pos, fmt.Sprintf("test %q twice", t.Name.Value), fmt.Sprintf("first in line %d", at.Line))
		default:
			first[t.Name.Value] = t.Name.Pos
		}
		test := l.test(t, k.Defaults)
		if len(test.checks) == 0 && !flawed && diags.Err() == nil {
			diags.Add(t.Expect.Pos, "the test expects nothing", "such as expect: {disposition: automated}")
		}
		f.Tests = append(f.Tests, test)
	}
	if diags = diags.Sort(); diags.Err() != nil {
		return nil, diags
	}
	return f, diags
}

// loader is the state of reading one file.
type loader struct {
	doc    *yamldoc.Doc
	diags  *diag.List
	wf     *design.Workflow
	reg    *flow.Registry
	design string                  // path of the design
	plan   *design.Plan            // as written
	plans  map[string]*design.Plan // by the params set
	cases  map[string]*flow.Case   // of the dataset, by id
	policy *redact.Policy          // of the dataset; nil where no case was read
	text   string                  // of the file
}

// find is the path of the design of that name: by custom the file's name, else
// what the files of the folder say.
func (l *loader) find(name flow.Text) string {
	if name.Pos.Line == 0 {
		return "" // said by Decode
	}
	files, err := design.Files(l.wf.Dir)
	if err != nil {
		l.diags.Add(name.Pos, fmt.Sprintf("the folder of the workflow: %v", err), "")
		return ""
	}
	own := filepath.Join(l.wf.Dir, name.Value+".yaml")
	slices.SortStableFunc(files, func(a, b string) int {
		if a == own {
			return -1
		}
		return 0
	})
	var known []string
	for _, file := range files {
		data, err := regular.Read(file)
		if err != nil {
			continue // said by lint
		}
		doc, _ := yamldoc.Parse(file, data)
		n := yamldoc.Find(doc.Root, "design")
		if n == nil {
			continue
		}
		if n.Value == name.Value {
			return file
		}
		known = append(known, n.Value)
	}
	l.diags.Add(name.Pos, fmt.Sprintf("the workflow has no design %q", name.Value), diag.Suggest(name.Value, known))
	return ""
}

// load compiles the design as written. What is wrong with it is said as lint
// says it.
func (l *loader) load() bool {
	p, problems := design.Load(l.design, l.wf, l.reg, design.Options{})
	*l.diags = append(*l.diags, problems.Errors()...)
	l.plan = p
	l.plans[""] = p
	return p != nil
}

// with is the design under overridden params, and false where they do not fit.
func (l *loader) with(set map[string]string) (*design.Plan, diag.List) {
	key := ""
	for _, name := range slices.Sorted(maps.Keys(set)) {
		key += fmt.Sprintf("%s=%q ", name, set[name])
	}
	if p, ok := l.plans[key]; ok {
		return p, nil
	}
	p, problems := design.Load(l.design, l.wf, l.reg, design.Options{Set: set})
	if p != nil {
		l.plans[key] = p
	}
	return p, problems.Errors()
}

// test reads one test.
func (l *loader) test(k testKeys, d *givenKeys) *Test {
	t := &Test{Name: k.Name.Value, Pos: k.Pos}
	if k.Name.Pos.Line > 0 {
		t.Pos = k.Name.Pos
	}
	t.plan = l.params(k.Params, d.Params)
	t.given = l.input(t.Pos, &k.givenKeys, d)
	if k.Case != nil || d.Case != nil {
		t.policy = l.policy
	}
	t.mocks = l.mocks(d.Mock)
	for name, m := range l.mocks(k.Mock) {
		t.mocks[name] = m
	}
	e := expecting{loader: l}
	e.read(&k.Expect)
	t.checks = e.checks
	return t
}

// entries are the names and values of a mapping; a node that is none is
// reported under the given name.
func (l *loader) entries(n *yaml.Node, name, example string) []entry {
	if n == nil || n.Kind == yaml.AliasNode {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("%q wants names and values", name), "such as "+example)
		return nil
	}
	var out []entry
	for k, v := range yamldoc.Pairs(n) {
		out = append(out, entry{name: k.Value, at: l.doc.Pos(k), value: v})
	}
	return out
}

// entry is one line of a mapping.
type entry struct {
	name  string
	at    flow.Pos
	value *yaml.Node
}

// node is the step of that name, nil with a diagnostic where the design has
// none.
func (l *loader) node(name string, at flow.Pos) *design.Node {
	var names []string
	for n := range l.plan.Working() {
		if n.Name == name {
			return n
		}
		names = append(names, n.Name)
	}
	hint := diag.Suggest(name, names)
	if _, team := l.wf.Team(name); team {
		hint = "it is a team: mock the step at which the team answers"
	}
	l.diags.Add(at, fmt.Sprintf("the design has no step %q", name), hint)
	return nil
}

// value reads a value of a field; null is absent, whatever the type.
func (l *loader) value(e entry, s *flow.Schema, whose string) (i int, v any, ok bool) {
	i = s.Index(e.name)
	if i < 0 {
		l.diags.Add(e.at, fmt.Sprintf("%s has no field %q", whose, e.name), diag.Suggest(e.name, s.Names()))
		return i, nil, false
	}
	before := len(*l.diags)
	v = l.doc.Value(e.value, s.Fields()[i].Type, e.name, l.diags)
	return i, v, len(*l.diags) == before
}
