package discover

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/eventlog"
)

// arriving is a process of cases that come at some times, done in a minute.
func arriving(zone *time.Location, times []time.Time) *Process {
	l := &eventlog.Log{Path: "arriving.csv", Zone: zone, Starts: true, Activities: []string{"A"}}
	for i, t := range times {
		l.Cases = append(l.Cases, fmt.Sprint(i))
		l.Events = append(l.Events, eventlog.Event{Case: int32(i), Resource: -1, Start: t.UnixNano(), End: t.Add(time.Minute).UnixNano()})
	}
	return estimate(l, zone, 60, Settings{})
}

// Cases come by the clock on the wall, in turn, on days of 23 and 25 hours too,
// drawn from days of 24 hours and the other way round.
func TestArrivalsByTheClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []time.Time{time.Date(2025, 3, 30, 0, 0, 0, 0, zone), time.Date(2025, 10, 26, 0, 0, 0, 0, zone)} {
		for _, tc := range []struct {
			why    string
			minute []int // of the day, of every case of a day
		}{
			{"one case a day, in office hours", []int{9*60 + 30}},
			{"around midnight and in the hours that clocks skip or repeat", []int{5, 1*60 + 30, 2*60 + 30, 3*60 + 5, 23*60 + 30, 23*60 + 55}},
		} {
			var came []time.Time
			hours := map[int]bool{}
			for d := -28; d <= 28; d++ {
				for _, m := range tc.minute {
					came = append(came, time.Date(change.Year(), change.Month(), change.Day()+d, 0, m, 0, 0, zone))
					hours[m/60] = true
				}
			}
			p := arriving(zone, came)
			for day, of := range p.perHour(p.arrivals(), p.day(0), p.day(p.end())) {
				for h, x := range of {
					if x > 0 && !hours[h] && h != 1 && h != 3 { // where the clocks skip half past two
						t.Errorf("%s: %v cases an hour on %s at %d", tc.why, x, weekdays[day], h)
					}
				}
			}
			for _, how := range []string{DaysAgain, Poisson} {
				p.settings.Arrivals = how
				drawn, err := p.arrive(12, 400, 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(drawn) != 400 || !slices.IsSorted(drawn) || drawn[0] < 12 {
					t.Fatalf("%s, %s, change on %v: %d cases, the first at %v: want 400 in turn from 12 on", tc.why, how, change, len(drawn), drawn[0])
				}
				wrong := 0
				for _, x := range drawn {
					at := p.origin.Add(time.Duration(x * float64(time.Hour))).Add(time.Millisecond).In(zone)
					if !hours[at.Hour()] {
						wrong++
					}
				}
				if wrong > 5 { // the day of the change alone
					t.Errorf("%s, %s, change on %v: %d of 400 cases come in hours of the clock in which none ever came", tc.why, how, change, wrong)
				}
			}
		}
	}
}
