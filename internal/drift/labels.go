package drift

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// LabelSample is a sample of fresh cases that people should label, since
// nothing else tells whether right answers have changed.
type LabelSample struct {
	Cases int     `json:"cases"` // to label in all, chosen at random
	Have  int     `json:"have"`  // that have a label
	Fall  float64 `json:"fall"`  // of accuracy that so many show
	Power float64 `json:"power"` // the chance that they show it
	Why   string  `json:"why"`
	How   string  `json:"how,omitempty"` // the command that draws them
}

// labels says how many labelled cases show a fall of accuracy by holds: as the
// first of the family's tests would, by the exact binomial test of one side,
// times the design effect of clusters and weights; nil where those at hand do.
func (r *Result) labels(c *check) (*LabelSample, error) {
	base, fresh := part{Sample: c.base, of: known}, part{Sample: c.fresh, of: known}
	b, _, err := shares(base, fresh, flagged(able))
	if err != nil || b.n == 0 || b.rate <= holds || r.held || len(r.moved(Performance)) > 0 {
		return nil, err
	}
	p := min(b.rate, 0.999)
	n, err := stats.OneProportion(p, p-holds, r.Alpha, power, 1)
	if err != nil {
		return nil, err
	}
	effect := 1.0
	if b.n < b.cases {
		effect = float64(b.cases) / float64(b.n)
	}
	if c.fresh.escalatedAlone() {
		fresh = fresh.among(automated)
	}
	out := &LabelSample{Cases: int(math.Ceil(float64(n.N) * effect)), Fall: holds, Power: power, Have: fresh.size()}
	if out.Have >= out.Cases {
		return nil, nil // they have told what they can
	}
	out.Why = "no fresh case has a label: whether right answers have changed for the same inputs cannot be seen"
	if out.Have > 0 {
		out.Why = "the labels at hand leave open whether accuracy fell"
	} else if c.fresh.Labelled > 0 {
		out.Why = "no case that was automated has a label: whether those are still right cannot be seen"
	}
	return out, nil
}
