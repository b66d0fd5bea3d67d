package compare

import (
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Between is the difference of two designs or variants of a scored run, by
// their positions in its list, in each of the named metrics. It adjusts no
// p-value and gives no verdict: what makes a family is the caller's to say.
func Between(r *score.Result, candidate, baseline int, names ...string) ([]Difference, error) {
	var out []Difference
	for _, name := range names {
		m, at, err := find(r.Vectors, name)
		if err != nil {
			return nil, err
		}
		d, _, err := between(r, candidate, baseline, m, at, nil)
		if err != nil {
			return nil, err
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
