package report

import (
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// events are steps with the handoff into each before it, and decisions where
// they were taken. The record keeps the three in order apart; a receiver's name
// puts them together again. What a step had its tools do stands between the
// handoff into it and the step.
func (tr tracer) events(g *traceGroup, t *flow.Trial) {
	handoffs := slices.Clone(t.Handoffs)
	var work []*flow.Span // of tools, whose caller comes next
	routes := slices.Clone(t.Routes)
	take := func(to string, shadow bool) {
		for i, h := range handoffs {
			if h.To == to && h.Shadow == shadow {
				handoff(g, 0, h)
				handoffs = slices.Delete(handoffs, i, i+1)
				return
			}
		}
	}
	decided := func(r *flow.RouteTaken) {
		take(r.Step, r.Shadow)
		tr.decision(g, r)
		if r.To != "" && !r.Shadow && tr.team(r.To) {
			take(r.To, false)
		}
	}
	for i := range t.Spans {
		s := &t.Spans[i]
		if ofTool(t, i) {
			work = append(work, s)
			continue
		}
		for len(routes) > 0 && (routes[0].Shadow == s.Shadow && routes[0].To == s.Step || !routes[0].Shadow && s.Shadow) {
			decided(&routes[0])
			routes = routes[1:]
		}
		take(s.Step, s.Shadow)
		handoffs = tr.calls(g, t, s, work, handoffs)
		work = nil
		tr.step(g, 0, s)
	}
	for i := range routes {
		decided(&routes[i])
	}
	for _, h := range handoffs {
		handoff(g, 0, h)
	}
}

// ofTool says whether a span is the work of a tool: it was handed its payload by
// a step that was not done yet.
func ofTool(t *flow.Trial, at int) bool {
	s := &t.Spans[at]
	return slices.ContainsFunc(t.Handoffs, func(h flow.Handoff) bool {
		if h.To != s.Step || h.Shadow != s.Shadow {
			return false
		}
		by := func(other flow.Span) bool { return other.Step == h.From && other.Shadow == s.Shadow }
		return !slices.ContainsFunc(t.Spans[:at], by) && slices.ContainsFunc(t.Spans[at+1:], by)
	})
}

// calls prints what a step had its tools do, whose work is given, and gives the
// handoffs that are left.
func (tr tracer) calls(g *traceGroup, t *flow.Trial, by *flow.Span, work []*flow.Span, handoffs []flow.Handoff) (left []flow.Handoff) {
	all := work
	worked := func(tool string) bool {
		return slices.ContainsFunc(all, func(s *flow.Span) bool { return s.Step == tool })
	}
	for _, h := range handoffs {
		called := h.From == by.Step && (worked(h.To) || tr.refused(t, h))
		if h.Shadow != by.Shadow || !called && !(h.To == by.Step && worked(h.From)) {
			left = append(left, h)
			continue
		}
		handoff(g, 1, h)
		if called && len(work) > 0 && work[0].Step == h.To && (h.Kind == "" || h.Clause == "receiver") {
			tr.step(g, 1, work[0])
			work = work[1:]
		}
	}
	return left
}

// refused says whether a handoff is a call that its tool did not take. Where a
// design goes on from any other broken handoff, something stands in the step's
// place.
func (tr tracer) refused(t *flow.Trial, h flow.Handoff) bool {
	receives := func(s flow.Span) bool { return s.Step == h.To }
	return h.Kind != "" && h.After == string(design.Continue) && h.To != "outcome" && !tr.team(h.To) && !slices.ContainsFunc(t.Spans, receives)
}

func (tr tracer) team(name string) bool {
	return slices.ContainsFunc(tr.workflow.Teams, func(team design.Team) bool { return team.Name == name })
}

func handoff(g *traceGroup, depth int, h flow.Handoff) {
	if h.Kind == "" {
		g.add(depth, "%s→ %s to %s", shadow(h.Shadow), name(h.From), name(h.To))
		return
	}
	text := fmt.Sprintf("✗ %s to %s: %s", name(h.From), name(h.To), name(string(h.Kind)))
	if h.Clause != "" {
		text += " (" + oneLine(h.Clause, 60)
		if h.Detail != "" {
			text += ", " + name(h.Detail)
		}
		text += ")"
	}
	if h.After != "" {
		text += ", then " + name(h.After)
	}
	g.bad(depth, "%s%s", shadow(h.Shadow), text)
}

func shadow(yes bool) string {
	if yes {
		return "(shadow) "
	}
	return ""
}

func (tr tracer) step(g *traceGroup, depth int, s *flow.Span) {
	line := fmt.Sprintf("%s%s (%s, %s)", shadow(s.Shadow), name(s.Step), name(s.Kind), name(string(s.Actor)))
	if s.Confidence != nil {
		line += fmt.Sprintf(" confidence %.3f", s.Confidence.Calibrated)
		if s.Confidence.Raw != s.Confidence.Calibrated {
			line += fmt.Sprintf(" (raw %.3f)", s.Confidence.Raw)
		}
	}
	if s.Source != "" {
		line += " answered by the " + name(words(s.Source))
	}
	g.add(depth, "%s", line)
	if s.Suggested != nil {
		g.add(depth+1, "shown %s", oneLine(string(tr.shown.JSON(s.Suggested)), 400))
	}
	if s.Output != nil {
		g.add(depth+1, "gave %s", oneLine(string(tr.shown.JSON(s.Output)), 400))
	}
	if s.Error != "" {
		g.bad(depth+1, "%s: %s", name(string(s.Class)), oneLine(tr.shown.Message(s.Error), 200))
	}
	for i, a := range s.Attempts {
		took := "not timed" // as answers of batches are
		if a.Latency > 0 {
			took = seconds(a.Latency.Seconds())
		}
		line := fmt.Sprintf("attempt %d: %s, %d + %d tokens", i+1, took, a.TokensIn, a.TokensOut)
		if a.Class != "" {
			line += ", " + name(string(a.Class))
		}
		g.add(depth+1, "%s", line)
	}
}

func (tr tracer) decision(g *traceGroup, r *flow.RouteTaken) {
	to := r.To
	if to == "" {
		to = "nowhere: no branch matched"
	}
	line := fmt.Sprintf("%s%s decides: %s", shadow(r.Shadow), name(r.Step), name(to))
	if r.Because != "" {
		line += " because " + name(words(r.Because))
	}
	g.add(0, "%s, reading %s", line, oneLine(string(tr.shown.JSON(r.Values)), 200))
}
