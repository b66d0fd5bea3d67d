package opsim

import "math"

// limit is the factor on the volume at which the first team or service of a
// design gets as much as it can do, and which that is; +Inf where none ever does.
func (pl *plan) limit(d *boundDesign) (factor float64, what string, err error) {
	factor = math.Inf(1)
	for t, people := range rosterOf(pl.sc) {
		if pl.sc.Teams[t].Bounded() {
			continue
		}
		f, err := pl.limitOf(d, t, people)
		if err != nil {
			return 0, "", err
		}
		if f < factor {
			factor, what = f, pl.sc.Teams[t].Name
		}
	}
	for i := range pl.sc.Services {
		if f := 1 / pl.serviceLoad(d, i); f < factor {
			factor, what = f, pl.sc.Services[i].Name
		}
	}
	return factor, what, nil
}

// limitOf is the limit of one team. Its load is proportional to the volume,
// but for its other work.
func (pl *plan) limitOf(d *boundDesign, t int, people []int) (float64, error) {
	ratio := func(factor float64) (float64, error) {
		l, err := pl.loadAt(d, t, people, factor)
		return l.Ratio(), err
	}
	if d.share[t] == 0 {
		return math.Inf(1), nil
	}
	now, err := ratio(1)
	if err != nil || len(pl.sc.Teams[t].Other) == 0 {
		return 1 / now, err
	}
	low, high := 0.0, 1.0
	for r := now; r < 1; {
		low, high = high, 2*high
		if r, err = ratio(high); err != nil {
			return 0, err
		}
	}
	for high-low > 1e-12*high {
		middle := (low + high) / 2
		r, err := ratio(middle)
		if err != nil {
			return 0, err
		}
		if r < 1 {
			low = middle
		} else {
			high = middle
		}
		if high < 1e-12 {
			return 0, nil // its other work is too much for it
		}
	}
	return (low + high) / 2, nil
}
