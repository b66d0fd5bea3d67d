package engine

import (
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// hold checks a payload whose values are all there and of their types against
// the rest of the receiver's contract, in the order of the kinds.
func (x *execution) hold(n *design.Node, values []any, h *flow.Handoff) {
	c := n.Contract
	if c.Schema != nil {
		from := len(x.w.arena)
		payload := x.json(n.Schema, values)
		x.w.arena = x.w.arena[:from]
		if why := c.Schema.Check(payload); why != "" {
			h.Kind, h.Clause, h.Detail = flow.Malformed, "schema", why
			return
		}
	}
	for _, f := range c.Fresh {
		if at, ok := values[f.Field].(time.Time); ok && !x.c.Time.IsZero() {
			if age := x.c.Time.Sub(at); age > f.Limit {
				h.Kind, h.Clause, h.Detail = flow.Stale, n.In[f.Field].Name, overdue(age, f.Limit)
				return
			}
		}
	}
	if waited := x.waited(); c.Deadline > 0 && waited > c.Deadline {
		h.Kind, h.Clause, h.Detail = flow.Late, "deadline", overdue(waited, c.Deadline)
		return
	}
	for _, inv := range c.Invariants {
		v, err := inv.Eval(x.w.frame, values)
		switch {
		case err != nil:
			if name, ok := absentName(err); ok {
				h.Kind, h.Clause, h.Detail = flow.Incomplete, inv.Source, x.missing(name)
			} else {
				h.Kind, h.Clause, h.Detail = flow.Malformed, inv.Source, "expression"
			}
			return
		case v != true:
			h.Kind, h.Clause = flow.Corrupted, inv.Source
			return
		}
	}
}

// waited is how long the case has waited for calls outside, as long as they
// took when they were really made: that is in the record, and the same in
// every replay.
func (x *execution) waited() time.Duration {
	var total time.Duration
	for i := range x.t.Spans {
		if s := &x.t.Spans[i]; !s.Shadow {
			for _, a := range s.Attempts {
				total += a.Latency
			}
		}
	}
	return total
}

// overdue writes by how much a limit was passed, in steps that keep the number
// of different texts small.
func overdue(got, limit time.Duration) string {
	text := limit.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	switch over := float64(got) / float64(limit); {
	case over < 2:
		return "over " + text
	case over < 10:
		return "over twice " + text
	}
	return "over ten times " + text
}
