package compare

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// Among is the difference of two designs of a result in a metric, one of so many
// that are looked at together: beside its interval it has the one that holds for
// all of them at once, by Bonferroni. Its p-value is not adjusted and it has no
// verdict, as for [OnCases].
func Among(r *score.Result, candidate, baseline int, name string, differences int) (Difference, error) {
	m, at, ok := named(r.Vectors, name)
	if !ok {
		return Difference{}, fmt.Errorf("no metric %q is compared here", name)
	}
	d, p, err := between(r, candidate, baseline, m, at, nil)
	if err != nil || !d.Estimate.Valid {
		return d, err
	}
	iv, _, err := p.interval(m, 1-alpha/float64(max(1, differences)), source(r, at))
	d.Simultaneous = &iv
	return d, err
}
