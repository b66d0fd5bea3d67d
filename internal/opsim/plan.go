package opsim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/traced"
)

// Purposes of random draws.
const (
	forGaps    = iota // between arrivals
	forDays           // factors of days
	forCases          // which case it is
	forMinutes        // stated minutes of people
	forSpeeds         // of people; one more for each team
)

// More purposes of random draws, past those of every team.
const (
	forPatience = 1<<20 + iota
	forReturns
	forRoutes
	forErrors
	forLatency
	forBatches
	forBursts
	forAttempts
	forAbsence = 2 << 20 // one more for each team
	forOther   = 3 << 20 // one more for each other work
	forOutages = 4 << 20 // one more for each team and service
)

// plan is a scenario bound to a profile: all that replications share.
type plan struct {
	sc        *scenario.Scenario
	profile   *Profile
	start     time.Time
	end, from float64
	week      scenario.Week // arrival rates of an ordinary week
	timeline  []segment
	shifts    [][]*des.Shifts          // by team and member; nil: around the clock
	kinds     []string                 // of cases; one unnamed where nothing tells them apart
	due       []float64                // hours by kind, +Inf: none
	levels    []*scenario.ServiceLevel // by which each kind is judged; nil: none is promised
	classes   []classes                // by team
	others    [][][]segment            // rates by team and other work
	routes    [][]hop                  // by team
	clock     []zoneSpan
	daySpread float64
	watching  bool            // what incidents do
	without   *happening      // is left out; nil: none
	tested    *traced.Chance  // what the case times say of it; nil: not asked yet
	fits      []*traced.Curve // by team, nil: none
	patience  []*traced.Curve // by team; nil: endless
	designs   []boundDesign
	strata    *strata // nil: cases are drawn from all at any hour
}

// hop is where cases go next with a probability.
type hop struct {
	team  int32
	share float64
}

// boundDesign is a design's cases with the scenario's teams.
type boundDesign struct {
	name    string
	entries []boundEntry
	share   []float64   // visits of a team, a case
	hours   []float64   // mean work on a visit of a team
	work    [][]float64 // hours of work, a case, by team and kind
	visits  [][]float64 // visits, a case, by team and kind
	failed  float64     // share of the cases that nobody receives
	demand  []demand    // of services
	// capacity is what a person does in the shifts over how long they last, by team
	// and entry of its people; nil where nobody asked.
	capacity [][]float64
}

// boundEntry is an entry with its team by index.
type boundEntry struct {
	team, kind int32
	entry
	calls []boundCall // of services; what else machines do is in latency
}

// boundCall is a call of a service by index.
type boundCall struct {
	service int32
	latency float64 // hours of an attempt, where the service has none of its own
	tokens  float64
}

// Teams of entries that no team takes.
const (
	nobody   int32 = -1
	lostCase int32 = -2
)

// newPlan binds a scenario to a profile; nil where it states its cases, as they
// are stated.
func newPlan(sc *scenario.Scenario, p *Profile) (*plan, error) {
	if p == nil {
		p = statedProfile(sc.Cases)
	}
	pl := &plan{sc: sc, profile: p}
	pl.end, pl.from = sc.Horizon()
	pl.start = startOf(sc, p)
	pieces := sc.Arrivals.Week
	if pieces == nil {
		var err error
		if pieces, err = traced.Rates(p.times, p.counts, sc.Arrivals.Zone); err != nil {
			return nil, err
		}
	}
	pl.week = scaledWeek(&sc.Arrivals, pieces)
	pl.timeline = timelineOf(&sc.Arrivals, pl.week, pl.start, pl.end)
	if err := pl.possible(); err != nil {
		return nil, err
	}
	if pl.daySpread = sc.Arrivals.DaySpread; sc.Arrivals.DaysTraced {
		pl.daySpread = traced.DaySpread(p.times, p.counts, pieces, sc.Arrivals.Zone, clumpsOf(&sc.Arrivals))
	}
	pl.clock = zoneSpans(sc.Arrivals.Zone, pl.start, pl.end)
	if err := pl.nameKinds(); err != nil {
		return nil, err
	}
	pl.bindLevels()
	for t := range sc.Teams {
		if err := pl.team(t); err != nil {
			return nil, err
		}
	}
	if err := pl.fit(); err != nil {
		return nil, err
	}
	if err := pl.bindPatience(); err != nil {
		return nil, err
	}
	if err := pl.fewSpells(); err != nil {
		return nil, err
	}
	visits, err := visitsOf(sc)
	if err != nil {
		return nil, err
	}
	if err := pl.stratify(); err != nil {
		return nil, err
	}
	for i := range p.Designs {
		d, err := pl.bind(&p.Designs[i], visits)
		if err != nil {
			return nil, err
		}
		pl.designs = append(pl.designs, d)
	}
	return pl, pl.assumptions()
}

