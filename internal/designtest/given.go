package designtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// defaults checks what all tests start from, also where none does.
func (l *loader) defaults(d *givenKeys) {
	l.params(d.Params, nil)
	l.mocks(d.Mock)
	l.fields(d.Input)
	l.stored(d.Case)
}

// input is the case that a test gives. What is more particular wins: the case
// of the defaults, their fields, the case of the test, its fields.
func (l *loader) input(at flow.Pos, k, d *givenKeys) *flow.Case {
	s := l.wf.Input
	c := &flow.Case{ID: "test", Cluster: "test", Weight: 1}
	given := map[string]any{}
	for _, g := range []*givenKeys{d, k} {
		if stored := l.stored(g.Case); stored != nil {
			c = stored
			for i, name := range s.Names() {
				given[name] = stored.Input.Values[i]
			}
		}
		maps.Copy(given, l.fields(g.Input))
	}
	c.Input = flow.Message{Schema: s, Values: make([]any, s.Len())}
	for i, f := range s.Fields() {
		v, ok := given[f.Name]
		if !ok && !f.Type.Optional && k.Case == nil && d.Case == nil {
			l.diags.Add(at, fmt.Sprintf("the test gives no input %q", f.Name), "give it a value here or under defaults, or null for a case that comes without it")
		}
		c.Input.Values[i] = v
	}
	return c
}

// fields are the input fields that a mapping gives, nil for absent ones.
func (l *loader) fields(n *yaml.Node) map[string]any {
	out := map[string]any{}
	for _, e := range l.entries(n, "input", "input: {text: hello}") {
		if i, v, _ := l.value(e, l.wf.Input, "the workflow's input"); i >= 0 {
			out[e.name] = v
		}
	}
	return out
}

// params is the design under a test's params over those of the defaults.
func (l *loader) params(n, defaults *yaml.Node) *design.Plan {
	set := map[string]string{}
	before := len(*l.diags)
	var at flow.Pos
	for _, from := range []*yaml.Node{defaults, n} {
		for _, e := range l.entries(from, "params", "params: {cutoff: 0.9}") {
			at = e.at
			l.param(e, set)
		}
	}
	if len(*l.diags) > before {
		return nil
	}
	p, problems := l.with(set)
	for _, d := range problems {
		l.diags.Add(at, "with these params the design is wrong: "+d.String(), "")
	}
	return p
}

// param reads one param as `--set` takes it.
func (l *loader) param(e entry, set map[string]string) {
	var names []string
	for _, p := range l.plan.Design.Params {
		names = append(names, p.Name)
		if p.Name != e.name {
			continue
		}
		t := flow.Type{Kind: flow.String}
		switch p.Value.(type) {
		case float64:
			t.Kind = flow.Number
		case bool:
			t.Kind = flow.Boolean
		}
		if yamldoc.IsNull(e.value) {
			l.diags.Add(l.doc.Pos(e.value), fmt.Sprintf("param %q is nothing, want %s", e.name, t), "")
			return
		}
		switch v := l.doc.Value(e.value, t, fmt.Sprintf("param %q", e.name), l.diags).(type) {
		case float64:
			set[e.name] = strconv.FormatFloat(v, 'g', -1, 64)
		case bool:
			set[e.name] = strconv.FormatBool(v)
		case string:
			set[e.name] = v
		}
		return
	}
	hint := diag.Suggest(e.name, names)
	if len(names) == 0 {
		hint = "it has no params"
	}
	l.diags.Add(e.at, fmt.Sprintf("the design has no param %q", e.name), hint)
}

// mocks are what steps answer, by step; nil for one that does its own work
// after all.
func (l *loader) mocks(n *yaml.Node) map[string]*mock {
	out := map[string]*mock{}
	for _, e := range l.entries(n, "mock", "mock: {assess: {decision: hold, confidence: 0.6}}") {
		node := l.node(e.name, e.at)
		switch {
		case node == nil:
		case node.Role == flow.Routing:
			l.diags.Add(e.at, fmt.Sprintf("step %q is a decision point", e.name), "mock the steps that it reads")
		case yamldoc.IsNull(e.value):
			out[e.name] = nil
		default:
			out[e.name] = l.mock(node, e)
		}
	}
	return out
}

// mock reads what one step answers: the fields of its out, or a failure.
func (l *loader) mock(n *design.Node, e entry) *mock {
	m := &mock{values: make([]any, n.Out.Len())}
	for _, word := range []string{"fail", "not_found"} {
		if present(e.value, word) && n.Out.Index(word) < 0 {
			l.failing(n, e, m)
			return m
		}
	}
	if present(e.value, callsKey) && n.Out.Index(callsKey) < 0 {
		e.value = l.calling(n, e.value, m)
	}
	given := make([]bool, n.Out.Len())
	whose := fmt.Sprintf("what step %q gives", n.Name)
	if n.Out.Len() == 0 && len(e.value.Content) > 0 {
		l.diags.Add(e.at, fmt.Sprintf("step %q gives nothing", n.Name), "mock: {"+n.Name+": {}}, or {fail: unavailable}")
		return m
	}
	for _, f := range l.entries(e.value, e.name, fmt.Sprintf("mock: {%s: {%s}}", n.Name, example(n.Out))) {
		if i, v, _ := l.value(f, n.Out, whose); i >= 0 {
			m.values[i], given[i] = v, true
		}
	}
	for i, f := range n.Out.Fields() {
		if !given[i] && !f.Type.Optional && e.value.Kind == yaml.MappingNode {
			l.diags.Add(l.doc.Pos(e.value), fmt.Sprintf("the mock of %q gives no %q", n.Name, f.Name), "give it a value, or null for an answer that lacks it")
		}
	}
	return m
}

