package lookup

import (
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// equality is a part of the condition that an index answers: the column
// equals the value, an expression over what the step receives.
type equality struct {
	column string
	value  flow.Text
}

// split parts a condition into equalities on columns and the rest, which is
// empty where nothing remains. A text that does not parse is all rest: the
// compiler of expressions says what is wrong with it.
func split(where flow.Text, columns *flow.Schema) (equal []equality, rest flow.Text) {
	tree, err := expr.Parse(where.Value)
	if err != nil {
		return nil, where
	}
	rest = flow.Text{Pos: where.Pos}
	for _, part := range conjuncts(tree) {
		if e, ok := equalityOf(part, columns); ok {
			e.value.Pos = where.Pos
			equal = append(equal, e)
			continue
		}
		if rest.Value != "" {
			rest.Value += " and "
		}
		rest.Value += "(" + part.String() + ")"
	}
	if len(equal) == 0 {
		return nil, where
	}
	return equal, rest
}

func conjuncts(n ast.Node) []ast.Node {
	if b, ok := n.(*ast.BinaryNode); ok && (b.Operator == "and" || b.Operator == "&&") {
		return append(conjuncts(b.Left), conjuncts(b.Right)...)
	}
	return []ast.Node{n}
}

func equalityOf(n ast.Node, columns *flow.Schema) (equality, bool) {
	b, ok := n.(*ast.BinaryNode)
	if !ok || b.Operator != "==" {
		return equality{}, false
	}
	for _, sides := range [][2]ast.Node{{b.Left, b.Right}, {b.Right, b.Left}} {
		id, ok := sides[0].(*ast.IdentifierNode)
		if !ok || columns.Index(id.Value) < 0 {
			continue
		}
		names := field.NamesOf(sides[1])
		if !slices.ContainsFunc(names, func(name string) bool { return name != "in" && name != "params" }) && !isNull(sides[1]) {
			return equality{column: id.Value, value: flow.Text{Value: sides[1].String()}}, true
		}
	}
	return equality{}, false
}

func isNull(n ast.Node) bool {
	_, null := n.(*ast.NilNode)
	id, ok := n.(*ast.IdentifierNode)
	return null || ok && id.Value == "null"
}
