// Package expr compiles the expressions of designs: typed against what they
// may read, with absent values guarded, and fast enough to run a hundred
// million times.
//
// The language is that of github.com/expr-lang/expr with null, without
// methods, clocks and anything else that differs from run to run, and with
// the functions of [Functions].
package expr

import (
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Place is where a value is found at run time: a position in one of the
// scopes that Eval gets.
type Place struct{ Scope, Index int }

// Read is a name that a program reads.
type Read struct {
	Name string // as the user writes it: "extract.amount"
	Type flow.Type
	Place
}

// Env are the names that an expression may read. The zero value has none.
type Env struct {
	names  map[string]entry
	whole  map[string][]Read // groups that may be read as a record
	hidden map[string]string // group or name → why it cannot be read here
	order  []string
}

type entry struct {
	read     Read
	constant bool
	value    any
}

func (e *Env) put(name string, x entry) {
	if e.names == nil {
		e.names = make(map[string]entry)
	}
	if _, again := e.names[name]; !again {
		e.order = append(e.order, name)
	}
	e.names[name] = x
}

// Add makes a name, bare or dotted, readable.
func (e *Env) Add(name string, t flow.Type, at Place) {
	e.put(name, entry{read: Read{Name: name, Type: t, Place: at}})
}

// Const makes a name a constant, which is folded: a string, a float64 or a
// bool.
func (e *Env) Const(name string, t flow.Type, value any) {
	e.put(name, entry{read: Read{Name: name, Type: t}, constant: true, value: value})
}

// Scope adds the fields of a schema at consecutive places: group.field, or
// the bare field where group is "".
func (e *Env) Scope(group string, s *flow.Schema, from Place) {
	for i, f := range s.Fields() {
		name := f.Name
		if group != "" {
			name = group + "." + name
		}
		e.Add(name, f.Type, Place{Scope: from.Scope, Index: from.Index + i})
	}
}

// Whole allows that an expression is nothing but the group's name, and gives
// its fields as a record.
func (e *Env) Whole(group string) {
	if e.whole == nil {
		e.whole = make(map[string][]Read)
	}
	reads := []Read{}
	for _, name := range e.order {
		if strings.HasPrefix(name, group+".") {
			reads = append(reads, e.names[name].read)
		}
	}
	e.whole[group] = reads
}

// Hide explains why a group or a name cannot be read: "step \"post\" comes
// later".
func (e *Env) Hide(name, why string) {
	if e.hidden == nil {
		e.hidden = make(map[string]string)
	}
	e.hidden[name] = why
}

// unknown says what is wrong with a name that is not there, and what would be
// right.
func (e *Env) unknown(name string) (message, hint string) {
	group, field, dotted := strings.Cut(name, ".")
	if why, ok := e.hidden[name]; ok {
		return why, ""
	}
	if why, ok := e.hidden[group]; ok {
		return why, ""
	}
	var fields, groups []string
	seen := map[string]bool{}
	for _, n := range e.order {
		g, f, ok := strings.Cut(n, ".")
		if ok && g == group {
			fields = append(fields, f)
		}
		if !seen[g] {
			seen[g] = true
			groups = append(groups, g)
		}
	}
	switch {
	case len(fields) > 0 && dotted:
		return quote(group) + " has no " + quote(field), diag.Suggest(field, fields)
	case len(fields) > 0:
		return quote(group) + " is no value", "read one of its fields, such as " + group + "." + fields[0]
	case dotted:
		if near := diag.Nearest(name, e.order); near != "" {
			return "unknown name " + quote(name), "did you mean " + quote(near) + "?"
		}
		return "unknown name " + quote(group), diag.Suggest(group, groups)
	}
	return "unknown name " + quote(name), diag.Suggest(name, groups)
}

func quote(s string) string { return `"` + s + `"` }
