package designtest

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// ran is what happened in a test, for its checks to ask.
type ran struct {
	plan  *design.Plan
	trial *flow.Trial
	given *flow.Case
	spy   *spy
}

// ending is how the case ended, in words.
func (x *ran) ending() string {
	t := x.trial
	switch t.Status {
	case flow.Automated:
		return "automated"
	case flow.Escalated:
		return fmt.Sprintf("escalated to %s because of %s at %s", t.Team, t.Reason, t.End)
	case flow.Failed:
		return fmt.Sprintf("failed at %s: %s", t.End, t.Reason)
	}
	return "not measured: " + t.Reason
}

// unshadowed is why there is no shadow outcome.
func (x *ran) unshadowed() string {
	if x.trial.ShadowWhy == "" {
		return "no shadow outcome: " + x.ending()
	}
	return "no shadow outcome: " + x.trial.ShadowWhy
}

// taken is where the case went at a decision point.
func (x *ran) taken(route string) (to string, reached bool) {
	for _, r := range x.trial.Routes {
		if r.Step == route && !r.Shadow {
			if r.Branch < 0 {
				return "nowhere: no condition held, or it could not read what it decides by", true
			}
			return r.To, true
		}
	}
	return "", false
}

// span is what is on record of a step, in operation.
func (x *ran) span(step string) *flow.Span {
	for i := range x.trial.Spans {
		if s := &x.trial.Spans[i]; s.Step == step && !s.Shadow {
			return s
		}
	}
	return nil
}

// hasRun says whether a step worked in operation. One whose handoff broke did
// not, although the design may go on with values in its place.
func (x *ran) hasRun(n *design.Node) bool {
	switch n.Role {
	case flow.Routing:
		_, reached := x.taken(n.Name)
		return reached
	case flow.Answer:
		return x.span(n.Name) != nil || x.trial.Status == flow.Escalated && x.trial.End == n.Name
	}
	_, worked := x.spy.received[n.Name]
	return worked && x.span(n.Name) != nil
}

// gave is what a step gave, or what the design went on with, or why there is
// nothing.
func (x *ran) gave(n *design.Node) (values []any, why string) {
	s := x.span(n.Name)
	switch {
	case s == nil:
		return nil, "it did not run: " + x.ending()
	case s.Output == nil:
		return nil, fmt.Sprintf("it gave nothing: %s: %s", s.Class, s.Error)
	}
	values, err := flow.ParseJSON(s.Output, n.Out)
	if err != nil {
		return nil, err.Error()
	}
	return values, ""
}

// received is what a step was handed, or why it was not.
func (x *ran) received(n *design.Node) (values []any, why string) {
	if !x.hasRun(n) {
		return nil, "it did not run: " + x.ending()
	}
	return x.spy.received[n.Name], ""
}

// shown is a value that the person received, or why there is none.
func (x *ran) shown(name string) (v any, why string) {
	show := x.plan.Shown(x.trial)
	if show == nil {
		return nil, "nothing gave the case to a person: " + x.ending()
	}
	for _, s := range show {
		if s.Name != name {
			continue
		}
		m, path := x.scope(name)
		field, rest, _ := strings.Cut(path, ".")
		v := m.Get(field)
		for rest != "" {
			field, rest, _ = strings.Cut(rest, ".")
			record, _ := v.(map[string]any)
			v = record[field]
		}
		return v, ""
	}
	return nil, fmt.Sprintf("the team gets no %s", name)
}

// scope is what the name of a value begins with, the case's input or what a
// step gave, and the rest of the name. Steps of a nested workflow have names
// with dots in them, so the longest that fits is meant.
func (x *ran) scope(name string) (of flow.Message, path string) {
	of, path = x.given.Input, strings.TrimPrefix(name, "input.")
	longest := ""
	for _, n := range x.plan.Nodes {
		rest, ok := strings.CutPrefix(name, n.Name+".")
		if !ok || len(n.Name) <= len(longest) || n.Out.Len() == 0 {
			continue
		}
		values, _ := x.gave(n)
		if values == nil {
			values = make([]any, n.Out.Len())
		}
		longest, path, of = n.Name, rest, flow.Message{Schema: n.Out, Values: values}
	}
	return of, path
}

// suggested is what a person was shown to confirm at a step, or why nothing.
func (x *ran) suggested(n *design.Node) (values []any, why string) {
	s := x.span(n.Name)
	if s == nil {
		return nil, "nobody was asked: " + x.ending()
	}
	if s.Suggested == nil {
		return nil, "nothing"
	}
	values, err := flow.ParseJSON(s.Suggested, n.Out)
	if err != nil {
		return nil, err.Error()
	}
	return values, ""
}

// broken are the handoffs that broke in operation.
func (x *ran) broken() []*flow.Handoff {
	var out []*flow.Handoff
	for i := range x.trial.Handoffs {
		if h := &x.trial.Handoffs[i]; h.Kind != "" && !h.Shadow {
			out = append(out, h)
		}
	}
	return out
}
