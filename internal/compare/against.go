package compare

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Against holds every other design of a result against the one at that place, in
// metrics of those names. All of it is one family: p-values are adjusted by Holm,
// and every difference has the interval that holds for all at once. They come by
// design, then in the order of the names.
func Against(r *score.Result, baseline int, names ...string) ([]Difference, error) {
	f := newFamily(r, stats.Holm, alpha, nil)
	for c := range r.Designs {
		if c == baseline {
			continue
		}
		for _, name := range names {
			m, at, ok := named(r.Vectors, name)
			if !ok {
				return nil, fmt.Errorf("no metric %q is compared here", name)
			}
			if err := f.add(c, baseline, m, at, nil); err != nil {
				return nil, err
			}
		}
	}
	if err := f.decide(); err != nil {
		return nil, err
	}
	if err := f.simultaneous(); err != nil {
		return nil, err
	}
	return f.differences(), nil
}
