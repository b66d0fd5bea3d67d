package decisions

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Settled is what the reviewers of a case come to together.
type Settled struct {
	Entry int
	Case  string
	// By are the decisions about it.
	By []Decision
	// Values are what more than half of those who judged a field decided, aligned
	// with the workflow's outcome; nil for a field that nobody judged.
	Values []any
	// Unknown says that more than half cannot tell.
	Unknown bool
	// Disputed says that no more than half agree, in some field or on whether it
	// can be told.
	Disputed bool
}

// Settle brings placed decisions together, case by case.
func Settle(all []Decision, w *design.Workflow) []Settled {
	var out []Settled
	for i := 0; i < len(all); {
		n := i
		for n < len(all) && all[n].Entry == all[i].Entry {
			n++
		}
		out = append(out, settle(all[i:n], w))
		i = n
	}
	return out
}

func settle(by []Decision, w *design.Workflow) Settled {
	s := Settled{Entry: by[0].Entry, Case: by[0].Case, By: by, Values: make([]any, w.Outcome.Len())}
	unknown := 0
	for i := range by {
		if by[i].Unknown {
			unknown++
		}
	}
	if 2*unknown > len(by) {
		s.Unknown = true
		return s
	}
	if 2*unknown == len(by) {
		s.Disputed = true
		return s
	}
	for at := range s.Values {
		said, groups := 0, []int{}
		var firsts []any
		for i := range by {
			v := by[i].values[at]
			if v == nil {
				continue
			}
			said++
			g := slices.IndexFunc(firsts, func(f any) bool { return score.Equal(w.Compare[at], v, f) })
			if g < 0 {
				g = len(firsts)
				firsts, groups = append(firsts, v), append(groups, 0)
			}
			groups[g]++
		}
		if said == 0 {
			continue
		}
		g := slices.Index(groups, slices.Max(groups))
		if 2*groups[g] <= said {
			s.Disputed = true
			continue
		}
		s.Values[at] = firsts[g]
	}
	return s
}

// Judge says whether a proposed outcome is what was decided: in every field that
// was judged and that the workflow requires. Unknown where it is disputed, or
// nobody can tell.
func (s *Settled) Judge(w *design.Workflow, proposed []any) score.Tri {
	if s.Disputed || s.Unknown {
		return score.Unknown
	}
	for i, want := range s.Values {
		if want == nil || !w.Compare[i].Required || w.Compare[i].Kind == design.Ignore {
			continue
		}
		if proposed == nil || proposed[i] == nil || !score.Equal(w.Compare[i], proposed[i], want) {
			return score.No
		}
	}
	return score.Yes
}
