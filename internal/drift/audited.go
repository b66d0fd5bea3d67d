package drift

import (
	"context"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
)

// Audited is a source that reads what a design did in operation: nothing is
// replayed. Reviewers' decisions are its labels. Of a case that was sent more
// than once it gives the first.
type Audited struct {
	Log    *audit.Reader
	Design string
	Since  time.Time // cases sent before are left out; zero for none
	Until  time.Time // and those sent from then on; zero for none

	Withheld []string // fields of input and outcome that were not kept, once read
	Again    int      // cases left out since they had been sent before
	Digests  []string // of the design that served them
}

// Each implements [Source].
func (a *Audited) Each(ctx context.Context, each func(*flow.Case, *flow.Trial) error) error {
	seen := map[uint64]struct{}{}
	for c, err := range a.Log.Cases(ctx) {
		if err != nil {
			return err
		}
		if c.Trial.Design != a.Design || c.When.Before(a.Since) || !a.Until.IsZero() && !c.When.Before(a.Until) {
			continue
		}
		id := hash(c.ID)
		if _, ok := seen[id]; ok {
			a.Again++
			continue
		}
		seen[id] = struct{}{}
		for _, list := range [][]string{c.Withheld, c.OutcomeWithheld} {
			for _, name := range list {
				if !slices.Contains(a.Withheld, name) {
					a.Withheld = append(a.Withheld, name)
				}
			}
		}
		if !slices.Contains(a.Digests, c.Digest) {
			a.Digests = append(a.Digests, c.Digest)
		}
		if c.Time.IsZero() {
			c.Time = c.When
		}
		if d := c.Decision; d != nil && d.Outcome != nil {
			c.Label = &flow.Label{Outcome: flow.Message{Values: d.Outcome}}
		}
		if err := each(&c.Case, &c.Trial); err != nil {
			return err
		}
	}
	return nil
}

// withheld marks the columns that the log does not hold.
func (s *Sample) withheld(names []string) {
	for _, list := range [][]Column{s.Inputs, s.Outcomes} {
		for i := range list {
			list[i].Withheld = list[i].Withheld || slices.Contains(names, list[i].Name)
		}
	}
}
