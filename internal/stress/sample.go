package stress

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Stratum is the cases of one right decision.
type Stratum struct {
	Decision string `json:"decision"` // "" for cases without a label, and where nothing is decided
	Have     int    `json:"have"`
	Drawn    int    `json:"drawn"`
}

// unlabelled is the stratum of cases whose right decision nobody knows.
const unlabelled = ""

// drawn is a stratum with the draws of its cases.
type drawn struct {
	Stratum
	draws []draw
}

// draw is a case by its place among those that there are, with what was drawn
// for it.
type draw struct {
	u  float64
	at int32
}

// sample is the cases that are drawn, in the order of the dataset.
type sample struct {
	draws  []draw
	strata []Stratum
}

// choose draws so many cases, each stratum in proportion to its size by largest
// remainders, so that no weights are needed. What is drawn for a case depends on
// the seed and its id alone.
func choose(ctx context.Context, card *dataset.Card, w *design.Workflow, request dataset.Request, cases int, seed uint64) (*sample, error) {
	request.Outcome, request.WantLabels = w.Outcome, true
	strata, total := map[string]*drawn{}, 0
	err := card.Each(ctx, request, func(c *flow.Case) error {
		name := unlabelled
		if w.Decision >= 0 && c.Label != nil && len(c.Label.Outcome.Values) > w.Decision {
			name, _ = c.Label.Outcome.Values[w.Decision].(string)
		}
		s := strata[name]
		if s == nil {
			name = strings.Clone(name) // and not the row that it came in
			s = &drawn{Stratum: Stratum{Decision: name}}
			strata[name] = s
		}
		s.Have++
		s.draws = append(s.draws, draw{flow.Key{Seed: seed, Case: c.ID}.Rand("stress sample").Float64(), int32(total)})
		total++
		return nil
	})
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(strata))
	share(strata, names, min(cases, total), total)
	out := new(sample)
	for _, name := range names {
		s := strata[name]
		slices.SortFunc(s.draws, drawOrder)
		out.draws = append(out.draws, s.draws[:s.Drawn]...)
		out.strata = append(out.strata, s.Stratum)
	}
	slices.SortFunc(out.draws, func(a, b draw) int { return cmp.Compare(a.at, b.at) })
	return out, nil
}

// drawOrder is a random order of cases.
func drawOrder(a, b draw) int { return cmp.Or(cmp.Compare(a.u, b.u), cmp.Compare(a.at, b.at)) }

// share divides so many cases among the strata.
func share(strata map[string]*drawn, names []string, cases, total int) {
	left := cases
	for _, name := range names {
		s := strata[name]
		s.Drawn = s.Have * cases / max(total, 1)
		left -= s.Drawn
	}
	byRest := slices.Clone(names)
	slices.SortStableFunc(byRest, func(a, b string) int {
		return cmp.Compare(strata[b].Have*cases%total, strata[a].Have*cases%total)
	})
	for _, name := range byRest[:left] {
		strata[name].Drawn++
	}
}
