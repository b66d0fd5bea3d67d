package opsim

import (
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// KindKept is the share of one kind of cases within what is promised of it: its
// own service level, or that of all.
type KindKept struct {
	Kind     string         `json:"kind"`
	Promised float64        `json:"promised"`      // share
	Hours    float64        `json:"within_hours"`  // in which
	Measure  string         `json:"measure"`       // "turnaround" or "wait"
	Own      bool           `json:"own,omitempty"` // the kind has a service level of its own
	PerWeek  stats.Interval `json:"cases_per_week"`
	Kept     stats.Interval `json:"kept"`
}

// ArrivalKept is the share within the service level of the cases that came in a
// part of the week, by the clock of the arrivals' zone.
type ArrivalKept struct {
	Day     string         `json:"day"`  // mon to sun
	From    int            `json:"from"` // full hours of the day
	To      int            `json:"to"`
	PerWeek float64        `json:"cases_per_week"` // judged, mean over the replications
	Kept    stats.Interval `json:"kept"`
}

// arrivalHours is how many hours of arrivals are taken together.
const arrivalHours = 3

// keptByKind is the share within the service level by kind; nil where kinds are
// not told apart, and the only one has no service level of its own.
func (pl *plan) keptByKind(runs []*measured) []KindKept {
	if len(pl.kinds) < 2 && len(pl.promises()) < 2 {
		return nil
	}
	weeks := float64(pl.sc.Weeks - pl.sc.WarmUp)
	var out []KindKept
	for k, name := range pl.kinds {
		if name == "" {
			name = restOfKinds
		}
		level := pl.levels[k]
		out = append(out, KindKept{
			Kind: name, Promised: level.Share, Hours: level.Within.Hours(), Measure: level.Measure(), Own: level != pl.sc.Service,
			PerWeek: over(runs, func(m *measured) float64 { return float64(m.kinds[k].judged) / weeks }),
			Kept:    promise{k, level}.kept(runs),
		})
	}
	return out
}

// keptByArrival is the share within the service level by when cases came.
func (pl *plan) keptByArrival(runs []*measured) []ArrivalKept {
	weeks := float64(pl.sc.Weeks - pl.sc.WarmUp)
	var out []ArrivalKept
	for from := 0; from < scenario.WeekHours; from += arrivalHours {
		part := func(m *measured) (c tallied) {
			for _, hour := range m.arrivals[from : from+arrivalHours] {
				c.kept += hour.kept
				c.judged += hour.judged
			}
			return c
		}
		a := ArrivalKept{Day: scenario.DayNames[from/24], From: from % 24, To: from%24 + arrivalHours}
		for _, m := range runs {
			a.PerWeek += float64(part(m).judged) / weeks / float64(len(runs))
		}
		a.Kept = share(runs, func(m *measured) float64 {
			c := part(m)
			return ratio(c.kept, c.judged)
		})
		out = append(out, a)
	}
	return out
}
