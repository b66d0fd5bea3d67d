package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Between is the difference of two designs or variants of a scored run, by
// their positions in its list, in each of the named metrics. It adjusts no
// p-value and gives no verdict: what makes a family is the caller's to say.
func Between(r *score.Result, candidate, baseline int, names ...string) ([]Difference, error) {
	var out []Difference
	for _, name := range names {
		i := slices.IndexFunc(metrics, func(m metric) bool { return m.name == name })
		if i < 0 {
			panic(fmt.Sprintf("compare: no metric %q is compared", name))
		}
		m := metrics[i]
		d := Difference{Candidate: r.Designs[candidate].Name, Baseline: r.Designs[baseline].Name, Metric: m.name, Unit: m.unit, Verdict: CannotTell}
		pair := newPairing(r.Vectors, &r.Vectors.Designs[candidate], &r.Vectors.Designs[baseline], m)
		if err := pair.difference(&d, m, rand.NewPCG(r.Seed, uint64(i)+0x7ea)); err != nil {
			return nil, fmt.Errorf("comparing %s of %s with %s: %w", m.name, d.Candidate, d.Baseline, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// Adjust fills in the p-values adjusted by Holm over one family of
// differences.
func Adjust(family []*Difference) error {
	ps := make([]stats.Number, len(family))
	for i, d := range family {
		ps[i] = d.P
	}
	adjusted, err := stats.AdjustP(ps, stats.Holm)
	if err != nil {
		return err
	}
	for i, d := range family {
		d.Adjusted = adjusted[i]
	}
	return nil
}
