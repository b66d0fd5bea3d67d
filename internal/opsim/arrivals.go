package opsim

import (
	"fmt"
	"math"
	"sort"
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
	apart := a.DaySpread > 0 || a.DaysTraced || a.Growth != 0
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
	i := sort.Search(len(pieces), func(i int) bool { return minute < pieces[i].To })
	switch {
	case i == len(pieces):
		return 0, weekMinutes
	case minute < pieces[i].From:
		return 0, pieces[i].From
	}
	return pieces[i].PerHour, pieces[i].To
}

// rates are the rates of one replication: with each day's own factor, with its
// bursts, and of batches where several cases come at once.
func (pl *plan) rates(seed uint64) (*des.Rates, error) {
	a := &pl.sc.Arrivals
	days := des.NewDraws(seed, forDays)
	starts, rates := make([]float64, len(pl.timeline)), make([]float64, len(pl.timeline))
	for i, s := range pl.timeline {
		starts[i], rates[i] = s.from, s.rate
		if pl.daySpread > 0 {
			d := days.For(int64(s.day), 0)
			v := pl.daySpread * pl.daySpread
			rates[i] *= d.Gamma(1/v, v)
		}
		if a.Batch != nil {
			rates[i] /= a.Batch.Mean
		}
	}
	for i := range a.Bursts {
		b := &a.Bursts[i]
		if h := (happening{burst: true, index: i}); pl.omits(h) && !pl.thins(h) {
			continue
		}
		for _, spell := range pl.spells(&b.Spell, des.NewDraws(seed, forBursts), i) {
			starts, rates = scaleBetween(starts, rates, pl.end, spell, b.Factor)
		}
	}
	return des.NewRates(pl.end, starts, rates)
}

// scaleBetween multiplies the rates in a span by a factor.
func scaleBetween(starts, rates []float64, horizon float64, span des.Span, factor float64) (s, r []float64) {
	for i := range starts {
		end := horizon
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		cuts := [4]float64{starts[i], span.From, span.To, end}
		for j := range 3 {
			begin, until := max(starts[i], cuts[j]), min(end, cuts[j+1])
			if !(begin < until) {
				continue
			}
			rate := rates[i]
			if begin >= span.From && begin < span.To {
				rate *= factor
			}
			s, r = append(s, begin), append(r, rate)
		}
	}
	return s, r
}

// bursting is how many times the volume comes with the bursts that come again.
func (a *Arrivals) bursting() float64 {
	factor := 1.0
	for _, b := range a.Bursts {
		if b.Every != nil {
			factor *= 1 + (b.Factor-1)*b.Lasts.Mean/(b.Every.Mean+b.Lasts.Mean)
		}
	}
	return factor
}

// spells lays a spell over the horizon: once, or again and again.
func (pl *plan) spells(s *Spell, draws des.Draws, index int) []des.Span {
	var out []des.Span
	n := 0
	length := func(f *Distribution) float64 {
		d := draws.For(int64(n), index)
		n++
		return f.Draw(&d) / 60
	}
	add := func(from float64) float64 {
		to := from + length(s.Lasts)
		if from, until := max(0, from), min(to, pl.end); from < until {
			out = append(out, des.Span{From: from, To: until})
		}
		return to
	}
	if s.Every == nil {
		add(s.At.Sub(pl.start).Hours())
		return out
	}
	for at := length(s.Every); at < pl.end; {
		at = add(at) + length(s.Every)
	}
	return out
}

// Draw gives how many cases come at once.
func (b *Batch) Draw(d *des.Draw) int {
	switch b.Name {
	case "geometric":
		if b.Mean == 1 {
			return 1
		}
		return 1 + int(math.Log(d.Uniform())/math.Log1p(-1/b.Mean))
	case "sizes":
		u, i := d.Uniform(), 0
		for i < len(b.Shares)-1 && u >= b.Shares[i] {
			u -= b.Shares[i]
			i++
		}
		return b.Sizes[i]
	}
	return int(b.Mean)
}

// variance of how many cases come at once.
func (b *Batch) variance() float64 {
	switch b.Name {
	case "geometric":
		return b.Mean * (b.Mean - 1)
	case "sizes":
		sum := 0.0
		for i, size := range b.Sizes {
			sum += (float64(size) - b.Mean) * (float64(size) - b.Mean) * b.Shares[i]
		}
		return sum
	}
	return 0
}

// tracedSpread is the coefficient of variation of the days' own factors, by
// moments: what the days' cases vary by around what the week's rates expect of
// them, beyond what they would without such factors: clumps times the variance
// of a Poisson process.
func tracedSpread(times []time.Time, counts []float64, week []Piece, zone *time.Location, clumps float64) float64 {
	var expected [7]float64 // from Monday
	for _, p := range week {
		expected[p.From/(24*60)] += p.PerHour * float64(p.To-p.From) / 60
	}
	days := map[int64]float64{}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i, t := range times {
		_, offset := t.In(zone).Zone()
		day := floorDiv(t.Unix()+int64(offset), 24*3600)
		first, last = min(first, day), max(last, day)
		days[day] += counts[i]
	}
	above, squares := 0.0, 0.0
	for day := first; day <= last; day++ {
		e := expected[day-4-floorDiv(day-4, 7)*7] // day 4 of 1970 was a Monday
		above += (days[day]-e)*(days[day]-e) - clumps*e
		squares += e * e
	}
	if !(above > 0) {
		return 0
	}
	return math.Sqrt(above / squares)
}

// clumps is how many times the variance of a Poisson process counts have over
// long times, by the batches and gaps that are stated (of a compound renewal
// process).
func (a *Arrivals) clumps() float64 {
	mean, variance, scv := 1.0, 0.0, 1.0
	if b := a.Batch; b != nil {
		mean, variance = b.Mean, b.variance()
	}
	if a.Gaps != nil {
		scv = a.Gaps.scv()
	}
	return variance/mean + mean*scv
}

// zoneSpan is a stretch of the horizon in which clocks do not change.
type zoneSpan struct {
	from    float64 // hours since the start
	minutes float64 // of the week, since Monday, at the start of the simulation by this clock
}

// zoneSpans are the stretches between changes of the clocks.
func zoneSpans(zone *time.Location, start time.Time, hours float64) []zoneSpan {
	var out []zoneSpan
	origin := time.Date(1970, time.January, 5, 0, 0, 0, 0, time.UTC)
	for at := start; ; {
		_, offset := at.In(zone).Zone()
		minutes := start.Add(time.Duration(offset) * time.Second).Sub(origin).Minutes()
		if n := len(out); n == 0 || out[n-1].minutes != minutes {
			out = append(out, zoneSpan{at.Sub(start).Hours(), minutes})
		}
		_, end := at.In(zone).ZoneBounds()
		if end.IsZero() || end.Sub(start).Hours() >= hours {
			return out
		}
		if !end.After(at) {
			// Where clocks change by a rule, past the dates that a zone lists,
			// package time ends a year after 365 days: of a leap year too, so that
			// the bounds on its last day end before that day.
			end = at.AddDate(0, 0, 1)
		}
		at = end
	}
}

// hourOfWeek is the hour that the clock on the wall shows, counted from Monday.
func (pl *plan) hourOfWeek(at float64) int {
	i := sort.Search(len(pl.clock), func(i int) bool { return pl.clock[i].from > at }) - 1
	hour := int64(math.Floor((pl.clock[max(0, i)].minutes + at*60) / 60))
	return int(hour - floorDiv(hour, 7*24)*7*24)
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
