package stats

import (
	"cmp"
	"math"
	"math/cmplx"
	"slices"
)

// BoundedRatio returns the interval of a ratio of sums, ΣNum/ΣDen, over
// independent units of any size, such as clusters of cases, whose own ratios
// lie between low and high and may differ in any way: Gaffke's bound (2005;
// Learned-Miller and Thomas 2019). The lower bound is the quantile of
//
//	(Σ E_i Num_i + E low Den) / (Σ E_i Den_i + E Den)
//
// over independent standard exponential E and E_i: one more unit is thought of,
// with the worst ratio there can be, and of the mean size. For units of one case
// each that are right or wrong, it is Clopper-Pearson. That it covers at least as
// often as it says for units of one size, whatever their ratios, is proven where
// those are of two values; in general it is a conjecture that no simulation has
// contradicted.
//
// Where t or a bootstrap sees that units are alike, this sees how few they are. Of
// units of very different sizes that are also very unlike it covers less often than
// it says (docs/proofs.md has figures). Units without a denominator are left out; a
// ratio of none is not estimable.
func BoundedRatio(units []Ratio, low, high, level float64, side Side) (Interval, error) {
	if err := checkLevel("level", level); err != nil {
		return Interval{}, err
	}
	iv := Interval{Lower: low, Upper: high, Level: level, Method: "Gaffke"}
	g, err := groupUnits(units, low, high)
	if err != nil || len(g.of) == 0 {
		return iv, err
	}
	iv.Estimate = Num(clamp(g.ratio(), low, high))
	tail := math.Log(side.tail(level))
	if side != UpperBound {
		iv.Lower = g.lower(low, tail)
	}
	if side != LowerBound {
		iv.Upper = -g.mirrored().lower(-high, tail)
	}
	return iv, nil
}

// UnitsToBound returns how many times as many units, like those at hand, bring
// the bound of [BoundedRatio] that faces the limit up to it. It is not estimable
// where the ratio is at the limit.
func UnitsToBound(units []Ratio, low, high, limit, level float64, side Side) (Number, error) {
	if err := checkLevel("level", level); err != nil {
		return Number{}, err
	}
	g, err := groupUnits(units, low, high)
	if err != nil || len(g.of) == 0 {
		return Number{}, err
	}
	if g.ratio() < limit {
		g, low, limit = g.mirrored(), -high, -limit
	}
	if g.ratio() <= limit {
		return Number{}, nil
	}
	tail := math.Log(side.tail(level))
	reached := func(times float64) bool {
		g.times = times
		return g.logBelow(limit, low) <= tail
	}
	from, to := 0.0, 1.0
	for !reached(to) {
		if from, to = to, 2*to; to > 1<<40 {
			return Number{}, nil
		}
	}
	for to-from > 1e-6*to {
		if mid := (from + to) / 2; reached(mid) {
			to = mid
		} else {
			from = mid
		}
	}
	return Num(to), nil
}

// unitGroup is units that are all the same.
type unitGroup struct {
	Ratio
	n float64
}

// unitGroups are units, each of them so many times.
type unitGroups struct {
	of    []unitGroup
	size  float64 // of the one more that is thought of
	times float64
}

func groupUnits(units []Ratio, low, high float64) (unitGroups, error) {
	g := unitGroups{times: 1}
	sorted := slices.Clone(units)
	slices.SortFunc(sorted, func(a, b Ratio) int { return cmp.Or(cmp.Compare(a.Den, b.Den), cmp.Compare(a.Num, b.Num)) })
	for _, u := range sorted {
		slack := 1e-9 * max(1, math.Abs(low), math.Abs(high)) * u.Den
		switch {
		case math.IsNaN(u.Num) || math.IsNaN(u.Den):
			return g, refuse(NaNInput, "a unit's numerator or denominator is NaN")
		case u.Den == 0 && u.Num == 0:
			continue
		case u.Den < 0 || u.Num < low*u.Den-slack || u.Num > high*u.Den+slack || math.IsInf(u.Den, 0):
			return g, refuse(OutOfRange, "a unit's ratio is %v of %v; it must lie between %v and %v", u.Num, u.Den, low, high)
		}
		if n := len(g.of); n > 0 && g.of[n-1].Ratio == u {
			g.of[n-1].n++
			continue
		}
		g.of = append(g.of, unitGroup{u, 1})
	}
	var sum, n float64
	for _, u := range g.of {
		sum += u.n * u.Den
		n += u.n
	}
	g.size = sum / n
	return g, nil
}

func (g unitGroups) ratio() float64 {
	var num, den float64
	for _, u := range g.of {
		num, den = num+u.n*u.Num, den+u.n*u.Den
	}
	return num / den
}

// mirrored are the units with every ratio negative.
func (g unitGroups) mirrored() unitGroups {
	g.of = slices.Clone(g.of)
	for i := range g.of {
		g.of[i].Num = -g.of[i].Num
	}
	return g
}

// manyGroups is up to how many groups of units are taken as they are.
const manyGroups = 1000

