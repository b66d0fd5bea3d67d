package stress

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"errors"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// ownFault is a fault of the user's own, as it was read. What it says of a step
// is compiled against the design.
type ownFault struct {
	keys      ownKeys
	strengths []float64
	program   []byte // of exec: the keys of the step kind, as YAML
	at        flow.Pos
}

// ownStrengths are those that a fault of the user's own is tried at.
var ownStrengths = []float64{0.1, 0.3, 1}

// identifier is a name of a fault.
var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// own reads a fault of the user's own.
func (l *loader) own(k *ownKeys) {
	o := ownFault{keys: *k, strengths: ownStrengths}
	if said(&k.Name) {
		switch taken := slices.ContainsFunc(l.f.own, func(other ownFault) bool { return other.keys.Name.Value == k.Name.Value }); {
		case !identifier.MatchString(k.Name.Value):
			l.diags.Add(k.Name.Pos, fmt.Sprintf("a fault named %q", k.Name.Value), "want small letters, digits and hyphens, such as old-scanner")
		case taken || slices.Contains(Names(), k.Name.Value):
			l.diags.Add(k.Name.Pos, fmt.Sprintf("there is a fault %q already", k.Name.Value), "another name")
		}
	}
	if len(k.Strengths) > 0 {
		if at := l.ascending(k.Strengths, k.Pos, 1); at != nil {
			o.strengths = at
		}
	}
	ways := 0
	for _, has := range []bool{len(k.Set) > 0, said(k.Fails), k.Exec != nil} {
		if has {
			ways++
		}
	}
	switch {
	case ways != 1:
		l.diags.Add(k.Pos, fmt.Sprintf("fault %q wants one of set, fails and exec", k.Name.Value), "such as set: {amount: input.amount * 100}")
		return
	case said(k.Fails) && !said(k.Step):
		l.diags.Add(k.Fails.Pos, "an input does not fail", "name the step that does: step: lookup")
		return
	case said(k.Fails) && !slices.Contains(failures, flow.ErrorClass(k.Fails.Value)):
		l.diags.Add(k.Fails.Pos, fmt.Sprintf("a step does not fail with %q", k.Fails.Value), diag.Suggest(k.Fails.Value, failureNames()))
		return
	case k.Exec != nil && said(k.Step):
		l.diags.Add(l.doc.Pos(k.Exec), "a program changes the case's input, and no step", "leave step out, or write set: {field: expression}")
		return
	case k.Exec != nil:
		if !l.exec(k, &o) {
			return
		}
	case !said(k.Step):
		if _, err := compileInput(l.w, k); err != nil {
			l.take(err)
			return
		}
	}
	l.f.own = append(l.f.own, o)
}

// failures are the ways in which a step can be said to fail.
var failures = []flow.ErrorClass{flow.ErrMalformed, flow.ErrIncomplete, flow.ErrUnavailable, flow.ErrRejected, flow.ErrStep}

func failureNames() []string {
	var out []string
	for _, f := range failures {
		out = append(out, string(f))
	}
	return out
}

func (l *loader) take(err error) {
	if list := diag.List(nil); errors.As(err, &list) {
		*l.diags = append(*l.diags, list...)
	}
}

// exec keeps the keys of a program, which the step kind of that name reads.
func (l *loader) exec(k *ownKeys, o *ownFault) bool {
	o.at = l.doc.Pos(k.Exec)
	if k.Exec.Kind != yaml.MappingNode {
		l.diags.Add(o.at, `"exec" wants the keys of the step kind exec, such as {run: [python3, noise.py]}`, "")
		return false
	}
	for key := range yamldoc.Pairs(k.Exec) {
		if slices.Contains([]string{"name", "kind", "in", "out"}, key.Value) {
			l.diags.Add(l.doc.Pos(key), fmt.Sprintf("%q is not said here: a program gets the input's fields, and gives them", key.Value), "")
			return false
		}
	}
	data, err := yaml.Marshal(k.Exec)
	if err != nil {
		l.diags.Add(o.at, err.Error(), "")
		return false
	}
	o.program = data
	return true
}

// changes are expressions for fields, in the order of the fields.
type changes struct {
	when   *expr.Program // nil for always
	fields []int
	to     []*expr.Program // nil for none: the field is emptied
}

