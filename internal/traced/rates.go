package traced

import (
	"fmt"
	"math"
	"time"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// Rates estimates the rates by hour of the week from case times, by the clock
// on the wall: cases in that hour over how often it came between the first case
// and the last. A time counts as many cases as counts say.
func Rates(times []time.Time, counts []float64, zone *time.Location) (scenario.Week, error) {
	if len(times) == 0 {
		return nil, fmt.Errorf("the run's cases have no times: its dataset card names no time column; state arrivals: {per_hour: ...}")
	}
	const hours = 7 * 24
	var cases, seen [hours]float64
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i, t := range times {
		wall := scenario.WallOf(t, zone)
		day := wall.Whole(scenario.Day)
		first, last = min(first, day), max(last, day)
		cases[wall.OfWeek(time.Hour)] += counts[i]
	}
	// Whole days: the day of the first case began before it.
	first, last = first*24, last*24+24
	for i := range seen {
		seen[i] = float64((last - first) / hours)
	}
	for h := last - (last-first)%hours; h < last; h++ {
		seen[scenario.Wall(h*3600).OfWeek(time.Hour)]++
	}
	if last-first < hours {
		return nil, fmt.Errorf("the run's cases came within %d days, and it takes a week to see when cases come: state arrivals: {per_hour: ...}", (last-first)/24)
	}
	week := make(scenario.Week, hours)
	for i := range week {
		week[i] = scenario.Piece{From: i * 60, To: i*60 + 60, PerHour: cases[i] / seen[i]}
	}
	return week, nil
}

// DaySpread is the coefficient of variation of the days' own factors, by
// moments: what the days' cases vary by around what the week's rates expect of
// them, beyond what they would without such factors: clumps times the variance
// of a Poisson process.
func DaySpread(times []time.Time, counts []float64, week scenario.Week, zone *time.Location, clumps float64) float64 {
	var expected [7]float64 // from Monday
	for _, p := range week {
		expected[p.From/(24*60)] += p.PerHour * float64(p.To-p.From) / 60
	}
	days := map[int64]float64{}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i, t := range times {
		day := scenario.WallOf(t, zone).Whole(scenario.Day)
		first, last = min(first, day), max(last, day)
		days[day] += counts[i]
	}
	above, squares := 0.0, 0.0
	for day := first; day <= last; day++ {
		e := expected[scenario.Wall(day*24*3600).OfWeek(scenario.Day)]
		above += (days[day]-e)*(days[day]-e) - clumps*e
		squares += e * e
	}
	if !(above > 0) {
		return 0
	}
	return math.Sqrt(above / squares)
}
