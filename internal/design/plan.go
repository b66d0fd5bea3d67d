package design

import (
	"iter"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// Plan is a design that has been checked and compiled: what engine runs.
//
// The values of one trial live in one frame, a []any of Slots places: the
// workflow's input first, in the order of Workflow.Input, then the output of
// every step at its OutSlot. A place holds nil until it is written, and where
// the value is absent.
type Plan struct {
	Workflow *Workflow
	Design   *Design
	Slots    int
	Nodes    []*Node
	Groups   []*Group // of nodes that work side by side, in order
	// Outcome are the values of the final outcome, aligned with
	// Workflow.Outcome; one that is never given has a Value that is nil.
	Outcome []Value
	// OutcomeEdge is what the outcome is made of.
	OutcomeEdge Edge
	// Right is the recorded verdict of a design that brings its own; nil
	// where the label judges.
	Right Value
}

// Target is where a branch goes: a team, "end" or a step.
func (p *Plan) Target(b *Branch) string {
	switch {
	case b.Team != "":
		return b.Team
	case b.End:
		return "end"
	case b.Name != "":
		return b.Name
	}
	return p.Nodes[b.To].Name
}

// RecordedFields are the recorded columns that steps of the plans read.
func RecordedFields(plans ...*Plan) *flow.Schema {
	var fields []flow.Field
	for _, p := range plans {
		for _, n := range p.Nodes {
			r, ok := n.Step.(flow.RecordReader)
			if !ok {
				continue
			}
			for _, f := range r.RecordedFields().Fields() {
				if !slices.ContainsFunc(fields, func(have flow.Field) bool { return have.Name == f.Name }) {
					fields = append(fields, f)
				}
			}
		}
	}
	return flow.NewSchema(fields...)
}

// Value reads or computes a value from a frame.
type Value interface {
	Eval(frame []any) (any, error)
}

// Node is one step of a plan.
type Node struct {
	Index  int
	Name   string
	Kind   string
	Actor  flow.Actor
	Role   flow.Role
	System string // the system it acts in; "" for none
	Owner  string
	Pos    flow.Pos

	In      []Binding    // what it receives, aligned with Schema
	Schema  *flow.Schema // of In
	Out     *flow.Schema // what it promises; nil for routes
	OutSlot int
	Edge    Edge // the handoff into this step
	// Needs are those of the team or system that gets the payload.
	Needs []Need
	// Contract is what else the step asks of its payload; nil for nothing.
	Contract *Contract

	Step   flow.Step // nil for Routing and Answer
	Route  *Route    // for Routing
	Answer *Answer   // for Answer
	Broken Broken
	Group  *Group // the parallel group it stands in; nil for none

	// Tools are the steps that this one may call while it works. They are no
	// nodes of the plan: no case comes to them by itself.
	Tools []*Node
	// Called is what its caller calls a tool: the name that it has in its file.
	Called  string
	Args    *flow.Schema // of a tool: what it is called with
	ArgSlot int          // where they lie in the frame while it is called
}

// Working are the nodes of the plan, each followed by its tools.
func (p *Plan) Working() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for _, n := range p.Nodes {
			if !yield(n) {
				return
			}
			for _, t := range n.Tools {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Binding gives one field of a receiver its value.
type Binding struct {
	Name  string
	Type  flow.Type
	Value Value
	// Needed says that the receiver cannot do without it, although its type
	// allows that it is absent.
	Needed bool
	Pos    flow.Pos
}

// Edge is a handoff as far as the design tells: from whom, and made of what.
type Edge struct {
	From     string // the latest step whose output it carries, or "input"
	UseInput bool   // the payload carries something of the case's input
	Steps    []int  // nodes whose outputs the payload carries, in order
	Slots    []int  // places of the frame that the payload is made from, in order
}

// BrokenMode says what happens when a handoff breaks.
type BrokenMode string

const (
	Escalate BrokenMode = "escalate"
	Continue BrokenMode = "continue"
	Fail     BrokenMode = "fail"
)

// Broken is what was declared for a broken handoff into a step.
type Broken struct {
	Mode BrokenMode
	Team string // for Escalate
	// Show is what the team receives beside how the handoff broke, and Edge the
	// handoff to it; for Escalate.
	Show []Binding
	Edge Edge
	With []any // for Continue: values in the order of the step's Out
}

// Route is a decision point.
type Route struct {
	Branches []Branch
	// Reads are all that any condition reads: recorded at every decision, so
	// that cutoffs can be moved afterwards.
	Reads  []Read
	Schema *flow.Schema // of Reads
}

// Read is a named place of the frame.
type Read struct {
	Name string // as the user writes it: "assess.confidence"
	Slot int
}

// Branch is one way out of a decision point. Exactly one of To, Team and End
// is set.
type Branch struct {
	When    Value  // nil for else
	To      int    // index of the node to go on with; -1 for none
	Name    string // what the design calls it: a step or a group; "" for the node's own name
	Team    string
	End     bool
	Because string
	Show    []Binding // what the person receives
	Needs   []Need    // of the team
	Edge    Edge      // the handoff to the team
	Pos     flow.Pos
	Source  string // the condition as written
}

// Answer is a team's work as a step.
type Answer struct {
	Team   string
	Fields []string // outcome fields the team decides, aligned with the node's Out
	// Final says that nothing but the outcome reads the answer, so that it is
	// resolved when scoring and needs no label in replay.
	Final bool
	// Suggested are the values that the person is shown to confirm, aligned
	// with Fields, nil for a field without; nil where nothing is suggested.
	Suggested []Value
}
