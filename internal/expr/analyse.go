package expr

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// result is what the analysis knows of a node: its type, as far as it is more
// than the library's checker finds out, and whether it may be absent.
type result struct {
	typ   flow.Type
	known bool // typ says something
	opt   bool
}

// analysis finds what may be absent and is used as if it could not be, the
// types that the library does not know, and what is read whatever happens.
type analysis struct {
	names    map[string]entry // of the environment
	locals   []local
	guarded  map[string]bool // names that the text itself asks for absence
	always   map[string]bool // names that are read whatever branch is taken
	branch   int             // depth of branches that may not be taken
	optional map[ast.Node]bool
	report   func(at file.Location, message, hint string)
}

type local struct {
	name string
	res  result
}

// visit analyses a node. present are the paths known not to be absent.
func (a *analysis) visit(n ast.Node, present []string) result {
	r := a.node(n, present)
	if r.opt {
		a.optional[n] = true
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
		return result{typ: flow.Type{Optional: true}, known: true, opt: true}
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
		for i, arg := range n.Arguments {
			if i > 0 {
				a.branch++ // the body of a loop over an empty list does not run
			}
			a.need(arg, present)
			if i > 0 {
				a.branch--
			}
		}
		switch n.Name {
		case "find", "first", "last":
			return result{opt: !slices.Contains(present, pathOf(n)) || pathOf(n) == ""}
		}
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
	return result{typ: withOptional(e.read.Type, opt), known: true, opt: opt}
}

func (a *analysis) binary(n *ast.BinaryNode, present []string) result {
	switch n.Operator {
	case "??":
		a.guarded[pathOf(n.Left)] = true
		x := a.visit(n.Left, present)
		a.branch++
		y := a.visit(n.Right, present)
		a.branch--
		x.opt, x.typ.Optional = false, false
		return either(x, y)
	case "==", "!=":
		if isNull(n.Left) || isNull(n.Right) {
			a.guarded[pathOf(n.Left)], a.guarded[pathOf(n.Right)] = true, true
		}
		x, y := a.visit(n.Left, present), a.visit(n.Right, present)
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
	if i := base.typ.Fields.Index(prop.Value); base.known && i >= 0 {
		t := base.typ.Fields.Fields()[i].Type
		r.typ, r.known = t, true
		r.opt = r.opt || t.Optional
	}
	r.opt = r.opt && !slices.Contains(present, pathOf(n))
	r.typ.Optional = r.opt
	return r
}

func either(x, y result) result {
	r := result{opt: x.opt || y.opt}
	if x.known && y.known {
		r.typ, r.known = join(x.typ, y.typ), true
		r.typ.Optional = r.opt
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
