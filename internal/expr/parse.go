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
