package discover

import (
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// weekHours is the length of the week.
const weekHours = 7 * 24

// arrivalDays are the cases of every recorded day: by weekday from Monday, the
// days, each with the hours that the clock showed. The first and the last day are
// left out where there are cases enough beside them: they are seldom whole.
func (p *Process) arrivalDays() [7][][]float64 {
	of := map[int][]float64{}
	first, last := p.daysOf(p.arrivals())
	for _, c := range p.cases {
		day, hours := p.wall(c.arrive)
		of[day] = append(of[day], hours)
	}
	if last-first >= 14 && len(of) > 2 {
		first, last = first+1, last-1
	}
	var out [7][][]float64
	for day := first; day <= last; day++ {
		hours := of[day]
		slices.Sort(hours)
		w := weekdayOf(day)
		out[w] = append(out[w], hours)
	}
	return out
}

// wall is the local day since 1970 of a time in hours since the origin, and the
// hours that the clock shows: on the days when clocks change, not those since
// midnight.
func (p *Process) wall(t float64) (day int, hours float64) {
	us := math.Round(t * float64(time.Hour/time.Microsecond)) // a float holds no nanoseconds of years
	day, since := wall(p.origin.Add(time.Duration(us) * time.Microsecond))
	return day, since.Hours()
}

// day is the local day since 1970 of a time in hours since the origin.
func (p *Process) day(t float64) int {
	day, _ := p.wall(t)
	return day
}

// moment is when the clock shows so many hours on a local day, in hours since the
// origin.
func (p *Process) moment(day int, hours float64) float64 {
	at := time.Unix(int64(day)*24*3600, 0).UTC().Add(time.Duration(hours * float64(time.Hour)))
	y, m, d := at.Date()
	return p.at(time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), p.zone).UnixNano())
}

// midnight is the beginning of a local day in hours since the origin.
func (p *Process) midnight(day int) float64 { return p.moment(day, 0) }

// arrivals are when cases came, in hours since the origin.
func (p *Process) arrivals() []float64 {
	out := make([]float64, len(p.cases))
	for i, c := range p.cases {
		out[i] = c.arrive
	}
	return out
}

// daysOf are the first and the last day of times in hours since the origin.
func (p *Process) daysOf(times []float64) (first, last int) {
	return p.day(slices.Min(times)), p.day(slices.Max(times))
}

// perHour is how many of some times, in hours since the origin, lie in an hour of
// the week, on average over days: by weekday from Monday, and hour.
func (p *Process) perHour(times []float64, first, last int) [7][24]float64 {
	var out [7][24]float64
	for _, t := range times {
		day, hours := p.wall(t)
		out[weekdayOf(day)][int(hours)]++
	}
	var days [7]float64
	for day := first; day <= last; day++ {
		days[weekdayOf(day)]++
	}
	for w := range out {
		for h := range out[w] {
			out[w][h] /= max(1, days[w])
		}
	}
	return out
}

// rates are cases an hour by the hour of the week, from Monday.
func (p *Process) rates() (*des.Rates, error) {
	came := p.arrivals()
	first, last := p.daysOf(came)
	starts, rates := make([]float64, weekHours), make([]float64, 0, weekHours)
	for h := range starts {
		starts[h] = float64(h)
	}
	for _, day := range p.perHour(came, first, last) {
		rates = append(rates, day[:]...)
	}
	return des.NewRates(weekHours, starts, rates)
}

// arrive draws when n cases come from a time on, in hours since the origin, in
// order. There are fewer where none come within ten years.
func (p *Process) arrive(from float64, n int, seed uint64) ([]float64, error) {
	const tooLong = 10 * 366 * 24
	out := make([]float64, 0, n)
	draws := des.NewDraws(seed, forArrivals)
	if p.settings.Arrivals == DaysAgain {
		days := p.arrivalDays()
		for day := p.day(from); len(out) < n && p.midnight(day)-from < tooLong; day++ {
			recorded := days[weekdayOf(day)]
			if len(recorded) == 0 {
				continue
			}
			d := draws.For(int64(day), 0)
			for _, h := range recorded[d.Index(len(recorded))] {
				if t := p.moment(day, h); t >= from && len(out) < n {
					out = append(out, t)
				}
			}
		}
		slices.Sort(out) // an hour that clocks skip is put behind others
		return out, nil
	}
	rates, err := p.rates()
	if err != nil {
		return nil, err
	}
	// The rates' week begins on the Monday before the start, by the clock.
	day, hours := p.wall(from)
	monday := day - weekdayOf(day)
	begin := float64(24*weekdayOf(day)) + hours
	for t := begin; len(out) < n; {
		d := draws.For(int64(len(out)), 0)
		t = rates.Next(t, d.Exp(1))
		if t-begin > tooLong {
			break
		}
		days := math.Floor(t / 24)
		out = append(out, p.moment(monday+int(days), t-24*days))
	}
	slices.Sort(out)
	return out, nil
}
