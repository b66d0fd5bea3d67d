package opsim

import (
	"context"
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// volumes are a scenario at several volumes, under the same draws: a factor
// makes the same cases come closer together.
type volumes struct {
	ctx     context.Context
	sc      *scenario.Scenario
	profile *Profile
	workers int
	plans   map[float64]*plan
	memos   map[atVolume]*memo
}

type atVolume struct {
	design int
	factor float64
}

func newVolumes(ctx context.Context, sc *scenario.Scenario, p *Profile, workers int) *volumes {
	return &volumes{ctx: ctx, sc: sc, profile: p, workers: workers, plans: map[float64]*plan{}, memos: map[atVolume]*memo{}}
}

// Large volumes need few replications: each has so many cases that it tells
// nearly all.
const (
	enoughCases        = 20_000_000 // of all replications, in one simulation
	fewestReplications = 5
)

// plan is the scenario at a factor on its volume, with as many replications as
// that volume takes.
func (v *volumes) plan(factor float64) (*plan, error) {
	if pl := v.plans[factor]; pl != nil {
		return pl, nil
	}
	sc := *v.sc
	sc.Arrivals.Volume *= factor
	pl, err := newPlan(&sc, v.profile)
	if err != nil {
		return nil, fmt.Errorf("at %v times its volume: %w", factor, err)
	}
	cases := meanRate(pl.timeline, 0, pl.end) * pl.end
	if enough := max(fewestReplications, int(enoughCases/max(1, cases))); enough < sc.Replications {
		sc.Replications = enough
	}
	v.plans[factor] = pl
	return pl, nil
}

// shortened says which volumes have fewer replications than the scenario.
func (v *volumes) shortened(factors []float64) []string {
	for _, factor := range factors {
		if pl := v.plans[factor]; pl != nil && pl.sc.Replications < v.sc.Replications {
			return []string{fmt.Sprintf("from %v times the volume on, simulations have fewer replications than %d, %d at least: so many cases tell enough", factor, v.sc.Replications, fewestReplications)}
		}
	}
	return nil
}

// memo is one design at a factor on the volume.
func (v *volumes) memo(design int, factor float64) (*memo, error) {
	key := atVolume{design, factor}
	if m := v.memos[key]; m != nil {
		return m, nil
	}
	pl, err := v.plan(factor)
	if err != nil {
		return nil, err
	}
	v.memos[key] = newMemo(v.ctx, pl, design, v.workers)
	return v.memos[key], nil
}

// mostTriedOfVolume is mostTried for one of several volumes.
const mostTriedOfVolume = 100

// headcount is the cheapest people at a volume.
func (v *volumes) headcount(design int, factor float64) (*Headcount, error) {
	m, err := v.memo(design, factor)
	if err != nil {
		return nil, err
	}
	s, err := newSearch(v.ctx, m.plan, m.design, v.workers, mostTriedOfVolume)
	if err != nil {
		return nil, err
	}
	found, err := s.find()
	if err != nil {
		return nil, err
	}
	people := s.roster(found.mix)
	return &Headcount{
		Factor: factor, PerWeek: m.plan.week.Volume(), People: people.all(), Teams: s.teams(people), Unreachable: found.unreachable,
	}, nil
}

// cell is one size of a team at one volume, simulated unless it is overloaded.
func (v *volumes) cell(design, t, people int, factor float64) (*SweptCell, error) {
	m, err := v.memo(design, factor)
	if err != nil {
		return nil, err
	}
	sizes := sized(m.plan.sc, t, people)
	c := &SweptCell{People: people, Factor: factor, PerWeek: m.plan.week.Volume()}
	if c.Overloaded, c.Growth, err = m.plan.overloads(m.design, sizes); err != nil || len(c.Overloaded) > 0 {
		return c, err
	}
	r, err := m.at(sizes)
	if err != nil {
		return nil, err
	}
	m.forget()
	c.Kept = r.Kept
	return c, nil
}
