package stats

import "math"

// McNemarPowerNormal returns the power of McNemar's test with n cases by
// inverting Connor's formula.
func McNemarPowerNormal(n int, d Discordance, alpha float64) (float64, error) {
	if err := firstErr(checkCount("cases", 0, n), d.check(), checkLevel("alpha", alpha)); err != nil {
		return 0, err
	}
	pd, diff := d.total(), math.Abs(d.difference())
	if diff == 0 {
		return alpha, nil
	}
	spread := math.Sqrt(pd - diff*diff)
	z := diff*math.Sqrt(float64(n)) - normalUpper(alpha/2)*math.Sqrt(pd)
	if spread == 0 {
		return indicator(z > 0), nil
	}
	return normalCDF(z / spread), nil
}

// A McNemarTest is [McNemarMidP] or [McNemarExact].
type McNemarTest int

// McNemar tests.
const (
	MidP McNemarTest = iota
	Exact
)

func (t McNemarTest) pValue(b, c int) float64 {
	f := McNemarMidP
	if t == Exact {
		f = McNemarExact
	}
	p, err := f(b, c)
	if err != nil {
		panic(err) // counts of a distribution's support are valid
	}
	return p
}

// McNemarPowerExact returns the chance that the test rejects at alpha with n
// cases: the conditional power given m discordant ones, over m ~ Bin(n, pd).
func McNemarPowerExact(n int, d Discordance, alpha float64, test McNemarTest) (float64, error) {
	if err := firstErr(checkCount("cases", 0, n), d.check(), checkLevel("alpha", alpha)); err != nil {
		return 0, err
	}
	pd := d.total()
	if pd == 0 {
		return 0, nil
	}
	share := math.Min(1, d.OnlyA/pd)
	power := 0.0
	critical := -1 // the largest smaller count that rejects; never falls as m grows
	for m := range n + 1 {
		for 2*(critical+1) < m && test.pValue(critical+1, m-critical-1) <= alpha {
			critical++
		}
		if critical < 0 {
			continue
		}
		rejects := binomialAtMost(critical, m, share) + binomialAtLeast(m-critical, m, share)
		power += binomialPMF(m, n, pd) * rejects
	}
	return math.Min(1, power), nil
}

// A ProportionPower is an exact one-sided binomial test of p0 against p1.
type ProportionPower struct {
	Critical int  // count from which (Greater) or up to which (Less) the test rejects
	Possible bool // false when no count rejects; Critical is then 0
	Power    float64
	Size     float64 // true chance of rejecting p0
}

// OneProportionPower returns the power of the exact one-sided test with n cases.
func OneProportionPower(n int, p0, p1, alpha float64, alternative Alternative) (ProportionPower, error) {
	err := firstErr(checkCount("cases", 0, n), checkProbability("rate", p0), checkProbability("rate", p1), checkLevel("alpha", alpha))
	if err != nil {
		return ProportionPower{}, err
	}
	switch alternative {
	case Greater:
		for k := range n + 1 {
			if size := binomialAtLeast(k, n, p0); size <= alpha {
				return ProportionPower{k, true, binomialAtLeast(k, n, p1), size}, nil
			}
		}
	case Less:
		for k := n; k >= 0; k-- {
			if size := binomialAtMost(k, n, p0); size <= alpha {
				return ProportionPower{k, true, binomialAtMost(k, n, p1), size}, nil
			}
		}
	default:
		return ProportionPower{}, refuse(OutOfRange, "the exact power is of a one-sided test; choose Greater or Less")
	}
	return ProportionPower{}, nil
}