// compileChanges compiles what is set in the fields of a schema, reading env.
func compileChanges(k *ownKeys, s *flow.Schema, env *expr.Env, whose string) (*changes, error) {
	var diags diag.List
	c := &changes{}
	if said(k.When) {
		p, problems := expr.Compile(*k.When, flow.Type{Kind: flow.Boolean}, env)
		c.when, diags = p, append(diags, problems...)
	}
	for _, set := range k.Set {
		i := s.Index(set.Name)
		if i < 0 {
			var names []string
			for _, f := range s.Fields() {
				names = append(names, f.Name)
			}
			diags.Add(set.Pos, fmt.Sprintf("%s has no field %q", whose, set.Name), diag.Suggest(set.Name, names))
			continue
		}
		c.fields = append(c.fields, i)
		if strings.TrimSpace(set.Text.Value) == "null" {
			c.to = append(c.to, nil)
			continue
		}
		want := s.Fields()[i].Type
		want.Optional = true
		p, problems := expr.Compile(set.Text, want, env)
		diags = append(diags, problems...)
		c.to = append(c.to, p)
	}
	return c, diags.Err()
}

// apply gives values with what is set; ok is false where the condition does not
// hold, or nothing changes. An expression that lacks a value empties its field.
func (c *changes) apply(values []any, scopes ...[]any) (out []any, ok bool) {
	if c.when != nil {
		if v, err := c.when.Eval(scopes...); err != nil || v != true {
			return nil, false
		}
	}
	out = slices.Clone(values)
	for j, i := range c.fields {
		out[i] = nil
		if c.to[j] != nil {
			if v, err := c.to[j].Eval(scopes...); err == nil {
				out[i] = v
			}
		}
	}
	return out, true
}

// compileInput compiles a fault of the case's input.
func compileInput(w *design.Workflow, k *ownKeys) (*changes, error) {
	var env expr.Env
	env.Scope("input", w.Input, expr.Place{})
	return compileChanges(k, w.Input, &env, "the input of "+w.Name)
}

// fault compiles a fault of the user's own against a design.
func (o *ownFault) fault(ctx context.Context, p *design.Plan, r *flow.Registry) (*Fault, error) {
	k := &o.keys
	f := &Fault{Name: k.Name.Value, Title: k.Title, Group: Own, Of: "of cases", Strengths: o.strengths}
	switch {
	case o.program != nil:
		return o.startProgram(ctx, f, p, r)
	case !said(k.Step):
		c, err := compileInput(p.Workflow, k)
		if err != nil {
			return nil, err
		}
		f.input = func(x *scene) ([]any, error) {
			if !x.hits("case") {
				return nil, nil
			}
			values, ok := c.apply(x.c.Input.Values, x.c.Input.Values)
			return x.damaged(values, ok)
		}
		return f, nil
	}
	return o.ofStep(f, p)
}

// ofStep compiles a fault of a step: of what it gives, or of how it fails.
func (o *ownFault) ofStep(f *Fault, p *design.Plan) (*Fault, error) {
	k := &o.keys
	f.Of = "of calls"
	var node *design.Node
	for n := range p.Working() {
		if n.Name == k.Step.Value && n.Step != nil {
			node = n
		}
	}
	if node == nil {
		f.applies, f.without = func(*design.Plan) bool { return false }, fmt.Sprintf("a step %q that does work", k.Step.Value)
		return f, nil
	}
	var env expr.Env
	env.Scope("in", node.Schema, expr.Place{})
	env.Scope("out", node.Out, expr.Place{Scope: 1})
	c, err := compileChanges(k, node.Out, &env, fmt.Sprintf("what step %q gives", node.Name))
	if err != nil {
		return nil, err
	}
	f.step = func(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
		if n.Name != node.Name || !x.hits(call(n, in)) {
			return work(in)
		}
		out, err := work(in)
		if err != nil {
			return out, err
		}
		values, ok := c.apply(out.Values, in.Values, out.Values)
		if !ok {
			return out, nil
		}
		x.touched.Store(true)
		if said(k.Fails) {
			return flow.Output{}, flow.Errorf(flow.ErrorClass(k.Fails.Value), "fault %s", f.Name)
		}
		out.Values = values
		return out, nil
	}
	return f, nil
}
