package expr

import (
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// Parse is the tree of an expression as it is written, for those who part
// one: names and types are not checked, and String of a node gives source that
// Compile reads.
func Parse(src string) (ast.Node, error) {
	tree, err := parser.Parse(escapeIn(src))
	if err != nil {
		return nil, err
	}
	ast.Walk(&tree.Node, unescapeIn(src))
	return tree.Node, nil
}

// Comparison is two sides that an expression compares by size: the names that
// each reads, as they are written.
type Comparison struct{ Left, Right []string }

// Comparisons are those by <, <=, > and >= in an expression.
func Comparisons(src string) ([]Comparison, error) {
	tree, err := Parse(src)
	if err != nil {
		return nil, err
	}
	var v comparisons
	ast.Walk(&tree, &v)
	return v, nil
}

type comparisons []Comparison

func (c *comparisons) Visit(node *ast.Node) {
	if b, ok := (*node).(*ast.BinaryNode); ok {
		switch b.Operator {
		case "<", "<=", ">", ">=":
			*c = append(*c, Comparison{namesIn(b.Left), namesIn(b.Right)})
		}
	}
}

// namesIn are the names that a tree reads, with their members.
func namesIn(n ast.Node) []string {
	var v paths
	ast.Walk(&n, &v)
	return v
}

type paths []string

func (p *paths) Visit(node *ast.Node) {
	if path := pathOf(*node); path != "" {
		*p = append(*p, path)
	}
}

// Texts are the texts that stand in an expression.
func Texts(src string) []string {
	n, err := Parse(src)
	if err != nil {
		return nil
	}
	var out gathered
	ast.Walk(&n, &out)
	return out
}

// gathered gathers texts.
type gathered []string

// Visit keeps a text.
func (t *gathered) Visit(n *ast.Node) {
	if s, ok := (*n).(*ast.StringNode); ok {
		*t = append(*t, s.Value)
	}
}
