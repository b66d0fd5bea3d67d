package opsim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// origins says where every quantity came from, assumed ones first.
func (pl *plan) origins() []Origin {
	var out []Origin
	add := func(quantity, how, what string) { out = append(out, Origin{quantity, how, what}) }
	sc, a := pl.sc, &pl.sc.Arrivals
	if a.Week == nil {
		add("arrivals by hour of week", Traced, fmt.Sprintf("n=%d case times, time zone %s", len(pl.profile.times), a.Zone))
	} else {
		add("arrivals by hour of week", Stated, fmt.Sprintf("time zone %s", a.Zone))
	}
	volume := fmt.Sprintf("%.4g cases a week", pl.week.Volume())
	switch {
	case a.PerWeek > 0 && !a.Stated && a.Volume == 1:
		add("volume", Stated, volume+", by the workflow's volume_per_year")
	case a.PerWeek > 0 && !a.Stated:
		add("volume", Stated, fmt.Sprintf("%s, %g times the workflow's volume_per_year", volume, a.Volume))
	case a.PerWeek > 0 || a.Volume != 1:
		add("volume", Stated, volume+", by the scenario")
	}
	if a.Growth != 0 {
		add("growth", Stated, fmt.Sprintf("%+.1f%% each week", 100*a.Growth))
	}
	pl.chanceOrigins(add)
	if a.Batch != nil {
		add("cases that come at once", Stated, fmt.Sprintf("%s, mean %.4g", a.Batch.Name, a.Batch.Mean))
	}
	for _, b := range a.Bursts {
		add("bursts", Stated, fmt.Sprintf("%g times the cases, %s", b.Factor, b.Spell.String()))
	}
	if n := pl.profile.Cases; n > 0 {
		how := fmt.Sprintf("n=%d, resampled whole", n)
		if st := pl.strata; st != nil {
			how += fmt.Sprintf(", within %d strata; %s", len(st.names), st.mix.Said)
		}
		add("cases: who gets them, cost, machine time", Traced, how)
	} else {
		add("cases: who gets them, cost, machine time", Stated, "by the scenario")
	}
	if sc.Cases != nil && sc.Cases.Confidence != nil {
		c := sc.Cases.Confidence
		add("confidence of cases", Stated, fmt.Sprintf("%d bins; below the cutoff %s takes a case", len(c.Bins), c.Team))
	}
	for t := range sc.Teams {
		if pl.used(t) {
			pl.teamOrigins(t, add)
		}
	}
	for i := range sc.Services {
		s := &sc.Services[i]
		if s.Latency == nil && sc.Cases == nil {
			add(s.Name+": time of an attempt", Traced, "that of the last attempt of "+strings.Join(s.Steps, ", "))
		} else if s.Latency != nil {
			add(s.Name+": time of an attempt", Stated, s.Latency.String())
		}
		add(s.Name+": limits and failures", Stated, s.String())
	}
	switch s := sc.Service; {
	case s == nil:
	case s.Stated:
		add("service level", Stated, "by the scenario")
	default:
		add("service level", Stated, "by the workflow")
	}
	if len(sc.Due) > 0 {
		var due []string
		for _, d := range sc.Due {
			due = append(due, strings.TrimSpace(d.Kind+" "+d.Within.String()))
		}
		add("deadline", Stated, strings.Join(due, ", "))
	}
	if sc.WaitCost > 0 {
		add("cost of waiting", Stated, fmt.Sprintf("%g an hour in which a case waits for people", sc.WaitCost))
	}
	if sc.ErrorCost > 0 {
		add("cost of an error", Stated, fmt.Sprintf("%g each, beyond what the replayed cases cost", sc.ErrorCost))
	}
	for _, name := range sc.Assumed {
		for i := range out {
			if out[i].Quantity == name.Value {
				out[i].How = Assumed
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Origin) int {
		return strings.Compare(x.How, y.How) // assumed, stated, traced
	})
	return out
}

func (pl *plan) teamOrigins(t int, add func(quantity, how, what string)) {
	team := &pl.sc.Teams[t]
	by := "by the workflow"
	if team.Stated {
		by = "by the scenario"
	}
	if team.Unlimited {
		add(team.Name+": people", Stated, "as many as there is work")
		pl.minuteOrigins(t, add)
		return
	}
	people := fmt.Sprintf("%d, %s", team.People, by)
	if n := len(team.Members); n > 0 {
		people = fmt.Sprintf("%d in %d entries, %s", team.People, n, by)
	}
	add(team.Name+": people", Stated, people)
	own := slices.ContainsFunc(team.Members, func(m scenario.Member) bool { return m.Calendar != team.Calendar })
	if own {
		add(team.Name+": hours", Stated, "by the scenario, of each entry")
	} else if !team.HoursSet {
		add(team.Name+": hours", Assumed, "around the clock, every day: the scenario states no hours")
	} else {
		policy := "the case in hand is finished after hours"
		if team.ShiftEnd == des.HandOver {
			policy = "the case in hand is handed over at the end of the shift"
		}
		if team.NoStart > 0 {
			policy += fmt.Sprintf("; nothing is begun within %v of the end", team.NoStart)
		}
		add(team.Name+": hours", Stated, fmt.Sprintf("by the scenario, time zone %s; %s", team.Calendar.Zone, policy))
	}
	if team.SpeedSpread > 0 {
		add(team.Name+": speed of people", Stated, fmt.Sprintf("differs with a standard deviation of %g of its logarithm", team.SpeedSpread))
	} else {
		add(team.Name+": speed of people", Assumed, "all alike")
	}
	pl.minuteOrigins(t, add)
	pl.habits(t, add)
}

// habits are what a scenario states of a team beyond people, hours and minutes.
func (pl *plan) habits(t int, add func(quantity, how, what string)) {
	team := &pl.sc.Teams[t]
	say := func(given bool, what, format string, args ...any) {
		if given {
			add(team.Name+": "+what, Stated, fmt.Sprintf(format, args...))
		}
	}
	var absence, atOnce, errors float64
	for _, m := range pl.sc.Teams[t].Entries(nil) {
		absence, atOnce, errors = max(absence, m.Absence), max(atOnce, float64(m.AtOnce)), max(errors, m.ErrorRate)
	}
	say(absence > 0, "absence", "%.3g%% of the days, at most of any person", 100*absence)
	say(atOnce > 1, "cases in hand", "%g at once, at most; a person's time is divided evenly", atOnce)
	say(errors > 0, "errors", "%.3g%% of the cases, at most of any person", 100*errors)
	order := "first come, first served"
	switch {
	case team.ByDue:
		order = "by deadline"
	case len(team.Priority) == 0 && len(pl.classes[t].names) == 1:
		order = ""
	}
	if len(team.Priority) > 0 {
		order = strings.Join(team.Priority, " before ") + ", then the rest; equals " + order
		if team.Preempt {
			order += "; the more urgent interrupt"
		}
	}
	say(order != "", "who is next", "%s", order)
	say(team.Room > 0, "room", "%d cases, waiting and in hand", team.Room)
	if r := team.Return; r != nil {
		say(true, "cases turned away", "%.3g%% come back, after %s", 100*r.Share, r.After)
	}
	if p := pl.patience[t]; p != nil && team.PatienceFrom != nil {
		add(team.Name+": patience", Traced, p.Said)
	} else if p != nil {
		say(true, "patience", "%s", p)
	}
	for _, s := range team.Then {
		say(s.Share > 0, "cases that go on", "%.3g%% to %s", 100*s.Share, s.Team)
	}
	for _, o := range team.Outages {
		say(true, "outages", "%s", o.String())
	}
	for entry := everybody; entry < len(team.Members); entry++ {
		for i, a := range awayOf(pl.sc, t, entry) {
			say(true, "away", "%s, %s", whoIsAway(pl.sc, happening{away: true, pool: t, entry: entry, index: i}), a.String())
		}
	}
	for _, o := range team.Other {
		say(true, "other work", "%s: %.4g a week, %s", o.Name, o.Week.Volume(), o.Minutes)
	}
}

// minuteOrigins say how long a team works on a case, and who says so.
func (pl *plan) minuteOrigins(t int, add func(quantity, how, what string)) {
	team := &pl.sc.Teams[t]
	for _, kind := range slices.Sorted(maps.Keys(team.MinutesOf)) {
		add(fmt.Sprintf("%s: minutes a case, %s", team.Name, kind), Stated, team.MinutesOf[kind].String())
	}
	switch {
	case pl.fits[t] != nil:
		add(team.Name+": minutes a case", Fitted, pl.fits[t].Said)
	case len(team.MinutesOf) > 0 && pl.sc.Cases != nil && team.Minutes == nil:
		return // each kind has its own
	case team.Minutes != nil:
		add(team.Name+": minutes a case", Stated, team.Minutes.String())
	default:
		if team.Usual > 0 {
			add(team.Name+": minutes a case", Stated, fmt.Sprintf("%g, by the workflow", team.Usual))
		} else {
			add(team.Name+": minutes a case", Traced, fmt.Sprintf("n=%d escalated cases, at most, under one design", pl.tracedVisits(t)))
		}
	}
}
