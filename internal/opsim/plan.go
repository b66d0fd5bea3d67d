package opsim

import (
	"fmt"
	"math"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// Purposes of random draws.
const (
	forGaps    = iota // between arrivals
	forDays           // factors of days
	forCases          // which case it is
	forMinutes        // stated minutes of people
	forSpeeds         // of people; one more for each team
)

// plan is a scenario bound to a profile: all that replications share.
type plan struct {
	sc        *Scenario
	profile   *Profile
	start     time.Time
	end, from float64
	week      []Piece // arrival rates of an ordinary week
	timeline  []segment
	shifts    []*des.Shifts // by team; nil: around the clock
	designs   []boundDesign
}

// boundDesign is a design's cases with the scenario's teams.
type boundDesign struct {
	name    string
	entries []boundEntry
	share   []float64 // of the cases, by team
	hours   []float64 // mean work on a case of a team
	failed  float64   // share of the cases that nobody receives
}

// boundEntry is an entry with its team by index.
type boundEntry struct {
	team int32
	entry
}

// Teams of entries that no team takes.
const (
	nobody   int32 = -1
	lostCase int32 = -2
)

// newPlan binds a scenario to a profile, which is nil where cases are stated.
func newPlan(sc *Scenario, p *Profile) (*plan, error) {
	if sc.Cases != nil {
		p = statedProfile(sc.Cases)
	}
	pl := &plan{sc: sc, profile: p}
	pl.end, pl.from = sc.hours()
	pl.start = sc.start(p)
	pieces := sc.Arrivals.Week
	if pieces == nil {
		var err error
		if pieces, err = traced(p.times, p.counts, sc.Arrivals.Zone); err != nil {
			return nil, err
		}
	}
	pl.week = sc.Arrivals.scaled(pieces)
	pl.timeline = sc.Arrivals.timeline(pl.week, pl.start, pl.end)
	for i := range sc.Teams {
		var shifts *des.Shifts
		if c := sc.Teams[i].Calendar; c != nil {
			var err error
			if shifts, err = c.Shifts(pl.start, pl.end); err != nil {
				return nil, fmt.Errorf("team %q: %w", sc.Teams[i].Name, err)
			}
		}
		pl.shifts = append(pl.shifts, shifts)
	}
	for i := range p.Designs {
		d, err := pl.bind(&p.Designs[i])
		if err != nil {
			return nil, err
		}
		pl.designs = append(pl.designs, d)
	}
	return pl, nil
}

// start is midnight of the first day, where the cases come from.
func (sc *Scenario) start(p *Profile) time.Time {
	day := sc.Start
	if day.IsZero() {
		day = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC) // a Monday
		if last := p.last(); !last.IsZero() {
			day = last.In(sc.Arrivals.Zone).AddDate(0, 0, 1)
			for day.Weekday() != time.Monday {
				day = day.AddDate(0, 0, 1)
			}
		}
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, sc.Arrivals.Zone)
}

func (pl *plan) bind(d *DesignProfile) (boundDesign, error) {
	sc := pl.sc
	out := boundDesign{
		name: d.Name, entries: make([]boundEntry, len(d.entries)),
		share: make([]float64, len(sc.Teams)), hours: make([]float64, len(sc.Teams)),
	}
	for i, e := range d.entries {
		b := boundEntry{team: nobody, entry: e}
		weight := pl.profile.weight(i)
		switch {
		case e.failed:
			b.team = lostCase
			out.failed += weight
		case e.team != "":
			t := sc.team(e.team)
			if t < 0 {
				return out, fmt.Errorf("design %q escalates to team %q, which the scenario does not have", d.Name, e.team)
			}
			b.team = int32(t)
			if m := sc.Teams[t].Minutes; m != nil {
				b.hours, b.unknown = m.Mean/60, false
			}
			if b.unknown {
				return out, fmt.Errorf("nothing says how long team %q works on the cases of design %q: state the team's minutes in the scenario or the workflow", e.team, d.Name)
			}
			out.share[t] += weight
			out.hours[t] += weight * b.hours
		}
		out.entries[i] = b
	}
	for t := range out.hours {
		if out.share[t] > 0 {
			out.hours[t] /= out.share[t]
		}
	}
	return out, nil
}

// pool is a team as its people are in one replication.
func (pl *plan) pool(t, people int, seed uint64) des.Pool {
	team := &pl.sc.Teams[t]
	p := des.Pool{Name: team.Name, ShiftEnd: team.ShiftEnd, Servers: des.Team(people, des.Server{Shifts: pl.shifts[t]})}
	if s := team.SpeedSpread; s > 0 {
		draws := des.NewDraws(seed, forSpeeds+uint64(t))
		for i := range p.Servers {
			d := draws.For(int64(i), 0)
			p.Servers[i].Speed = math.Exp(s*d.Normal() - s*s/2)
		}
	}
	return p
}

// load compares the work that a design brings a team with what the team can
// do, in the weeks that are measured, or in the last of them where the volume
// grows. Speeds count as 1, their mean.
func (pl *plan) load(d *boundDesign, t, people int) (des.Load, error) {
	from := pl.from
	if pl.sc.Arrivals.Growth > 0 {
		from = pl.end - 7*24
	}
	pool := des.Pool{Name: pl.sc.Teams[t].Name, Servers: des.Team(people, des.Server{Shifts: pl.shifts[t]})}
	work := meanRate(pl.timeline, from, pl.end) * d.share[t] * d.hours[t]
	return des.OfferedLoad(pool, []float64{work}, from, pl.end)
}
