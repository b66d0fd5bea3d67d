// Package rules is the step kind `rules`: a decision table over typed
// expressions, with the hit policies unique, first and collect of DMN.
package rules

import (
	"context"
	"errors"
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Hit is the hit policy: unique (the default), first or collect.
	Hit flow.Text `yaml:"hit,omitempty" jsonschema:"enum=unique,enum=first,enum=collect,default=unique"`
	// Rules are the rows of the table.
	Rules []Rule `yaml:"rules"`
	// Else is what is given where no rule matches: out fields by expression.
	Else flow.Texts `yaml:"else,omitempty"`
	// Collect says how the values of several rules become one number, by out
	// field: sum, min, max or count. Only with hit: collect.
	Collect flow.Texts `yaml:"collect,omitempty"`
}

// Rule is one row: what must hold, and what it then gives.
type Rule struct {
	Name string     `yaml:"name,omitempty"`
	When flow.Text  `yaml:"when"`
	Then flow.Texts `yaml:"then"`
	Pos  flow.Pos   `yaml:",pos"`
}

// Kind makes steps of kind rules.
func Kind() flow.StepKind {
	return flow.StepKind{
		Doc: "A decision table. Each rule has a condition over `in` (when) and expressions for the out fields (then). " +
			"`hit: unique`, the default, demands that at most one rule matches; `first` takes the first that does, in the order written; " +
			"`collect` takes all: a list field gathers their values in order, a number field needs `collect: {field: sum}` (or min, max, count). " +
			"`else` is given where no rule matches; without it such a case is an error. " +
			"For an enum field one of its words needs no quotes: `then: {decision: hold}`.",
		Role:   flow.Work,
		Actor:  flow.Rule,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return New(cfg) },
	}
}

// row is a compiled rule.
type row struct {
	name string
	when field.Term
	then []field.Given
}

// Table is a compiled decision table.
type Table struct {
	policy  flow.HitPolicy
	rows    []row
	orElse  []field.Given
	hasElse bool
	gather  []gather // aligned with out; for collect
	width   int
	written []flow.Text // the conditions
}

var _ flow.DecisionTable = (*Table)(nil)

// DecisionTable is the table as it is written.
func (t *Table) DecisionTable() flow.Table {
	return flow.Table{Rows: t.written, Policy: t.policy, Else: t.hasElse}
}

// New compiles a decision table.
func New(cfg flow.Config) (*Table, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	t := &Table{width: cfg.Out().Len(), hasElse: c.Else != nil}
	var errs []error
	fail := func(at flow.Pos, format string, args ...any) { errs = append(errs, cfg.Errorf(at, format, args...)) }

	switch t.policy = flow.HitPolicy(c.Hit.Value); t.policy {
	case "":
		t.policy = flow.HitUnique
	case flow.HitUnique, flow.HitFirst, flow.HitCollect:
	default:
		fail(c.Hit.Pos, "unknown hit policy %q, want unique, first or collect", c.Hit.Value)
	}
	if len(c.Rules) == 0 {
		fail(flow.Pos{}, "rules is empty, want at least one rule")
	}
	then := field.Compiler{Config: cfg, Key: "then", Scopes: []flow.Scope{{Name: "in", Schema: cfg.In()}}}
	orElse := then
	orElse.Key = "else"
	if t.policy == flow.HitCollect {
		var err error
		if t.gather, err = gathers(cfg, c.Collect); err != nil {
			errs = append(errs, err)
		} else {
			then.Want = func(f flow.Field) flow.Type { return t.gather[cfg.Out().Index(f.Name)].elem }
		}
	} else if len(c.Collect) > 0 {
		fail(c.Collect[0].Pos, "collect needs hit: collect")
	}

	names := map[string]int{}
	for i, r := range c.Rules {
		name := r.Name
		if name == "" {
			name = fmt.Sprintf("rule %d", i+1)
		}
		if earlier, dup := names[name]; dup {
			fail(r.Pos, "rule %d has the name %q of rule %d", i+1, name, earlier+1)
		}
		names[name] = i
		when, err := field.Compile(cfg, r.When, flow.Type{Kind: flow.Boolean}, then.Scopes...)
		if err != nil {
			errs = append(errs, err)
		}
		given, err := then.Compile(r.Then)
		if err != nil {
			errs = append(errs, err)
		} else if t.policy != flow.HitCollect {
			errs = append(errs, missing(cfg, r.Pos, fmt.Sprintf("%q", name), given))
		}
		t.rows = append(t.rows, row{name: name, when: when, then: given})
		t.written = append(t.written, r.When)
	}
	var err error
	if t.orElse, err = orElse.Compile(c.Else); err != nil {
		errs = append(errs, err)
	} else if t.hasElse {
		at := flow.Pos{}
		if len(c.Else) > 0 {
			at = c.Else[0].Pos
		}
		errs = append(errs, missing(cfg, at, "else", t.orElse))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

// missing reports out fields that must be there and that a rule does not give.
func missing(cfg flow.Config, at flow.Pos, who string, given []field.Given) error {
	has := make([]bool, cfg.Out().Len())
	for _, g := range given {
		has[g.Index] = true
	}
	for i, f := range cfg.Out().Fields() {
		if !has[i] && !f.Type.Optional {
			return cfg.Errorf(at, "%s does not give %q, which is not optional", who, f.Name)
		}
	}
	return nil
}

// Do finds the rules that match and gives what they say.
func (t *Table) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	scopes := [][]any{in.Values} // made once for all expressions
	if t.policy == flow.HitCollect {
		return t.collect(scopes)
	}
	var hit *row
	for i := range t.rows {
		r := &t.rows[i]
		ok, err := r.when.True(scopes...)
		switch {
		case err != nil:
			return flow.Output{}, err
		case !ok:
			continue
		case hit != nil:
			return flow.Output{}, flow.Errorf(flow.ErrMalformed, "rules %q and %q both match, and hit is unique", hit.name, r.name)
		}
		hit = r
		if t.policy == flow.HitFirst {
			break
		}
	}
	switch {
	case hit != nil:
		return t.give(hit.then, scopes)
	case t.hasElse:
		return t.give(t.orElse, scopes)
	}
	return flow.Output{}, flow.Errorf(flow.ErrMalformed, "no rule matches, and there is no else")
}

func (t *Table) give(given []field.Given, scopes [][]any) (flow.Output, error) {
	values := make([]any, t.width)
	for _, g := range given {
		v, err := g.Term.Eval(scopes...)
		if err != nil {
			return flow.Output{}, err
		}
		values[g.Index] = v
	}
	return flow.Output{Values: values}, nil
}
