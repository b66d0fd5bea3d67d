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
	volumeStep  = 1. / 512 // of the volume, to which the search knows it
	fewestCases = 50       // in a replication, at the smallest volume that is tried
	mostLoad    = 64       // times what a team can do, at the largest
)

// breaks finds where the service level breaks, by halves between volumes,
// all under the same draws.
func (v *volumes) breaks(design int) (*Break, error) {
	pl, err := v.plan(1)
	if err != nil {
		return nil, err
	}
	d := &pl.designs[design]
	limit, by, err := pl.limit(d)
	if err != nil {
		return nil, err
	}
	week := pl.week.Volume()
	b := &Break{PerWeek: unknown(confidence), Factor: unknown(confidence), LimitTeam: by}
	most := limit
	if !math.IsInf(limit, 1) {
		b.Limit = stats.Num(limit * week)
	} else if most, err = pl.fullest(d); err != nil {
		return nil, err
	}
	switch {
	case limit == 0:
		b.Why = fmt.Sprintf("nobody of %q has time for a case: any volume is too much", by)
		return b, nil
	case most == 0:
		b.Why = "no case needs a team: no volume is too much for people"
		return b, nil
	}
	s := &breakSearch{v: v, design: design, least: min(most, fewestCases/(week*float64(pl.sc.Weeks-pl.sc.WarmUp))), most: most, bounded: math.IsInf(limit, 1)}
	var low, high [3]float64
	for i, figure := range []func(stats.Interval) float64{
		lowerEnd, estimate, func(iv stats.Interval) float64 { return iv.Upper },
	} {
		if low[i], high[i], err = s.largest(figure); err != nil {
			return nil, err
		}
	}
	switch {
	case low[1] == 0:
		b.Why = "few cases do not keep it either: working hours, the time that a case takes, or cases that nobody receives keep it out of reach"
		return b, nil
	case math.IsInf(limit, 1) && low[1] == most:
		b.Why = fmt.Sprintf("it is kept up to %.4g cases a week, far more than the teams can do: cases that wait for nobody are enough for it", most*week)
		return b, nil
	}
	at := (low[1] + high[1]) / 2
	b.Factor.Estimate, b.Factor.Lower, b.Factor.Upper = stats.Num(at), low[0], high[2]
	b.Factor.Method = "inverted t"
	b.AtLimit = at > 0.98*limit
	b.PerWeek = b.Factor
	b.PerWeek.Estimate, b.PerWeek.Lower, b.PerWeek.Upper = stats.Num(at*week), low[0]*week, high[2]*week
	return b, v.gains(design, at, b)
}

// fullest is the factor on the volume that gives some team mostLoad times what
// it can do, where no team has a limit; 0 where no case needs one.
func (pl *plan) fullest(d *boundDesign) (float64, error) {
	most := 0.0
	for t, people := range rosterOf(pl.sc) {
		if d.share[t] == 0 || pl.sc.Teams[t].Unlimited {
			continue
		}
		l, err := pl.load(d, t, people)
		if err != nil {
			return 0, err
		}
		most = max(most, mostLoad/l.Ratio())
	}
	return most, nil
}

// breakSearch looks for volumes at which the shares are what is promised.
type breakSearch struct {
	v           *volumes
	design      int
	least, most float64 // factors
	bounded     bool    // the most is no stability limit, and can be simulated
}

// keeps says whether a figure of every share is at least what is promised.
func (s *breakSearch) keeps(factor float64, figure func(stats.Interval) float64) (bool, error) {
	m, err := s.v.memo(s.design, factor)
	if err != nil {
		return false, err
	}
	r, err := m.at(rosterOf(m.plan.sc))
	if err != nil {
		return false, err
	}
	m.forget()
	return r.kept != nil && m.plan.margin(r.kept, figure) >= 0, nil
}

// largest brackets the largest volume at which a figure of the share is what is
// promised: low keeps it and high does not. Both are 0 where none does, and both
// are the most where all do. It goes down by quarters and then by halves.
func (s *breakSearch) largest(figure func(stats.Interval) float64) (low, high float64, err error) {
	high = s.most
	if s.bounded {
		if ok, err := s.keeps(high, figure); err != nil || ok {
			return high, high, err
		}
	}
	for low = high / 4; ; low /= 4 {
		low = max(low, s.least)
		ok, err := s.keeps(low, figure)
		if err != nil {
			return 0, 0, err
		}
		if ok {
			break
		}
		if high = low; low <= s.least {
			return 0, 0, nil
		}
	}
	for high-low > volumeStep*high {
		middle := (low + high) / 2
		ok, err := s.keeps(middle, figure)
		if err != nil {
			return 0, 0, err
		}
		if ok {
			low = middle
		} else {
			high = middle
		}
	}
	return low, high, nil
}

// gains has one person more in each team in turn, at a volume.
func (v *volumes) gains(design int, factor float64, b *Break) error {
	m, err := v.memo(design, factor)
	if err != nil {
		return err
	}
	base, err := m.at(rosterOf(m.plan.sc))
	if err != nil {
		return err
	}
	best := math.Inf(-1)
	for t := range m.plan.sc.Teams {
		if m.design.share[t] == 0 || m.plan.sc.Teams[t].Unlimited {
			continue
		}
		r, err := m.at(sized(m.plan.sc, t, m.plan.sc.Teams[t].People+1))
		if err != nil {
			return err
		}
		var diff []float64
		for i := range r.shares {
			if d := r.shares[i] - base.shares[i]; !math.IsNaN(d) {
				diff = append(diff, d)
			}
		}
		g := TeamGain{Team: m.plan.sc.Teams[t].Name, Kept: difference(diff, confidence)}
		if g.Kept.Estimate.Value > best {
			best, b.Binding = g.Kept.Estimate.Value, g.Team
		}
		b.Gains = append(b.Gains, g)
	}
	m.forget()
	return nil
}
