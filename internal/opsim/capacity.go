package opsim

import (
	"github.com/rehearse-dev/rehearse/internal/des"
)

// Of what people can do in their shifts.
const (
	sampledVisits = 2000  // of cases to a team, whose minutes are laid into its shifts
	sampledLooks  = 20000 // cases that are looked at for them, at most
	sampledShifts = 4000  // shifts that are filled, at least
	sampledWork   = 200_000
)

// capacity is what a person who always has work does in the shifts, over the time
// that the shifts last. It is more than 1 where the case in hand is finished after
// hours, and less where nothing is begun shortly before they end. The cases are
// those that a design brings the team, drawn by chance, in the order in which they
// come.
func capacity(spans []des.Span, quiet float64, policy des.ShiftEnd, atOnce int, hours []float64) float64 {
	duty, worked, next := 0.0, 0.0, 0
	for filled := 0; len(spans) > 0 && filled < sampledShifts && next < sampledWork; {
		free, left := 0.0, 0.0 // when the person is; of a case that was handed over
		for _, s := range spans {
			duty += s.To - s.From
			now := max(s.From, free)
			for now < s.To {
				work := left
				if work == 0 {
					if now >= s.To-quiet {
						break
					}
					work = hours[next%len(hours)]
					next++
				}
				if left = 0; now+work > s.To {
					if policy == des.HandOver {
						left = now + work - s.To
						work = s.To - now
					} else {
						// All that are in hand are finished.
						worked += float64(atOnce-1) * (now + work - s.To)
					}
				}
				worked += work
				now += work
			}
			free = now
		}
		filled += len(spans)
	}
	if duty == 0 {
		return 1
	}
	return worked / duty
}

// visitHours are hours of work of cases that a design brings a team, and of its
// other work, as often as they come; nil where none comes.
func (pl *plan) visitHours(d *boundDesign, t int) []float64 {
	m := model{plan: pl, minutes: des.NewDraws(0, forMinutes), routes: des.NewDraws(0, forRoutes)}
	pick := des.NewDraws(0, forCases)
	var out []float64
	looked := 0
	for ; looked < sampledLooks && len(out) < sampledVisits && d.share[t] > 0; looked++ {
		e := &d.entries[pl.profile.pick(pick.For(int64(looked), 0))]
		c := openCase{number: int64(looked), own: e.hours, team: e.team, home: e.team, kind: e.kind}
		for c.team >= 0 {
			own := c.own
			if c.team != c.home {
				own = pl.sc.Teams[c.team].Usual / 60
			}
			if hours := m.work(c.team, c.kind, c.number, c.hop, own); int(c.team) == t && hours > 0 {
				out = append(out, hours)
			}
			c.team = m.routeFrom(&c)
			c.hop++
		}
	}
	if d.share[t] > 0 && len(out) == 0 && d.hours[t] > 0 {
		out = append(out, d.hours[t]) // they come by a fallback alone
	}
	cases := max(1, len(out))
	rate := d.share[t] * bursting(&pl.sc.Arrivals) * meanRate(pl.timeline, pl.from, pl.end)
	for i := range pl.sc.Teams[t].Other {
		o := &pl.sc.Teams[t].Other[i]
		n := sampledVisits
		if rate > 0 {
			n = min(n, int(float64(cases)*meanRate(pl.others[t][i], pl.from, pl.end)/rate))
		}
		for k := range n {
			draw := m.minutes.For(int64(k), i)
			if hours := o.Minutes.Draw(&draw) / 60; hours > 0 {
				out = append(out, hours)
			}
		}
	}
	// In any order, not all other work after all cases.
	shuffle := des.NewDraws(1, forCases)
	for i := len(out) - 1; i > 0; i-- {
		draw := shuffle.For(int64(i), 0)
		k := min(i, int(draw.Uniform()*float64(i+1)))
		out[i], out[k] = out[k], out[i]
	}
	return out
}

// capacities are the capacity of each entry of a team's people, for a design.
func (pl *plan) capacities(d *boundDesign, t int) []float64 {
	if d.capacity == nil {
		d.capacity = make([][]float64, len(pl.sc.Teams))
	}
	if d.capacity[t] != nil {
		return d.capacity[t]
	}
	team := &pl.sc.Teams[t]
	members := pl.sc.Teams[t].Entries(nil)
	out := make([]float64, len(members))
	hours := pl.visitHours(d, t)
	for i, m := range members {
		out[i] = 1
		if shifts := pl.shifts[t][i]; shifts != nil && len(hours) > 0 {
			own := make([]float64, len(hours))
			for k := range own {
				own[k] = hours[k] / m.Speed
			}
			out[i] = capacity(shifts.Spans(pl.from, pl.end), team.NoStart.Hours(), team.ShiftEnd, max(1, m.AtOnce), own)
		}
	}
	d.capacity[t] = out
	return out
}
