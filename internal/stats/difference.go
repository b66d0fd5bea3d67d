package stats

import "math"

// Pairs counts the same cases through two designs, a and b, each right or wrong.
type Pairs struct {
	Both    int // both right
	OnlyA   int // a right, b wrong
	OnlyB   int // b right, a wrong
	Neither int // both wrong
}

// PairsOf counts paired outcomes.
func PairsOf(a, b []bool) (Pairs, error) {
	if err := checkLengths("outcomes of a", len(a), "of b", len(b)); err != nil {
		return Pairs{}, err
	}
	var p Pairs
	for i := range a {
		p.Add(a[i], b[i])
	}
	return p, nil
}

// Add takes in one case.
func (p *Pairs) Add(a, b bool) {
	switch {
	case a && b:
		p.Both++
	case a:
		p.OnlyA++
	case b:
		p.OnlyB++
	default:
		p.Neither++
	}
}

// N returns the number of cases.
func (p Pairs) N() int { return p.Both + p.OnlyA + p.OnlyB + p.Neither }

func (p Pairs) check() error {
	for _, c := range [...]int{p.Both, p.OnlyA, p.OnlyB, p.Neither} {
		if c < 0 {
			return refuse(InvalidCount, "pair counts %+v hold a negative one", p)
		}
	}
	return nil
}

// estimate returns p_a - p_b.
func (p Pairs) estimate() float64 { return float64(p.OnlyA-p.OnlyB) / float64(p.N()) }

func emptyDifference(level float64, method string) Interval {
	return Interval{Lower: -1, Upper: 1, Level: level, Method: method}
}

// NewcombePaired returns the two-sided interval of p_a - p_b over the same
// cases by Newcombe (1998) method 10: the Wilson limits of both rates, squared
// and added, with the correlation phi of the two outcomes taken off. phi's
// numerator ad-bc is lowered by n/2, not below 0, where it is positive; phi is 0
// when a margin is empty. No cases give [-1, 1] and no estimate.
func NewcombePaired(p Pairs, level float64) (Interval, error) {
	if err := firstErr(p.check(), checkLevel("level", level)); err != nil {
		return Interval{}, err
	}
	iv := emptyDifference(level, "Newcombe paired")
	n := float64(p.N())
	if n == 0 {
		return iv, nil
	}
	a, b, c, d := float64(p.Both), float64(p.OnlyA), float64(p.OnlyB), float64(p.Neither)
	pa, pb := (a+b)/n, (a+c)/n
	z := normalUpper(TwoSided.tail(level))
	la, ua := wilsonLimits(a+b, n, z)
	lb, ub := wilsonLimits(a+c, n, z)

	phi := 0.0
	if margins := (a + b) * (c + d) * (a + c) * (b + d); margins > 0 {
		num := a*d - b*c
		if num > 0 {
			num = math.Max(num-n/2, 0)
		}
		phi = num / math.Sqrt(margins)
	}
	combine := func(x, y float64) float64 {
		return math.Sqrt(math.Max(0, x*x-2*phi*x*y+y*y))
	}
	est := p.estimate()
	iv.Estimate = Num(est)
	iv.Lower = clamp(est-combine(pa-la, ub-pb), -1, 1)
	iv.Upper = clamp(est+combine(ua-pa, pb-lb), -1, 1)
	return iv, nil
}

// Tango returns Tango's (1998) two-sided score interval of p_a - p_b over the
// same cases: the differences that the score test, with the discordant rate at
// its constrained maximum likelihood, would not reject.
func Tango(p Pairs, level float64) (Interval, error) {
	if err := firstErr(p.check(), checkLevel("level", level)); err != nil {
		return Interval{}, err
	}
	iv := emptyDifference(level, "Tango")
	n := float64(p.N())
	if n == 0 {
		return iv, nil
	}
	b, c := float64(p.OnlyA), float64(p.OnlyB)
	score := func(delta float64) float64 {
		bb := -b - c + (2*n-b+c)*delta
		cc := -c * delta * (1 - delta)
		p21 := (math.Sqrt(math.Max(0, bb*bb-8*n*cc)) - bb) / (4 * n)
		v := n * (2*p21 + delta*(1-delta))
		if v <= 0 {
			return math.Inf(1) * sign(b-c-n*delta)
		}
		return (b - c - n*delta) / math.Sqrt(v)
	}
	z := normalUpper(TwoSided.tail(level))
	est := p.estimate()
	iv.Estimate = Num(est)
	// The score falls as delta rises.
	iv.Lower = bisect(-1, est, func(x float64) bool { return score(x) > z })
	iv.Upper = bisect(est, 1, func(x float64) bool { return score(x) > -z })
	return iv, nil
}

// NewcombeUnpaired returns the two-sided interval of x1/n1 - x2/n2 for different
// cases by Newcombe (1998) method 10: Wilson limits squared and added. An empty
// sample gives [-1, 1] and no estimate.
func NewcombeUnpaired(x1, n1, x2, n2 int, level float64) (Interval, error) {
	if err := firstErr(checkCount("events", x1, n1), checkCount("events", x2, n2), checkLevel("level", level)); err != nil {
		return Interval{}, err
	}
	iv := emptyDifference(level, "Newcombe unpaired")
	if n1 == 0 || n2 == 0 {
		return iv, nil
	}
	z := normalUpper(TwoSided.tail(level))
	p1, p2 := float64(x1)/float64(n1), float64(x2)/float64(n2)
	l1, u1 := wilsonLimits(float64(x1), float64(n1), z)
	l2, u2 := wilsonLimits(float64(x2), float64(n2), z)
	est := p1 - p2
	iv.Estimate = Num(est)
	iv.Lower = clamp(est-math.Hypot(p1-l1, u2-p2), -1, 1)
	iv.Upper = clamp(est+math.Hypot(u1-p1, p2-l2), -1, 1)
	return iv, nil
}

// bisect returns where holds, true at lo and false at hi, changes.
func bisect(lo, hi float64, holds func(float64) bool) float64 {
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid == lo || mid == hi {
			break
		}
		if holds(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + (hi-lo)/2
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
