package field

import (
	"github.com/expr-lang/expr/ast"

	"github.com/rehearse-dev/rehearse/internal/expr"
)

// Names are the names that an expression mentions, of several dotted parts
// the first; none where it does not parse.
func Names(src string) []string {
	tree, err := expr.Parse(src)
	if err != nil {
		return nil
	}
	return NamesOf(tree)
}

// NamesOf are the names that a part of an expression mentions.
func NamesOf(n ast.Node) []string {
	var v names
	ast.Walk(&n, &v)
	return v
}

type names []string

// Visit notes one node.
func (v *names) Visit(n *ast.Node) {
	if id, ok := (*n).(*ast.IdentifierNode); ok {
		*v = append(*v, id.Value)
	}
}
