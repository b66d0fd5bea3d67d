package opsim

import (
	"fmt"
	"math"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Break is the volume at which a design stops keeping the service level with
// the teams of the scenario.
type Break struct {
	// PerWeek is that volume in cases a week, Factor the same as a factor on the
	// scenario's. The interval holds the volumes of which the simulation cannot
	// tell whether they keep it: those at which the interval of the share within
	// the service level holds what is promised, so that it has their confidence.
	PerWeek stats.Interval `json:"cases_per_week"`
	Factor  stats.Interval `json:"volume"`
	// Why says why there is none; "" where there is.
	Why string `json:"why,omitempty"`
	// Limit is the stability limit in cases a week: above it the backlog of
	// LimitTeam grows without end. Not valid where no team is needed.
	Limit     stats.Number `json:"stability_limit"`
	LimitTeam string       `json:"stability_team,omitempty"`
	// AtLimit says that it lies within 2 % of that limit, so that the answer hangs
	// on how many weeks are simulated.
	AtLimit bool `json:"at_limit,omitempty"`
	// Binding is the team in which one person more would raise the share within
	// the service level most at the break, Gains what one more in each does.
	Binding string     `json:"binding_team,omitempty"`
	Gains   []TeamGain `json:"gains,omitempty"`
}

// TeamGain is what one person more in a team does.
type TeamGain struct {
	Team string         `json:"team"`
	Kept stats.Interval `json:"kept_difference"` // of the share within the service level, paired
}

// Search of the volume at which the service level breaks.
const (
	fewestVolume = 1. / 64 // of the stability limit, where the search begins
	volumeStep   = 1. / 512
)

// breaks finds where the service level breaks, by halves between volumes,
// all under the same draws.
func (v *volumes) breaks(design int) (*Break, error) {
	pl, err := v.at(1)
	if err != nil {
		return nil, err
	}
	week := perWeek(pl.week)
	limit, team, _, err := pl.limit(&pl.designs[design])
	if err != nil {
		return nil, err
	}
	b := &Break{PerWeek: unknown(confidence), Factor: unknown(confidence), LimitTeam: team}
	if math.IsInf(limit, 1) {
		b.Why = "no case needs a team: no volume is too much for people"
		return b, nil
	}
	b.Limit = stats.Num(limit * week)
	if limit == 0 {
		b.Why = fmt.Sprintf("nobody of %q is ever on duty: any volume is too much", team)
		return b, nil
	}
	done := map[float64]*stats.Interval{}
	kept := func(factor float64) (*stats.Interval, error) {
		if iv, ok := done[factor]; ok {
			return iv, nil
		}
		pl, err := v.at(factor)
		if err != nil {
			return nil, err
		}
		r, err := pl.simulate(v.ctx, &pl.designs[design], pl.sc.people(), v.workers)
		if err != nil {
			return nil, err
		}
		done[factor] = r.Kept
		return r.Kept, nil
	}
	target := pl.sc.Service.Share
	// The largest volume at which a figure of the share is what is promised.
	largest := func(figure func(*stats.Interval) float64) (float64, error) {
		low, high := fewestVolume*limit, limit
		iv, err := kept(low)
		if err != nil || iv == nil || !(figure(iv) >= target) {
			return 0, err
		}
		for high-low > volumeStep*limit {
			middle := (low + high) / 2
			if iv, err = kept(middle); err != nil {
				return 0, err
			}
			if iv != nil && figure(iv) >= target {
				low = middle
			} else {
				high = middle
			}
		}
		return (low + high) / 2, nil
	}
	var at [3]float64
	for i, figure := range []func(*stats.Interval) float64{
		func(iv *stats.Interval) float64 { return iv.Lower },
		func(iv *stats.Interval) float64 { return iv.Estimate.Or(0) },
		func(iv *stats.Interval) float64 { return iv.Upper },
	} {
		if at[i], err = largest(figure); err != nil {
			return nil, err
		}
	}
	if at[1] == 0 {
		b.Why = "few cases do not keep it either: working hours, the time that a case takes, or cases that nobody receives keep it out of reach"
		return b, nil
	}
	// The search knows the volume to half a step.
	half := volumeStep * limit / 2
	b.Factor.Estimate, b.Factor.Lower, b.Factor.Upper = stats.Num(at[1]), max(0, at[0]-half), min(limit, at[2]+half)
	b.Factor.Method = "inverted t"
	b.AtLimit = at[1] > 0.98*limit
	b.PerWeek = b.Factor
	b.PerWeek.Estimate, b.PerWeek.Lower, b.PerWeek.Upper = stats.Num(at[1]*week), b.Factor.Lower*week, b.Factor.Upper*week
	return b, v.gains(design, at[1], b)
}

// gains has one person more in each team in turn, at a volume.
func (v *volumes) gains(design int, factor float64, b *Break) error {
	pl, err := v.at(factor)
	if err != nil {
		return err
	}
	d := &pl.designs[design]
	_, base, err := pl.observe(v.ctx, d, pl.sc.people(), v.workers)
	if err != nil {
		return err
	}
	best := math.Inf(-1)
	for t := range pl.sc.Teams {
		if d.share[t] == 0 {
			continue
		}
		more := pl.sc.people()
		more[t]++
		_, runs, err := pl.observe(v.ctx, d, more, v.workers)
		if err != nil {
			return err
		}
		diff := make([]float64, len(runs))
		for i := range runs {
			diff[i] = ratio(runs[i].kept, runs[i].judged) - ratio(base[i].kept, base[i].judged)
		}
		g := TeamGain{Team: pl.sc.Teams[t].Name, Kept: difference(diff, confidence)}
		if g.Kept.Estimate.Value > best {
			best, b.Binding = g.Kept.Estimate.Value, g.Team
		}
		b.Gains = append(b.Gains, g)
	}
	return nil
}
