package stress

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// startProgram makes a fault of a program that changes a case's input. It is a
// step of kind exec, whose input and output are the fields of a case, any of
// which it may leave empty.
func (o *ownFault) startProgram(ctx context.Context, f *Fault, p *design.Plan, r *flow.Registry) (*Fault, error) {
	node, err := o.node(p.Workflow, r)
	if err != nil {
		return nil, err
	}
	step := node.Step
	session := flow.Session{Programs: true}
	if needs, ok := step.(flow.Requirer); ok {
		if err := needs.Ready(session); err != nil {
			return nil, diag.List{{Pos: o.at, Message: fmt.Sprintf("fault %q: %v", f.Name, err)}}
		}
	}
	opener, opens := step.(flow.Opener)
	if opens {
		if err := opener.Open(ctx, session); err != nil {
			return nil, fmt.Errorf("fault %q: %w", f.Name, err)
		}
		f.close = opener.Close
	}
	f.halt = &halt{}
	f.input = func(x *scene) ([]any, error) {
		if !x.hits("case") || f.halt.skips(x) {
			return nil, nil
		}
		key := flow.Key{Seed: x.seed, Case: x.c.ID, Step: "fault:" + f.Name}
		out, err := step.Do(ctx, flow.Input{Message: x.c.Input, Key: key, Cluster: x.c.Cluster})
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, f.halt.fails(x, err)
		}
		schema := x.c.Input.Schema
		values := make([]any, schema.Len())
		for i, f := range schema.Fields() {
			values[i] = out.Values[node.Out.Index(f.Name)]
		}
		same := bytes.Equal(flow.AppendJSON(nil, schema, values), flow.AppendJSON(nil, schema, x.c.Input.Values))
		return x.damaged(values, !same)
	}
	return f, nil
}

// node makes the step by way of a design that has no other: kinds are made by no
// other door.
func (o *ownFault) node(w *design.Workflow, r *flow.Registry) (*design.Node, error) {
	var keys map[string]any
	if err := yaml.Unmarshal(o.program, &keys); err != nil {
		return nil, err
	}
	in, out, outcome := map[string]string{}, map[string]string{}, map[string]string{}
	var optional []flow.Field
	for _, f := range w.Input.Fields() {
		in[f.Name], out[f.Name], outcome[f.Name] = "input."+f.Name, "outcome."+f.Name, "change."+f.Name
		f.Type.Optional = true
		optional = append(optional, f)
	}
	keys["name"], keys["kind"], keys["in"], keys["out"] = "change", "exec", in, out
	name := o.keys.Name.Value
	text, err := yaml.Marshal(map[string]any{"design": name, "workflow": w.Name, "steps": []any{keys}, "outcome": outcome})
	if err != nil {
		return nil, err
	}
	around := &design.Workflow{
		File: w.File, Dir: w.Dir, Root: w.Root, Name: w.Name, Decision: -1,
		Input: w.Input, Outcome: flow.NewSchema(optional...), Compare: make([]design.Comparator, len(optional)),
	}
	plan, problems := design.Parse(name+".yaml", text, around, r, design.Options{})
	if err := problems.Err(); err != nil {
		var list diag.List
		if !errors.As(err, &list) {
			return nil, err
		}
		for i := range list {
			list[i].Pos = o.at // what was read has no place in the user's file
		}
		return nil, list
	}
	return plan.Nodes[0], nil
}
