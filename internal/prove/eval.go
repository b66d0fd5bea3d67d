package prove

import (
	"cmp"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// open is what a condition is where it hangs on a name without a value yet, or
// on what is not understood.
type open struct{}

// condition finds the names of what is true or false.
func (p *problem) condition(n ast.Node) {
	if !structured(n) && !isConstant(n) {
		p.parts++
		p.term(n).truth = true
		return
	}
	p.gather(n)
}

// gather finds the names of an expression, and what they are compared with.
func (p *problem) gather(n ast.Node) {
	p.parts++
	switch n := n.(type) {
	case *ast.UnaryNode:
		if isNot(n) {
			p.condition(n.Node)
			return
		}
	case *ast.ConditionalNode:
		p.condition(n.Cond)
		p.gather(n.Exp1)
		p.gather(n.Exp2)
		return
	case *ast.BinaryNode:
		switch {
		case n.Operator == "??":
			p.gather(n.Left)
			p.gather(n.Right)
			p.constant(n.Left, nil, false)
			return
		case isJunction(n):
			p.condition(n.Left)
			p.condition(n.Right)
			return
		case isComparison(n):
			p.compared(n)
			return
		case isList(n):
			p.gather(n.Left)
			p.parts += len(n.Right.(*ast.ArrayNode).Nodes)
			for _, c := range n.Right.(*ast.ArrayNode).Nodes {
				p.constant(n.Left, value(c), false)
			}
			return
		}
	}
	if !isConstant(n) {
		p.term(n)
	}
}

// compared gathers a comparison: with a constant it parts the values of the
// other side, else the two sides together are less, equal or more.
func (p *problem) compared(n *ast.BinaryNode) {
	p.gather(n.Left)
	p.gather(n.Right)
	ordered := n.Operator != "==" && n.Operator != "!="
	l, lok := literal(n.Left)
	r, rok := literal(n.Right)
	switch {
	case lok && rok:
	case lok:
		p.constant(n.Right, l, ordered)
	case rok:
		p.constant(n.Left, r, ordered)
	default:
		key, sign := pair(n)
		v := p.variable(key)
		v.order = true
		p.terms[n], p.signs[n] = v, sign
	}
}

// constant notes that a term is compared with a constant, and whether it is
// asked which is more. Of a term that chooses among several, all are.
func (p *problem) constant(n ast.Node, x any, ordered bool) {
	switch n := n.(type) {
	case *ast.ConditionalNode:
		p.constant(n.Exp1, x, ordered)
		p.constant(n.Exp2, x, ordered)
		return
	case *ast.BinaryNode:
		if n.Operator == "??" {
			p.constant(n.Left, x, ordered)
			p.constant(n.Right, x, ordered)
			return
		}
	}
	if isConstant(n) || structured(n) {
		return
	}
	v := p.term(n)
	switch x := x.(type) {
	case nil:
		v.null = true
	case float64:
		v.numbers = append(v.numbers, x)
		v.number = v.number || ordered
	case string:
		if v.named == nil {
			v.named = map[string]bool{}
		}
		if !v.named[x] {
			v.named[x] = true
			v.words = append(v.words, x)
		}
	}
}

// term is the variable of what a node says. How a node is written takes longer
// to say than to try: each is asked once.
func (p *problem) term(n ast.Node) *variable {
	v, ok := p.terms[n]
	if !ok {
		v = p.variable(text(n))
		p.terms[n] = v
	}
	return v
}

// variable is the one of a name or text, which it declares.
func (p *problem) variable(name string) *variable {
	if v, ok := p.vars[name]; ok {
		return v
	}
	v := &variable{name: name}
	if k, ok := p.scope(name); ok {
		v.known, v.exact = k, true
	}
	p.vars[name] = v
	p.order = append(p.order, v)
	return v
}

// eval is the value of a node under the assignment so far: a bool, a float64, a
// text, nil, or one of the marks open, something and other.
func (p *problem) eval(n ast.Node) any {
	if x, ok := literal(n); ok {
		return x
	}
	switch n := n.(type) {
	case *ast.UnaryNode:
		if isNot(n) {
			if b, ok := p.eval(n.Node).(bool); ok {
				return !b
			}
			return open{}
		}
	case *ast.ConditionalNode:
		if b, ok := p.eval(n.Cond).(bool); ok {
			if b {
				return p.eval(n.Exp1)
			}
			return p.eval(n.Exp2)
		}
		return open{}
	case *ast.BinaryNode:
		switch {
		case n.Operator == "??":
			if x := p.eval(n.Left); x != nil {
				return x
			}
			return p.eval(n.Right)
		case isJunction(n):
			return p.both(n, n.Operator == "or" || n.Operator == "||")
		case isComparison(n):
			return p.compare(n)
		case isList(n):
			return p.among(n.Left, n.Right.(*ast.ArrayNode))
		}
	}
	if v := p.terms[n]; v != nil && v.set {
		return v.value
	}
	return open{}
}

// both is `and` and `or`: one side may decide alone.
func (p *problem) both(n *ast.BinaryNode, decides bool) any {
	x, y := p.eval(n.Left), p.eval(n.Right)
	if x == decides || y == decides {
		return decides
	}
	if x == !decides && y == !decides {
		return !decides
	}
	return open{}
}

func (p *problem) among(n ast.Node, list *ast.ArrayNode) any {
	x := p.eval(n)
	unsure := false
	for _, c := range list.Nodes {
		switch equal(x, value(c)) {
		case true:
			return true
		case open{}:
			unsure = true
		}
	}
	if unsure {
		return open{}
	}
	return false
}

func (p *problem) compare(n *ast.BinaryNode) any {
	x, y := p.eval(n.Left), p.eval(n.Right)
	// A value stands for all that its name is not compared with, so two of
	// them say nothing of each other: one must be a constant, or absent.
	one := isConstant(n.Left) || isConstant(n.Right)
	if n.Operator == "==" || n.Operator == "!=" {
		same, ok := false, false
		if one || x == nil || y == nil {
			same, ok = equal(x, y).(bool)
		}
		if !ok {
			if same, ok = p.paired(n, func(o int) bool { return o == 0 }); !ok {
				return open{}
			}
		}
		return same == (n.Operator == "==")
	}
	holds := func(o int) bool {
		switch n.Operator {
		case "<":
			return o < 0
		case "<=":
			return o <= 0
		case ">":
			return o > 0
		}
		return o >= 0
	}
	a, aok := x.(float64)
	b, bok := y.(float64)
	if aok && bok && one {
		return holds(cmp.Compare(a, b))
	}
	if v, ok := p.paired(n, holds); ok {
		return v
	}
	return open{}
}

// paired asks how the two sides of a comparison compare as such.
func (p *problem) paired(n *ast.BinaryNode, holds func(int) bool) (result, ok bool) {
	if v := p.terms[n]; v != nil && v.set {
		return holds(p.signs[n] * v.value.(int)), true
	}
	return false, false
}

// equal says whether two values are, as far as they tell.
func equal(x, y any) any {
	if x == (open{}) || y == (open{}) {
		return open{}
	}
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	for _, v := range []any{x, y} {
		if v == (something{}) {
			return open{}
		}
	}
	if x == (other{}) || y == (other{}) {
		if x == y {
			return open{} // two that nobody names
		}
		return false
	}
	return x == y
}

// pair is the name of how two terms compare, the same whichever stands first,
// and the sign that makes it that of this order.
func pair(n *ast.BinaryNode) (string, int) {
	l, r := text(n.Left), text(n.Right)
	if l <= r {
		return l + " <=> " + r, 1
	}
	return r + " <=> " + l, -1
}

func isNot(n *ast.UnaryNode) bool { return n.Operator == "not" || n.Operator == "!" }

func isJunction(n *ast.BinaryNode) bool {
	return slices.Contains([]string{"and", "&&", "or", "||"}, n.Operator)
}

func isComparison(n *ast.BinaryNode) bool {
	return slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, n.Operator)
}