// assumptions wants what the scenario calls assumed to be quantities that it has.
func (pl *plan) assumptions() error {
	if len(pl.sc.Assumed) == 0 {
		return nil
	}
	var known []string
	for _, o := range pl.origins() {
		known = append(known, o.Quantity)
	}
	for _, name := range pl.sc.Assumed {
		if !slices.Contains(known, name.Value) {
			return fmt.Errorf("%s: there is no quantity %q to be assumed (there is: %s)", name.Pos, name.Value, strings.Join(known, "; "))
		}
	}
	return nil
}

// startOf is midnight of the first day, where the cases come from.
func startOf(sc *scenario.Scenario, p *Profile) time.Time {
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

// team lays out what does not change between replications.
func (pl *plan) team(t int) error {
	team := &pl.sc.Teams[t]
	var all []*des.Shifts
	for _, m := range pl.sc.Teams[t].Entries(nil) {
		var shifts *des.Shifts
		if m.Calendar != nil {
			var err error
			if shifts, err = m.Calendar.Shifts(pl.start, pl.end); err != nil {
				return fmt.Errorf("team %q: %w", team.Name, err)
			}
		}
		all = append(all, shifts)
	}
	pl.shifts = append(pl.shifts, all)
	c, err := pl.classify(t)
	if err != nil {
		return err
	}
	pl.classes = append(pl.classes, c)
	var others [][]segment
	for _, o := range team.Other {
		flat := scenario.Arrivals{Zone: pl.sc.Arrivals.Zone}
		others = append(others, timelineOf(&flat, o.Week, pl.start, pl.end))
	}
	pl.others = append(pl.others, others)
	var routes []hop
	for _, s := range team.Then {
		routes = append(routes, hop{int32(pl.sc.TeamIndex(s.Team)), s.Share})
	}
	pl.routes = append(pl.routes, routes)
	return nil
}

// maxSpells is how often something may happen again within the horizon.
const maxSpells = 20_000

// fewSpells wants bursts and outages to be events, and not what is usual.
func (pl *plan) fewSpells() error {
	check := func(what string, s *scenario.Spell) error {
		if s.Every == nil {
			return nil
		}
		if n := pl.end * 60 / (s.Every.Mean + s.Lasts.Mean); n > maxSpells {
			return fmt.Errorf("%s come %.3g times in %d weeks, want at most %d: make them rarer, or the weeks fewer", what, n, pl.sc.Weeks, maxSpells)
		}
		return nil
	}
	for i := range pl.sc.Arrivals.Bursts {
		if err := check("bursts", &pl.sc.Arrivals.Bursts[i].Spell); err != nil {
			return err
		}
	}
	for t := range pl.sc.Teams {
		for i := range pl.sc.Teams[t].Outages {
			if err := check("outages of "+pl.sc.Teams[t].Name, &pl.sc.Teams[t].Outages[i]); err != nil {
				return err
			}
		}
	}
	for j := range pl.sc.Services {
		for i := range pl.sc.Services[j].Outages {
			if err := check("outages of "+pl.sc.Services[j].Name, &pl.sc.Services[j].Outages[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// fit puts curves through the traced minutes of the teams that ask for one. All
// designs' cases are taken together.
func (pl *plan) fit() error {
	pl.fits = make([]*traced.Curve, len(pl.sc.Teams))
	for t := range pl.sc.Teams {
		team := &pl.sc.Teams[t]
		if team.Fit == "" {
			continue
		}
		var hours []float64
		for _, d := range pl.profile.Designs {
			for _, e := range d.entries {
				if e.team == team.Name && !e.unknown {
					hours = append(hours, e.hours)
				}
			}
		}
		curve, err := traced.Fit(team.Fit, hours)
		if err != nil {
			return fmt.Errorf("team %q: %w", team.Name, err)
		}
		if curve.Warning != "" {
			curve.Warning = team.Name + ": " + curve.Warning
		}
		pl.fits[t] = curve
	}
	return nil
}

// minutes are those that are stated for a team's work on a kind of cases; nil:
// they are the case's own.
func (pl *plan) minutes(t, kind int32) *scenario.Distribution {
	team := &pl.sc.Teams[t]
	if f := pl.fits[t]; f != nil {
		return f.Distribution
	}
	if m := team.MinutesOf[pl.kinds[kind]]; m != nil {
		return m
	}
	return team.Minutes
}

func (pl *plan) bind(d *DesignProfile, visits [][]float64) (boundDesign, error) {
	sc := pl.sc
	out := boundDesign{
		name: d.Name, entries: make([]boundEntry, len(d.entries)),
		share: make([]float64, len(sc.Teams)), hours: make([]float64, len(sc.Teams)),
	}
	for range sc.Teams {
		out.work = append(out.work, make([]float64, len(pl.kinds)))
		out.visits = append(out.visits, make([]float64, len(pl.kinds)))
	}
	kinds := map[string]int32{}
	for i, e := range d.entries {
		kind, known := kinds[e.kind]
		if !known {
			kind = pl.kindOf(e.kind)
			kinds[e.kind] = kind
		}
		b := boundEntry{team: nobody, kind: kind, entry: e}
		if len(sc.Services) > 0 {
			pl.bindCalls(&b)
		}
		weight := pl.profile.weight(i)
		switch {
		case e.failed:
			b.team = lostCase
			out.failed += weight
		case e.team != "":
			t := sc.TeamIndex(e.team)
			if t < 0 {
				return out, fmt.Errorf("design %q escalates to team %q, which the scenario does not have", d.Name, e.team)
			}
			b.team = int32(t)
			if m := pl.minutes(b.team, b.kind); m != nil {
				b.hours, b.unknown = m.Mean/60, false
			}
			if b.unknown {
				return out, fmt.Errorf("nothing says how long team %q works on the cases of design %q: state the team's minutes in the scenario or the workflow", e.team, d.Name)
			}
			for u, n := range visits[t] {
				if n == 0 || weight == 0 {
					continue
				}
				hours := b.hours
				if u != t {
					var err error
					if hours, err = pl.handedOn(int32(u), b.kind); err != nil {
						return out, err
					}
				}
				out.share[u] += weight * n
				out.visits[u][b.kind] += weight * n
				out.work[u][b.kind] += weight * n * hours
			}
		}
		out.entries[i] = b
	}
	if err := pl.called(&out, visits); err != nil {
		return out, err
	}
	return out, nil
}

// handedOn is the mean work of a team on a case that another team hands on.
func (pl *plan) handedOn(t, kind int32) (float64, error) {
	if m := pl.minutes(t, kind); m != nil {
		return m.Mean / 60, nil
	}
	if usual := pl.sc.Teams[t].Usual; usual > 0 {
		return usual / 60, nil
	}
	return 0, fmt.Errorf("nothing says how long team %q works on cases that another team hands on: state the team's minutes", pl.sc.Teams[t].Name)
}
