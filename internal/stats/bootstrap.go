package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// A BootstrapMethod makes an interval of the resampled values.
type BootstrapMethod int

// BCa corrects bias and skewness (Efron 1987); Percentile does not.
const (
	BCa BootstrapMethod = iota
	Percentile
)

// A Bootstrap says how to resample. Source is required; the zero values of the
// rest mean 10,000 resamples, 95% and BCa. Equal sources give equal results on
// any number of processors.
type Bootstrap struct {
	Resamples int
	Level     float64
	Method    BootstrapMethod
	Source    rand.Source
}

func (b Bootstrap) withDefaults() (Bootstrap, error) {
	if b.Resamples == 0 {
		b.Resamples = 10_000
	}
	if b.Level == 0 {
		b.Level = 0.95
	}
	if b.Source == nil {
		return b, refuse(OutOfRange, "the bootstrap has no source of randomness; pass a seeded one")
	}
	return b, firstErr(checkResamples(b.Resamples), checkLevel("level", b.Level))
}

// A BootstrapResult is an interval from resampling. A statistic that is not
// defined on the data has no estimate and an interval from -Inf to +Inf.
type BootstrapResult struct {
	Interval
	SE        Number // sd of the resampled values
	Resamples int
	Undefined int // resamples without a value, their denominator being empty
	Warnings  []Warning
}

// A Ratio is a numerator and a denominator summed over one unit: a case, or a
// whole cluster of cases. A mean is a ratio with the number of cases below.
// Sampling weights multiply both.
type Ratio struct{ Num, Den float64 }

func (r Ratio) value() (float64, bool) { return r.Num / r.Den, r.Den > 0 }

// A PairedRatio is one unit's ratio under two designs.
type PairedRatio struct{ A, B Ratio }

func (r PairedRatio) difference() (float64, bool) {
	a, okA := r.A.value()
	b, okB := r.B.value()
	return a - b, okA && okB
}

// BootstrapRatio returns the interval of ΣNum/ΣDen over units, which are
// resampled whole.
func BootstrapRatio(units []Ratio, b Bootstrap) (BootstrapResult, error) {
	totals := make([]total, len(units))
	for i, u := range units {
		totals[i] = total{u.Num, u.Den}
	}
	return bootstrap(totals, 2, b, func(t total) (float64, bool) { return Ratio{t[0], t[1]}.value() })
}

// BootstrapRatioDifference returns the interval of the difference of two
// designs' ratios, each ΣNum/ΣDen, over units seen under both: the comparison of
// ratios whose denominator depends on the design, such as automated accuracy.
func BootstrapRatioDifference(units []PairedRatio, b Bootstrap) (BootstrapResult, error) {
	totals := make([]total, len(units))
	for i, u := range units {
		totals[i] = total{u.A.Num, u.A.Den, u.B.Num, u.B.Den}
	}
	return bootstrap(totals, 4, b, func(t total) (float64, bool) {
		return PairedRatio{Ratio{t[0], t[1]}, Ratio{t[2], t[3]}}.difference()
	})
}

// BootstrapMean returns the interval of the mean of values, or of paired
// differences, one per case. Clustered cases take [BootstrapRatio] over
// clusters, with the sum of values above and their number below.
func BootstrapMean(values []float64, b Bootstrap) (BootstrapResult, error) {
	totals := make([]total, len(values))
	for i, v := range values {
		totals[i] = total{v}
	}
	n := float64(len(values))
	return bootstrapWeighing(totals, 1, b, func(t total, count float64) (float64, bool) { return t[0] / count, count > 0 }, n)
}

// A total is the sums that a statistic is made of, over one unit or over many.
type total [4]float64

func (t total) check(unit int) error {
	for _, v := range t {
		if math.IsNaN(v) {
			return refuse(NaNInput, "unit %d holds NaN", unit)
		}
		if math.Abs(v) > largest {
			return refuse(OutOfRange, "unit %d holds %v, which is too large to be summed", unit, v)
		}
	}
	return nil
}

func (t *total) add(u total, times float64) {
	for i := range t {
		t[i] += times * u[i]
	}
}

