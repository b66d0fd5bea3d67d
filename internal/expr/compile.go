package expr

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

const (
	maxLength = 20_000 // characters of an expression
	maxNodes  = 2_000
)

// Anything is the wanted type of an expression that may give whatever it
// gives, or nothing.
var Anything = flow.Type{Kind: flow.Any, Optional: true}

// Compile checks an expression against what it may read and compiles it. The
// result is converted to the wanted type; where that is not optional, an
// expression whose result may be absent is refused. The program is nil where
// there are errors.
func Compile(src flow.Text, want flow.Type, env *Env) (*Program, diag.List) {
	c := &compilation{src: src, env: env}
	p := c.compile(want)
	if len(c.diags) > 0 {
		return nil, c.diags.Sort()
	}
	return p, nil
}

type compilation struct {
	src    flow.Text
	env    *Env
	diags  diag.List
	reads  []Read
	consts []string
	seen   map[string]bool
	ticks  bool
}

// report adds an error at a character of the expression.
func (c *compilation) report(at file.Location, message, hint string) {
	c.diags.Add(locate(c.src.Pos, c.src.Value, at.From), message, hint)
}

func (c *compilation) compile(want flow.Type) *Program {
	text := c.src.Value
	switch {
	case strings.TrimSpace(text) == "":
		c.report(file.Location{}, "an expression is missing", "")
		return nil
	case len(text) > maxLength:
		c.report(file.Location{}, fmt.Sprintf("an expression of %d characters, at most %d are read", len(text), maxLength), "")
		return nil
	case !utf8.ValidString(text):
		c.report(file.Location{}, "an expression that is not UTF-8", "")
		return nil
	}
	p := &Program{source: text, pos: c.src.Pos}
	if group, ok := c.env.whole[strings.TrimSpace(text)]; ok {
		return c.group(p, group, want)
	}
	cfg := conf.CreateNew()
	for _, o := range append(options(), expr.MaxNodes(maxNodes)) {
		o(cfg)
	}
	for name := range cfg.Disabled {
		delete(cfg.Builtins, name)
	}
	tree, err := parser.ParseWithConfig(escapeIn(text), cfg)
	if err != nil {
		c.translate(err)
		return nil
	}
	ast.Walk(&tree.Node, unescapeIn(text))
	c.seen = map[string]bool{}
	c.resolve(&tree.Node, nil)
	if len(c.diags) > 0 {
		return nil
	}
	cfg.WithEnv(c.declared())
	if _, err := checker.Check(tree, cfg); err != nil {
		c.translate(err)
		return nil
	}
	a := &analysis{names: c.env.names, guarded: map[string]bool{}, always: map[string]bool{}, untyped: map[ast.Node]bool{}, report: c.report}
	res := a.visit(tree.Node, nil)
	if len(c.diags) > 0 {
		return nil
	}
	p.typ = res.typ
	p.reads, p.consts = c.reads, c.consts
	if !c.result(p, want, res.null) {
		return nil
	}
	if ident, ok := tree.Node.(*ast.IdentifierNode); ok && len(p.reads) == 1 && ident.Value == p.reads[0].Name {
		p.plain = true
		return p
	}
	p.eager = make([]bool, len(p.reads))
	for i, r := range p.reads {
		p.eager[i] = !r.Type.Optional && a.always[r.Name] && !a.guarded[r.Name]
	}
	if !c.assemble(p, tree, cfg, a.untyped) {
		return nil
	}
	if len(p.reads) == 0 {
		c.fold(p, want)
	}
	return p
}

// group makes a program that gives the fields of a group as a record.
func (c *compilation) group(p *Program, reads []Read, want flow.Type) *Program {
	fields := make([]flow.Field, len(reads))
	for i, r := range reads {
		fields[i] = flow.Field{Name: field(r.Name), Type: r.Type}
	}
	p.whole, p.reads = true, reads
	p.typ = flow.Type{Kind: flow.Record, Fields: flow.NewSchema(fields...)}
	if !c.result(p, want, false) {
		return nil
	}
	return p
}

