package opsim

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// fewCases is how many traced cases it takes for the tail of the work to be
// known well enough: with fewer, waits may be off by a factor of two or more.
const fewCases = 300

// Simulate puts the designs of a profile through a scenario, at most workers
// replications at a time; the result is the same at any number of them. The
// profile is nil where the scenario states its cases.
func Simulate(ctx context.Context, sc *scenario.Scenario, p *Profile, workers int) (*Result, error) {
	pl, err := newPlan(sc, p)
	if err != nil {
		return nil, err
	}
	res := pl.head()
	for i := range pl.designs {
		progressOf(ctx).at(pl.designs[i].name)
		d, err := pl.simulate(ctx, &pl.designs[i], rosterOf(sc), workers)
		if err != nil {
			return nil, err
		}
		res.Designs = append(res.Designs, *d)
	}
	return res, nil
}

// head is the result before anything is simulated.
func (pl *plan) head() *Result {
	sc := pl.sc
	r := &Result{
		Scenario: sc.Name, Title: sc.Title, Run: pl.profile.Run,
		Start: pl.start.Format(time.DateOnly), Weeks: sc.Weeks, WarmUp: sc.WarmUp,
		Replications: sc.Replications, Seed: sc.Seed, PerWeek: pl.week.Volume(),
	}
	if w := sc.Workflow; w != nil {
		r.Workflow, r.Currency = w.Name, w.Currency
	}
	if s := sc.Service; s != nil {
		r.Service = &Promise{Measure: s.Measure(), Hours: s.Within.Hours(), Share: s.Share}
		for i := range s.Of {
			r.Service.Of = append(r.Service.Of, KindPromise{s.Of[i].Kind, s.Of[i].Measure(), s.Of[i].Within.Hours(), s.Of[i].Share})
		}
	}
	r.Origins, r.Warnings = pl.origins(), pl.warnings()
	return r
}

// simulate runs all replications of one design with so many people.
func (pl *plan) simulate(ctx context.Context, d *boundDesign, people roster, workers int) (*DesignResult, error) {
	out, _, err := pl.observe(ctx, d, people, workers)
	return out, err
}

// observe is simulate, with what every replication measured.
func (pl *plan) observe(ctx context.Context, d *boundDesign, people roster, workers int) (*DesignResult, []*measured, error) {
	out := &DesignResult{Name: d.name}
	for t := range people {
		load, err := pl.load(d, t, people[t])
		if err != nil {
			return nil, nil, err
		}
		team := TeamResult{Name: pl.sc.Teams[t].Name, People: people.people(t), Unlimited: pl.sc.Teams[t].Unlimited, PerWeek: bursting(&pl.sc.Arrivals) * meanRate(pl.timeline, pl.from, pl.end) * d.share[t] * 7 * 24}
		if team.Load = load.Ratio(); math.IsInf(team.Load, 1) {
			team.Load, team.NoOne, team.TooShort = 0, true, pl.onDutyFor(t, people[t], load.Classes)
		}
		if pl.grows(t, load) {
			team.Growth = pl.growth(d, t, load)
			out.Overloaded = append(out.Overloaded, team.Name)
			if err := pl.bearable(team.Growth, team.Name); err != nil {
				return nil, nil, err
			}
			team.Tightest = pl.tightest(t, load.Classes)
		}
		out.Teams = append(out.Teams, team)
	}
	for i := range pl.sc.Services {
		if pl.serviceLoad(d, i) >= 1 {
			out.Overloaded = append(out.Overloaded, pl.sc.Services[i].Name)
		}
	}
	runs, err := pl.replicate(ctx, d, people, 0, pl.sc.Replications, workers)
	if err != nil {
		return nil, nil, err
	}
	out.Services = pl.services(d, runs)
	pl.summarise(out, people, runs)
	return out, runs, nil
}

// replicate runs the replications from one number to before another.
func (pl *plan) replicate(ctx context.Context, d *boundDesign, people roster, from, to, workers int) ([]*measured, error) {
	return des.Replicate(ctx, to-from, workers, pl.sc.Seed, func(i int, _ uint64) (*measured, error) {
		return pl.run(ctx, d, people, des.SubSeed(pl.sc.Seed, from+i))
	})
}

