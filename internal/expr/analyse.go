package expr

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// result is what the analysis knows of a node: its type and whether it may be
// absent.
type result struct {
	typ   flow.Type
	known bool // typ says more than the library's checker finds out
	opt   bool
	null  bool // it is null and nothing else
}

// analysis finds what may be absent and is used as if it could not be, the
// types that the library does not know, and what is read whatever happens.
type analysis struct {
	names   map[string]entry // of the environment
	locals  []local
	guarded map[string]bool // names that the text itself asks for absence
	always  map[string]bool // names that are read whatever branch is taken
	branch  int             // depth of branches that may not be taken
	// untyped are the nodes that may hold what the library's types do not
	// say: nothing at all, or one of two kinds of values.
	untyped map[ast.Node]bool
	report  func(at file.Location, message, hint string)
}

type local struct {
	name string
	res  result
}

// visit analyses a node. present are the paths known not to be absent.
func (a *analysis) visit(n ast.Node, present []string) result {
	r := a.node(n, present)
	if !r.known {
		r.typ, r.known = flowType(n.Nature()), true
	}
	r.typ.Optional = r.opt
	if r.opt || r.typ.Kind == flow.Any {
		a.untyped[n] = true
	}
	return r
}

// need visits a node that must not be absent.
func (a *analysis) need(n ast.Node, present []string) result {
	r := a.visit(n, present)
	if !r.opt {
		return r
	}
	path := pathOf(n)
	if path == "" {
		a.report(n.Location(), "this may be absent here", "give a value for that case: (…) ?? 0")
	} else {
		a.report(start(n), fmt.Sprintf("%s may be absent", path), fmt.Sprintf("guard it: %s ?? …, or %s != null and …", path, path))
	}
	return r
}

func (a *analysis) node(n ast.Node, present []string) result {
	switch n := n.(type) {
	case *ast.NilNode:
		return result{known: true, opt: true, null: true}
	case *ast.IntegerNode:
		return result{typ: flow.Type{Kind: flow.Integer}, known: true}
	case *ast.FloatNode:
		return result{typ: flow.Type{Kind: flow.Number}, known: true}
	case *ast.StringNode:
		return result{typ: flow.Type{Kind: flow.String}, known: true}
	case *ast.BoolNode:
		return result{typ: flow.Type{Kind: flow.Boolean}, known: true}
	case *ast.IdentifierNode:
		return a.identifier(n, present)
	case *ast.UnaryNode:
		a.need(n.Node, present)
	case *ast.BinaryNode:
		return a.binary(n, present)
	case *ast.ConditionalNode:
		a.need(n.Cond, present)
		a.branch++
		x := a.visit(n.Exp1, append(slices.Clone(present), implied(n.Cond, true)...))
		y := a.visit(n.Exp2, append(slices.Clone(present), implied(n.Cond, false)...))
		a.branch--
		return either(x, y)
	case *ast.ChainNode:
		return a.visit(n.Node, present)
	case *ast.MemberNode:
		return a.member(n, present)
	case *ast.SliceNode:
		a.need(n.Node, present)
		for _, bound := range []ast.Node{n.From, n.To} {
			if bound != nil {
				a.need(bound, present)
			}
		}
	case *ast.CallNode:
		for _, arg := range n.Arguments {
			a.need(arg, present)
		}
	case *ast.BuiltinNode:
		return a.builtin(n, present)
	case *ast.PredicateNode:
		a.visit(n.Node, present)
	case *ast.VariableDeclaratorNode:
		r := a.visit(n.Value, present)
		a.locals = append(a.locals, local{n.Name, r})
		out := a.visit(n.Expr, present)
		a.locals = a.locals[:len(a.locals)-1]
		return out
	case *ast.SequenceNode:
		var last result
		for _, c := range n.Nodes {
			last = a.visit(c, present)
		}
		return last
	case *ast.ArrayNode:
		for _, c := range n.Nodes {
			a.visit(c, present)
		}
	case *ast.MapNode:
		for _, c := range n.Pairs {
			a.visit(c, present)
		}
	case *ast.PairNode:
		a.visit(n.Value, present)
	}
	return result{}
}

// builtin analyses a call, and mends the library's idea of numbers: it takes
// the greatest of a whole number and a fraction for a whole number.
func (a *analysis) builtin(n *ast.BuiltinNode, present []string) result {
	var all flow.Type
	for i, arg := range n.Arguments {
		if i > 0 && isPredicate(arg) {
			a.branch++ // the body of a loop over an empty list does not run
		}
		t := a.need(arg, present).typ
		if i > 0 && isPredicate(arg) {
			a.branch--
		}
		if i == 0 {
			all = t
		}
		all = join(all, t)
	}
	switch n.Name {
	case "find", "first", "last":
		return result{opt: true}
	case "min", "max", "sum", "mean", "median":
		a.untyped[n] = true
		if all.Kind != flow.Integer || n.Name == "mean" || n.Name == "median" {
			all = flow.Type{Kind: flow.Number}
		}
		return result{typ: all, known: true}
	}
	return result{}
}

