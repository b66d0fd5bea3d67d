// Package prove says what follows from the conditions of a design, whatever
// the values of a case: whether they can hold together, and with which values.
//
// Every name that the conditions read takes one value of each kind that they
// can tell apart: each word of an enum that is named and one that is not, the
// numbers that are compared with, those between and those beyond them, null
// where the value may be absent. What is not understood, such as a function of
// the values, becomes a name of its own, which may have any value; two such
// texts that are equal are one name. So more is taken for possible than is, and
// what is said to be impossible is.
package prove

import (
	"fmt"

	"github.com/expr-lang/expr/ast"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// Condition is an expression that is to be true, or to be false.
type Condition struct {
	node  ast.Node
	truth bool
}

// Parse reads a condition that is to be true. It has been compiled before:
// names and types are not checked here.
func Parse(src string) (Condition, error) {
	node, err := expr.Parse(src)
	return Condition{node: node, truth: true}, err
}

// In is the condition with the expressions that names stand for in their place,
// such as read.amount for in.amount.
func (c Condition) In(names map[string]string) (Condition, error) {
	with := make(replacement, len(names))
	for name, src := range names {
		node, err := expr.Parse(src)
		if err != nil {
			return Condition{}, err
		}
		with[name] = node
	}
	node, err := expr.Parse(c.node.String())
	if err != nil {
		return Condition{}, err
	}
	ast.Walk(&node, with)
	return Condition{node: node, truth: c.truth}, nil
}

// replacement puts trees in the place of names.
type replacement map[string]ast.Node

// Visit replaces one node.
func (r replacement) Visit(node *ast.Node) {
	if with, ok := r[text(*node)]; ok {
		*node = with
	}
}

// Not is the condition that is true where this one is false.
func (c Condition) Not() Condition { return Condition{node: c.node, truth: !c.truth} }

// Known is what is known of a name. Null says that it is absent in every case.
type Known struct {
	Type flow.Type
	Null bool
}

// Answer says whether conditions can hold together.
type Answer uint8

const (
	Never   Answer = iota // no values meet them
	Unknown               // too much to try
	Perhaps               // some do, if what was not understood has the value that is asked for
	Surely                // some do
)

// Value is what a name has in an example; nil for absent.
type Value struct {
	Name  string
	Value any
}

// String says it as a user would: order is absent, queue is "billing".
func (v Value) String() string {
	switch x := v.Value.(type) {
	case nil:
		return v.Name + " is absent"
	case something:
		return v.Name + " is there"
	case other:
		return v.Name + " is any other text"
	case string:
		return fmt.Sprintf("%s is %q", v.Name, x)
	default:
		return fmt.Sprintf("%s is %v", v.Name, x)
	}
}

// Budget bounds how many partial assignments are tried; it is used up. Where
// conditions have more than 32 parts together, names and constants among them, a
// try counts once for each 32, and so does reading them.
type Budget struct{ left int }

// NewBudget allows a number of tries.
func NewBudget(tries int) *Budget { return &Budget{left: tries} }

// Spent says that no question is answered any more.
func (b *Budget) Spent() bool { return b.left <= 0 }

const (
	// perQuestion is the share of a budget that one question may use.
	perQuestion = 20_000
	// partsATry are the parts of conditions that one try goes over.
	partsATry = 32
)

// Together says whether conditions can all hold, and an example where they
// can: only names of the scope, in the order in which they are read. Scope says
// what is known of a name; a name it does not know may have any value.
func Together(scope func(name string) (Known, bool), budget *Budget, conditions ...Condition) (Answer, []Value) {
	if budget.Spent() {
		return Unknown, nil
	}
	p := &problem{scope: scope, vars: map[string]*variable{}, terms: map[ast.Node]*variable{}, signs: map[ast.Node]int{}}
	defer func() { budget.left -= p.parts / partsATry }()
	said := map[string]bool{} // of a condition as it is written, what it is to be
	for _, c := range conditions {
		node, truth := c.node, c.truth
		for n, ok := node.(*ast.UnaryNode); ok && isNot(n); n, ok = node.(*ast.UnaryNode) {
			node, truth = n.Node, !truth
		}
		if before, again := said[text(node)]; again && before != truth {
			return Never, nil
		}
		said[text(node)] = truth
		p.condition(c.node)
		if p.parts/partsATry >= budget.left {
			return Unknown, nil
		}
	}
	for _, v := range p.order {
		v.choose()
	}
	tries := min(perQuestion, budget.left)
	s := &search{problem: p, conditions: conditions, left: tries, each: max(1, p.parts/partsATry)}
	found := s.assign(0)
	budget.left -= tries - s.left
	switch {
	case found:
		return s.answer, p.example()
	case s.left <= 0:
		return Unknown, nil
	}
	return Never, nil
}

// problem is the names that conditions are about.
type problem struct {
	scope func(string) (Known, bool)
	vars  map[string]*variable
	terms map[ast.Node]*variable // those of vars by where they stand
	signs map[ast.Node]int       // of comparisons of two terms, as pair says them
	order []*variable
	parts int // of the conditions gathered so far
}

// example is the values of the names that a user knows.
func (p *problem) example() []Value {
	var out []Value
	for _, v := range p.order {
		if v.exact && v.set {
			out = append(out, Value{Name: v.name, Value: v.value})
		}
	}
	return out
}

type search struct {
	*problem
	conditions []Condition
	left, each int // tries
	answer     Answer
}

// assign tries the values of the names from the i-th on, and leaves those that
// meet the conditions in place. What follows from fewer names is not tried with
// all values of the others.
func (s *search) assign(i int) bool {
	if s.left -= s.each; s.left <= 0 {
		return false
	}
	open := false
	for _, c := range s.conditions {
		switch v := s.eval(c.node).(type) {
		case bool:
			if v != c.truth {
				return false
			}
		default:
			open = true
		}
	}
	if !open {
		s.answer = Surely
		for _, v := range s.order[:i] {
			if !v.exact {
				s.answer = Perhaps
			}
		}
		return true
	}
	if i == len(s.order) {
		s.answer = Perhaps // a condition is not understood
		return true
	}
	v := s.order[i]
	for _, x := range v.domain {
		v.value, v.set = x, true
		if s.assign(i + 1) {
			return true
		}
	}
	v.value, v.set = nil, false
	return false
}
