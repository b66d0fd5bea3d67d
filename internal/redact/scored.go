package redact

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// Scored is a scored run as it may be shown: without the cases' ids where they
// are personal, and without the values of tags that are. The run itself stays
// as it is.
func Scored(r *score.Result, ids bool, tags []string) *score.Result {
	if !ids && len(tags) == 0 {
		return r
	}
	out := *r
	out.Designs = slices.Clone(r.Designs)
	for i := range out.Designs {
		d := &out.Designs[i]
		d.Segments = slices.Clone(d.Segments)
		for j := range d.Segments {
			if slices.Contains(tags, d.Segments[j].Column) {
				d.Segments[j].Value = Personal
			}
		}
		if ids {
			d.Worst, d.Edges = unnamed(d.Worst), withoutExamples(d.Edges)
		}
	}
	return &out
}

func unnamed(worst []score.Example) []score.Example {
	worst = slices.Clone(worst)
	for i := range worst {
		worst[i].Case = Personal
	}
	return worst
}

func withoutExamples(edges []score.Edge) []score.Edge {
	edges = slices.Clone(edges)
	for i := range edges {
		edges[i].Kinds = slices.Clone(edges[i].Kinds)
		for j := range edges[i].Kinds {
			if k := &edges[i].Kinds[j]; len(k.Examples) > 0 {
				k.Examples = []string{Personal}
			}
		}
	}
	return edges
}
