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
// days, each with the hours since its midnight. The first and the last day are
// left out where there is enough beside them: they are seldom whole.
func (p *Process) arrivalDays() [7][][]float64 {
	of := map[int][]float64{}
	first, last := math.MaxInt, math.MinInt
	for _, c := range p.cases {
		day := p.day(c.arrive)
		of[day] = append(of[day], p.at(p.origin.UnixNano())+c.arrive-p.midnight(day))
		first, last = min(first, day), max(last, day)
	}
	if last-first >= 14 {
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

// day is the local day since 1970 of a time in hours since the origin.
func (p *Process) day(t float64) int {
	d, _, _ := p.seen.wall(p.origin.UnixNano() + int64(t*float64(time.Hour)))
	return d
}

// midnight is the beginning of a local day in hours since the origin.
func (p *Process) midnight(day int) float64 {
	at := time.Unix(int64(day)*24*3600, 0).UTC()
	y, m, d := at.Date()
	return p.at(time.Date(y, m, d, 0, 0, 0, 0, p.zone).UnixNano())
}

// rates are cases an hour by the hour of the week, from Monday.
func (p *Process) rates() (*des.Rates, error) {
	var cases, seen [weekHours]float64
	first, last := math.MaxInt, math.MinInt
	for _, c := range p.cases {
		day := p.day(c.arrive)
		first, last = min(first, day), max(last, day)
		h := min(23, int(c.arrive-p.midnight(day)))
		cases[weekdayOf(day)*24+h]++
	}
	for day := first; day <= last; day++ {
		for h := range 24 {
			seen[weekdayOf(day)*24+h]++
		}
	}
	starts, rates := make([]float64, weekHours), make([]float64, weekHours)
	for h := range rates {
		starts[h] = float64(h)
		if seen[h] > 0 {
			rates[h] = cases[h] / seen[h]
		}
	}
	return des.NewRates(weekHours, starts, rates)
}

// arrive draws when n cases come from a time on, in hours since the origin. There
// are fewer where none come within ten years.
func (p *Process) arrive(from float64, n int, seed uint64) ([]float64, error) {
	const tooLong = 10 * 366 * 24
	out := make([]float64, 0, n)
	draws := des.NewDraws(seed, forArrivals)
	if p.settings.Arrivals == DaysAgain {
		days := p.arrivalDays()
		for day := p.day(from); len(out) < n && float64(p.midnight(day))-from < tooLong; day++ {
			recorded := days[weekdayOf(day)]
			if len(recorded) == 0 {
				continue
			}
			d := draws.For(int64(day), 0)
			midnight := p.midnight(day)
			for _, h := range recorded[d.Index(len(recorded))] {
				if t := midnight + h; t >= from && len(out) < n {
					out = append(out, t)
				}
			}
		}
		return out, nil
	}
	rates, err := p.rates()
	if err != nil {
		return nil, err
	}
	// The rates' week begins on the Monday before the start.
	day := p.day(from)
	monday := p.midnight(day - weekdayOf(day))
	for t := from - monday; len(out) < n; {
		d := draws.For(int64(len(out)), 0)
		t = rates.Next(t, d.Exp(1))
		if t-(from-monday) > tooLong {
			break
		}
		out = append(out, monday+t)
	}
	return out, nil
}