// summarise turns replications into intervals.
func (pl *plan) summarise(out *DesignResult, people roster, runs []*measured) {
	out.Escalated = share(runs, func(m *measured) float64 { return ratio(m.escalated, m.arrived) })
	out.Failed = share(runs, func(m *measured) float64 { return ratio(m.failed, m.arrived) })
	out.BacklogEnd = over(runs, func(m *measured) float64 { return float64(m.end) })
	out.BacklogPeak = over(runs, func(m *measured) float64 { return float64(m.peak) })
	out.Unfinished = over(runs, func(m *measured) float64 { return float64(m.open) })
	out.Cost = over(runs, func(m *measured) float64 { return m.cost / float64(m.arrived) })
	out.Minutes = over(runs, func(m *measured) float64 { return m.hours * 60 / float64(m.arrived) })
	pl.losses(out, runs)
	out.Backlog = pl.backlog(runs)
	weeks := float64(pl.sc.Weeks - pl.sc.WarmUp)
	for t := range out.Teams {
		team := &out.Teams[t]
		team.Utilisation = share(runs, func(m *measured) float64 { return m.pools[t].Utilisation() })
		team.Visits = over(runs, func(m *measured) float64 { return float64(m.team(t).Arrived) / weeks })
		team.Finished = over(runs, func(m *measured) float64 { return float64(m.team(t).Done) / weeks })
		pl.teamLosses(team, t, runs)
		team.Groups = pl.groups(t, people[t], runs)
		team.Overtime = over(runs, func(m *measured) float64 {
			sum := 0.0
			for _, s := range m.pools[t].Servers {
				sum += s.Overtime
			}
			return sum / weeks
		})
		if !slices.Contains(out.Overloaded, team.Name) {
			team.Queue = pl.queue(runs, t)
			team.Kinds = pl.kindQueues(runs, t)
		}
	}
	if len(out.Overloaded) > 0 {
		return
	}
	if w := unsteady(runs, weeks); w != "" {
		out.Warnings = append(out.Warnings, w)
	}
	quantile := func(p float64) stats.Interval {
		return over(runs, func(m *measured) float64 { return m.turnaround.Quantile(p) })
	}
	out.Turnaround = &Turnaround{
		Mean: over(runs, func(m *measured) float64 { return m.total.Mean() }),
		P50:  quantile(0.5), P90: quantile(0.9), P95: quantile(0.95),
	}
	if pl.sc.Service != nil {
		out.Kept = &pl.kept(runs)[0]
		out.KeptByKind, out.KeptByArrival = pl.keptByKind(runs), pl.keptByArrival(runs)
	}
}

// unsteady says that the backlog at the end is larger than when measuring
// began, beyond chance: both are at the same hour of the week, so there is no
// steady state yet, or the calendar or the volume changes meanwhile.
func unsteady(runs []*measured, weeks float64) string {
	growth := make([]float64, len(runs))
	for i, m := range runs {
		growth[i] = float64(m.end-m.begin) / weeks
	}
	t := des.TInterval(growth, 0.999)
	if !(t.Low > 0) {
		return ""
	}
	return fmt.Sprintf("the backlog still grows over the measured weeks, by %.3g cases a week: the figures depend on how many weeks are simulated; try more, and a longer warm-up", t.Mean)
}

// used says whether any design needs the team.
func (pl *plan) used(t int) bool {
	return slices.ContainsFunc(pl.designs, func(d boundDesign) bool { return d.share[t] > 0 })
}

// tracedVisits is how many traced cases say how long a team works, at most
// under one design; 0 where the scenario or the workflow says so.
func (pl *plan) tracedVisits(t int) int {
	if pl.sc.Teams[t].Minutes != nil || pl.sc.Teams[t].Usual > 0 {
		return 0
	}
	most := 0
	for i := range pl.designs {
		n := 0
		for _, e := range pl.designs[i].entries {
			if e.team == int32(t) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// warnings are what weakens the result as a whole.
func (pl *plan) warnings() []string {
	out := pl.chanceWarnings()
	p := pl.profile
	if p.Run != "" && p.Cases < fewCases {
		out = append(out, fmt.Sprintf("only %d traced cases: below %d the rare long ones are not known, and real waits may be half or twice of what is shown", p.Cases, fewCases))
	}
	if p.Run != "" && p.Cases >= fewCases {
		for t := range pl.sc.Teams {
			if n := pl.tracedVisits(t); n > 0 && n < fewCases {
				out = append(out, fmt.Sprintf("only %d traced cases of team %q (below %d): its real waits may be half or twice of what is shown", n, pl.sc.Teams[t].Name, fewCases))
			}
		}
	}
	if p.Left > 0 {
		out = append(out, fmt.Sprintf("%d replayed cases are left out: the harness could not try them under every design", p.Left))
	}
	for _, d := range p.Designs {
		if d.Guessed > 0 {
			out = append(out, fmt.Sprintf("design %q: nobody says how long people worked on %d cases; they have the minutes of other cases of their team", d.Name, d.Guessed))
		}
	}
	for _, f := range pl.fits {
		if f != nil && f.Warning != "" {
			out = append(out, f.Warning)
		}
	}
	for _, p := range pl.patience {
		if p != nil && p.Warning != "" {
			out = append(out, p.Warning)
		}
	}
	for _, d := range pl.designs {
		if d.failed > 0 && pl.sc.Service != nil {
			out = append(out, fmt.Sprintf("design %q: nobody receives %.1f%% of the cases, because a handoff breaks; they count as outside the service level", d.name, 100*d.failed))
		}
	}
	return out
}
