package designtest

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// failureList are the handoffs that break; an empty list expects none.
type failureList struct {
	at  flow.Pos
	all []failureKeys
}

// DecodeYAML reads the list and keeps its place.
func (f *failureList) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	f.at = d.Pos(n)
	d.Decode(n, &f.all, diags)
}

// failureKeys are a handoff that breaks; what is not given may be anything.
type failureKeys struct {
	Pos    flow.Pos   `yaml:",pos"`
	From   *flow.Text `yaml:"from"`
	To     *flow.Text `yaml:"to"`
	Kind   *flow.Text `yaml:"kind" jsonschema:"enum=undelivered,enum=unavailable,enum=malformed,enum=incomplete,enum=stale,enum=corrupted,enum=rejected"`
	Clause *flow.Text `yaml:"clause"`
	Detail *flow.Text `yaml:"detail"`
	Then   *flow.Text `yaml:"then" jsonschema:"enum=escalate,enum=continue,enum=fail"`
}

// failures expects the handoffs that break, all of them, in any order.
func (l *expecting) failures(f *failureList) {
	if f == nil {
		return
	}
	want := make([]string, len(f.all))
	for i, k := range f.all {
		l.failure(k)
		want[i] = k.String()
	}
	l.add(f.at, "handoff_failures", list(want), func(x *ran) (string, bool) {
		broken := x.broken()
		got := make([]string, len(broken))
		for i, h := range broken {
			got[i] = describe(h)
		}
		return list(got), pairs(f.all, broken)
	})
}

// failure checks one expected handoff against the design.
func (l *expecting) failure(k failureKeys) {
	if k.From == nil && k.To == nil && k.Kind == nil && k.Clause == nil && k.Detail == nil && k.Then == nil {
		l.diags.Add(k.Pos, "any handoff would do", "such as {to: post, kind: incomplete}")
		return
	}
	word := func(t *flow.Text, what string, known []string) {
		if t != nil && !contains(known, t.Value) {
			l.diags.Add(t.Pos, fmt.Sprintf("unknown %s %q", what, t.Value), diag.Suggest(t.Value, known))
		}
	}
	word(k.Kind, "kind of failure", []string{string(flow.Undelivered), string(flow.Unavailable), string(flow.Malformed), string(flow.Incomplete), string(flow.Stale), string(flow.Corrupted), string(flow.Rejected)})
	word(k.Then, "end of a broken handoff", []string{string(design.Escalate), string(design.Continue), string(design.Fail)})
	var from, to []string
	add := func(all *[]string, name string) {
		if !contains(*all, name) {
			*all = append(*all, name)
		}
	}
	matched := false
	for _, e := range edges(l.plan) {
		add(&from, e[0])
		add(&to, e[1])
		matched = matched || (k.From == nil || k.From.Value == e[0]) && (k.To == nil || k.To.Value == e[1])
	}
	before := len(*l.diags)
	word(k.From, "sender", from)
	word(k.To, "receiver", to)
	if !matched && len(*l.diags) == before {
		var senders []string
		for _, e := range edges(l.plan) {
			if e[1] == k.To.Value {
				add(&senders, e[0])
			}
		}
		l.diags.Add(k.From.Pos, fmt.Sprintf("the design has no handoff from %q to %q", k.From.Value, k.To.Value), "it comes from "+strings.Join(senders, " or "))
	}
}

// edges are the handoffs of a design, as from and to.
func edges(p *design.Plan) [][2]string {
	out := [][2]string{{p.OutcomeEdge.From, "outcome"}}
	for _, n := range p.Nodes {
		to := n.Name
		if n.Answer != nil {
			to = n.Answer.Team
		}
		out = append(out, [2]string{n.Edge.From, to})
		for _, i := range n.Edge.Steps {
			out = append(out, [2]string{p.Nodes[i].Name, to}) // where what is given breaks its promise
		}
		for _, tool := range n.Tools {
			out = append(out, [2]string{n.Name, tool.Name}, [2]string{tool.Name, n.Name})
		}
		if n.Route != nil {
			out = append(out, [2]string{n.Name, "nobody"})
			for _, b := range n.Route.Branches {
				if b.Team != "" {
					out = append(out, [2]string{b.Edge.From, b.Team})
				}
			}
		} else {
			out = append(out, [2]string{n.Name, "outcome"})
		}
		if n.Broken.Mode == design.Escalate {
			out = append(out, [2]string{n.Broken.Edge.From, n.Broken.Team})
		}
	}
	return out
}

// String is the handoff as describe would have it.
func (k failureKeys) String() string {
	text := func(t *flow.Text) string {
		if t == nil {
			return "any"
		}
		return t.Value
	}
	s := fmt.Sprintf("%s to %s: %s", text(k.From), text(k.To), text(k.Kind))
	var clause []string
	for _, t := range []*flow.Text{k.Clause, k.Detail} {
		if t != nil {
			clause = append(clause, t.Value)
		}
	}
	if clause != nil {
		s += " (" + strings.Join(clause, ", ") + ")"
	}
	if k.Then != nil {
		s += ", then " + k.Then.Value
	}
	return s
}

// describe is a handoff that broke, in words.
func describe(h *flow.Handoff) string {
	k := failureKeys{}
	for text, value := range map[**flow.Text]string{&k.From: h.From, &k.To: h.To, &k.Kind: string(h.Kind), &k.Clause: h.Clause, &k.Detail: h.Detail, &k.Then: h.After} {
		if value != "" {
			*text = &flow.Text{Value: value}
		}
	}
	return k.String()
}

func (k failureKeys) fits(h *flow.Handoff) bool {
	is := func(t *flow.Text, value string) bool { return t == nil || t.Value == value }
	return is(k.From, h.From) && is(k.To, h.To) && is(k.Kind, string(h.Kind)) && is(k.Clause, h.Clause) && is(k.Detail, h.Detail) && is(k.Then, h.After)
}

// pairs says whether the expected and the broken handoffs can be paired, each
// with one of its own (augmenting paths, Kuhn 1955).
func pairs(want []failureKeys, got []*flow.Handoff) bool {
	if len(want) != len(got) {
		return false
	}
	of := make([]int, len(got)) // the expected one that each is paired with, plus 1
	for i := range want {
		tried := make([]bool, len(got))
		var pair func(i int) bool
		pair = func(i int) bool {
			for j, h := range got {
				if tried[j] || !want[i].fits(h) {
					continue
				}
				tried[j] = true
				if of[j] == 0 || pair(of[j]-1) {
					of[j] = i + 1
					return true
				}
			}
			return false
		}
		if !pair(i) {
			return false
		}
	}
	return true
}

// list is several lines of words, or "none".
func list(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, "\n")
}
