package stats

import "math"

// Wilson returns Wilson's (1927) score interval of a rate: the rates p whose
// score test would not reject the observed one,
//
//	(p̂ + z²/2n ± z sqrt(p̂(1-p̂)/n + z²/4n²)) / (1 + z²/n).
//
// It is the default for reading a rate; its coverage averages near the nominal
// level and can dip below it close to 0 and 1, so rare events that decide
// something take [ClopperPearson]. No cases give [0, 1] and no estimate.
func Wilson(successes, n int, level float64, side Side) (Interval, error) {
	if err := firstErr(checkCount("successes", successes, n), checkLevel("level", level)); err != nil {
		return Interval{}, err
	}
	return wilson(float64(successes), float64(n), level, side), nil
}

// wilson takes the fractional counts of weighted samples.
func wilson(x, n, level float64, side Side) Interval {
	iv := Interval{Lower: 0, Upper: 1, Level: level, Side: side, Method: "Wilson"}
	if n <= 0 {
		return iv
	}
	iv.Estimate = Num(x / n)
	lower, upper := wilsonLimits(x, n, normalUpper(side.tail(level)))
	if side != UpperBound && x > 0 {
		iv.Lower = lower
	}
	if side != LowerBound && x < n {
		iv.Upper = upper
	}
	return iv
}

func wilsonLimits(x, n, z float64) (lower, upper float64) {
	p := x / n
	z2 := z * z
	centre := p + z2/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return clamp((centre-half)/(1+z2/n), 0, 1), clamp((centre+half)/(1+z2/n), 0, 1)
}

// ClopperPearson returns the exact interval of a rate (Clopper and Pearson
// 1934) from the beta quantiles B(tail; x, n-x+1) and B(1-tail; x+1, n-x). It
// never covers less than its level, which a gate on few events needs: 0 of n
// has the upper bound 1-(1-level)^(1/n). No cases give [0, 1] and no estimate.
func ClopperPearson(successes, n int, level float64, side Side) (Interval, error) {
	if err := firstErr(checkCount("successes", successes, n), checkLevel("level", level)); err != nil {
		return Interval{}, err
	}
	return clopperPearson(float64(successes), float64(n), level, side), nil
}

func clopperPearson(x, n, level float64, side Side) Interval {
	iv := Interval{Lower: 0, Upper: 1, Level: level, Side: side, Method: "Clopper-Pearson"}
	if n <= 0 {
		return iv
	}
	iv.Estimate = Num(x / n)
	tail := side.tail(level)
	if side != UpperBound && x > 0 {
		iv.Lower = betaQuantile(tail, x, n-x+1)
		if x == n {
			iv.Lower = math.Pow(tail, 1/n)
		}
	}
	if side != LowerBound && x < n {
		// The mirror image keeps the precision of an upper end near 1.
		iv.Upper = 1 - betaQuantile(tail, n-x, x+1)
		if x == 0 {
			iv.Upper = -math.Expm1(math.Log(tail) / n)
		}
	}
	return iv
}

// WilsonWeighted is [Wilson] for 0/1 outcomes with sampling weights, gathered
// in m: the weighted rate, with Kish's effective sample size (Σw)²/Σw² in the
// place of n. Cases that come in clusters need [KornGraubard] instead.
func WilsonWeighted(m Moments, level float64, side Side) (Interval, error) {
	if err := firstErr(checkLevel("level", level), checkRate(m)); err != nil {
		return Interval{}, err
	}
	n := m.EffectiveN()
	iv := wilson(clamp(m.Mean, 0, 1)*n, n, level, side)
	iv.Method = "Wilson, effective n"
	return iv, nil
}

// ClopperPearsonWeighted is [ClopperPearson] for 0/1 outcomes with sampling
// weights, with Kish's effective sample size in the place of n.
func ClopperPearsonWeighted(m Moments, level float64, side Side) (Interval, error) {
	if err := firstErr(checkLevel("level", level), checkRate(m)); err != nil {
		return Interval{}, err
	}
	n := m.EffectiveN()
	iv := clopperPearson(clamp(m.Mean, 0, 1)*n, n, level, side)
	iv.Method = "Clopper-Pearson, effective n"
	return iv, nil
}

func checkRate(m Moments) error {
	if err := m.check(); err != nil {
		return err
	}
	const rounding = 1e-12
	if m.Mean < -rounding || m.Mean > 1+rounding {
		return refuse(ProbabilityOutOfRange, "mean %v is no rate; it must lie between 0 and 1", m.Mean)
	}
	return nil
}
