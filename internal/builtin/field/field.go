// Package field compiles the expressions that give a step's out fields: what
// the kinds rules, compute, lookup and action have in common.
package field

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Term is a compiled expression whose constant value, if it has one, was
// computed at load.
type Term struct {
	expr  flow.Expr
	value any
}

// Compile compiles an expression. Where the wanted type is an enum, one of
// its bare words stands for itself, without quotes.
func Compile(cfg flow.Config, src flow.Text, want flow.Type, scopes ...flow.Scope) (Term, error) {
	if want.Kind == flow.Enum && slices.Contains(want.Enum, strings.TrimSpace(src.Value)) {
		return Term{value: strings.TrimSpace(src.Value)}, nil
	}
	e, err := cfg.Compile(src, want, scopes...)
	if err != nil {
		return Term{}, err
	}
	if c, ok := e.(interface{ Constant() (any, bool) }); ok {
		if v, ok := c.Constant(); ok {
			return Term{value: v}, nil
		}
	}
	return Term{expr: e}, nil
}

// Eval gives the term's value. Whatever goes wrong is a fault of the step.
func (t Term) Eval(scopes ...[]any) (any, error) {
	if t.expr == nil {
		return t.value, nil
	}
	v, err := t.expr.Eval(scopes...)
	if err != nil {
		return nil, &flow.StepError{Class: flow.ErrStep, Err: err}
	}
	return v, nil
}

// True says whether a condition holds.
func (t Term) True(scopes ...[]any) (bool, error) {
	v, err := t.Eval(scopes...)
	b, _ := v.(bool)
	return b, err
}

// Type is the type of what the term gives: a constant's, the expression's
// where it tells, and otherwise anything.
func (t Term) Type() flow.Type {
	if e, ok := t.expr.(interface{ Type() flow.Type }); ok {
		return e.Type()
	}
	switch t.value.(type) {
	case string:
		return flow.Type{Kind: flow.String}
	case float64:
		return flow.Type{Kind: flow.Number}
	case int64:
		return flow.Type{Kind: flow.Integer}
	case bool:
		return flow.Type{Kind: flow.Boolean}
	}
	return flow.Type{Kind: flow.Any, Optional: true}
}

// Given is the term of one out field.
type Given struct {
	Index int // in the out schema
	Term  Term
}

// Compiler compiles a mapping of out fields to expressions.
type Compiler struct {
	Config flow.Config
	Key    string // of the mapping, in messages: "then"
	Scopes []flow.Scope
	// Want is the type that the expression of a field must give; nil for the
	// field's own.
	Want func(flow.Field) flow.Type
}

// Compile compiles the fields in the order in which they are written. A field
// that out does not have is an error.
func (c Compiler) Compile(texts flow.Texts) ([]Given, error) {
	var (
		given []Given
		errs  []error
		out   = c.Config.Out()
	)
	for _, n := range texts {
		i := out.Index(n.Name)
		if i < 0 {
			errs = append(errs, Unknown(c.Config, n.Pos, c.Key, n.Name))
			continue
		}
		want := out.Fields()[i].Type
		if c.Want != nil {
			want = c.Want(out.Fields()[i])
		}
		t, err := Compile(c.Config, n.Text, want, c.Scopes...)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		given = append(given, Given{Index: i, Term: t})
	}
	return given, errors.Join(errs...)
}

// Unknown is the error for a name that is no out field.
func Unknown(cfg flow.Config, at flow.Pos, key, name string) error {
	message := fmt.Sprintf("%s gives %q, which out does not have", key, name)
	if hint := diag.Suggest(name, cfg.Out().Names()); hint != "" {
		message += " (" + hint + ")"
	}
	return cfg.Errorf(at, "%s", message)
}

// Column is where an out field comes from.
type Column struct {
	Index  int // in the out schema
	Column flow.Text
}

// Columns reads a mapping of out fields to columns and completes it, aligned
// with out: a field that it does not mention is the column of its own name.
func Columns(cfg flow.Config, take flow.Texts) ([]Column, error) {
	var errs []error
	out := make([]Column, cfg.Out().Len())
	for i, f := range cfg.Out().Fields() {
		out[i] = Column{Index: i, Column: flow.Text{Value: f.Name}}
	}
	for _, n := range take {
		i := cfg.Out().Index(n.Name)
		if i < 0 {
			errs = append(errs, Unknown(cfg, n.Pos, "take", n.Name))
			continue
		}
		out[i].Column = n.Text
	}
	return out, errors.Join(errs...)
}