func bootstrap(units []total, dims int, b Bootstrap, statistic func(total) (float64, bool)) (BootstrapResult, error) {
	return bootstrapWeighing(units, dims, b, func(t total, _ float64) (float64, bool) { return statistic(t) }, float64(len(units)))
}

// bootstrapWeighing resamples units; the statistic takes the totals and the
// number of units behind them, which the jackknife lowers by one.
func bootstrapWeighing(units []total, dims int, b Bootstrap, statistic func(total, float64) (float64, bool), n float64) (BootstrapResult, error) {
	b, err := b.withDefaults()
	if err != nil {
		return BootstrapResult{}, err
	}
	r := BootstrapResult{Resamples: b.Resamples}
	r.Interval = Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: b.Level, Method: "bootstrap, percentile"}
	var sum total
	for i, u := range units {
		if err := u.check(i); err != nil {
			return BootstrapResult{}, err
		}
		sum.add(u, 1)
	}
	estimate, defined := statistic(sum, n)
	if len(units) == 0 || !defined {
		return r, nil
	}
	if !(math.Abs(estimate) <= largest) {
		return BootstrapResult{}, refuse(OutOfRange, "the statistic is %v; the units are too large or their denominators too small", estimate)
	}
	r.Estimate = Num(estimate)

	draw := gather(units, dims)
	counts, distinct := groupEqual(units)
	if len(distinct)*groupedDrawCost < len(units) {
		draw = multinomial(counts, distinct)
	}
	replicates := make([]float64, b.Resamples)
	inShards(b.Resamples, b.Source, func(from, to int, rng *rand.Rand) {
		for i := from; i < to; i++ {
			v, ok := statistic(draw(rng), n)
			if !ok || math.Abs(v) > largest {
				v = math.NaN()
			}
			replicates[i] = v
		}
	})
	replicates = slices.DeleteFunc(replicates, math.IsNaN)
	r.Undefined = b.Resamples - len(replicates)
	if r.Undefined > 0 {
		r.Warnings = append(r.Warnings, UndefinedResample)
	}
	tail := TwoSided.tail(b.Level)
	if len(units) < 2 || float64(r.Undefined) > tail*float64(b.Resamples) {
		// One unit says nothing of how units vary; and with more resamples lost
		// than lie outside one end, the ends are not known.
		return r, nil
	}
	sort.Float64s(replicates)
	low, high := tail, 1-tail
	if b.Method == BCa {
		leaveOneOut := func(yield func(value, times float64) bool) bool {
			for i, u := range distinct {
				t := sum
				t.add(u, -1)
				v, ok := statistic(t, n-1)
				if !ok || math.Abs(v) > largest || !yield(v, float64(counts[i])) {
					return false
				}
			}
			return true
		}
		if lo, hi, ok := bcaLevels(replicates, estimate, tail, leaveOneOut); ok {
			low, high = lo, hi
			r.Method = "bootstrap, BCa"
		} else {
			r.Warnings = append(r.Warnings, PercentileInstead)
		}
	}
	r.Lower, r.Upper, r.SE = replicateInterval(replicates, low, high)
	return r, nil
}

// replicateInterval returns the type-7 quantiles and the sd of sorted values.
func replicateInterval(sorted []float64, low, high float64) (lower, upper float64, se Number) {
	var m Moments
	for _, v := range sorted {
		m.Add(v)
	}
	if v := m.Variance(); v.Valid {
		se = Num(math.Sqrt(v.Value))
	}
	return quantileSorted(sorted, low), quantileSorted(sorted, high), se
}

