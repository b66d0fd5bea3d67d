package stats

import "math"

// DetectablePairs returns the smallest difference of two paired rates that n
// cases find with the given power, if as many cases are discordant as d says: the
// d' at which Connor's formula ([PairsConnor]) asks for n. A difference cannot be
// larger than the share of discordant cases: where so few could show none, it is
// the smallest with just as many discordant cases as it needs. It is absent where
// even a difference of 1 could not be found.
func DetectablePairs(n int, d Discordance, alpha, power float64) (Number, error) {
	if err := firstErr(checkCount("cases", 0, n), d.check(), checkLevel("alpha", alpha), checkLevel("power", power)); err != nil {
		return Number{}, err
	}
	za, zb, cases, pd := normalUpper(alpha/2), normalUpper(1-power), float64(n), d.total()
	// With all discordant cases of one kind: n d' = (za + zb sqrt(1 - d'))^2.
	needs := func(d float64) float64 { return math.Pow(za+zb*math.Sqrt(1-d), 2) / d }
	if pd > 0 && needs(pd) <= cases {
		// d' sqrt(n) = za sqrt(pd) + zb sqrt(pd - d'^2), whose larger root it is.
		a, b, c := cases+zb*zb, za*math.Sqrt(cases*pd), (za*za-zb*zb)*pd
		return Num((b + math.Sqrt(math.Max(0, b*b-a*c))) / a), nil
	}
	if needs(1) > cases {
		return Number{}, nil
	}
	low, high := pd, 1.0
	for range 60 {
		if mid := (low + high) / 2; needs(mid) > cases {
			low = mid
		} else {
			high = mid
		}
	}
	return Num(high), nil
}

// DetectableMean returns the smallest difference of means that a test at alpha
// finds with the given power, where the interval of the difference is as wide as
// iv: (z_{1-α/2} + z_power) standard errors, a standard error being half the
// interval's width over its own normal quantile. It is absent for an unbounded
// interval, and for one without any width, which says that nothing varied.
func DetectableMean(iv Interval, alpha, power float64) (Number, error) {
	if err := firstErr(checkLevel("level", iv.Level), checkLevel("alpha", alpha), checkLevel("power", power)); err != nil {
		return Number{}, err
	}
	width := iv.Width()
	if math.IsInf(width, 0) || width <= 0 {
		return Number{}, nil
	}
	se := width / 2 / normalUpper((1-iv.Level)/2)
	return Num((normalUpper(alpha/2) + normalUpper(1-power)) * se), nil
}
