package rules

import (
	"errors"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// gather says how the values that several rules give to one field become one.
type gather struct {
	elem  flow.Type // of what one rule gives
	fold  fold
	whole bool // the field is an integer
}

type fold uint8

const (
	list fold = iota
	sum
	least
	greatest
	count
)

var folds = map[string]fold{"sum": sum, "min": least, "max": greatest, "count": count}

// gathers reads `collect`, aligned with out.
func gathers(cfg flow.Config, texts flow.Texts) ([]gather, error) {
	var errs []error
	out := cfg.Out()
	g := make([]gather, out.Len())
	declared := make([]bool, out.Len())
	for _, n := range texts {
		i := out.Index(n.Name)
		f, known := folds[n.Text.Value]
		switch {
		case i < 0:
			errs = append(errs, field.Unknown(cfg, n.Pos, "collect", n.Name))
		case !known:
			errs = append(errs, cfg.Errorf(n.Text.Pos, "collect: %q is unknown, want sum, min, max or count", n.Text.Value))
		case out.Fields()[i].Type.Kind != flow.Number && out.Fields()[i].Type.Kind != flow.Integer:
			errs = append(errs, cfg.Errorf(n.Pos, "collect: %q is a %s, want a number or an integer", n.Name, out.Fields()[i].Type))
			declared[i] = true
		default:
			t := out.Fields()[i].Type
			g[i] = gather{elem: flow.Type{Kind: t.Kind, Optional: true}, fold: f, whole: t.Kind == flow.Integer}
			if f == count {
				g[i].elem = flow.Type{Kind: flow.Any, Optional: true}
			}
			declared[i] = true
		}
	}
	for i, f := range out.Fields() {
		switch {
		case declared[i]:
		case f.Type.Kind == flow.List:
			g[i].elem = flow.Type{Kind: flow.Any}
			if f.Type.Elem != nil {
				g[i].elem = *f.Type.Elem
			}
			g[i].elem.Optional = true
		default:
			errs = append(errs, cfg.Errorf(flow.Pos{}, "hit: collect gives lists, and %q is %s; make it a list, or say collect: {%s: sum}", f.Name, f.Type, f.Name))
		}
	}
	return g, errors.Join(errs...)
}

// collect gathers what all matching rules give. Absent values are left out.
func (t *Table) collect(scopes [][]any) (flow.Output, error) {
	values := make([]any, t.width)
	hits := 0
	for i := range t.rows {
		r := &t.rows[i]
		ok, err := r.when.True(scopes...)
		if err != nil {
			return flow.Output{}, err
		}
		if !ok {
			continue
		}
		hits++
		for _, g := range r.then {
			v, err := g.Term.Eval(scopes...)
			if err != nil {
				return flow.Output{}, err
			}
			if v != nil {
				values[g.Index] = t.gather[g.Index].add(values[g.Index], v)
			}
		}
	}
	if hits == 0 && t.hasElse {
		return t.give(t.orElse, scopes)
	}
	for i, g := range t.gather {
		if values[i] == nil {
			values[i] = g.none()
		}
	}
	return flow.Output{Values: values}, nil
}

// add adds the value of one rule to what was gathered before.
func (g gather) add(acc, v any) any {
	switch {
	case g.fold == list:
		l, _ := acc.([]any)
		return append(l, v)
	case g.fold == count:
		n := number(acc) + 1
		return g.number(n)
	case acc == nil:
		return v
	}
	a, b := number(acc), number(v)
	switch g.fold {
	case sum:
		return g.number(a + b)
	case least:
		return g.number(min(a, b))
	}
	return g.number(max(a, b))
}

// none is what no value at all comes to: an empty list, a sum or count of
// nought, and nothing for the least and the greatest.
func (g gather) none() any {
	switch g.fold {
	case list:
		return []any{}
	case sum, count:
		return g.number(0)
	}
	return nil
}

func (g gather) number(x float64) any {
	if g.whole {
		return int64(x)
	}
	return x
}

func number(v any) float64 {
	switch x := v.(type) {
	case float64:
		return x
	case int64:
		return float64(x)
	}
	return 0
}
