package prompt

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/nodes"
	"github.com/nikolalohinski/gonja/v2/tokens"

	statements "github.com/nikolalohinski/gonja/v2/builtins/control_structures"
)

// Names of filters that bind puts around the parts of a template; no template
// can write them.
const (
	fitsFilter  = "\x00fits"
	heldFilter  = "\x00held"
	apartFilter = "\x00apart"
	timesFilter = "\x00times"
	overFilter  = "\x00over"
	// methodFilter begins the names of those that are a method of texts.
	methodFilter = "\x00method "
)

// bind rewrites a parsed template, in place, so that its meter sees what it
// does: the template language has no bounds of its own, and statements do not
// show their parts, which are therefore found by reflection.
func bind(n any) { bindIn(reflect.ValueOf(n), map[any]bool{}) }

var expressionType = reflect.TypeFor[nodes.Expression]()

func bindIn(v reflect.Value, seen map[any]bool) {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		bindIn(v.Elem(), seen)
		if v.CanSet() && v.Type() == expressionType {
			if e := bound(v.Interface()); e != nil {
				v.Set(reflect.ValueOf(e))
			}
		}
	case reflect.Pointer:
		if v.IsNil() || seen[v.UnsafePointer()] || v.Type() == reflect.TypeFor[*tokens.Token]() {
			return
		}
		seen[v.UnsafePointer()] = true
		bindIn(v.Elem(), seen)
		switch n := v.Interface().(type) {
		case *nodes.Wrapper:
			n.Nodes = append([]nodes.Node{&nodes.ControlStructureBlock{Location: n.Location, ControlStructure: tick{n.Location}}}, n.Nodes...)
		case *statements.ForControlStructure:
			n.ObjectEvaluator = filtered(n.ObjectEvaluator, overFilter)
		case *statements.SetControlStructure:
			bindSet(v.Elem())
		case *nodes.Output:
			n.Expression = filtered(n.Expression, fitsFilter)
			if n.Alternative != nil {
				n.Alternative = filtered(n.Alternative, fitsFilter)
			}
		case *nodes.FilteredExpression:
			if !strings.HasPrefix(n.Filters[0].Name, "\x00") {
				n.Expression = filtered(n.Expression, fitsFilter)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			bindIn(settable(v.Field(i)), seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			bindIn(v.Index(i), seen)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			in := v.MapIndex(k)
			bindIn(in, seen)
			if in.Type() == expressionType && !in.IsNil() {
				if e := bound(in.Interface()); e != nil {
					v.SetMapIndex(k, reflect.ValueOf(e))
				}
			}
		}
	}
}

// settable is a field of a statement: one that is not exported can be set by its
// address.
func settable(f reflect.Value) reflect.Value {
	if !f.CanAddr() {
		return f
	}
	return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
}

// bindSet keeps a statement that sets an attribute from putting a value into
// itself: comparing such a value with itself would not end.
func bindSet(set reflect.Value) {
	var into nodes.Expression
	switch target := settable(set.FieldByName("target")).Interface().(type) {
	case *nodes.GetAttribute:
		into = target.Node
	case *nodes.GetItem:
		into = target.Node
	default:
		return
	}
	for _, name := range []string{"expression", "alternative"} {
		if f := settable(set.FieldByName(name)); !f.IsNil() {
			f.Set(reflect.ValueOf(filtered(f.Interface().(nodes.Expression), apartFilter, into)))
		}
	}
}

// bound is an expression with its result held, or nil where it makes nothing.
func bound(e any) nodes.Expression {
	switch n := e.(type) {
	case *nodes.BinaryExpression:
		switch n.Operator.Token.Type {
		case tokens.Multiply:
			return filtered(n.Left, timesFilter, n.Right)
		case tokens.Addition, tokens.Tilde:
			// A text made of numbers and lists is as long as what is in them.
			n.Left, n.Right = filtered(n.Left, fitsFilter), filtered(n.Right, fitsFilter)
			return filtered(n, heldFilter)
		}
	case *nodes.Call:
		if f, ok := n.Func.(*nodes.GetAttribute); ok {
			if _, grows := growingMethods[f.Attribute]; grows {
				of := filtered(f.Node, methodFilter+f.Attribute, n.Args...)
				of.Filters[0].Kwargs = n.Kwargs
				return filtered(of, heldFilter)
			}
		}
		return filtered(n, heldFilter)
	case *nodes.List, *nodes.Tuple, *nodes.Dict:
		return filtered(n.(nodes.Expression), heldFilter)
	case *nodes.FilteredExpression:
		if !strings.HasPrefix(n.Filters[0].Name, "\x00") {
			return filtered(n, heldFilter)
		}
	}
	return nil
}

func filtered(e nodes.Expression, name string, args ...nodes.Expression) *nodes.FilteredExpression {
	return &nodes.FilteredExpression{Expression: e, Filters: []*nodes.FilterCall{{Token: e.Position(), Name: name, Args: args}}}
}

// filters are those of the template language with the ones that bind puts in.
// They pass errors on as they are.
var filters = exec.NewFilterSet(map[string]exec.FilterFunction{
	fitsFilter: passing(func(m *meter, in *exec.Value, _ *exec.VarArgs) error {
		_, err := m.fits(in, nil)
		return err
	}),
	heldFilter: passing(func(m *meter, in *exec.Value, _ *exec.VarArgs) error {
		size, err := m.fits(in, nil)
		if err != nil {
			return err
		}
		return m.make(size)
	}),
	apartFilter: passing(func(m *meter, in *exec.Value, params *exec.VarArgs) error {
		_, err := m.fits(in, params.Args[0])
		return err
	}),
	overFilter: passing(func(m *meter, in *exec.Value, _ *exec.VarArgs) error { return m.round(in.Len()) }),
	timesFilter: func(e *exec.Evaluator, in *exec.Value, params *exec.VarArgs) *exec.Value {
		if in.IsError() {
			return in
		}
		by := params.Args[0]
		switch {
		case in.IsFloat() || by.IsFloat():
			return exec.AsValue(in.Float() * by.Float())
		case !in.IsString():
			return exec.AsValue(in.Integer() * by.Integer())
		}
		text, n, m := in.String(), max(0, by.Integer()), meterOf(e.Environment.Context)
		if len(text) > 0 && n > MaxBytes/len(text) {
			return exec.AsValue(m.stop("a value in it grows past %d bytes: check its loops and inputs", MaxBytes))
		}
		if err := m.make(len(text) * n); err != nil {
			return exec.AsValue(err)
		}
		return exec.AsValue(strings.Repeat(text, n))
	},
}).Update(builtins.Filters)

// passing is a filter that passes on what it is given, unless the meter objects.
func passing(check func(*meter, *exec.Value, *exec.VarArgs) error) exec.FilterFunction {
	return func(e *exec.Evaluator, in *exec.Value, params *exec.VarArgs) *exec.Value {
		if in.IsError() {
			return in
		}
		if err := check(meterOf(e.Environment.Context), in, params); err != nil {
			return exec.AsValue(err)
		}
		return in
	}
}

// growing are the filters, and the methods of texts, that make much of little:
// true where as much as is given may come once for each part of what it is
// given to.
var (
	growingFilters = map[string]bool{"batch": false, "center": false, "indent": true, "join": true, "replace": true, "slice": false, "tojson": true, "wordwrap": true}
	growingMethods = map[string]bool{"center": false, "expandtabs": true, "join": true, "ljust": false, "replace": true, "rjust": false, "zfill": false}
)

func init() {
	for name, each := range growingFilters {
		f, ok := builtins.Filters.Get(name)
		if !ok {
			panic("template filter " + name + " is gone")
		}
		must(filters.Replace(name, within(name, each, f)))
	}
	for name, each := range growingMethods {
		f, ok := builtins.Methods.Str.Get(name)
		if !ok {
			panic("template method " + name + " is gone")
		}
		must(filters.Register(methodFilter+name, within(name, each, func(_ *exec.Evaluator, in *exec.Value, params *exec.VarArgs) *exec.Value {
			if !in.IsString() {
				return exec.AsValue(fmt.Errorf("%s is a method of texts", name))
			}
			out, err := f(in.String(), in, params)
			if err != nil {
				return exec.AsValue(fmt.Errorf("%s: %w", name, err))
			}
			return exec.AsValue(out)
		})))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// within is a filter that is asked for what a rendering may make at most.
func within(name string, each bool, f exec.FilterFunction) exec.FilterFunction {
	return func(e *exec.Evaluator, in *exec.Value, params *exec.VarArgs) *exec.Value {
		if in.IsError() {
			return in
		}
		m, longest := meterOf(e.Environment.Context), 1
		for _, a := range append(slices.Collect(maps.Values(params.KwArgs)), params.Args...) {
			switch {
			case a.IsInteger() && a.Integer() > maxRounds:
				return exec.AsValue(m.stop("%s is given the number %d, want %d at most", name, a.Integer(), maxRounds))
			case a.IsInteger():
				longest = max(longest, a.Integer())
			case a.IsString():
				longest = max(longest, len(a.String()))
			}
		}
		times := 1
		switch {
		case name == "replace" && len(params.Args) > 1:
			times = strings.Count(in.String(), params.Args[0].String())
		case each:
			times = weigh(reflect.ValueOf(in.Interface()), nil, MaxBytes, 0)
		}
		if times > 0 && longest > maxMade/times {
			return exec.AsValue(m.stop("%s may make more than %d bytes: check its inputs", name, maxMade))
		}
		return f(e, in, params)
	}
}

// tick counts one run of the statements that it stands before.
type tick struct{ at *tokens.Token }

func (t tick) Position() *tokens.Token { return t.at }
func (t tick) String() string          { return "tick" }

func (t tick) Execute(r *exec.Renderer, _ *nodes.ControlStructureBlock) error {
	m := meterOf(r.Environment.Context)
	switch r.Output.(type) {
	case *bounded, metered:
	default:
		r.Output = metered{r.Output, m}
	}
	return m.round(1)
}