// coarse merges neighbours of one size into groups with the lowest numerator of
// theirs, where there are many: a bound below that lies a hair lower, in a time
// that does not grow with the units.
func (g unitGroups) coarse() unitGroups {
	if len(g.of) <= manyGroups {
		return g
	}
	chunk := float64(len(g.of)) / manyGroups
	var of []unitGroup
	merged := 0.0
	for _, u := range g.of {
		last := len(of) - 1
		if last < 0 || of[last].Den != u.Den || merged >= chunk {
			of, merged = append(of, u), 1
			continue
		}
		of[last].Num = min(of[last].Num, u.Num)
		of[last].n += u.n
		merged++
	}
	g.of = of
	return g
}

// lower is the bound below: where what lies below it has that logarithm of a
// probability.
func (g unitGroups) lower(low, logTail float64) float64 {
	g = g.coarse()
	from, to := low, g.ratio()
	if to <= low {
		return low
	}
	miss := func(at float64) float64 { return g.logBelow(at, low) - logTail }
	fromMiss, toMiss := math.Inf(-1), miss(to)
	for range 200 {
		if to-from <= 1e-12*max(1, math.Abs(to)) {
			break
		}
		at := (from + to) / 2
		if fromMiss > -40 { // near enough for a straight line (Illinois)
			if x := (from*toMiss - to*fromMiss) / (toMiss - fromMiss); x > from && x < to {
				at = x
			}
		}
		m := miss(at)
		switch {
		case m == 0:
			return at
		case m > 0:
			to, toMiss = at, m
			if fromMiss > -40 {
				fromMiss /= 2
			}
		default:
			from, fromMiss = at, m
			toMiss /= 2
		}
	}
	return from
}

// logBelow is the logarithm of P(Q <= 0), Q = Σ E_i (Num_i - at Den_i) with the
// unit that is thought of. Its moment generating function is M(s) = Π 1/(1 - s z),
// and P(Q <= 0) = 1/π ∫ Re M(s+it)/-(s+it) dt along any line of negative s right of
// the first pole. Through the minimum of the integrand there goes a parabola along
// which it falls off fast, and hardly oscillates: all poles are real.
func (g unitGroups) logBelow(at, low float64) float64 {
	z := make([]unitGroup, 0, len(g.of)+1) // Num is z, n how often
	lowest := 0.0
	add := func(num, den, n float64) {
		if x := num - at*den; x != 0 {
			z = append(z, unitGroup{Ratio{Num: x}, n})
			lowest = min(lowest, x)
		}
	}
	for _, u := range g.of {
		add(u.Num, u.Den, u.n*g.times)
	}
	add(low*g.size, g.size, 1)
	if lowest == 0 {
		return math.Inf(-1)
	}
	s := saddle(z, 1/lowest)
	top, second, third := -math.Log(-s), 1/(s*s), -2/(s*s*s)
	for _, u := range z {
		rest := 1 - s*u.Num
		d := u.Num / rest
		top -= u.n * math.Log(rest)
		second += u.n * d * d
		third += 2 * u.n * d * d * d
	}
	const step = 0.2
	sum, scale, bend := 0.0, 1/math.Sqrt(second), third/(6*second)
	for k := 0; k < 400; k++ {
		x := step * float64(k)
		t := scale * math.Sinh(x)
		at := complex(s+bend*t*t, t)
		log := -cmplx.Log(-at) - complex(top, 0)
		for _, u := range z {
			log -= complex(u.n, 0) * cmplx.Log(1-at*complex(u.Num, 0))
		}
		term := cmplx.Exp(log) * complex(2*bend*t, 1) * complex(math.Cosh(x), 0)
		if k == 0 {
			term /= 2
		}
		sum += imag(term)
		if cmplx.Abs(term) < 1e-12*math.Abs(sum) {
			break
		}
	}
	return top + math.Log(max(0, sum)*scale*step/math.Pi)
}

// saddle is where -log(-s) - Σ n log(1 - s z) is least, between the pole and 0.
func saddle(z []unitGroup, pole float64) float64 {
	from, to := pole, 0.0
	s := pole / 2
	for range 100 {
		slope, bend := -1/s, 1/(s*s)
		for _, u := range z {
			d := u.Num / (1 - s*u.Num)
			slope += u.n * d
			bend += u.n * d * d
		}
		if slope > 0 {
			to = s
		} else {
			from = s
		}
		next := s - slope/bend
		if !(next > from && next < to) {
			next = (from + to) / 2
		}
		if math.Abs(next-s) <= 1e-6*math.Abs(s) {
			return next
		}
		s = next
	}
	return s
}

// RatiosOf are the sums of clusters of values: of each, from its [Moments], the weighted
// sum and the weight.
func RatiosOf(clusters []Moments) []Ratio {
	out := make([]Ratio, len(clusters))
	for i, c := range clusters {
		out[i] = Ratio{Num: c.Mean * c.Weight, Den: c.Weight}
	}
	return out
}
