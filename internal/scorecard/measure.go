package scorecard

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// maxExamples is how many case ids stand beside a count.
const maxExamples = 3

// measure gathers one property.
type measure struct {
	counter *score.Counter
	lacks   map[string]*Lack
}

func newMeasure(u *score.Units) *measure {
	return &measure{counter: u.Counter(), lacks: make(map[string]*Lack)}
}

// add takes in one thing of a case; lacks are why it does not count, each once,
// and none where it does.
func (m *measure) add(at place, lacks ...string) {
	m.counter.Add(at.cluster, at.weight, len(lacks) == 0)
	for _, what := range lacks {
		l := m.lacks[what]
		if l == nil {
			l = &Lack{What: what}
			m.lacks[what] = l
		}
		l.Count++
		if len(l.Examples) < maxExamples && !slices.Contains(l.Examples, at.id) {
			l.Examples = append(l.Examples, at.id)
		}
	}
}

// place is the case that a thing belongs to.
type place struct {
	id      string
	cluster int32
	weight  float64
}

func (m *measure) result() Measure {
	out := Measure{Share: m.counter.Share()}
	for _, l := range m.lacks {
		out.Lacks = append(out.Lacks, *l)
	}
	slices.SortFunc(out.Lacks, func(a, b Lack) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.What, b.What)) })
	return out
}
