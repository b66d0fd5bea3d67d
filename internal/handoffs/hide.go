package handoffs

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/redact"
)

// Hidden is the result as it may be shown: without the cases' ids where they
// are personal, and without the values of tags that are. The result itself
// stays as it is.
func (r *Result) Hidden(ids bool, tags []string) *Result {
	if r == nil || !ids && len(tags) == 0 {
		return r
	}
	out := *r
	out.Designs = slices.Clone(r.Designs)
	for i := range out.Designs {
		d := &out.Designs[i]
		d.Segments = slices.Clone(d.Segments)
		for j := range d.Segments {
			if slices.Contains(tags, d.Segments[j].Column) {
				d.Segments[j].Value = redact.Personal
			}
		}
		if ids {
			d.hideIDs()
		}
	}
	return &out
}

func (d *Design) hideIDs() {
	for _, m := range []*Matrix{&d.Seen, &d.Judged} {
		m.Edges = slices.Clone(m.Edges)
		for i := range m.Edges {
			kinds := slices.Clone(m.Edges[i].Kinds)
			for j := range kinds {
				kinds[j].Examples = unnamed(kinds[j].Examples)
			}
			m.Edges[i].Kinds = kinds
		}
	}
	d.Failures = slices.Clone(d.Failures)
	for i := range d.Failures {
		d.Failures[i].Case = redact.Personal
	}
	e := &d.Escalations
	e.MissedExamples = unnamed(e.MissedExamples)
	e.Reasons, e.Received = slices.Clone(e.Reasons), slices.Clone(e.Received)
	for i := range e.Reasons {
		e.Reasons[i].Needlessly = unnamed(e.Reasons[i].Needlessly)
	}
	for i := range e.Received {
		e.Received[i].Examples = unnamed(e.Received[i].Examples)
	}
}

func unnamed(ids []string) []string {
	if len(ids) == 0 {
		return ids
	}
	return []string{redact.Personal}
}