// result fits the type of the result to the wanted one.
func (c *compilation) result(p *Program, want flow.Type, null bool) bool {
	switch {
	case p.typ.Kind == durationKind:
		c.report(file.Location{}, "this gives a duration, which is no type of a field", "days(a, b) gives the days between two times as a number")
	case null && want.Optional:
		p.typ = want
		return true
	case !Assignable(p.typ, want):
		c.report(file.Location{}, fmt.Sprintf("this gives %s, want %s", typeWord(p.typ), typeWord(want)), "")
	case p.typ.Optional && !want.Optional:
		c.report(file.Location{}, fmt.Sprintf("this may be absent, want %s", typeWord(want)), "give a value for that case with ?? …")
	default:
		p.required = !want.Optional
		if want.Kind != flow.Any {
			p.typ = withOptional(want, p.typ.Optional)
		}
		return true
	}
	return false
}

var (
	fastFunc = reflect.TypeFor[func(...any) any]()
	anyValue nature.Nature
)

// declared declares what the expression reads, and no more.
func (c *compilation) declared() types.Map {
	m := types.Map{nonzeroName: types.TypeOf(nonzero), plusName: types.TypeOf(plus)}
	for _, r := range c.reads {
		m[r.Name] = typeFor(r.Type)
	}
	return m
}

// assemble makes the checked tree a program of the machine.
func (c *compilation) assemble(p *Program, tree *parser.Tree, cfg *conf.Config, untyped map[ast.Node]bool) bool {
	// The machine compares texts and whole numbers without looking what they
	// are, where it believes their types: what may be absent, or of another
	// type, must not have one.
	for n := range untyped {
		if !isNull(n) {
			n.SetNature(anyValue)
		}
	}
	if c.ticks {
		p.loops = true
		ast.Walk(&tree.Node, ticker{})
	}
	ast.Walk(&tree.Node, adder{})
	if err := optimizer.Optimize(&tree.Node, cfg); err != nil {
		c.translate(err)
		return false
	}
	code, err := compiler.Compile(tree, cfg)
	if err != nil {
		message, _, _ := strings.Cut(err.Error(), "\n")
		c.report(file.Location{}, message, "")
		return false
	}
	p.code = code
	return true
}

// adder bounds the texts that + makes; numbers are left to the machine.
type adder struct{}

func (adder) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.BinaryNode)
	if !ok || n.Operator != "+" || isLiteral(n.Left) && isLiteral(n.Right) {
		return
	}
	if t := n.Nature().Type; t != nil && t.Kind() != reflect.String && t.Kind() != reflect.Interface {
		return
	}
	ast.Patch(node, added(plusName, n, n.Left, n.Right))
}

// added is a call of one of our own functions in place of a node.
func added(name string, in ast.Node, args ...ast.Node) *ast.CallNode {
	callee := &ast.IdentifierNode{Value: name}
	callee.SetNature(nature.FromType(fastFunc))
	call := &ast.CallNode{Callee: callee, Arguments: args}
	call.SetNature(*in.Nature())
	return call
}

// ticker lets the body of every loop look at the clock, since the machine
// has no limit of its own.
type ticker struct{}

func (ticker) Visit(node *ast.Node) {
	p, ok := (*node).(*ast.PredicateNode)
	if !ok {
		return
	}
	body := p.Node
	ast.Patch(&p.Node, added(tickName, body, body))
}

// fold evaluates a program that reads nothing, once.
func (c *compilation) fold(p *Program, want flow.Type) {
	v, err := p.eval(nil, nil)
	if err != nil {
		message := strings.TrimPrefix(err.Error(), p.pos.String()+": ")
		c.report(file.Location{}, message, "")
		return
	}
	if why := want.Check(v); v != nil && why != "" {
		hint := ""
		if s, ok := v.(string); ok && want.Kind == flow.Enum {
			hint = diag.Suggest(s, want.Enum)
		}
		c.report(file.Location{}, "this "+why, hint)
		return
	}
	p.constant, p.code = &v, nil
}

// translate turns the library's errors into diagnostics.
func (c *compilation) translate(err error) {
	var at *file.Error
	if !errors.As(err, &at) {
		message, _, _ := strings.Cut(err.Error(), "\n")
		c.report(file.Location{}, words.Replace(message), "")
		return
	}
	message, hint := strings.ReplaceAll(words.Replace(at.Message), escapedIn, "in"), ""
	switch {
	case strings.HasPrefix(message, "unexpected token EOF"):
		message = "the expression ends too early"
	case strings.Contains(message, `Operator("=")`):
		hint = "== compares"
	}
	c.report(at.Location, message, hint)
}
