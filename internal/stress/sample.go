package stress

import (
	"cmp"
	"context"
	"maps"
	"slices"

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

type draw struct {
	u  float64
	id string
}

// choose draws so many cases, each stratum in proportion to its size by largest
// remainders, so that no weights are needed. It gives their ids with their draws,
// which depend on the seed and the ids alone.
func choose(ctx context.Context, card *dataset.Card, w *design.Workflow, request dataset.Request, cases int, seed uint64) (map[string]float64, []Stratum, error) {
	request.Outcome, request.WantLabels = w.Outcome, true
	strata, total := map[string]*drawn{}, 0
	err := card.Each(ctx, request, func(c *flow.Case) error {
		name := unlabelled
		if w.Decision >= 0 && c.Label != nil && len(c.Label.Outcome.Values) > w.Decision {
			name, _ = c.Label.Outcome.Values[w.Decision].(string)
		}
		if strata[name] == nil {
			strata[name] = &drawn{Stratum: Stratum{Decision: name}}
		}
		s := strata[name]
		s.Have++
		s.draws = append(s.draws, draw{flow.Key{Seed: seed, Case: c.ID}.Rand("stress sample").Float64(), c.ID})
		total++
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	names := slices.Sorted(maps.Keys(strata))
	share(strata, names, min(cases, total), total)
	ids := map[string]float64{}
	var out []Stratum
	for _, name := range names {
		s := strata[name]
		slices.SortFunc(s.draws, func(a, b draw) int { return cmp.Or(cmp.Compare(a.u, b.u), cmp.Compare(a.id, b.id)) })
		for _, d := range s.draws[:s.Drawn] {
			ids[d.id] = d.u
		}
		out = append(out, s.Stratum)
	}
	return ids, out, nil
}

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
