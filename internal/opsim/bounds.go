package opsim

import (
	"fmt"
	"math"
)

// What one replication may come to.
const (
	mostCases   = 500_000_000
	mostBacklog = 20_000_000 // cases that are open at once, each about 200 bytes
	// Of people with days off, each of whom has shifts of their own: about 200
	// bytes a week.
	mostWeeksOfPeople = 10_000_000
	// Shifts are laid out on the clock, whose durations end after 292 years.
	mostWeeksOfShifts = 15_000
)

// possible refuses what would not end, or not fit into memory.
func (pl *plan) possible() error {
	cases := bursting(&pl.sc.Arrivals) * meanRate(pl.timeline, 0, pl.end) * pl.end
	if math.IsNaN(cases) || cases > mostCases {
		return fmt.Errorf("%.3g cases would come in a replication of %d weeks, want at most %.3g: state less volume or growth, or fewer weeks", cases, pl.sc.Weeks, float64(mostCases))
	}
	own := 0
	for t := range pl.sc.Teams {
		if pl.sc.Teams[t].Unlimited {
			continue
		}
		for _, m := range pl.sc.Teams[t].Entries(nil) {
			if m.Absence > 0 || len(m.Away) > 0 || len(pl.sc.Teams[t].Away) > 0 {
				own += m.People
			}
		}
	}
	if weeks := own * pl.sc.Weeks; weeks > mostWeeksOfPeople {
		return fmt.Errorf("%d people with days off (absence or away) in %d weeks are %d weeks of shifts, want at most %d: state fewer people or fewer weeks", own, pl.sc.Weeks, weeks, mostWeeksOfPeople)
	}
	if pl.sc.Weeks <= mostWeeksOfShifts {
		return nil
	}
	for t := range pl.sc.Teams {
		for _, m := range pl.sc.Teams[t].Entries(nil) {
			if m.Calendar != nil {
				return fmt.Errorf("%d weeks with hours of work (of %q), want at most %d", pl.sc.Weeks, pl.sc.Teams[t].Name, mostWeeksOfShifts)
			}
		}
	}
	return nil
}

// bearable refuses a backlog that would not fit into memory.
func (pl *plan) bearable(growth float64, team string) error {
	if open := growth * float64(pl.sc.Weeks); open > mostBacklog {
		return fmt.Errorf("the backlog of %q would grow by %.3g cases a week, to %.3g in %d weeks, want at most %.3g: state more people, less volume or fewer weeks", team, growth, open, pl.sc.Weeks, float64(mostBacklog))
	}
	return nil
}
