package opsim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/des"
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
	volume := fmt.Sprintf("%.4g cases a week", perWeek(pl.week))
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
	if a.DaySpread > 0 {
		add("difference between days", Stated, fmt.Sprintf("coefficient of variation %g", a.DaySpread))
	} else {
		add("difference between days", Assumed, "days differ by chance alone (Poisson)")
	}
	if n := pl.profile.Cases; n > 0 {
		add("cases: who gets them, cost, machine time", Traced, fmt.Sprintf("n=%d, resampled whole", n))
	} else {
		add("cases: who gets them, cost, machine time", Stated, "by the scenario")
	}
	for t := range sc.Teams {
		if pl.used(t) {
			pl.teamOrigins(t, add)
		}
	}
	switch s := sc.Service; {
	case s == nil:
	case s.Stated:
		add("service level", Stated, "by the scenario")
	default:
		add("service level", Stated, "by the workflow")
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
	add(team.Name+": people", Stated, fmt.Sprintf("%d, %s", team.People, by))
	if !team.HoursSet {
		add(team.Name+": hours", Assumed, "around the clock, every day: the scenario states no hours")
	} else {
		policy := "the case in hand is finished after hours"
		if team.ShiftEnd == des.HandOver {
			policy = "the case in hand is handed over at the end of the shift"
		}
		add(team.Name+": hours", Stated, fmt.Sprintf("by the scenario, time zone %s; %s", team.Calendar.Zone, policy))
	}
	if team.SpeedSpread > 0 {
		add(team.Name+": speed of people", Stated, fmt.Sprintf("differs with a standard deviation of %g of its logarithm", team.SpeedSpread))
	} else {
		add(team.Name+": speed of people", Assumed, "all alike")
	}
	switch {
	case team.Minutes != nil:
		add(team.Name+": minutes a case", Stated, team.Minutes.String())
	default:
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
		if team.Usual > 0 {
			add(team.Name+": minutes a case", Stated, fmt.Sprintf("%g, by the workflow", team.Usual))
		} else {
			add(team.Name+": minutes a case", Traced, fmt.Sprintf("n=%d escalated cases, at most, under one design", most))
		}
	}
}
