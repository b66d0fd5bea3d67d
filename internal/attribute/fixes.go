package attribute

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Fixes is what would mend the trials that end wrong without people.
type Fixes struct {
	Wrong int `json:"wrong"`
	// One trials are mended by one part and nothing else; Several by one part
	// and also otherwise, so that blaming it would be arbitrary; Together by
	// parts only together; None by nothing that has gold.
	One      int `json:"one"`
	Several  int `json:"several"`
	Together int `json:"together"`
	None     int `json:"none"`
	// NoneExamples are up to three of the last.
	NoneExamples []string `json:"none_examples,omitempty"`
	Ways         []Way    `json:"ways,omitempty"` // most frequent first
}

// Way is a group of trials that the same corrections mend.
type Way struct {
	// Fixes are the smallest sets of parts that mend each of them; any of the
	// sets does.
	Fixes    [][]string `json:"fixes"`
	Trials   int        `json:"trials"`
	Examples []string   `json:"examples,omitempty"`
}

// Fixes finds for every trial that ends wrong without people the smallest sets
// of corrections that mend it. Beyond [maxExact] parts, among the sets tried.
func (x *Explored) Fixes() Fixes {
	var out Fixes
	at := map[string]int{}
	for i := range x.cases {
		c := &x.cases[i]
		if c.at(0).unaided() != score.No {
			continue
		}
		out.Wrong++
		sets := x.sufficient(c)
		singles := 0
		for _, s := range sets {
			if bits.OnesCount64(s) == 1 {
				singles++
			}
		}
		switch {
		case len(sets) == 0:
			out.None++
			out.NoneExamples = example(out.NoneExamples, c.id)
			continue
		case singles == 0:
			out.Together++
		case len(sets) == 1:
			out.One++
		default:
			out.Several++
		}
		key := fmt.Sprint(sets)
		k, known := at[key]
		if !known {
			k = len(out.Ways)
			at[key] = k
			w := Way{}
			for _, s := range sets {
				w.Fixes = append(w.Fixes, x.names(s))
			}
			out.Ways = append(out.Ways, w)
		}
		out.Ways[k].Trials++
		out.Ways[k].Examples = example(out.Ways[k].Examples, c.id)
	}
	slices.SortStableFunc(out.Ways, func(a, b Way) int { return cmp.Compare(b.Trials, a.Trials) })
	return out
}

// sufficient are the smallest sets of corrections with which the case ends
// right without people, none of them part of another.
func (x *Explored) sufficient(c *explored) []uint64 {
	if c.of == nil {
		return nil
	}
	var out []uint64
	for i, s := range x.sets.sets {
		if c.at(i).unaided() == score.Yes && !slices.ContainsFunc(out, func(part uint64) bool { return part&^s == 0 }) {
			out = append(out, s)
		}
	}
	return out
}

func (x *Explored) names(set uint64) []string {
	var out []string
	for i := range x.parts {
		if set&(1<<i) != 0 {
			out = append(out, x.parts[i].Name)
		}
	}
	return out
}

// BreakPoint is a handoff at which trials first broke that ended wrong or
// failed.
type BreakPoint struct {
	Handoff  string   `json:"handoff"` // "" for trials in which none broke
	Kind     string   `json:"kind,omitempty"`
	Trials   int      `json:"trials"`
	Examples []string `json:"examples,omitempty"`
}

// BreakPoints are the earliest failed handoffs of the trials as written that
// ended wrong or failed, people's answers included, most frequent first.
func (x *Explored) BreakPoints() []BreakPoint {
	var out []BreakPoint
	for i := range x.cases {
		c := &x.cases[i]
		o := c.at(0)
		if o.right != score.No && o.status != flow.Failed {
			continue
		}
		k := slices.IndexFunc(out, func(b BreakPoint) bool { return b.Handoff == o.handoff && b.Kind == o.kind })
		if k < 0 {
			k = len(out)
			out = append(out, BreakPoint{Handoff: o.handoff, Kind: o.kind})
		}
		out[k].Trials++
		out[k].Examples = example(out[k].Examples, c.id)
	}
	slices.SortStableFunc(out, func(a, b BreakPoint) int { return cmp.Compare(b.Trials, a.Trials) })
	return out
}
