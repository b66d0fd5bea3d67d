package stats

import "math"

// ManyCases is above what a number of cases that would decide is said in words:
// nobody will label so many, and figures of that size hang on chance.
const ManyCases = 1_000_000

// A SampleSize is a number of cases from a formula, and rounded up.
type SampleSize struct {
	Exact float64
	N     int
}

func roundUp(n float64) SampleSize { return SampleSize{n, int(math.Ceil(n - 1e-9))} }

// Discordance is the chance that a case is right under a alone and under b
// alone. It, and not accuracy, sets how many cases a paired comparison needs.
type Discordance struct{ OnlyA, OnlyB float64 }

// Discordance returns the observed rates, 0 when there are no cases.
func (p Pairs) Discordance() Discordance {
	n := float64(p.N())
	return Discordance{ratioOrZero(float64(p.OnlyA), n), ratioOrZero(float64(p.OnlyB), n)}
}

func (d Discordance) total() float64      { return d.OnlyA + d.OnlyB }
func (d Discordance) difference() float64 { return d.OnlyA - d.OnlyB }

func (d Discordance) check() error {
	if err := checkProbabilities("discordant rate", []float64{d.OnlyA, d.OnlyB}); err != nil {
		return err
	}
	if d.total() > 1 {
		return refuse(ProbabilityOutOfRange, "discordant rates %v and %v sum to more than 1", d.OnlyA, d.OnlyB)
	}
	return nil
}

func (d Discordance) checkDiffers(alpha, power float64) error {
	if err := firstErr(d.check(), checkLevel("alpha", alpha), checkLevel("power", power)); err != nil {
		return err
	}
	if d.difference() == 0 {
		return refuse(NoDifference, "both discordant rates are %v; no number of cases shows a difference of nothing", d.OnlyA)
	}
	return nil
}

// PairsConnor returns the cases that a two-sided McNemar test needs by Connor
// (1987), ((z_{1-α/2} sqrt(pd) + z_power sqrt(pd-d²))/d)². It is the default
// planner.
func PairsConnor(d Discordance, alpha, power float64) (SampleSize, error) {
	if err := d.checkDiffers(alpha, power); err != nil {
		return SampleSize{}, err
	}
	pd, diff := d.total(), d.difference()
	root := (normalUpper(alpha/2)*math.Sqrt(pd) + normalUpper(1-power)*math.Sqrt(pd-diff*diff)) / diff
	return roundUp(root * root), nil
}

// PairsMiettinen returns the same by Miettinen (1968),
// (z pd + z_power sqrt(pd² - d²(3+pd)/4))² / (pd d²): slightly fewer.
func PairsMiettinen(d Discordance, alpha, power float64) (SampleSize, error) {
	if err := d.checkDiffers(alpha, power); err != nil {
		return SampleSize{}, err
	}
	pd, diff := d.total(), d.difference()
	root := normalUpper(alpha/2)*pd + normalUpper(1-power)*math.Sqrt(pd*pd-diff*diff*(3+pd)/4)
	return roundUp(root * root / (pd * diff * diff)), nil
}

// PairsForMargin returns the cases that a paired comparison needs to show that a
// is not worse than b by more than margin: the lower end of the two-sided
// interval of the difference above -margin with the given power, where the true
// difference is that of d. It is Connor's formula around -margin,
// ((z_{1-α/2} + z_power) sqrt(pd-d²) / (d+margin))².
func PairsForMargin(d Discordance, margin, alpha, power float64) (SampleSize, error) {
	if err := firstErr(d.check(), checkLevel("alpha", alpha), checkLevel("power", power)); err != nil {
		return SampleSize{}, err
	}
	room := d.difference() + margin
	if !(room > 0) {
		return SampleSize{}, refuse(NoDifference, "the difference %v is not above -%v; no number of cases shows that it is", d.difference(), margin)
	}
	root := (normalUpper(alpha/2) + normalUpper(1-power)) * math.Sqrt(d.total()-d.difference()*d.difference()) / room
	return roundUp(root * root), nil
}

// FurtherPairs returns how many cases beyond those seen would decide between two
// designs at the given power, if the discordance seen is the true one (Connor).
// It is 0 when there are enough; equal discordant counts are refused with
// [NoDifference], as no number would decide.
func FurtherPairs(seen Pairs, alpha, power float64) (int, error) {
	if err := seen.check(); err != nil {
		return 0, err
	}
	size, err := PairsConnor(seen.Discordance(), alpha, power)
	if err != nil {
		return 0, err
	}
	return max(0, size.N-seen.N()), nil
}

// OneProportion returns the cases that a test of p0 needs when p1 is true, by
// the normal approximation with both variances; sides is 1 or 2.
func OneProportion(p0, p1, alpha, power float64, sides int) (SampleSize, error) {
	if err := checkProportions(p0, p1, alpha, power); err != nil {
		return SampleSize{}, err
	}
	if sides != 1 && sides != 2 {
		return SampleSize{}, refuse(OutOfRange, "%d sides; a test has 1 or 2", sides)
	}
	root := (normalUpper(alpha/float64(sides))*math.Sqrt(p0*(1-p0)) + normalUpper(1-power)*math.Sqrt(p1*(1-p1))) / (p1 - p0)
	return roundUp(root * root), nil
}

