package design

import (
	"errors"
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// config is what a kind gets to make a step from. Its errors are lists of
// diagnostics.
type config struct {
	l       *loader
	d       *draft
	decoded bool
}

var _ flow.Config = (*config)(nil)

func (c *config) Step() string          { return c.d.node.Name }
func (c *config) In() *flow.Schema      { return c.d.node.Schema }
func (c *config) Out() *flow.Schema     { return c.d.node.Out }
func (c *config) Outcome() *flow.Schema { return c.l.wf.Outcome }
func (c *config) Folder() string        { return c.l.wf.Dir }
func (c *config) System() flow.NamedSystem {
	s, _ := c.l.wf.System(c.d.node.System)
	return flow.NamedSystem{Name: s.Name, Owner: s.Owner, Hosts: s.Hosts, Price: s.Price}
}
func (c *config) Project() string { return c.l.wf.Root }

// Decode decodes the keys that are the kind's own.
func (c *config) Decode(into any) error {
	c.decoded = true
	var diags diag.List
	c.l.doc.Decode(c.d.rest, into, &diags)
	return diags.Err()
}

// Compile compiles an expression over the scopes and the params.
func (c *config) Compile(src flow.Text, want flow.Type, scopes ...flow.Scope) (flow.Expr, error) {
	src.Pos = c.at(src.Pos) // a key left empty has none
	e := &expr.Env{}
	for i, s := range scopes {
		e.Scope(s.Name, s.Schema, expr.Place{Scope: i})
	}
	c.l.addParams(e)
	const other = "a step reads what its in declares, as in.field"
	e.Hide("input", other)
	for _, d := range c.l.steps {
		if d.node.Name != "" && !hasScope(scopes, d.node.Name) {
			e.Hide(d.node.Name, other)
		}
	}
	p, diags := expr.Compile(src, want, e)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	c.l.noteParams(p, c.d.node.Index)
	c.l.toolParams(c.d, p)
	return p, nil
}

func hasScope(scopes []flow.Scope, name string) bool {
	for _, s := range scopes {
		if s.Name == name || s.Name == "" && s.Schema.Index(name) >= 0 {
			return true
		}
	}
	return false
}

// ReadFile reads a file of the workflow's folder.
func (c *config) ReadFile(name flow.Text) ([]byte, error) {
	data, err := c.l.files.read(name.Value)
	if err != nil {
		return nil, c.Errorf(c.at(name.Pos), "%w", err)
	}
	return data, nil
}

// Path is the path of a file or a folder of the workflow's folder.
func (c *config) Path(name flow.Text) (string, error) {
	path, err := c.l.files.path(name.Value)
	if err != nil {
		return "", c.Errorf(c.at(name.Pos), "%w", err)
	}
	return path, nil
}

// Files are the files of a folder of the workflow's folder.
func (c *config) Files(name flow.Text) ([]flow.File, error) {
	files, err := c.l.files.files(name.Value)
	if err != nil {
		return nil, c.Errorf(c.at(name.Pos), "%w", err)
	}
	return files, nil
}

// Tool is a step that is marked as a tool. The step that asks for it is the
// one that calls it.
func (c *config) Tool(name flow.Text) (flow.Tool, error) {
	return c.l.tool(c, name)
}

// at is a position, that of the step where it is unknown.
func (c *config) at(p flow.Pos) flow.Pos {
	if p.Line == 0 {
		return c.d.at
	}
	return p
}

// Errorf makes an error at a position of the design file.
func (c *config) Errorf(at flow.Pos, format string, args ...any) error {
	return diag.List{{Pos: c.at(at), Message: fmt.Errorf(format, args...).Error()}}
}

// take adds what a kind found wrong, whatever its form.
func (l *loader) take(err error, at flow.Pos) {
	switch joined, ok := err.(interface{ Unwrap() []error }); {
	case ok:
		for _, e := range joined.Unwrap() {
			l.take(e, at)
		}
	default:
		var list diag.List
		if errors.As(err, &list) {
			*l.diags = append(*l.diags, list...)
			return
		}
		l.diags.Add(at, err.Error(), "")
	}
}
