package flow

import (
	"fmt"
	"maps"
	"slices"
)

// Role says how replay treats a kind of step.
type Role uint8

const (
	Work    Role = iota // runs in replay
	Action              // changes the world: a dry run in replay, never run in shadow
	Answer              // a person's answer: given by replay, or resolved when scoring
	Routing             // a decision point
)

// StepKind makes steps of one kind.
type StepKind struct {
	Doc   string // one paragraph for help and schema
	Role  Role
	Actor Actor // the actor where a step names none
	// Config is a pointer to the zero value of the struct that New decodes,
	// from which the JSON Schema is generated.
	Config any
	New    func(Config) (Step, error)
}

// Config is what New gets to make a step from: the step's part of the design
// file and the types around it.
type Config interface {
	// Step is the step's name.
	Step() string
	// In are the fields that the step will receive.
	In() *Schema
	// Out are the fields that the step promises, as `out` declares them.
	Out() *Schema
	// Decode strictly decodes the keys that belong to the kind into a pointer
	// to a struct with yaml tags: unknown keys are errors with a position.
	Decode(into any) error
	// Compile compiles an expression that reads the given scopes and params.
	Compile(src Text, want Type, scopes ...Scope) (Expr, error)
	// ReadFile reads a file of the workflow's folder; its digest becomes part
	// of the design's. Paths that leave the folder are refused unless the
	// project's settings allow them.
	ReadFile(name Text) ([]byte, error)
	// Path is the path of a file of the workflow's folder, for readers that
	// stream; its digest becomes part of the design's.
	Path(name Text) (string, error)
	// Files are the files of a folder of the workflow's folder and of all
	// folders in it, or the one file of that name, sorted by name; their
	// digests become part of the design's. What begins with a dot is left out.
	Files(name Text) ([]File, error)
	// Tool is another step of the design, which this one may then call.
	Tool(name Text) (Tool, error)
	// Outcome is the workflow's outcome schema.
	Outcome() *Schema
	// Folder is the workflow's folder.
	Folder() string
	// System is the system that the step names; its zero value where it names
	// none.
	System() NamedSystem
	// Project is the folder of the project that the workflow belongs to.
	Project() string
	// Errorf makes an error at a position of the design file.
	Errorf(at Pos, format string, args ...any) error
}

// NamedSystem is a system of record, as the workflow describes it.
type NamedSystem struct {
	Name  string
	Owner string
	// Hosts are the only hosts that a step may call for it: a name or an
	// address, with a port where it is not the scheme's own; a network such as
	// 10.0.0.0/8, in which named hosts may lie; or a variable of the
	// environment, such as ${CRM_HOST}, that holds one of these.
	Hosts []string
	Price float64 // of a call that it answers; 0 for none
}

// File is a file that a step reads.
type File struct {
	Name string // relative to the workflow's folder, with slashes
	Path string // where it lies
}

// Scope is a set of names that an expression may read: Name.field, or the bare
// field where Name is "".
type Scope struct {
	Name   string
	Schema *Schema
}

// Expr is a compiled expression. Eval gets the values of each scope in the
// order in which Compile got them, and is safe for concurrent use.
type Expr interface {
	Eval(scopes ...[]any) (any, error)
}

// Pos is a place in a file. Line and Column count from 1; 0 means unknown.
type Pos struct {
	File         string
	Line, Column int
}

// String is file:line:column, without the parts that are unknown.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Text is a scalar of a YAML file with its position.
type Text struct {
	Value string
	Pos   Pos
}

// Named is an entry of an ordered mapping of a YAML file, name: text.
type Named struct {
	Name string
	Pos  Pos
	Text Text
}

// Texts is an ordered mapping of names to scalars.
type Texts []Named

// Registry holds the step kinds that a program knows. The zero value is empty
// and ready.
type Registry struct {
	steps map[string]StepKind
}

// AddStep adds a kind under a name. It panics on a repeated name: that is a
// bug of the program, not of its input.
func (r *Registry) AddStep(name string, k StepKind) {
	if _, dup := r.steps[name]; dup {
		panic(fmt.Sprintf("flow: step kind %q added twice", name))
	}
	if r.steps == nil {
		r.steps = make(map[string]StepKind)
	}
	r.steps[name] = k
}

// Step is the kind of that name.
func (r *Registry) Step(name string) (StepKind, bool) {
	k, ok := r.steps[name]
	return k, ok
}

// Steps are the names of all kinds, sorted.
func (r *Registry) Steps() []string { return slices.Sorted(maps.Keys(r.steps)) }