// OneProportionArcsine returns the same for a two-sided test by Cohen's (1988)
// effect size h = 2 asin sqrt(p1) - 2 asin sqrt(p0).
func OneProportionArcsine(p0, p1, alpha, power float64) (SampleSize, error) {
	if err := checkProportions(p0, p1, alpha, power); err != nil {
		return SampleSize{}, err
	}
	h := 2*math.Asin(math.Sqrt(p1)) - 2*math.Asin(math.Sqrt(p0))
	root := (normalUpper(alpha/2) + normalUpper(1-power)) / h
	return roundUp(root * root), nil
}

// TwoProportions returns the cases per side that a two-sided comparison of two
// independent samples needs (R power.prop.test). Pairing needs far fewer.
func TwoProportions(p1, p2, alpha, power float64) (SampleSize, error) {
	if err := checkProportions(p1, p2, alpha, power); err != nil {
		return SampleSize{}, err
	}
	root := (normalUpper(alpha/2)*math.Sqrt((p1+p2)*(1-(p1+p2)/2)) +
		normalUpper(1-power)*math.Sqrt(p1*(1-p1)+p2*(1-p2))) / (p1 - p2)
	return roundUp(root * root), nil
}

func checkProportions(p0, p1, alpha, power float64) error {
	err := firstErr(checkProbability("rate", p0), checkProbability("rate", p1), checkLevel("alpha", alpha), checkLevel("power", power))
	if err == nil && p0 == p1 {
		err = refuse(NoDifference, "both rates are %v; no number of cases shows a difference of nothing", p0)
	}
	return err
}

// ZeroEventCases returns how many cases without one event show that its rate is
// below maxRate: ceil(ln(1-level)/ln(1-maxRate)), about 3/maxRate at 95%.
func ZeroEventCases(maxRate, level float64) (int, error) {
	if err := firstErr(checkLevel("rate", maxRate), checkLevel("level", level)); err != nil {
		return 0, err
	}
	return int(math.Ceil(math.Log1p(-level) / math.Log1p(-maxRate))), nil
}

// CasesForPrecision returns how many cases bring the half-width of Wilson's
// interval of a rate down to halfWidth, if the rate is what it is taken for.
func CasesForPrecision(rate, halfWidth, level float64) (int, error) {
	if err := firstErr(checkProbability("rate", rate), checkLevel("half-width", halfWidth), checkLevel("level", level)); err != nil {
		return 0, err
	}
	if least := leastCases(1, func(n int) bool { return wilson(rate*float64(n), float64(n), level, TwoSided).Width()/2 <= halfWidth }); least > 0 {
		return least, nil
	}
	return 0, refuse(OutOfRange, "a half-width of %v is too fine for any number of cases", halfWidth)
}

// PrecisionOfCases returns the half-width of Wilson's interval of a rate over n
// cases, which may be an effective number; absent for no cases.
func PrecisionOfCases(rate, n, level float64) (Number, error) {
	if err := firstErr(checkProbability("rate", rate), checkNotNaN("number of cases", []float64{n}), checkLevel("level", level)); err != nil || n <= 0 {
		return Number{}, err
	}
	return Num(wilson(rate*n, n, level, TwoSided).Width() / 2), nil
}

// leastCases is the least number from `from` up that is enough, given that every
// larger one is, too; 0 where not even 2^50 is.
func leastCases(from int, enough func(int) bool) int {
	const most = 1 << 50
	hi := max(from, 1)
	for !enough(hi) {
		if hi >= most {
			return 0
		}
		hi *= 2
	}
	lo := from - 1
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; enough(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// A RateInterval is an interval of a rate from counts, as [Wilson] or
// [ClopperPearson].
type RateInterval int

// Rate intervals.
const (
	ByWilson RateInterval = iota
	ByClopperPearson
)

func (r RateInterval) interval(x, n, level float64, side Side) Interval {
	if r == ByClopperPearson {
		return clopperPearson(x, n, level, side)
	}
	return wilson(x, n, level, side)
}

// CasesToDecide returns the total number of cases, at least n, at which the
// interval of a rate would lie wholly on one side of the threshold if the rate
// seen so far stays what it is. That is what an inconclusive verdict tells its
// reader. A one-sided bound decides in its own direction only: LowerBound can
// show a rate to be at least the threshold, UpperBound at most.
//
// A rate on the threshold, on the side that the bound cannot show, or unknown
// for want of cases, is refused with [NoDifference].
func CasesToDecide(successes, n int, threshold, level float64, side Side, by RateInterval) (int, error) {
	if err := firstErr(checkCount("successes", successes, n), checkProbability("threshold", threshold), checkLevel("level", level)); err != nil {
		return 0, err
	}
	p := ratioOrZero(float64(successes), float64(n))
	above, below := p > threshold && side != UpperBound, p < threshold && side != LowerBound
	if n == 0 || !above && !below {
		return 0, refuse(NoDifference, "a rate of %v in %d cases cannot come to lie beyond %v; more cases do not decide", p, n, threshold)
	}
	decided := func(total int) bool {
		iv := by.interval(p*float64(total), float64(total), level, side)
		if above {
			return iv.Lower >= threshold
		}
		return iv.Upper <= threshold
	}
	if least := leastCases(n, decided); least > 0 {
		return least, nil
	}
	return 0, refuse(NoDifference, "a rate of %v is too close to %v for any number of cases to decide", p, threshold)
}
