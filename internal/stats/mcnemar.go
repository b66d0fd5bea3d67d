package stats

import "math"

// McNemarMidP returns the two-sided mid-p McNemar p-value of the discordant
// cases: 2 P(X <= min) - P(X = min), X ~ Bin(b+c, 1/2) (Fagerland, Lydersen and
// Laake 2013). It is the default test of two designs on the same right/wrong
// cases. No discordant case gives 1.
func McNemarMidP(onlyA, onlyB int) (float64, error) {
	if err := checkDiscordant(onlyA, onlyB); err != nil {
		return 0, err
	}
	n, least := onlyA+onlyB, min(onlyA, onlyB)
	switch {
	case n == 0:
		return 1, nil
	case onlyA == onlyB:
		return 1 - binomialPMF(least, n, 0.5)/2, nil
	}
	return clamp(2*binomialAtMost(least, n, 0.5)-binomialPMF(least, n, 0.5), 0, 1), nil
}

// McNemarExact returns the two-sided exact p-value, min(1, 2 P(X <= min)), which
// is conservative beside [McNemarMidP]. No discordant case gives 1.
func McNemarExact(onlyA, onlyB int) (float64, error) {
	if err := checkDiscordant(onlyA, onlyB); err != nil {
		return 0, err
	}
	return math.Min(1, 2*binomialAtMost(min(onlyA, onlyB), onlyA+onlyB, 0.5)), nil
}

// McNemarChiSquared returns McNemar's (1947) statistic (|b-c| - 1)²/(b+c), the
// 1 being the continuity correction where it is asked for, and its p-value with
// one degree of freedom. No discordant case gives no statistic and p = 1.
func McNemarChiSquared(onlyA, onlyB int, correct bool) (statistic Number, p float64, err error) {
	if err := checkDiscordant(onlyA, onlyB); err != nil {
		return Number{}, 0, err
	}
	n := float64(onlyA + onlyB)
	if n == 0 {
		return Number{}, 1, nil
	}
	d := math.Abs(float64(onlyA - onlyB))
	if correct {
		d = math.Max(0, d-1)
	}
	x := d * d / n
	return Num(x), chiSquaredUpper(x, 1), nil
}

func checkDiscordant(onlyA, onlyB int) error {
	if onlyA < 0 || onlyB < 0 {
		return refuse(InvalidCount, "discordant counts %d and %d; they must not be negative", onlyA, onlyB)
	}
	return nil
}
