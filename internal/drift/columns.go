package drift

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
)

const (
	distanceFloor = 0.1
	// manyValues is how many distinct numbers make a distribution rather than
	// a list of categories.
	manyValues = 20
	// fewCases is how many of a category in the baseline stand alone; rarer
	// ones are pooled.
	fewCases  = 5
	resamples = 10_000
)

// columns are one column in a part of each sample.
type columns struct {
	group       Group
	base, fresh *Column
	b, f        part // the cases that may have a value
}

// of is the column of one of the samples.
func (c columns) of(s *Sample) *Column {
	if s == c.b.Sample {
		return c.base
	}
	return c.fresh
}

// column compares a column of both samples: its missing values as a rate of
// their own, and the others by what they are. Nothing comes of a column that
// cannot be compared; why says so.
func column(c *check, of columns) (out []Signal, why string, err error) {
	name := of.base.Name
	if of.base.Tag {
		name += " (tag)"
	}
	if of.base.Withheld || of.fresh.Withheld {
		return nil, name + ": the audit log withholds it", nil
	}
	if of.base.Tag && of.base.any() && !of.fresh.any() {
		return nil, name + ": no fresh case has one", nil // nobody sent it along: no input moved
	}
	missing, err := rate(question{group: of.group, name: name + " missing", floor: missingFloor, yes: func(s *Sample, i int) bool { return !of.of(s).has(i) }}, of.b, of.f)
	if err != nil {
		return nil, "", err
	}
	if m := missing.Moves; len(m) > 0 && m[0].Baseline.Value+m[0].Fresh.Value > 0 {
		out = append(out, missing)
	}
	present := func(p part, c *Column) (n int) {
		for i := range p.flags {
			if p.has(i) && c.has(i) {
				n++
			}
		}
		return n
	}
	n, m := present(of.b, of.base), present(of.f, of.fresh)
	if n == 0 || m == 0 {
		return out, name + ": no values on one side", nil
	}
	var s Signal
	switch kind := of.base.Type.Kind; kind {
	case flow.Number, flow.Integer, flow.Probability:
		s, err = numeric(c, of)
	case flow.Enum, flow.Boolean:
		s, err = categorical(c, of, coded(of.base), coded(of.fresh))
	case flow.String:
		if of.base.many || of.fresh.many || union(of.base.names, of.fresh.names) > manyTexts {
			s, err = text(c, of)
		} else {
			s, err = categorical(c, of, coded(of.base), coded(of.fresh))
		}
	case flow.Date, flow.Time:
		return out, name + ": time moves by itself", nil
	default:
		return out, fmt.Sprintf("%s: a %s has no test", name, kind), nil
	}
	s.Group, s.Name, s.Baseline, s.Fresh = of.group, name, n, m
	if of.base.Personal || of.fresh.Personal {
		s.What, s.Moves = "personal: its values are not shown", nil
	}
	return append(out, s), "", err
}

func union(a, b []string) int {
	seen := map[string]bool{}
	for _, list := range [][]string{a, b} {
		for _, v := range list {
			seen[v] = true
		}
	}
	return len(seen)
}
