package stats

import (
	"math"
	"slices"
)

// An Ordered sample is sorted once for all the statistics that need its order.
type Ordered struct {
	values  []float64
	weights []float64 // nil for equal ones
	total   float64   // of the weights
}

// Order sorts values, which become its own, with their sampling weights, nil for
// equal ones. NaN is refused: a missing value is its own rate.
func Order(values, weights []float64) (Ordered, error) {
	if err := firstErr(checkNotNaN("value", values), checkWeights(weights, len(values))); err != nil {
		return Ordered{}, err
	}
	o := Ordered{values: values, total: float64(len(values))}
	if weights == nil {
		slices.Sort(o.values)
		return o, nil
	}
	at := make([]int, len(values))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return a - b
	})
	o.values, o.weights = make([]float64, len(at)), make([]float64, len(at))
	for i, k := range at {
		o.values[i], o.weights[i] = values[k], weights[k]
	}
	o.total = sum(o.weights)
	return o, nil
}

// Len is the number of values.
func (o Ordered) Len() int { return len(o.values) }

// Quantile is [Quantiles] of one probability; of a weighted sample the smallest
// value that at least that share of the weight is not above.
func (o Ordered) Quantile(p float64) Number {
	if len(o.values) == 0 || o.total <= 0 {
		return Number{}
	}
	if o.weights == nil {
		if v := quantileSorted(o.values, p); !math.IsNaN(v) {
			return Num(v)
		}
		return Number{}
	}
	below := 0.0
	for i, w := range o.weights {
		if below += w; below >= p*o.total {
			return Num(o.values[i])
		}
	}
	return Num(o.values[len(o.values)-1])
}

// gaps walks both samples in order: at is a value of either, until the next one,
// and gap is by how much the first sample's distribution function is above the
// second's between them.
func gaps(x, y Ordered, each func(at, until, gap float64)) {
	var wx, wy float64
	for i, j := 0, 0; i < len(x.values) || j < len(y.values); {
		at := head(x, i, head(y, j, math.Inf(1)))
		for ; i < len(x.values) && x.values[i] == at; i++ {
			wx += weightAt(x.weights, i)
		}
		for ; j < len(y.values) && y.values[j] == at; j++ {
			wy += weightAt(y.weights, j)
		}
		until := head(x, i, head(y, j, math.Inf(1)))
		if math.IsInf(until, 1) {
			until = at // both are at their end
		}
		each(at, until, wx/x.total-wy/y.total)
	}
}

// head is the smaller of other and the value at i, where there is one.
func head(o Ordered, i int, other float64) float64 {
	if i < len(o.values) {
		return math.Min(o.values[i], other)
	}
	return other
}

// KolmogorovSmirnovOrdered tests as [KolmogorovSmirnov] whether two samples come
// from one distribution. With effective sizes, which weights and clusters make
// smaller than the numbers of values, it has the asymptotic p-value of so many
// independent values; sizes of 0 stand for independent values of equal weight.
func KolmogorovSmirnovOrdered(x, y Ordered, sizeX, sizeY float64) (KSResult, error) {
	if len(x.values) == 0 || len(y.values) == 0 || x.total <= 0 || y.total <= 0 {
		return KSResult{}, nil
	}
	if sizeX == 0 && sizeY == 0 && x.weights == nil && y.weights == nil {
		return ksSorted(x.values, y.values), nil
	}
	if !(sizeX > 0 && sizeY > 0) {
		return KSResult{}, refuse(OutOfRange, "effective sizes of %v and %v; want more than 0", sizeX, sizeY)
	}
	d := 0.0
	gaps(x, y, func(_, _, gap float64) { d = math.Max(d, math.Abs(gap)) })
	d = math.Min(d, 1)
	return KSResult{D: Num(d), PAsymptotic: Num(kolmogorov(d * math.Sqrt(sizeX*sizeY/(sizeX+sizeY))))}, nil
}

// WassersteinOrdered is [WassersteinIQR] of samples that are in order.
func WassersteinOrdered(baseline, fresh Ordered) (Number, error) {
	if len(baseline.values) == 0 || len(fresh.values) == 0 || baseline.total <= 0 || fresh.total <= 0 {
		return Number{}, nil
	}
	for _, o := range [...]Ordered{baseline, fresh} {
		for _, v := range [...]float64{o.values[0], o.values[len(o.values)-1]} {
			if math.Abs(v) > largest {
				return Number{}, refuse(OutOfRange, "value %v is too large to have a distance to others", v)
			}
		}
	}
	low, high := baseline.Quantile(0.25), baseline.Quantile(0.75)
	iqr := high.Value - low.Value
	if iqr == 0 {
		return Number{}, nil
	}
	area := 0.0
	gaps(baseline, fresh, func(at, until, gap float64) { area += math.Abs(gap) * (until - at) })
	return Num(area / iqr), nil
}

// KolmogorovTail is the probability that the largest distance of a Brownian
// bridge from 0 is at least x: the limit law of the Kolmogorov-Smirnov statistic,
// and of the largest of the cumulative sums of a series about its mean.
func KolmogorovTail(x float64) float64 { return kolmogorov(x) }

// StudentTail is the probability that a value of Student's t distribution is at
// least t away from 0.
func StudentTail(t, df float64) (float64, error) {
	if !(df > 0) || math.IsNaN(t) {
		return 0, refuse(OutOfRange, "t of %v with %v degrees of freedom; want a number, and more than 0", t, df)
	}
	return studentTwoSided(t, df), nil
}
