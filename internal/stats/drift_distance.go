package stats

import "math"

// A LogBase is the base of a divergence. A threshold on a distance means nothing
// without it.
type LogBase int

// Jensen-Shannon distances lie in 0..1 in base 2 and in 0..sqrt(ln 2) = 0.833 in
// base e.
const (
	Base2 LogBase = iota
	BaseE
)

// JensenShannon returns the Jensen-Shannon distance, the square root of the
// divergence, of two lists of shares or counts, which are normalised. Absent
// when either sums to nothing.
func JensenShannon(p, q []float64, base LogBase) (Number, error) {
	err := firstErr(checkLengths("shares", len(p), "others", len(q)), checkShares(p), checkShares(q))
	if err != nil {
		return Number{}, err
	}
	sumP, sumQ := sum(p), sum(q)
	if sumP == 0 || sumQ == 0 {
		return Number{}, nil
	}
	divergence := 0.0
	for i := range p {
		a, b := p[i]/sumP, q[i]/sumQ
		mid := (a + b) / 2
		divergence += (xlog(a, mid) + xlog(b, mid)) / 2
	}
	if base == Base2 {
		divergence /= math.Ln2
	}
	// Rounding may leave a tiny negative under the root.
	return Num(math.Sqrt(math.Max(0, divergence))), nil
}

// xlog returns x ln(x/y), 0 for x = 0.
func xlog(x, y float64) float64 {
	if x == 0 {
		return 0
	}
	return x * math.Log(x/y)
}

func checkShares(p []float64) error {
	for i, v := range p {
		if math.IsNaN(v) {
			return refuse(NaNInput, "share %d is NaN", i)
		}
		if v < 0 || v > largest {
			return refuse(InvalidCount, "share %d is %v; it must be finite and not negative", i, v)
		}
	}
	return nil
}

func sum(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}

// Wasserstein returns the Wasserstein-1 distance of two samples, the area
// between their distribution functions, in their own unit. Absent when either is
// empty.
func Wasserstein(x, y []float64) (Number, error) {
	if err := firstErr(checkNotNaN("value of the first sample", x), checkNotNaN("value of the second sample", y)); err != nil {
		return Number{}, err
	}
	if len(x) == 0 || len(y) == 0 {
		return Number{}, nil
	}
	xs, ys := sortedCopy(x), sortedCopy(y)
	for _, v := range [...]float64{xs[0], xs[len(xs)-1], ys[0], ys[len(ys)-1]} {
		if math.Abs(v) > largest {
			return Number{}, refuse(OutOfRange, "value %v is too large to have a distance to others", v)
		}
	}
	area := 0.0
	at := math.Min(xs[0], ys[0])
	for i, j := 0, 0; i < len(xs) || j < len(ys); {
		next := math.Inf(1)
		if i < len(xs) {
			next = xs[i]
		}
		if j < len(ys) {
			next = math.Min(next, ys[j])
		}
		gap := float64(i)/float64(len(xs)) - float64(j)/float64(len(ys))
		area += math.Abs(gap) * (next - at)
		for at = next; i < len(xs) && xs[i] == at; i++ {
		}
		for ; j < len(ys) && ys[j] == at; j++ {
		}
	}
	return Num(area), nil
}

// WassersteinIQR returns [Wasserstein] in units of the baseline's interquartile
// range, the effect size of a numeric column. Absent when either is empty or
// half the baseline is one value.
func WassersteinIQR(baseline, fresh []float64) (Number, error) {
	d, err := Wasserstein(baseline, fresh)
	if err != nil || !d.Valid {
		return Number{}, err
	}
	q, err := Quantiles(baseline, []float64{0.25, 0.75})
	if err != nil {
		return Number{}, err
	}
	iqr := q[1].Value - q[0].Value
	if iqr == 0 {
		return Number{}, nil
	}
	return Num(d.Value / iqr), nil
}