// callsKey is where a mock says which tools the step calls.
const callsKey = "calls"

// calling reads the calls of tools that a mock makes, and gives the rest of the
// mock.
func (l *loader) calling(n *design.Node, mock *yaml.Node, m *mock) *yaml.Node {
	calls := yamldoc.Find(mock, callsKey)
	if len(n.Tools) == 0 {
		l.diags.Add(l.doc.Pos(calls), fmt.Sprintf("step %q calls no tools", n.Name), "a mock gives the fields of its out")
	} else if calls.Kind != yaml.SequenceNode {
		l.diags.Add(l.doc.Pos(calls), `"calls" wants a list of tools with their arguments`, "calls: [{"+n.Tools[0].Called+": {"+example(n.Tools[0].Args)+"}}]")
	} else {
		for _, item := range calls.Content {
			l.call(n, item, m)
		}
	}
	rest := *mock
	rest.Content = nil
	for k, v := range yamldoc.Pairs(mock) {
		if k.Value != callsKey {
			rest.Content = append(rest.Content, k, v)
		}
	}
	return &rest
}

// call reads one call. What it hands over is for the tool to judge, as what a
// model hands over is.
func (l *loader) call(n *design.Node, item *yaml.Node, m *mock) {
	var names []string
	for _, t := range n.Tools {
		names = append(names, t.Called)
	}
	made := 0
	for k, v := range yamldoc.Pairs(item) {
		made++
		if !contains(names, k.Value) {
			l.diags.Add(l.doc.Pos(k), fmt.Sprintf("step %q has no tool %q", n.Name, k.Value), diag.Suggest(k.Value, names))
		}
		arguments, err := json.Marshal(l.doc.Value(v, flow.Type{Kind: flow.Any}, "what the tool is called with", l.diags))
		if err != nil {
			l.diags.Add(l.doc.Pos(v), fmt.Sprintf("what tool %q is called with cannot be written as JSON: %v", k.Value, err), "")
		}
		m.calls = append(m.calls, toolCall{k.Value, arguments})
	}
	if made != 1 {
		l.diags.Add(l.doc.Pos(item), "a call names one tool", "calls: [{"+names[0]+": {"+example(n.Tools[0].Args)+"}}]")
	}
}

// failing reads a mock that gives no answer.
func (l *loader) failing(n *design.Node, e entry, m *mock) {
	var k failKeys
	l.doc.Decode(e.value, &k, l.diags)
	switch {
	case k.Fail != nil && k.NotFound != nil:
		l.diags.Add(l.doc.Pos(e.value), "a mock that both fails and finds nothing", "one of fail and not_found")
	case n.Role == flow.Answer:
		l.diags.Add(l.doc.Pos(e.value), fmt.Sprintf("at step %q a team answers, which does not fail in a replay", n.Name), fmt.Sprintf("mock: {%s: {%s}}", n.Name, example(n.Out)))
	case k.NotFound != nil:
		l.notFound(n, e, *k.NotFound, m)
	case k.Fail != nil:
		classes := []string{string(flow.ErrMalformed), string(flow.ErrIncomplete), string(flow.ErrUnavailable), string(flow.ErrRejected), string(flow.ErrStep), string(flow.ErrNotMeasured)}
		m.class = flow.ErrorClass(k.Fail.Value)
		if !contains(classes, k.Fail.Value) {
			l.diags.Add(k.Fail.Pos, fmt.Sprintf("a step does not fail with %q", k.Fail.Value), diag.Suggest(k.Fail.Value, classes))
		}
		if k.Detail != nil {
			m.detail = k.Detail.Value
		}
	}
}

// notFound is what a look-up gives that finds no row: no values, no rows.
func (l *loader) notFound(n *design.Node, e entry, yes bool, m *mock) {
	switch {
	case n.Kind != "lookup":
		l.diags.Add(l.doc.Pos(e.value), fmt.Sprintf("step %q looks nothing up: it is of kind %s", n.Name, n.Kind), "not_found is for steps of kind lookup")
		return
	case !yes:
		l.diags.Add(l.doc.Pos(e.value), "not_found is true or left out", "")
		return
	}
	for i, f := range n.Out.Fields() {
		switch {
		case f.Type.Optional:
		case f.Type.Kind == flow.Boolean:
			m.values[i] = false
		case f.Type.Kind == flow.Integer:
			m.values[i] = int64(0)
		case f.Type.Kind == flow.Number:
			m.values[i] = 0.0
		}
	}
}

// example is a field of a schema with a value to be put in.
func example(s *flow.Schema) string {
	if s.Len() == 0 {
		return ""
	}
	return s.Names()[0] + ": …"
}
