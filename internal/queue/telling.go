package queue

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// pick is a case that is taken for what it is: the how-manyth, and the gap that
// its segments had then.
type pick struct {
	place int
	gap   float64
}

// mostTelling picks at most n cases by what they would tell, one after the other:
// a case that is picked fills the gaps of its segments. It hangs on no draw.
func mostTelling(cases []Candidate, n int) map[int]pick {
	known := map[[2]any]int{} // cases of a segment that a label is known of, by tag and value
	fill := func(c *Candidate) {
		for t, v := range c.Tags {
			known[[2]any{t, v}]++
		}
	}
	// A gap is as wide as the interval of a rate over so many cases more or less
	// is, of that over one.
	gap := func(c *Candidate) float64 {
		least := -1
		for t, v := range c.Tags {
			if k := known[[2]any{t, v}]; least < 0 || k < least {
				least = k
			}
		}
		return 1 / math.Sqrt(float64(max(least, 0)+1))
	}
	q := &ranking{}
	for i := range cases {
		c := &cases[i]
		if c.Known || c.Labelled {
			fill(c)
		}
		if !c.Known && c.Uncertainty*c.Stake > 0 {
			q.all = append(q.all, ranked{at: i, id: c.Case})
		}
	}
	for k := range q.all {
		r := &q.all[k]
		c := &cases[r.at]
		r.gap = gap(c)
		r.worth = c.Uncertainty * c.Stake * r.gap
	}
	heap.Init(q)
	out := map[int]pick{}
	for q.Len() > 0 && len(out) < n {
		top := &q.all[0]
		c := &cases[top.at]
		// Worths only fall, so the first that is up to date is the greatest.
		if now := gap(c); now < top.gap {
			top.gap, top.worth = now, c.Uncertainty*c.Stake*now
			heap.Fix(q, 0)
			continue
		}
		out[top.at] = pick{place: len(out), gap: top.gap}
		fill(c)
		heap.Pop(q)
	}
	return out
}

type ranked struct {
	at         int
	id         string
	worth, gap float64
}

// ranking is a heap, the greatest worth first, then the id.
type ranking struct{ all []ranked }

func (r *ranking) Len() int { return len(r.all) }
func (r *ranking) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(r.all[j].worth, r.all[i].worth), cmp.Compare(r.all[i].id, r.all[j].id)) < 0
}
func (r *ranking) Swap(i, j int) { r.all[i], r.all[j] = r.all[j], r.all[i] }
func (r *ranking) Push(x any)    { r.all = append(r.all, x.(ranked)) }
func (r *ranking) Pop() any {
	last := r.all[len(r.all)-1]
	r.all = slices.Delete(r.all, len(r.all)-1, len(r.all))
	return last
}
