package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A WeightedFigure is a figure of weighted cases that is no ratio of sums.
type WeightedFigure interface {
	// Range is the lowest and the highest that the figure can be with these weights
	// of its cases and one more case of a weight of its own, whatever that one is:
	// both are the figure itself where that weight is 0. ok is false where the cases
	// do not make it.
	Range(weights []float64, more float64) (low, high float64, ok bool)
}

// FigureCases are the cases of a figure.
type FigureCases struct {
	Figure WeightedFigure
	Unit   []int32   // of each case the independent unit that it is in, from 0
	Weight []float64 // of each case
}

// BoundedFigure returns the two-sided interval of a figure that lies between least
// and most. It is the thought of [BoundedRatio] for a figure that is no ratio of
// sums: its quantiles with units weighted by independent standard exponentials
// (Rubin 1981), and one more case, as bad for the figure, or as good, as can be, of
// the weight of a mean unit. They are those of so many draws, from src. That it covers
// as often as it says is simulated, not proven.
func BoundedFigure(c FigureCases, least, most, level float64, draws int, src rand.Source) (Interval, error) {
	estimate, ok := c.estimate()
	if !ok {
		return Interval{Lower: least, Upper: most, Level: level, Method: gaffkeDrawn}, checkLevel("level", level)
	}
	return drawnBounds(estimate, []FigureCases{c}, level, draws, src, func(low, high []float64) (float64, float64) {
		return max(least, low[0]), min(most, high[0])
	}, least, most)
}

// BoundedFigureDifference returns the interval of the difference of two such figures,
// a - b, of cases in the same units: in each draw a unit weighs the same in both, and
// the one more case is as bad for a and as good for b as can be, or the other way round.
func BoundedFigureDifference(a, b FigureCases, least, most, level float64, draws int, src rand.Source) (Interval, error) {
	iv := Interval{Lower: least - most, Upper: most - least, Level: level, Method: gaffkeDrawn}
	first, okA := a.estimate()
	second, okB := b.estimate()
	if !okA || !okB {
		return iv, checkLevel("level", level)
	}
	return drawnBounds(first-second, []FigureCases{a, b}, level, draws, src, func(low, high []float64) (float64, float64) {
		return max(least, low[0]) - min(most, high[1]), min(most, high[0]) - max(least, low[1])
	}, least, most)
}

const gaffkeDrawn = "Gaffke, drawn"

func (c FigureCases) estimate() (float64, bool) {
	x, _, ok := c.Figure.Range(c.Weight, 0)
	return x, ok
}

// shape are the number of units up to the last, and the mean weight of those that
// have cases.
func (c FigureCases) shape() (units int, size float64) {
	sum, seen := 0.0, map[int32]bool{}
	for i, u := range c.Unit {
		units, sum, seen[u] = max(units, int(u)+1), sum+c.Weight[i], true
	}
	return units, sum / float64(len(seen))
}

// drawnBounds are the quantiles of what combine makes of the ranges of the figures.
func drawnBounds(estimate float64, of []FigureCases, level float64, draws int, src rand.Source, combine func(low, high []float64) (float64, float64), least, most float64) (Interval, error) {
	if err := checkLevel("level", level); err != nil {
		return Interval{}, err
	}
	units, sizes := 0, make([]float64, len(of))
	for k, c := range of {
		if len(c.Unit) != len(c.Weight) {
			return Interval{}, refuse(LengthMismatch, "%d units of %d weights", len(c.Unit), len(c.Weight))
		}
		n, size := c.shape()
		units, sizes[k] = max(units, n), size
	}
	lows, highs := make([]float64, draws), make([]float64, draws)
	inShards(draws, src, func(from, to int, rng *rand.Rand) {
		weight := make([]float64, units)
		weights := make([][]float64, len(of))
		for k, c := range of {
			weights[k] = make([]float64, len(c.Unit))
		}
		low, high := make([]float64, len(of)), make([]float64, len(of))
		for d := from; d < to; d++ {
			for u := range weight {
				weight[u] = rng.ExpFloat64()
			}
			more := rng.ExpFloat64()
			for k, c := range of {
				for i, u := range c.Unit {
					weights[k][i] = c.Weight[i] * weight[u]
				}
				var ok bool
				if low[k], high[k], ok = c.Figure.Range(weights[k], more*sizes[k]); !ok {
					low[k], high[k] = least, most
				}
			}
			lows[d], highs[d] = combine(low, high)
		}
	})
	slices.Sort(lows)
	slices.Sort(highs)
	cut := int(math.Floor(TwoSided.tail(level) * float64(draws)))
	return Interval{Estimate: Num(estimate), Lower: lows[cut], Upper: highs[draws-1-cut], Level: level, Method: gaffkeDrawn}, nil
}
