package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/rehearse-dev/rehearse/internal/diag"
)

// resolve turns names into what the environment has: dotted chains into
// single identifiers, which the machine loads by one look-up, constants into
// literals. It reports what is unknown.
func (c *compilation) resolve(node *ast.Node, locals []string) {
	visit := func(nodes ...*ast.Node) {
		for _, n := range nodes {
			if *n != nil {
				c.resolve(n, locals)
			}
		}
	}
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		c.name(node, n.Value, locals)
	case *ast.MemberNode:
		if path := pathOf(n); path != "" && !slices.Contains(locals, root(path)) {
			c.chain(node, n, locals)
			return
		}
		visit(&n.Node, &n.Property)
	case *ast.ChainNode:
		visit(&n.Node)
	case *ast.UnaryNode:
		visit(&n.Node)
	case *ast.BinaryNode:
		visit(&n.Left, &n.Right)
		if n.Operator == "/" && !isLiteral(n.Right) {
			call := &ast.CallNode{Callee: &ast.IdentifierNode{Value: nonzeroName}, Arguments: []ast.Node{n.Right}}
			ast.Patch(&n.Right, call)
		}
		if x, ok := n.Right.(*ast.IntegerNode); ok && x.Value == 0 && (n.Operator == "/" || n.Operator == "%") {
			c.report(n.Location(), errZero.Error(), "")
		}
	case *ast.SliceNode:
		visit(&n.Node, &n.From, &n.To)
	case *ast.CallNode:
		if f, ok := n.Callee.(*ast.IdentifierNode); ok {
			c.callable(f.Value, n.Location())
		} else {
			c.report(n.Location(), "methods cannot be called", "call one of the functions by its name")
		}
		for i := range n.Arguments {
			visit(&n.Arguments[i])
		}
	case *ast.BuiltinNode:
		c.callable(n.Name, n.Location())
		for i := range n.Arguments {
			visit(&n.Arguments[i])
		}
	case *ast.PredicateNode:
		c.ticks = true
		visit(&n.Node)
	case *ast.VariableDeclaratorNode:
		visit(&n.Value)
		c.resolve(&n.Expr, append(slices.Clone(locals), n.Name))
	case *ast.SequenceNode:
		for i := range n.Nodes {
			visit(&n.Nodes[i])
		}
	case *ast.ConditionalNode:
		visit(&n.Cond, &n.Exp1, &n.Exp2)
	case *ast.ArrayNode:
		for i := range n.Nodes {
			visit(&n.Nodes[i])
		}
	case *ast.MapNode:
		for i := range n.Pairs {
			visit(&n.Pairs[i])
		}
	case *ast.PairNode:
		visit(&n.Value)
	}
}

// callable checks that a function is one of ours or one of those we let in.
func (c *compilation) callable(name string, at file.Location) {
	if Functions[name] == "" {
		c.report(at, fmt.Sprintf("unknown function %q", name), diag.Suggest(name, functionNames))
	}
}

var functionNames = func() []string {
	names := make([]string, 0, len(Functions))
	for name := range Functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}()

func root(path string) string {
	r, _, _ := strings.Cut(path, ".")
	return r
}

// chain resolves a.b.c: the longest part of it that the environment knows
// becomes one identifier.
func (c *compilation) chain(node *ast.Node, n *ast.MemberNode, locals []string) {
	if _, ok := c.env.names[pathOf(n)]; ok {
		c.name(node, pathOf(n), locals)
		return
	}
	if inner, ok := n.Node.(*ast.MemberNode); ok && c.known(pathOf(inner)) {
		c.chain(&n.Node, inner, locals)
		return
	}
	if _, ok := c.env.names[pathOf(n.Node)]; ok {
		c.name(&n.Node, pathOf(n.Node), locals)
		return
	}
	c.unknown(pathOf(n), start(n))
}

// known says whether any beginning of a path is a name.
func (c *compilation) known(path string) bool {
	for path != "" {
		if _, ok := c.env.names[path]; ok {
			return true
		}
		i := strings.LastIndexByte(path, '.')
		path = path[:max(i, 0)]
	}
	return false
}

// start is the position of the first name of a chain.
func start(n ast.Node) file.Location {
	switch n := n.(type) {
	case *ast.MemberNode:
		return start(n.Node)
	case *ast.ChainNode:
		return start(n.Node)
	}
	return n.Location()
}

func (c *compilation) unknown(name string, at file.Location) {
	message, hint := c.env.unknown(name)
	c.report(at, message, hint)
}

func (c *compilation) name(node *ast.Node, name string, locals []string) {
	at := start(*node)
	if slices.Contains(locals, name) {
		return
	}
	e, ok := c.env.names[name]
	switch {
	case !ok && name == "null":
		ast.Patch(node, &ast.NilNode{})
		return
	case !ok:
		c.unknown(name, at)
		return
	case e.constant:
		if !slices.Contains(c.consts, name) {
			c.consts = append(c.consts, name)
		}
		ast.Patch(node, literal(e.value))
		return
	}
	(*node).SetLocation(at)
	ast.Patch(node, &ast.IdentifierNode{Value: name})
	if !c.seen[name] {
		c.seen[name] = true
		c.reads = append(c.reads, e.read)
	}
}

func literal(v any) ast.Node {
	switch x := v.(type) {
	case string:
		return &ast.StringNode{Value: x}
	case float64:
		return &ast.FloatNode{Value: x}
	case bool:
		return &ast.BoolNode{Value: x}
	}
	panic(fmt.Sprintf("expr: a constant of type %T", v))
}