// bcaLevels returns the levels of the sorted replicates between which the BCa
// interval lies (Efron and Tibshirani 1993, eq. 14.9 to 14.15), replicates equal
// to the estimate counting half. It is not defined when all replicates lie on
// one side of the estimate or when no unit matters.
func bcaLevels(sorted []float64, estimate, tail float64, leaveOneOut func(func(value, times float64) bool) bool) (low, high float64, ok bool) {
	slack := tieTolerance * math.Abs(estimate)
	below := sort.SearchFloat64s(sorted, estimate-slack)
	atMost := sort.Search(len(sorted), func(i int) bool { return sorted[i] > estimate+slack })
	share := (float64(below) + float64(atMost)) / 2 / float64(len(sorted))
	if share <= 0 || share >= 1 {
		return 0, 0, false
	}
	z0 := -normalUpper(share)

	type weighed struct{ value, times float64 }
	var values []weighed
	n, mean := 0.0, 0.0
	if !leaveOneOut(func(v, times float64) bool {
		values = append(values, weighed{v, times})
		n += times
		mean += (v - mean) * times / n
		return true
	}) {
		return 0, 0, false
	}
	var squares, cubes float64
	for _, v := range values {
		d := mean - v.value
		squares += v.times * d * d
		cubes += v.times * d * d * d
	}
	if squares == 0 {
		return 0, 0, false
	}
	a := cubes / (6 * math.Pow(squares, 1.5))
	level := func(z float64) float64 {
		s := z0 + z
		return normalCDF(z0 + s/(1-a*s))
	}
	z := normalUpper(tail)
	if !(math.Abs(a)*(math.Abs(z0)+z) < 1) {
		return 0, 0, false
	}
	return level(-z), level(z), true
}

// gather returns a function that draws as many units as there are, with
// replacement, and sums them.
func gather(units []total, dims int) func(*rand.Rand) total {
	n := uint64(len(units))
	if dims == 1 {
		// A tight array of the one figure keeps twice as much of it in cache.
		values := make([]float64, n)
		for i, u := range units {
			values[i] = u[0]
		}
		if n > gatherBlock {
			return func(rng *rand.Rand) total { return total{gatherSum(values, rng)} }
		}
		return func(rng *rand.Rand) total {
			s := 0.0
			for i := uint64(0); i < n; i += 2 {
				// Both halves of one word, scaled to the range, are indices; the
				// bias is below n/2^32.
				w := rng.Uint64()
				s += values[w>>32*n>>32]
				if i+1 < n {
					s += values[w&math.MaxUint32*n>>32]
				}
			}
			return total{s}
		}
	}
	return func(rng *rand.Rand) total {
		var t total
		for range n {
			u := &units[rng.Uint64()>>32*n>>32]
			for k := range dims {
				t[k] += u[k]
			}
		}
		return t
	}
}

// gatherBlock is how many values are drawn from at a time: 16 kB stay in the
// fastest cache.
const gatherBlock = 2048

// gatherSum is gather for many values of one figure. How many of the draws fall
// into each block of values is binomial, given those of the blocks before; within
// a block all values are equally likely. It takes 60% of the time of drawing from
// all over memory.
func gatherSum(values []float64, rng *rand.Rand) float64 {
	// A generator of known type is called without going through an interface.
	words := rand.NewPCG(rng.Uint64(), rng.Uint64())
	var s, t float64 // two sums that do not wait for each other
	draws := len(values)
	for len(values) > 0 {
		block := values[:min(gatherBlock, len(values))]
		k := draws
		if len(block) < len(values) {
			k = binomialDraw(rng, draws, float64(len(block))/float64(len(values)))
		}
		values, draws = values[len(block):], draws-k
		n := uint64(len(block))
		for range k / 2 {
			w := words.Uint64()
			s += block[w>>32*n>>32]
			t += block[w&math.MaxUint32*n>>32]
		}
		if k%2 == 1 {
			s += block[words.Uint64()>>32*n>>32]
		}
	}
	return s + t
}

// multinomial does the same for units with few distinct values: how often each
// is drawn is multinomial, so that the work does not depend on their number.
func multinomial(counts []int, distinct []total) func(*rand.Rand) total {
	n := 0
	for _, c := range counts {
		n += c
	}
	return func(rng *rand.Rand) total {
		var t total
		draws, left := n, n
		for i, u := range distinct {
			k := binomialDraw(rng, draws, float64(counts[i])/float64(left))
			t.add(u, float64(k))
			draws, left = draws-k, left-counts[i]
			if draws == 0 {
				break
			}
		}
		return t
	}
}
