package synth

import (
	"slices"
	"time"
)

// The shipped data cover the year from YearStart to FreshStart; the fresh
// samples are of the quarter after it, to FreshEnd.
var (
	YearStart  = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	FreshStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	FreshEnd   = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
)

// Fresh says whether a time is of the fresh sample.
func Fresh(t time.Time) bool { return !t.Before(FreshStart) }

// YearShare is how much of the year has passed, 0 to 1.
func YearShare(t time.Time) float64 {
	return min(1, t.Sub(YearStart).Hours()/FreshStart.Sub(YearStart).Hours())
}

// A Rate is how often something comes up, in any unit: at the start of the
// year, at its end, and in the fresh sample. Between the first two it moves
// evenly; to the third it jumps.
type Rate[T any] struct {
	What              T
	Start, End, Fresh float64
}

// Move is the rate of what.
func Move[T any](what T, start, end, fresh float64) Rate[T] { return Rate[T]{what, start, end, fresh} }

// At is the rate at a time.
func (r Rate[T]) At(t time.Time) float64 {
	if Fresh(t) {
		return r.Fresh
	}
	return r.Start + (r.End-r.Start)*YearShare(t)
}

// DrawAt draws one of the rates by their weights at a time.
func DrawAt[T any](d Draw, t time.Time, rates []Rate[T]) T {
	weights := make([]float64, len(rates))
	for i, r := range rates {
		weights[i] = r.At(t)
	}
	return rates[d.Index(weights)].What
}

// A Rhythm says when cases arrive, as weights relative to an ordinary day.
type Rhythm struct {
	First, Growth float64    // weight of the first day of a period, and what is added by its last
	Weekdays      [7]float64 // from Sunday
	MonthEnd      float64    // from the 27th to the 3rd
	Hours         [24]float64
}

// Arrivals are n times between from and to, sorted.
func (r Rhythm) Arrivals(seed uint64, key string, n int, from, to time.Time) []time.Time {
	days := int(to.Sub(from).Hours() / 24)
	weights := make([]float64, days)
	for i := range weights {
		day := from.AddDate(0, 0, i)
		weights[i] = (r.First + r.Growth*float64(i)/float64(days)) * r.Weekdays[day.Weekday()]
		if day.Day() >= 27 || day.Day() <= 3 {
			weights[i] *= r.MonthEnd
		}
	}
	times := make([]time.Time, n)
	for i := range times {
		d := NewDraw(seed, "arrival", key, i)
		times[i] = from.AddDate(0, 0, d.Index(weights)).
			Add(time.Duration(d.Index(r.Hours[:]))*time.Hour + time.Duration(d.Int(0, 3599))*time.Second)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// Office is the rhythm of what arrives in working hours: fewer at weekends,
// more on Mondays and at the end of a month, and growing.
var Office = Rhythm{
	First: 0.85, Growth: 0.3, MonthEnd: 1.6,
	Weekdays: [7]float64{0.05, 1.25, 1, 1, 1, 1, 0.12},
	Hours:    [24]float64{.1, .1, .1, .1, .2, .5, 2, 5, 8, 10, 10, 9, 6, 7, 9, 9, 7, 5, 3, 1.5, 1, .6, .3, .2},
}
