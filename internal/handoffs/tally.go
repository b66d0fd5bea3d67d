package handoffs

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// maxExamples is how many case ids stand beside a count.
const maxExamples = 3

// tally gathers one matrix of one design.
type tally struct {
	u        *score.Units
	trials   *score.Counter
	edges    map[[2]string]*edgeTally
	times    *timeTally
	tagNames []string
}

type edgeTally struct {
	failed *score.Counter
	kinds  map[flow.HandoffKind]*kindTally
	tags   []map[string]*score.Counter // by tag column; nil for one with too many values
}

type kindTally struct {
	// whole counts what this kind could be told of; nil where that is all of the
	// edge, and then failed holds the failures alone.
	whole     *score.Counter
	failed    *score.Counter
	recovered *score.Counter
	followed  int
	details   map[string]int
	modes     map[string]int // of the published taxonomy
	examples  []string
}

func newTally(u *score.Units, tagNames []string) *tally {
	return &tally{u: u, trials: u.Counter(), edges: make(map[[2]string]*edgeTally), times: newTimeTally(u), tagNames: tagNames}
}

// add takes in the crossings of one trial.
func (a *tally) add(t *flow.Trial, g *score.Judgement, cluster int32, crossings []crossing) {
	if len(crossings) == 0 {
		return // nothing that could have failed
	}
	any := false
	for i := range crossings {
		any = any || crossings[i].kind != ""
		a.crossing(t, g, cluster, &crossings[i])
	}
	a.trials.Add(cluster, t.Weight, any)
	a.times.add(t, cluster, any)
}

func (a *tally) crossing(t *flow.Trial, g *score.Judgement, cluster int32, c *crossing) {
	key := [2]string{c.from, c.to}
	e := a.edges[key]
	if e == nil {
		e = &edgeTally{failed: a.u.Counter(), kinds: make(map[flow.HandoffKind]*kindTally), tags: make([]map[string]*score.Counter, len(a.tagNames))}
		for i := range e.tags {
			e.tags[i] = make(map[string]*score.Counter)
		}
		a.edges[key] = e
	}
	e.failed.Add(cluster, t.Weight, c.kind != "")
	e.segments(a.u, t, cluster, c.kind != "")
	for _, kind := range c.can {
		k := e.kind(a.u, kind)
		if k.whole == nil {
			k.whole = a.u.Counter()
		}
		k.whole.Add(cluster, t.Weight, c.kind == kind)
	}
	if c.followed != "" {
		e.kind(a.u, c.followed).followed++
	}
	if c.kind == "" {
		return
	}
	k := e.kind(a.u, c.kind)
	k.failed.Add(cluster, t.Weight, true)
	if g.Right != score.Unknown {
		k.recovered.Add(cluster, t.Weight, g.Right == score.Yes)
	}
	k.details[detail(c)]++
	for _, mode := range MAST(c.kind, c.detail) {
		k.modes[mode]++
	}
	if len(k.examples) < maxExamples && !slices.Contains(k.examples, t.Case) {
		k.examples = append(k.examples, t.Case)
	}
}

// detail is what of the contract broke, and how.
func detail(c *crossing) string {
	switch {
	case c.detail == "":
		return c.clause
	case c.clause == "":
		return c.detail
	}
	return c.clause + " (" + c.detail + ")"
}

func (e *edgeTally) kind(u *score.Units, kind flow.HandoffKind) *kindTally {
	k := e.kinds[kind]
	if k == nil {
		k = &kindTally{failed: u.Counter(), recovered: u.Counter(), details: make(map[string]int), modes: make(map[string]int)}
		e.kinds[kind] = k
	}
	return k
}

func (a *tally) matrix() Matrix {
	m := Matrix{Trials: a.trials.Share(), Trend: a.times.trend()}
	for key, e := range a.edges {
		edge := Edge{From: key[0], To: key[1], Failed: e.failed.Share()}
		for _, kind := range flow.HandoffKinds {
			k := e.kinds[kind]
			if k == nil {
				continue
			}
			out := Kind{Kind: kind, Recovered: k.recovered.Share(), Followed: k.followed, Details: counts(k.details), Examples: k.examples}
			if k.whole != nil {
				out.Failed = k.whole.Share()
			} else {
				out.Failed = k.failed.ShareOf(e.failed)
			}
			out.MAST = counts(k.modes)
			edge.Kinds = append(edge.Kinds, out)
		}
		m.Edges = append(m.Edges, edge)
	}
	slices.SortFunc(m.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(b.Failed.X, a.Failed.X), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return m
}

func counts(m map[string]int) []score.Count {
	var out []score.Count
	for name, n := range m {
		out = append(out, score.Count{Name: name, Count: n})
	}
	slices.SortFunc(out, func(a, b score.Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return out
}
