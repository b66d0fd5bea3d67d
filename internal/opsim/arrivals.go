package opsim

import (
	"fmt"
	"math"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// segment is a stretch of the horizon with one arrival rate.
type segment struct {
	from float64 // hours since the start
	rate float64 // cases an hour, before the day's own factor
	day  int     // local days since the start
}

// traced estimates the rates by hour of the week from case times, by the
// clock on the wall: cases in that hour over how often it came between the
// first case and the last.
func traced(times []time.Time, counts []float64, zone *time.Location) ([]Piece, error) {
	if len(times) == 0 {
		return nil, fmt.Errorf("the run's cases have no times: its dataset card names no time column; state arrivals: {per_hour: ...}")
	}
	const hours = 7 * 24
	var cases, seen [hours]float64
	wall := func(t time.Time) int64 { // whole hours since Monday 1970-01-05, by the wall clock
		_, offset := t.In(zone).Zone()
		return floorDiv(t.Unix()+int64(offset), 3600) - 4*24
	}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i, t := range times {
		h := wall(t)
		first, last = min(first, h), max(last, h)
		cases[h-floorDiv(h, hours)*hours] += counts[i]
	}
	// Whole days: the day of the first case began before it.
	first, last = floorDiv(first, 24)*24, floorDiv(last, 24)*24+24
	for i := range seen {
		seen[i] = float64((last - first) / hours)
	}
	for h := last - (last-first)%hours; h < last; h++ {
		seen[h-floorDiv(h, hours)*hours]++
	}
	if last-first < hours {
		return nil, fmt.Errorf("the run's cases came within %d days, and it takes a week to see when cases come: state arrivals: {per_hour: ...}", (last-first)/24)
	}
	pieces := make([]Piece, hours)
	for i := range pieces {
		pieces[i] = Piece{From: i * 60, To: i*60 + 60, PerHour: cases[i] / seen[i]}
	}
	return pieces, nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// perWeek is the volume of a week.
func perWeek(pieces []Piece) float64 {
	sum := 0.0
	for _, p := range pieces {
		sum += p.PerHour * float64(p.To-p.From) / 60
	}
	return sum
}

// scaled is the week's rates at the volume that is asked for.
func (a *Arrivals) scaled(pieces []Piece) []Piece {
	factor := a.Volume
	if now := perWeek(pieces); a.PerWeek > 0 && now > 0 {
		factor *= a.PerWeek / now
	}
	out := make([]Piece, len(pieces))
	for i, p := range pieces {
		p.PerHour *= factor
		out[i] = p
	}
	return out
}

// timeline lays the week's rates over the horizon, by the wall clock of the
// arrivals' zone. Clocks change on whole hours there, as they do all over the
// world but for an island.
func (a *Arrivals) timeline(pieces []Piece, start time.Time, hours float64) []segment {
	var out []segment
	apart := a.DaySpread > 0 || a.Growth != 0
	add := func(s segment) {
		if n := len(out); n > 0 && out[n-1].rate == s.rate && (!apart || out[n-1].day == s.day) {
			return
		}
		out = append(out, s)
	}
	if !apart && len(pieces) == 1 && pieces[0].To-pieces[0].From == weekMinutes {
		return []segment{{rate: pieces[0].PerHour}}
	}
	_, first := start.In(a.Zone).Zone()
	origin := floorDiv(start.Unix()+int64(first), 24*3600)
	for h := range int(math.Ceil(hours)) {
		at := start.Add(time.Duration(h) * time.Hour)
		_, offset := at.In(a.Zone).Zone()
		local := floorDiv(at.Unix()+int64(offset), 60) - 4*24*60 // minutes since Monday 1970-01-05
		minute := int(local - floorDiv(local, weekMinutes)*weekMinutes)
		day := int(floorDiv(at.Unix()+int64(offset), 24*3600) - origin)
		growth := math.Pow(1+a.Growth, math.Floor(float64(h)/(7*24)))
		for m := minute; m < minute+60; {
			rate, until := rateAt(pieces, m%weekMinutes)
			add(segment{from: float64(h) + float64(m-minute)/60, rate: rate * growth, day: day})
			m += max(1, min(until-m%weekMinutes, 60))
		}
	}
	return out
}

// rateAt is the rate at a minute of the week, and until when it holds.
func rateAt(pieces []Piece, minute int) (rate float64, until int) {
	for _, p := range pieces {
		if minute < p.From {
			return 0, p.From
		}
		if minute < p.To {
			return p.PerHour, p.To
		}
	}
	return 0, weekMinutes
}

// rates are the rates of one replication, with each day's own factor.
func (a *Arrivals) rates(timeline []segment, hours float64, draws des.Draws) (*des.Rates, error) {
	starts, rates := make([]float64, len(timeline)), make([]float64, len(timeline))
	for i, s := range timeline {
		starts[i], rates[i] = s.from, s.rate
		if a.DaySpread > 0 {
			d := draws.For(int64(s.day), 0)
			v := a.DaySpread * a.DaySpread
			rates[i] *= d.Gamma(1/v, v)
		}
	}
	return des.NewRates(hours, starts, rates)
}

// meanRate is the mean arrival rate between two times.
func meanRate(timeline []segment, from, to float64) float64 {
	sum := 0.0
	for i, s := range timeline {
		end := to
		if i+1 < len(timeline) {
			end = min(to, timeline[i+1].from)
		}
		if begin := max(s.from, from); end > begin {
			sum += s.rate * (end - begin)
		}
	}
	return sum / (to - from)
}