func isPredicate(n ast.Node) bool {
	_, ok := n.(*ast.PredicateNode)
	return ok
}

func (a *analysis) identifier(n *ast.IdentifierNode, present []string) result {
	for i := len(a.locals) - 1; i >= 0; i-- {
		if a.locals[i].name == n.Value {
			r := a.locals[i].res
			r.opt = r.opt && !slices.Contains(present, n.Value)
			return r
		}
	}
	e, ok := a.names[n.Value]
	if !ok {
		return result{}
	}
	if a.branch == 0 {
		a.always[n.Value] = true
	}
	opt := e.read.Type.Optional && !slices.Contains(present, n.Value)
	return result{typ: e.read.Type, known: true, opt: opt}
}

func (a *analysis) binary(n *ast.BinaryNode, present []string) result {
	switch n.Operator {
	case "??":
		a.guarded[pathOf(n.Left)] = true
		x := a.visit(n.Left, present)
		a.branch++
		y := a.visit(n.Right, present)
		a.branch--
		x.opt = x.null
		r := either(x, y)
		r.opt = y.opt
		return r
	case "==", "!=":
		if isNull(n.Left) || isNull(n.Right) {
			a.guarded[pathOf(n.Left)], a.guarded[pathOf(n.Right)] = true, true
		}
		x, y := a.visit(n.Left, present), a.visit(n.Right, present)
		for _, side := range []ast.Node{n.Left, n.Right} {
			// What counts as present may have been jumped over, and then equals
			// nothing but null.
			if !isLiteral(side) {
				a.untyped[side] = true
			}
		}
		a.word(x, n.Right)
		a.word(y, n.Left)
	case "in":
		x := a.need(n.Left, present)
		a.need(n.Right, present)
		if list, ok := n.Right.(*ast.ArrayNode); ok {
			for _, c := range list.Nodes {
				a.word(x, c)
			}
		}
	case "and", "&&", "or", "||":
		truth := n.Operator == "and" || n.Operator == "&&"
		a.need(n.Left, present)
		a.branch++
		a.need(n.Right, append(slices.Clone(present), implied(n.Left, truth)...))
		a.branch--
	default:
		a.need(n.Left, present)
		a.need(n.Right, present)
	}
	return result{}
}

// word checks a text that is compared with an enum: a slip there would be
// false for ever.
func (a *analysis) word(r result, n ast.Node) {
	s, ok := n.(*ast.StringNode)
	if !ok || !r.known || r.typ.Kind != flow.Enum || slices.Contains(r.typ.Enum, s.Value) {
		return
	}
	a.report(n.Location(), fmt.Sprintf("%q is none of its values", s.Value), diag.Suggest(s.Value, r.typ.Enum))
}

func (a *analysis) member(n *ast.MemberNode, present []string) result {
	var base result
	if n.Optional {
		base = a.visit(n.Node, present)
	} else {
		base = a.need(n.Node, present)
	}
	prop, named := n.Property.(*ast.StringNode)
	if !named {
		a.need(n.Property, present)
		return result{}
	}
	r := result{opt: n.Optional && base.opt}
	if i := base.typ.Fields.Index(prop.Value); i >= 0 {
		t := base.typ.Fields.Fields()[i].Type
		r.typ, r.known = t, true
		r.opt = r.opt || t.Optional
	}
	r.opt = r.opt && !slices.Contains(present, pathOf(n))
	return r
}

// either is what is known of a value that is one of two.
func either(x, y result) result {
	r := result{opt: x.opt || y.opt, known: true, null: x.null && y.null}
	switch {
	case x.null:
		r.typ = y.typ
	case y.null:
		r.typ = x.typ
	default:
		r.typ = join(x.typ, y.typ)
	}
	return r
}

func isNull(n ast.Node) bool {
	_, ok := n.(*ast.NilNode)
	return ok
}

// implied are the paths that are present where a condition has the given
// truth.
func implied(n ast.Node, truth bool) []string {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			return implied(n.Node, !truth)
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "==", "!=":
			left, right := n.Left, n.Right
			if isNull(left) {
				left, right = right, left
			}
			path := pathOf(left)
			switch {
			case path == "":
			case isNull(right) && truth == (n.Operator == "!="):
				return []string{path}
			case isLiteral(right) && truth == (n.Operator == "=="):
				return []string{path}
			}
		case "and", "&&":
			if truth {
				return append(implied(n.Left, true), implied(n.Right, true)...)
			}
		case "or", "||":
			if !truth {
				return append(implied(n.Left, false), implied(n.Right, false)...)
			}
		}
	}
	return nil
}

func isLiteral(n ast.Node) bool {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode:
		return true
	}
	return false
}

// pathOf writes a name, or a member of one, as the user does; "" for anything
// else.
func pathOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value
	case *ast.ChainNode:
		return pathOf(n.Node)
	case *ast.MemberNode:
		base := pathOf(n.Node)
		if p, ok := n.Property.(*ast.StringNode); ok && base != "" {
			return base + "." + p.Value
		}
	}
	return ""
}
