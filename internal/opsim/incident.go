package opsim

import (
	"context"
	"fmt"
	"math"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Incident is what one stated outage, burst or absence does to a design, beside
// the same scenario without it. Both meet the same cases with the same draws, so that what
// differs in a replication differs because of the incident.
type Incident struct {
	What  string  `json:"what"`
	At    string  `json:"at"`
	Hours float64 `json:"hours"` // from the start of the simulation until it begins
	// Peak is the most cases under way at a full hour from its beginning until
	// recovery, Extra the most of them that are there because of it, and
	// ExtraAfter how many hours after its beginning that is.
	Peak       stats.Interval `json:"under_way_peak"`
	Extra      stats.Interval `json:"extra_peak"`
	ExtraAfter stats.Interval `json:"extra_peak_after"`
	// Late are the cases that are late because of it: past their deadline, or
	// where there is none outside the service level; nil where there is neither.
	Late *stats.Interval `json:"late,omitempty"`
	Lost stats.Interval  `json:"lost"` // cases that were failed, abandoned or turned away because of it
	// Recovered is the share of the replications that recover within the
	// simulated weeks, and Recovery how many hours after its end they do: from
	// then on, for a day, there are no more cases under way than without the
	// incident, or than there would be by chance.
	Recovered stats.Interval `json:"recovered"`
	Recovery  stats.Interval `json:"recovery"`
}

// maxIncidents is how many are looked at, each of which takes a simulation.
const maxIncidents = 12

// minAfter is how many hours it takes after an incident to see what becomes of it.
const minAfter = 72

// happening names a stated outage, burst or absence of a scenario.
type happening struct {
	burst bool
	away  bool
	pool  int // of an outage or absence: a team's, or past those a service's
	entry int // of an absence: of the team's list, or everybody
	index int
}

// happeningsOf are those that are stated to be at one time.
func happeningsOf(sc *scenario.Scenario) []happening {
	var out []happening
	add := func(h happening, s *scenario.Spell) {
		if s.Every == nil {
			out = append(out, h)
		}
	}
	for i := range sc.Arrivals.Bursts {
		if b := &sc.Arrivals.Bursts[i]; b.Factor > 1 {
			add(happening{burst: true, index: i}, &b.Spell)
		}
	}
	for t := range sc.Teams {
		for i := range sc.Teams[t].Outages {
			add(happening{pool: t, index: i}, &sc.Teams[t].Outages[i])
		}
		for entry := everybody; entry < len(sc.Teams[t].Members); entry++ {
			for i := range awayOf(sc, t, entry) {
				out = append(out, happening{away: true, pool: t, entry: entry, index: i})
			}
		}
	}
	for s := range sc.Services {
		for i := range sc.Services[s].Outages {
			add(happening{pool: len(sc.Teams) + s, index: i}, &sc.Services[s].Outages[i])
		}
	}
	return out
}

// spellOf is when a happening is, and what it is.
func spellOf(sc *scenario.Scenario, h happening) (*scenario.Spell, string) {
	switch s := h.pool - len(sc.Teams); {
	case h.burst:
		b := &sc.Arrivals.Bursts[h.index]
		return &b.Spell, fmt.Sprintf("%g times the cases", b.Factor)
	case h.away:
		spell := awayOf(sc, h.pool, h.entry)[h.index].Spell(zoneOf(sc, h.pool, h.entry))
		return &spell, whoIsAway(sc, h) + " away"
	case s >= 0:
		return &sc.Services[s].Outages[h.index], "outage of " + sc.Services[s].Name
	}
	return &sc.Teams[h.pool].Outages[h.index], "outage of " + sc.Teams[h.pool].Name
}

// course is what is watched of a replication.
type course struct {
	under      []int32 // cases under way, every hour
	late, lost int64
}

// Incidents adds to a result of Simulate what each stated outage, burst and
// absence does to every design that is not overloaded without it.
func Incidents(ctx context.Context, sc *scenario.Scenario, p *Profile, res *Result, workers int) error {
	stated := happeningsOf(sc)
	if len(stated) == 0 {
		return nil
	}
	pl, err := newPlan(sc, p)
	if err != nil {
		return err
	}
	pl.watching = true
	var happened []happening
	for _, h := range stated {
		spell, what := spellOf(sc, h)
		switch at := spell.At.Sub(pl.start).Hours(); {
		case at+spell.Lasts.Mean/60 <= 0 || at >= pl.end:
			res.Warnings = append(res.Warnings, fmt.Sprintf("%s at %s is not within the simulated weeks", what, spell.When()))
		case len(happened) == maxIncidents:
			res.Warnings = append(res.Warnings, fmt.Sprintf("%s at %s is simulated, and what it does is not told apart: %d incidents are, at most", what, spell.When(), maxIncidents))
		default:
			happened = append(happened, h)
			if at < pl.from {
				res.Warnings = append(res.Warnings, fmt.Sprintf("%s at %s begins in the warm-up, whose cases are not counted: what it makes late and lost is more", what, spell.When()))
			}
			if left := pl.end - at - spell.Lasts.Mean/60; left < minAfter {
				res.Warnings = append(res.Warnings, fmt.Sprintf("%s at %s ends %.3g hours before the simulated weeks do: too late to see whether it is recovered from", what, spell.When(), max(0, left)))
			}
		}
	}
	for i := range res.Designs {
		d := &res.Designs[i]
		if len(d.Overloaded) > 0 || len(happened) == 0 {
			continue
		}
		hit, err := pl.courses(ctx, i, workers)
		if err != nil {
			return err
		}
		for _, h := range happened {
			without := *pl
			without.without = &h
			calm, err := without.courses(ctx, i, workers)
			if err != nil {
				return err
			}
			d.Incidents = append(d.Incidents, pl.incident(h, hit, calm))
		}
	}
	return nil
}

func (pl *plan) courses(ctx context.Context, design, workers int) ([]*course, error) {
	people := rosterOf(pl.sc)
	return des.Replicate(ctx, pl.sc.Replications, workers, pl.sc.Seed, func(_ int, seed uint64) (*course, error) {
		m, err := pl.run(ctx, &pl.designs[design], people, seed)
		if err != nil {
			return nil, err
		}
		c := &course{under: m.under, late: m.lates, lost: m.failed + m.abandoned + m.turnedAway}
		if len(pl.sc.Due) == 0 {
			c.late = m.judged - m.kept
		}
		return c, nil
	})
}

// incident compares the replications with a happening to those without it.
func (pl *plan) incident(h happening, hit, calm []*course) Incident {
	spell, what := spellOf(pl.sc, h)
	begins := max(0, spell.At.Sub(pl.start).Hours())
	out := Incident{What: what, At: spell.When(), Hours: begins}
	usual := band(calm)
	var peak, extra, after, late, lost, recovered, recovery []float64
	for r := range hit {
		ends := begins + pl.lasts(h, des.SubSeed(pl.sc.Seed, r))
		from, until := int(math.Ceil(begins)), len(hit[r].under)
		back := recoveredAt(hit[r].under, calm[r].under, usual, int(math.Ceil(ends)))
		if back >= 0 {
			until = max(from+1, back)
			recovery = append(recovery, math.Max(0, float64(back)-ends))
		}
		most, here, when := 0.0, 0.0, 0.0
		for at := from; at < min(until, len(hit[r].under)); at++ {
			most = max(most, float64(hit[r].under[at]))
			if more := float64(hit[r].under[at] - calm[r].under[at]); more > here {
				here, when = more, float64(at)-begins
			}
		}
		peak, extra, after = append(peak, most), append(extra, here), append(after, when)
		late = append(late, float64(hit[r].late-calm[r].late))
		lost = append(lost, float64(hit[r].lost-calm[r].lost))
		recovered = append(recovered, indicator(back >= 0))
	}
	out.Peak, out.Extra, out.ExtraAfter = interval(peak), interval(extra), interval(after)
	out.Lost, out.Recovery = interval(lost), interval(recovery)
	out.Recovered = within01(interval(recovered))
	if len(pl.sc.Due) > 0 || pl.sc.Service != nil {
		iv := interval(late)
		out.Late = &iv
	}
	return out
}

// lasts is how long a happening lasts in a replication.
func (pl *plan) lasts(h happening, seed uint64) float64 {
	spans := pl.happens(h, seed)
	if len(spans) == 0 {
		return 0
	}
	return spans[0].To - spans[0].From
}

// happens lays a happening over the horizon.
func (pl *plan) happens(h happening, seed uint64) []des.Span {
	spell, _ := spellOf(pl.sc, h)
	if h.burst {
		return pl.spells(spell, des.NewDraws(seed, forBursts), h.index)
	}
	return pl.spells(spell, des.NewDraws(seed, forOutages+uint64(h.pool)), h.index)
}

// band is the most cases under way at each hour that chance makes of it: 97.5 %
// of the replications have no more, if they are about normal; one case more than
// the mean is always within it.
func band(calm []*course) []float64 {
	out := make([]float64, len(calm[0].under))
	for at := range out {
		var t des.Tally
		for _, c := range calm {
			t.Add(float64(c.under[at]))
		}
		out[at] = t.Mean() + max(1, 1.96*t.SD())
	}
	return out
}

// recoveredAt is the first hour from which for a day there are no more cases
// under way than usual, or than without the incident; -1: none is.
func recoveredAt(hit, calm []int32, usual []float64, from int) int {
	const day = 24
	quiet := 0
	for at := from; at < len(hit); at++ {
		if float64(hit[at]) > usual[at] && hit[at] > calm[at] {
			quiet = 0
			continue
		}
		if quiet++; quiet == day {
			return at - day + 1
		}
	}
	return -1
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// omits says whether a happening is left out.
func (pl *plan) omits(h happening) bool { return pl.without != nil && *pl.without == h }

// thins says whether a burst is left out by skipping its arrivals: those of a
// Poisson process that are kept are the ordinary ones, at the times and with the
// draws that they have with the burst.
func (pl *plan) thins(h happening) bool { return pl.omits(h) && pl.sc.Arrivals.Gaps == nil }

// startSkipping finds when arrivals are left out.
func (m *model) startSkipping(seed uint64) {
	if h := m.plan.without; h != nil && h.burst && m.plan.thins(*h) {
		if spans := m.plan.happens(*h, seed); len(spans) > 0 {
			m.skip = &spans[0]
		}
	}
}

// skipped says whether an arrival is one that the burst brings which is left out.
func (m *model) skipped(s *des.Sim) bool {
	if m.skip == nil || s.Now() < m.skip.From || s.Now() >= m.skip.To {
		return false
	}
	d := m.gaps.For(m.arrivals, 1)
	return d.Uniform() >= 1/m.plan.sc.Arrivals.Bursts[m.plan.without.index].Factor
}
