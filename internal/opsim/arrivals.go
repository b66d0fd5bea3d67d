package opsim

import (
	"math"
	"sort"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// segment is a stretch of the horizon with one arrival rate.
type segment struct {
	from float64 // hours since the start
	rate float64 // cases an hour, before the day's own factor
	day  int     // local days since the start
}

// scaledWeek is the week's rates at the volume that is asked for.
func scaledWeek(a *scenario.Arrivals, week scenario.Week) scenario.Week {
	factor := a.Volume
	if now := week.Volume(); a.PerWeek > 0 && now > 0 {
		factor *= a.PerWeek / now
	}
	out := make(scenario.Week, len(week))
	for i, p := range week {
		p.PerHour *= factor
		out[i] = p
	}
	return out
}

// timelineOf lays the week's rates over the horizon, by the wall clock of the
// arrivals' zone. Clocks change on whole hours there, as they do all over the
// world but for an island.
func timelineOf(a *scenario.Arrivals, week scenario.Week, start time.Time, hours float64) []segment {
	var out []segment
	apart := a.DaySpread > 0 || a.DaysTraced || a.Growth != 0
	add := func(s segment) {
		if n := len(out); n > 0 && out[n-1].rate == s.rate && (!apart || out[n-1].day == s.day) {
			return
		}
		out = append(out, s)
	}
	if !apart && len(week) == 1 && week[0].To-week[0].From == scenario.WeekMinutes {
		return []segment{{rate: week[0].PerHour}}
	}
	first := scenario.WallOf(start, a.Zone).Whole(scenario.Day)
	for h := range int(math.Ceil(hours)) {
		at := start.Add(time.Duration(h) * time.Hour)
		wall := scenario.WallOf(at, a.Zone)
		minute, day := wall.OfWeek(time.Minute), int(wall.Whole(scenario.Day)-first)
		growth := math.Pow(1+a.Growth, math.Floor(float64(h)/(7*24)))
		for m := minute; m < minute+60; {
			rate, until := week.RateAt(m % scenario.WeekMinutes)
			add(segment{from: float64(h) + float64(m-minute)/60, rate: rate * growth, day: day})
			m += max(1, min(until-m%scenario.WeekMinutes, 60))
		}
	}
	return out
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
func bursting(a *scenario.Arrivals) float64 {
	factor := 1.0
	for _, b := range a.Bursts {
		if b.Every != nil {
			factor *= 1 + (b.Factor-1)*b.Lasts.Mean/(b.Every.Mean+b.Lasts.Mean)
		}
	}
	return factor
}

// spells lays a spell over the horizon: once, or again and again.
func (pl *plan) spells(s *scenario.Spell, draws des.Draws, index int) []des.Span {
	var out []des.Span
	n := 0
	length := func(f *scenario.Distribution) float64 {
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

// clumpsOf is how many times the variance of a Poisson process counts have over
// long times, by the batches and gaps that are stated (of a compound renewal
// process).
func clumpsOf(a *scenario.Arrivals) float64 {
	mean, variance, scv := 1.0, 0.0, 1.0
	if b := a.Batch; b != nil {
		mean, variance = b.Mean, b.Variance()
	}
	if a.Gaps != nil {
		scv = a.Gaps.Variability()
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
	return scenario.Wall(hour * 3600).OfWeek(time.Hour)
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
