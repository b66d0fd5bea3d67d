package handoffs

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// A segment is tested where there is something to compare.
const (
	maxValues       = 60 // of a tag: one with more is an id, not a segment
	fewestHandoffs  = 30 // in the segment, and as many in the others
	fewestFailures  = 5  // in the segment
	maxSegmentLines = 6  // of a design
)

// segments counts a crossing in the segments of its case.
func (e *edgeTally) segments(u *score.Units, t *flow.Trial, cluster int32, failed bool) {
	for i, by := range e.tags {
		if by == nil || i >= len(t.Tags) {
			continue
		}
		c := by[t.Tags[i]]
		if c == nil {
			if len(by) >= maxValues {
				e.tags[i] = nil
				continue
			}
			c = u.Counter()
			by[t.Tags[i]] = c
		}
		c.Add(cluster, t.Weight, failed)
	}
}

// tested are the segments of all edges that can be compared, with the p-value
// of each; untested ones are left out.
func (a *tally) tested(judged bool) []Segment {
	var out []Segment
	for key, e := range a.edges {
		for i, by := range e.tags {
			for value, c := range by {
				x, n := c.Counts()
				_, of := e.failed.Counts()
				if n < fewestHandoffs || of-n < fewestHandoffs || x < fewestFailures {
					continue
				}
				p := association(c, e.failed)
				if !p.Valid {
					continue
				}
				others := a.u.Counter()
				for other, c := range by {
					if other != value {
						others.Merge(c)
					}
				}
				out = append(out, Segment{From: key[0], To: key[1], Judged: judged, Column: a.tagNames[i], Value: value, Failed: c.Share(), Others: others.Share(), PValue: p})
			}
		}
	}
	return out
}

// association is the p-value of no difference between a segment and the others:
// Fisher's where cases are independent, else the score test over clusters.
func association(segment, all *score.Counter) stats.Number {
	x, n := segment.Counts()
	allX, allN := all.Counts()
	groups := all.Clusters()
	if len(groups) == 0 {
		test, err := stats.FisherExact([][]int{{x, n - x}, {allX - x, allN - n - allX + x}})
		if err != nil {
			return stats.Number{}
		}
		return test.PValue
	}
	inside := segment.Clusters()
	var clusters []stats.TrendSums
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		m := groups[id]
		s := stats.TrendSums{N: float64(m.N), Yes: yes(m)}
		if in := inside[id]; in != nil {
			s.Score, s.ScoreSquare, s.ScoreYes = float64(in.N), float64(in.N), yes(in)
		}
		clusters = append(clusters, s)
	}
	test, err := stats.ClusterTrend(clusters)
	if err != nil {
		return stats.Number{}
	}
	return test.PValue
}

// yes is how many of a cluster's zeros and ones are ones.
func yes(m *stats.Moments) float64 { return m.Mean * float64(m.N) }

// worstSegments are those in which edges broke more often than in the others,
// the surest first.
func worstSegments(seen, judged *tally) []Segment {
	all := append(seen.tested(false), judged.tested(true)...)
	slices.SortFunc(all, func(a, b Segment) int {
		return cmp.Or(
			cmp.Compare(a.PValue.Value, b.PValue.Value), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Value, b.Value), cmp.Compare(b2i(a.Judged), b2i(b.Judged)),
		)
	})
	p := make([]stats.Number, len(all))
	for i := range all {
		p[i] = all[i].PValue
	}
	adjusted, err := stats.AdjustP(p, stats.BenjaminiHochberg)
	if err != nil {
		return nil // a p-value of ours is one
	}
	var out []Segment
	for i, s := range all {
		s.Adjusted = adjusted[i]
		if s.Failed.Estimate.Or(0) > s.Others.Estimate.Or(0) && len(out) < maxSegmentLines {
			out = append(out, s)
		}
	}
	return out
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