// isList says whether a node asks for one of several constants.
func isList(n ast.Node) bool {
	b, ok := n.(*ast.BinaryNode)
	if !ok || b.Operator != "in" {
		return false
	}
	list, ok := b.Right.(*ast.ArrayNode)
	return ok && !slices.ContainsFunc(list.Nodes, func(c ast.Node) bool { return !isConstant(c) })
}

// structured says whether a node is understood as more than a name.
func structured(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ConditionalNode:
		return true
	case *ast.BinaryNode:
		return n.Operator == "??" || isJunction(n) || isComparison(n) || isList(n)
	case *ast.UnaryNode:
		return isNot(n)
	}
	return false
}

func isConstant(n ast.Node) bool {
	_, ok := literal(n)
	return ok
}

// literal is the value of a constant.
func literal(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case *ast.NilNode:
		return nil, true
	case *ast.IdentifierNode:
		return nil, n.Value == "null"
	case *ast.BoolNode:
		return n.Value, true
	case *ast.IntegerNode:
		return float64(n.Value), true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.StringNode:
		return n.Value, true
	case *ast.UnaryNode:
		if x, ok := literal(n.Node); ok {
			if f, ok := x.(float64); ok && n.Operator == "-" {
				return -f, true
			}
		}
	}
	return nil, false
}

func value(n ast.Node) any {
	x, _ := literal(n)
	return x
}

// text is how a node is written: equal texts have equal values.
func text(n ast.Node) string {
	if c, ok := n.(*ast.ChainNode); ok {
		return text(c.Node)
	}
	return n.String()
}
