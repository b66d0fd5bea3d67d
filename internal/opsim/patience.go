package opsim

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/traced"
)

// bindPatience finds how long the cases of every team wait.
func (pl *plan) bindPatience() error {
	pl.patience = make([]*traced.Curve, len(pl.sc.Teams))
	for i := range pl.sc.Teams {
		t := &pl.sc.Teams[i]
		switch {
		case t.PatienceFrom != nil:
			p, err := pl.profile.waited[*t.PatienceFrom].Patience(*t.PatienceFrom)
			if err != nil {
				return fmt.Errorf("team %q: %w", t.Name, err)
			}
			if p.Warning != "" {
				p.Warning = fmt.Sprintf("team %q: %s", t.Name, p.Warning)
			}
			pl.patience[i] = p
		case t.Patience != nil:
			pl.patience[i] = &traced.Curve{Distribution: t.Patience}
		}
	}
	return nil
}
