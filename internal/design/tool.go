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

// toolKeys say what a tool is called with.
type toolKeys struct {
	About string     `yaml:"about,omitempty" jsonschema:"description=what the tool does: said to the model that may call it"`
	Takes *yaml.Node `yaml:"takes" schema:"fields,required"`
}

// isTool says whether a step as written is a tool.
func isTool(n *yaml.Node) bool { return yamldoc.Find(n, "tool") != nil }

// setAside takes a tool out of the line of steps. It gives the first slot after
// its arguments.
func (l *loader) setAside(d *draft, slot int) int {
	n := d.node
	l.tools = append(l.tools, d)
	n.Called, n.ArgSlot, n.Args = n.Name, slot, flow.NewSchema()
	if d.keys.Tool.Takes != nil {
		n.Args = l.types.schema(d.keys.Tool.Takes, "takes")
	} else {
		l.diags.Add(d.at, fmt.Sprintf("tool %q does not say what it takes", n.Name), "takes: {order: string}, or takes: {} for nothing")
	}
	if n.Group != nil {
		l.diags.Add(d.at, fmt.Sprintf("tool %q in parallel group %q", n.Name, n.Group.Name), "a tool stands outside of groups")
	}
	if d.keys.Broken != nil {
		l.diags.Add(d.keys.Broken.at, fmt.Sprintf("tool %q says what happens when its handoff breaks", n.Name), "the step that calls it is told, and goes on")
	}
	switch {
	case n.Kind == workflowKind, d.ok && n.Role != flow.Work:
		l.diags.Add(d.keys.Kind.Pos, fmt.Sprintf("a tool of kind %s", n.Kind), "tools look things up and work things out: they do not decide, act, or ask people")
		d.ok = false
	case d.ok && n.Out.Len() == 0:
		l.diags.Add(d.at, fmt.Sprintf("tool %q gives nothing back", n.Name), "out says what")
	}
	return slot + n.Args.Len()
}

// argumentsOf makes a tool's arguments readable to its `in`.
func (l *loader) argumentsOf(d *draft, e *expr.Env) {
	e.Scope("called", d.node.Args, expr.Place{Index: d.node.ArgSlot})
	e.Whole("called")
}

// toolParams remembers the params that a tool reads.
func (l *loader) toolParams(d *draft, p *expr.Program) {
	if d.keys.Tool != nil {
		d.params = append(d.params, p.Constants()...)
	}
}

// tool is the tool of that name, which c's step then calls.
func (l *loader) tool(c *config, name flow.Text) (flow.Tool, error) {
	fault := func(message, hint string) (flow.Tool, error) {
		return flow.Tool{}, diag.List{{Pos: c.at(name.Pos), Message: message, Hint: hint}}
	}
	var names []string
	for _, t := range l.tools {
		n := t.node
		if n.Name != name.Value {
			names = append(names, n.Name)
			continue
		}
		if c.d.keys.Tool != nil {
			return fault(fmt.Sprintf("tool %q calls tool %q", c.d.node.Name, n.Name), "tools call no others")
		}
		if t.caller != nil {
			return fault(fmt.Sprintf("step %q calls tool %q already", t.caller.node.Name, n.Name), "write it once for each step that calls it")
		}
		t.caller = c.d
		return flow.Tool{Name: n.Name, About: t.keys.Tool.About, Takes: n.Args, Gives: n.Out}, nil
	}
	const want = "a tool says what it takes, such as tool: {takes: {order: string}}"
	for _, d := range l.steps {
		if d.node.Name == name.Value && name.Value != "" {
			return fault(fmt.Sprintf("step %q is no tool", name.Value), want)
		}
	}
	return fault(fmt.Sprintf("no tool %q", name.Value), orElse(diag.Suggest(name.Value, names), want))
}

// handTools gives each step its tools, once all are known. What a tool reads of
// the case is a part of what its caller is handed: the caller's answer hangs on
// it.
func (l *loader) handTools() {
	for _, t := range l.tools {
		n := t.node
		switch n.Step.(type) {
		case flow.Fitter:
			l.diags.Add(t.at, fmt.Sprintf("tool %q learns", n.Name), "no case comes to a tool by itself, so that there is nothing to learn from")
		case flow.RecordReader:
			l.diags.Add(t.at, fmt.Sprintf("tool %q reads what was recorded", n.Name), "nobody recorded what it would have been called with")
		}
		if t.caller == nil {
			continue
		}
		c := t.caller.node
		if n.Index > c.Index {
			l.diags.Add(t.at, fmt.Sprintf("tool %q stands behind step %q, which calls it", n.Name, c.Name), "write it before: it reads what was there before")
			continue
		}
		c.Tools = append(c.Tools, n)
		c.Edge.UseInput = c.Edge.UseInput || n.Edge.UseInput
		c.Edge.Steps = append(c.Edge.Steps, n.Edge.Steps...)
		slices.Sort(c.Edge.Steps)
		c.Edge.Steps = slices.Compact(c.Edge.Steps)
		c.Edge.Slots = append(c.Edge.Slots, n.Edge.Slots...)
		slices.Sort(c.Edge.Slots)
		c.Edge.Slots = slices.Compact(c.Edge.Slots)
		for i := range l.plan.Design.Params {
			p := &l.plan.Design.Params[i]
			if slices.Contains(t.params, "params."+p.Name) && !slices.Contains(p.Steps, c.Name) {
				p.Steps = append(p.Steps, c.Name)
			}
		}
	}
	// A tool reads where its caller stands, and one without a caller never.
	l.uses = slices.DeleteFunc(l.uses, func(u use) bool { return u.tool != nil && u.tool.caller == nil })
	for i, u := range l.uses {
		if u.tool != nil {
			l.uses[i].by = u.tool.caller.node.Index
		}
	}
}

func unusedTools(l *loader, warn report) {
	for _, t := range l.tools {
		if t.caller == nil {
			warn(t.node.Pos, fmt.Sprintf("no step calls tool %q", t.node.Name), fmt.Sprintf("tools: [%s]", t.node.Name))
		}
	}
}
