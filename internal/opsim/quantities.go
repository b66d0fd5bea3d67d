package opsim

import (
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// quantity is a figure of a scenario that can be moved.
type quantity struct {
	name   string
	origin string // whose origin says how it is known
	span   string // between its ends, in words
	ends   [2]float64
	set    func(sc *scenario.Scenario, x float64) // to an end
}

// How far a quantity is moved of which nobody says how sure it is: to both sides, and
// for the spread of people's speeds where all are taken to be alike.
const (
	aside        = 0.2
	asideInWords = "±20%"
	unequal      = 0.3 // standard deviation of the logarithm of speeds
)

// mostShare bounds shares that are moved: what always happens again never ends.
const mostShare = 0.99

// quantities are those of a scenario that are no decisions: how much comes, how long
// work takes, and what goes wrong. People, hours and promises stay as they are.
func quantities(sc *scenario.Scenario) []quantity {
	var out []quantity
	// by moves a quantity to both sides of what it is.
	by := func(given bool, name, origin string, set func(sc *scenario.Scenario, factor float64)) {
		if given {
			out = append(out, quantity{name, origin, asideInWords, [2]float64{1 - aside, 1 + aside}, set})
		}
	}
	a := &sc.Arrivals
	volume := "volume"
	if a.PerWeek == 0 && a.Volume == 1 {
		volume = "arrivals by hour of week"
	}
	by(true, "volume", volume, func(sc *scenario.Scenario, f float64) { sc.Arrivals.Volume *= f })
	by(a.Growth != 0, "growth", "growth", func(sc *scenario.Scenario, f float64) { sc.Arrivals.Growth *= f })
	by(len(a.Bursts) > 0, "bursts", "bursts", func(sc *scenario.Scenario, f float64) {
		for i := range sc.Arrivals.Bursts {
			sc.Arrivals.Bursts[i].Factor *= f
		}
	})
	if c := sc.Cases; c != nil {
		const cases = "cases: who gets them, cost, machine time"
		kind := func(has func(*scenario.StatedKind) bool) bool {
			return slices.ContainsFunc(c.Kinds, func(k scenario.StatedKind) bool { return has(&k) })
		}
		by(kind(func(k *scenario.StatedKind) bool { return len(k.Escalated) > 0 }), "cases that people get", cases, func(sc *scenario.Scenario, f float64) {
			for i := range sc.Cases.Kinds {
				timesShares(sc.Cases.Kinds[i].Escalated, f, 1)
			}
		})
		by(kind(func(k *scenario.StatedKind) bool { return k.Wrong > 0 }), "cases decided wrongly without people", cases, func(sc *scenario.Scenario, f float64) {
			for i := range sc.Cases.Kinds {
				k := &sc.Cases.Kinds[i]
				k.Wrong = min(1, k.Wrong*f)
			}
		})
		by(c.Confidence != nil, "wrong decisions at every confidence", "confidence of cases", func(sc *scenario.Scenario, f float64) {
			for i := range sc.Cases.Confidence.Bins {
				b := &sc.Cases.Confidence.Bins[i]
				b.Wrong = min(1, b.Wrong*f)
			}
		})
	}
	for t := range sc.Teams {
		if !sc.Teams[t].Unlimited {
			out = append(out, peopleOf(sc, t)...)
		}
		out = append(out, workOf(sc, t)...)
	}
	for i := range sc.Services {
		s := &sc.Services[i]
		by(s.Latency != nil, s.Name+": time of an attempt", s.Name+": time of an attempt", func(sc *scenario.Scenario, f float64) {
			sc.Services[i].Latency = sc.Services[i].Latency.Times(f)
		})
		by(s.Failures > 0, s.Name+": failures", s.Name+": limits and failures", func(sc *scenario.Scenario, f float64) {
			sc.Services[i].Failures = min(1, sc.Services[i].Failures*f)
		})
	}
	by(sc.WaitCost > 0, "cost of waiting", "cost of waiting", func(sc *scenario.Scenario, f float64) { sc.WaitCost *= f })
	by(sc.ErrorCost > 0, "cost of an error", "cost of an error", func(sc *scenario.Scenario, f float64) { sc.ErrorCost *= f })
	return out
}

// peopleOf are the quantities of a team's people.
func peopleOf(sc *scenario.Scenario, t int) []quantity {
	team := &sc.Teams[t]
	speed := quantity{team.Name + ": speed of people", team.Name + ": speed of people", asideInWords, [2]float64{1 - aside, 1 + aside}, func(sc *scenario.Scenario, f float64) {
		sc.Teams[t].SpeedSpread *= f
	}}
	if team.SpeedSpread == 0 {
		speed.span, speed.ends = "all alike, or a spread of 0.3", [2]float64{0, unequal}
		speed.set = func(sc *scenario.Scenario, x float64) { sc.Teams[t].SpeedSpread = x }
	}
	out := []quantity{speed}
	of := func(what string, figure func(*scenario.Member) *float64, whole func(*scenario.Team) *float64) {
		most := *whole(team)
		for i := range team.Members {
			most = max(most, *figure(&team.Members[i]))
		}
		if most == 0 {
			return
		}
		name := team.Name + ": " + what
		out = append(out, quantity{name, name, asideInWords, [2]float64{1 - aside, 1 + aside}, func(sc *scenario.Scenario, f float64) {
			team := &sc.Teams[t]
			for _, x := range append([]*float64{whole(team)}, figures(team.Members, figure)...) {
				*x = min(mostShare, *x*f)
			}
		}})
	}
	of("absence", func(m *scenario.Member) *float64 { return &m.Absence }, func(t *scenario.Team) *float64 { return &t.Absence })
	of("errors", func(m *scenario.Member) *float64 { return &m.ErrorRate }, func(t *scenario.Team) *float64 { return &t.ErrorRate })
	return out
}

// figures are one figure of all members.
func figures(members []scenario.Member, figure func(*scenario.Member) *float64) []*float64 {
	var out []*float64
	for i := range members {
		out = append(out, figure(&members[i]))
	}
	return out
}

// workOf are the quantities of a team's work.
func workOf(sc *scenario.Scenario, t int) []quantity {
	team := &sc.Teams[t]
	var out []quantity
	by := func(given bool, what string, set func(team *scenario.Team, factor float64)) {
		if given {
			name := team.Name + ": " + what
			out = append(out, quantity{name, name, asideInWords, [2]float64{1 - aside, 1 + aside}, func(sc *scenario.Scenario, f float64) { set(&sc.Teams[t], f) }})
		}
	}
	by(team.Minutes != nil || team.Usual > 0, "minutes a case", func(team *scenario.Team, f float64) {
		if team.Minutes == nil { // the workflow's, which the cases of a run have too
			team.Minutes = &scenario.Distribution{Name: "fixed", Mean: team.Usual}
		}
		team.Minutes = team.Minutes.Times(f)
	})
	for _, kind := range slices.Sorted(maps.Keys(team.MinutesOf)) {
		by(true, "minutes a case, "+kind, func(team *scenario.Team, f float64) {
			team.MinutesOf[kind] = team.MinutesOf[kind].Times(f)
		})
	}
	by(team.Patience != nil, "patience", func(team *scenario.Team, f float64) { team.Patience = team.Patience.Times(f) })
	by(team.Return != nil, "cases turned away", func(team *scenario.Team, f float64) {
		team.Return.Share = min(1, team.Return.Share*f)
	})
	by(len(team.Then) > 0, "cases that go on", func(team *scenario.Team, f float64) { timesShares(team.Then, f, mostShare) })
	by(len(team.Outages) > 0, "outages", func(team *scenario.Team, f float64) {
		for i := range team.Outages {
			team.Outages[i].Lasts = team.Outages[i].Lasts.Times(f)
		}
	})
	by(len(team.Other) > 0, "other work", func(team *scenario.Team, f float64) {
		for i := range team.Other {
			team.Other[i].Minutes = team.Other[i].Minutes.Times(f)
		}
	})
	return out
}

// timesShares multiplies shares, so that they come to no more than most.
func timesShares(shares []scenario.Share, factor, most float64) {
	sum := 0.0
	for _, s := range shares {
		sum += s.Share
	}
	if sum > 0 {
		factor = min(factor, most/sum)
	}
	for i := range shares {
		shares[i].Share *= factor
	}
}

// copied is a scenario whose quantities can be set without the other's.
func copied(sc *scenario.Scenario) *scenario.Scenario {
	out := *sc
	out.Arrivals.Bursts = slices.Clone(sc.Arrivals.Bursts)
	out.Teams, out.Services = slices.Clone(sc.Teams), slices.Clone(sc.Services)
	for i := range out.Teams {
		team := &out.Teams[i]
		team.Members, team.Then = slices.Clone(team.Members), slices.Clone(team.Then)
		team.Outages, team.Other = slices.Clone(team.Outages), slices.Clone(team.Other)
		team.MinutesOf = maps.Clone(team.MinutesOf)
		if team.Return != nil {
			back := *team.Return
			team.Return = &back
		}
	}
	if sc.Cases == nil {
		return &out
	}
	cases := *sc.Cases
	cases.Kinds = slices.Clone(cases.Kinds)
	for i := range cases.Kinds {
		cases.Kinds[i].Escalated = slices.Clone(cases.Kinds[i].Escalated)
	}
	if cases.Confidence != nil {
		confidence := *cases.Confidence
		confidence.Bins = slices.Clone(confidence.Bins)
		cases.Confidence = &confidence
	}
	out.Cases = &cases
	return &out
}
