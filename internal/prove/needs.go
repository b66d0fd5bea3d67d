package prove

import (
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/rehearse-dev/rehearse/internal/expr"
)

// Need is a place of an expression at which a name has to have a value, and
// what holds where the expression comes to that place.
type Need struct {
	Name string
	When []Condition
}

// Needs are the places at which an expression cannot do without one of the
// names.
func Needs(src string, names []string) ([]Need, error) {
	node, err := expr.Parse(src)
	if err != nil {
		return nil, err
	}
	n := &needs{names: names}
	n.visit(node, nil, true)
	return n.found, nil
}

type needs struct {
	names []string
	found []Need
}

// visit goes over a node that the expression comes to when some conditions
// hold; needed says that its value may not be absent.
func (n *needs) visit(node ast.Node, when []Condition, needed bool) {
	if name := text(node); slices.Contains(n.names, name) {
		if needed {
			n.found = append(n.found, Need{Name: name, When: when})
		}
		return
	}
	switch x := node.(type) {
	case *ast.ConditionalNode:
		n.visit(x.Cond, when, true)
		n.visit(x.Exp1, n.under(when, x.Cond, true), needed)
		n.visit(x.Exp2, n.under(when, x.Cond, false), needed)
		return
	case *ast.ChainNode:
		n.visit(x.Node, when, false)
		return
	case *ast.MemberNode:
		n.visit(x.Node, when, !x.Optional)
		return
	case *ast.BinaryNode:
		switch {
		case x.Operator == "??":
			absent := &ast.BinaryNode{Operator: "==", Left: x.Left, Right: &ast.NilNode{}}
			n.visit(x.Left, when, false)
			n.visit(x.Right, n.under(when, absent, true), needed)
			return
		case x.Operator == "==", x.Operator == "!=":
			n.visit(x.Left, when, false)
			n.visit(x.Right, when, false)
			return
		case isJunction(x):
			n.visit(x.Left, when, true)
			n.visit(x.Right, n.under(when, x.Left, x.Operator == "and" || x.Operator == "&&"), true)
			return
		}
	}
	for _, part := range parts(node) {
		n.visit(part, when, true)
	}
}

func (n *needs) under(when []Condition, c ast.Node, truth bool) []Condition {
	return append(slices.Clip(when), Condition{node: c, truth: truth})
}

// parts are what a node is made of, all of which is evaluated.
func parts(node ast.Node) []ast.Node {
	switch x := node.(type) {
	case *ast.UnaryNode:
		return []ast.Node{x.Node}
	case *ast.BinaryNode:
		return []ast.Node{x.Left, x.Right}
	case *ast.SliceNode:
		return slices.DeleteFunc([]ast.Node{x.Node, x.From, x.To}, func(n ast.Node) bool { return n == nil })
	case *ast.CallNode:
		return x.Arguments
	case *ast.BuiltinNode:
		return x.Arguments
	case *ast.PredicateNode:
		return []ast.Node{x.Node}
	case *ast.VariableDeclaratorNode:
		return []ast.Node{x.Value, x.Expr}
	case *ast.SequenceNode:
		return x.Nodes
	case *ast.ArrayNode:
		return x.Nodes
	case *ast.MapNode:
		return x.Pairs
	case *ast.PairNode:
		return []ast.Node{x.Value}
	}
	return nil
}
