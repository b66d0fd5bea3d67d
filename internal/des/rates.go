package des

import (
	"fmt"
	"math"
	"sort"
)

// Rates is an arrival rate that changes at given times and repeats after a
// period: cases per hour by hour of the week, for example.
type Rates struct {
	starts []float64 // of the pieces, the first at 0
	rates  []float64
	mass   []float64 // expected arrivals from 0 to the start of each piece, and to the period
	period float64
}

// NewRates makes rates from pieces: rates[i] holds from starts[i] to the next
// start, the last one to the period. The first start is 0.
func NewRates(period float64, starts, rates []float64) (*Rates, error) {
	if len(starts) == 0 || len(starts) != len(rates) || starts[0] != 0 {
		return nil, fmt.Errorf("%d starts and %d rates, want as many of both, the first start 0", len(starts), len(rates))
	}
	r := &Rates{starts: starts, rates: rates, period: period, mass: make([]float64, len(starts)+1)}
	for i, rate := range rates {
		end := period
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if !(end > starts[i]) || math.IsInf(end, 1) {
			return nil, fmt.Errorf("piece %d from %v to %v, want it to end after it starts", i, starts[i], end)
		}
		if !(rate >= 0) || math.IsInf(rate, 1) {
			return nil, fmt.Errorf("piece %d has rate %v, want 0 or more", i, rate)
		}
		r.mass[i+1] = r.mass[i] + rate*(end-starts[i])
	}
	return r, nil
}

// Mean is the average rate over the period.
func (r *Rates) Mean() float64 { return r.mass[len(r.rates)] / r.period }

// Next is the time by which, counted from t, the expected number of arrivals has
// grown by amount, which must be positive. With amounts that are exponential with mean 1 the times form
// a Poisson process with these rates, exactly. +Inf if all rates are 0.
func (r *Rates) Next(t, amount float64) float64 {
	total := r.mass[len(r.rates)]
	if total == 0 {
		return math.Inf(1)
	}
	cycle := math.Floor(t / r.period)
	local := t - cycle*r.period
	now := max(0, sort.Search(len(r.starts), func(i int) bool { return r.starts[i] > local })-1)
	target := r.mass[now] + r.rates[now]*(local-r.starts[now]) + amount
	if target > total {
		whole := math.Ceil(target/total) - 1
		cycle += whole
		target = min(target-whole*total, total)
		if target <= 0 { // rounding: it is the end of the cycle before
			cycle, target = cycle-1, total
		}
	}
	// The piece in which the target is reached: its mass grows, so its rate is above 0.
	i := sort.Search(len(r.rates)-1, func(i int) bool { return r.mass[i+1] >= target })
	return max(t, cycle*r.period+r.starts[i]+(target-r.mass[i])/r.rates[i])
}
