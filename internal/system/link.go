package system

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// Scopes of a link's expressions.
const (
	senderInput = iota
	senderOutcome
	receiverOwn
)

// links reads which workflows hand cases to which; nil for one that cannot be
// read.
func (l *loader) links(keys []linkKeys) []*Link {
	out := make([]*Link, len(keys))
	for i, k := range keys {
		from, to := l.end(k.From), l.end(k.To)
		if from == nil || to == nil {
			continue
		}
		if from == to {
			l.diags.Add(k.To.Pos, fmt.Sprintf("workflow %q hands cases to itself", to.Name), "workflows hand cases on, not round")
			continue
		}
		if slices.ContainsFunc(out[:i], func(o *Link) bool { return o != nil && o.From == from && o.To == to }) {
			l.diags.Add(k.Pos, fmt.Sprintf("a second link from %q to %q", from.Name, to.Name), "one link says all conditions")
			continue
		}
		link := &Link{From: from, To: to, Column: k.Key.Value, Pos: k.Pos}
		// Where the data is not there yet, the run says so.
		if have := columns(to.Card); have != nil && k.Key.Value != "" && !slices.Contains(have, k.Key.Value) {
			l.diags.Add(k.Key.Pos, fmt.Sprintf("the dataset of workflow %q has no column %q", to.Name, k.Key.Value), diag.Suggest(k.Key.Value, have))
		}
		out[i] = link
	}
	return out
}

// columns are those of a card's data; nil where it cannot be read.
func columns(card *dataset.Card) []string {
	rows, err := card.Rows()
	if err != nil {
		return nil
	}
	defer rows.Close()
	return rows.Columns()
}

// end is the workflow at an end of a link.
func (l *loader) end(name flow.Text) *Member {
	if name.Pos.Line == 0 {
		return nil // said by Decode
	}
	m := l.s.Member(name.Value)
	if !slices.Contains(l.declared, name.Value) {
		l.diags.Add(name.Pos, fmt.Sprintf("%q is none of the system's workflows", name.Value), diag.Suggest(name.Value, l.declared))
	}
	return m
}

// values compiles what a link asks and gives, against the sender's input and
// outcome and the receiver's input.
func (l *loader) values(link *Link, k linkKeys) {
	input, outcome, want := link.From.Workflow.Input, link.From.Workflow.Outcome, link.To.Workflow.Input
	env := &expr.Env{}
	env.Scope("input", input, expr.Place{Scope: senderInput})
	env.Scope("outcome", outcome, expr.Place{Scope: senderOutcome})
	env.Scope("own", want, expr.Place{Scope: receiverOwn})
	if k.When != nil {
		link.When = k.When.Value
		link.when = l.compile(*k.When, flow.Type{Kind: flow.Boolean}, env)
	}
	link.in = make([]*expr.Program, want.Len())
	for _, in := range k.In {
		i := want.Index(in.Name)
		if i < 0 {
			l.diags.Add(in.Pos, fmt.Sprintf("workflow %q receives no %q", link.To.Name, in.Name), diag.Suggest(in.Name, want.Names()))
			continue
		}
		t := want.Fields()[i].Type
		may := t
		may.Optional = true // what is absent then breaks the handoff, as everywhere
		p := l.compile(in.Text, may, env)
		if p == nil {
			continue
		}
		link.in[i] = p
		link.by = append(link.by, in.Name)
		l.words(link, in.Name, p, t, in.Text.Pos)
		if absent := mayLack(p); absent != "" && !t.Optional && !guards(link.When, absent) {
			l.warn(in.Text.Pos, fmt.Sprintf("%s may be absent, and workflow %q cannot do without %q: the handoff breaks then", absent, link.To.Name, in.Name), "give a value for that case with ?? …, or ask for it in when")
		}
	}
	for _, n := range link.To.Plan.Nodes {
		if len(link.by) > 0 && flow.HappenedElsewhere(n.Step) {
			l.diags.Add(link.Pos, fmt.Sprintf("step %q of workflow %q answers what was recorded, which knows nothing of what the link gives", n.Name, link.To.Name), "leave out in, or choose another design")
		}
	}
}

func (l *loader) compile(src flow.Text, want flow.Type, env *expr.Env) *expr.Program {
	p, diags := expr.Compile(src, want, env)
	*l.diags = append(*l.diags, diags...)
	return p
}

func (l *loader) warn(at flow.Pos, message, hint string) {
	*l.diags = append(*l.diags, diag.Diagnostic{Pos: at, Severity: diag.Warning, Message: message, Hint: hint})
}

// words refuses an enum that has words which the receiver's has not.
func (l *loader) words(link *Link, field string, p *expr.Program, want flow.Type, at flow.Pos) {
	if want.Kind != flow.Enum || !p.Plain() {
		return
	}
	var foreign []string
	for _, w := range p.Reads()[0].Type.Enum {
		if !slices.Contains(want.Enum, w) {
			foreign = append(foreign, fmt.Sprintf("%q", w))
		}
	}
	if len(foreign) > 0 {
		l.diags.Add(at, fmt.Sprintf("%s may be %s, which %q of workflow %q cannot be", p.Source(), strings.Join(foreign, " or "), field, link.To.Name), "it is one of "+strings.Join(want.Enum, ", "))
	}
}

// mayLack names what a plain reference reads, where that may be absent.
func mayLack(p *expr.Program) string {
	if p.Plain() && p.Reads()[0].Type.Optional {
		return p.Reads()[0].Name
	}
	return ""
}

// guards says whether a condition holds only where a value is there: one of
// its parts, all of which have to hold, says so.
func guards(when, name string) bool {
	if strings.Contains(when, " or ") || strings.ContainsAny(when, "|?") {
		return false
	}
	return slices.ContainsFunc(strings.Split(strings.ReplaceAll(when, "&&", " and "), " and "), func(part string) bool {
		return strings.TrimSpace(part) == name+" != null"
	})
}

// Handoff is what became of handing one case over a link.
type Handoff struct {
	Sent   bool
	Values []any // what the receiver gets, aligned with its input; nil where nothing was sent
	// Kind says how the handoff failed, Clause on what of the receiver's
	// contract; "" where it did not, or nothing was to be sent.
	Kind   flow.HandoffKind
	Clause string
	Detail string
}

// Send makes what the receiver gets of a case: from the sender's input and
// final outcome and the receiver's own input. A sender that ended without an
// outcome hands over nothing, which breaks the handoff.
func (l *Link) Send(input, outcome, own []any) Handoff {
	if outcome == nil {
		return Handoff{Kind: flow.Undelivered, Clause: "outcome"}
	}
	scopes := [][]any{input, outcome, own}
	if l.when != nil {
		v, err := l.when.Eval(scopes...)
		if err != nil {
			return failed("when", err)
		}
		if v != true {
			return Handoff{}
		}
	}
	values := slices.Clone(own)
	for i, f := range l.To.Workflow.Input.Fields() {
		if l.in[i] == nil {
			continue
		}
		v, err := l.in[i].Eval(scopes...)
		if err != nil {
			return failed(f.Name, err)
		}
		if v == nil && !f.Type.Optional {
			return Handoff{Kind: flow.Incomplete, Clause: f.Name, Detail: "absent"}
		}
		if why := f.Type.Check(v); why != "" {
			return Handoff{Kind: flow.Malformed, Clause: f.Name, Detail: why}
		}
		values[i] = v
	}
	return Handoff{Sent: true, Values: values}
}

// failed is a handoff whose values could not be made.
func failed(clause string, err error) Handoff {
	if absent, ok := errors.AsType[*expr.Absent](err); ok {
		return Handoff{Kind: flow.Incomplete, Clause: clause, Detail: "absent: " + absent.Name}
	}
	return Handoff{Kind: flow.Malformed, Clause: clause, Detail: err.Error()}
}
