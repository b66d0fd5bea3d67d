package stats

import "math"

// A Betting is the hedged capital process of Waudby-Smith and Ramdas (2023) on
// paired differences in [-1, 1], cases in random order: an e-value against one
// mean difference, by default 0, which may be read after every case.
//
// With x = (d+1)/2 and the mean m tried, K± = Π(1 ± min(λ_t, c/m or c/(1-m))(x_t-m)),
// λ_t = sqrt(2 ln(2/α)/(s²_{t-1} t ln(t+1))), and the wealth is max(K+, K-)/2.
type Betting struct {
	alpha, truncation, mean float64
	t                       float64
	sum                     float64 // Σx
	squares                 float64 // Σ(x_i - mu_i)²
	logPos, logNeg          float64
	maxLog                  float64
	stopped                 int
}

// NewBetting starts a test of mean difference 0 at alpha. The truncation c in
// (0, 1) keeps bets from ruin; 1/2 is usual.
func NewBetting(alpha, truncation float64) (*Betting, error) {
	if err := firstErr(checkLevel("alpha", alpha), checkLevel("truncation", truncation)); err != nil {
		return nil, err
	}
	return newBetting(alpha, truncation, 0.5), nil
}

func newBetting(alpha, truncation, mean float64) *Betting {
	return &Betting{alpha: alpha, truncation: truncation, mean: mean, maxLog: -math.Ln2}
}

// Add takes in one difference.
func (b *Betting) Add(difference float64) error {
	if err := checkUnitDifference(difference); err != nil {
		return err
	}
	b.add((difference + 1) / 2)
	return nil
}

func checkUnitDifference(d float64) error {
	if math.IsNaN(d) {
		return refuse(NaNInput, "a difference is NaN")
	}
	if d < -1 || d > 1 {
		return refuse(OutOfRange, "difference %v; it must lie between -1 and 1", d)
	}
	return nil
}

func (b *Betting) add(x float64) {
	variance := (0.25 + b.squares) / (b.t + 1) // of the cases before this one
	b.t++
	bet := math.Sqrt(2 * math.Log(2/b.alpha) / (variance * b.t * math.Log(b.t+1)))
	b.logPos += math.Log1p(math.Min(bet, b.truncation/b.mean) * (x - b.mean))
	b.logNeg += math.Log1p(-math.Min(bet, b.truncation/(1-b.mean)) * (x - b.mean))
	b.sum += x
	mu := (0.5 + b.sum) / (b.t + 1)
	b.squares += (x - mu) * (x - mu)

	log := b.logHedged()
	b.maxLog = math.Max(b.maxLog, log)
	if b.stopped == 0 && log >= -math.Log(b.alpha) {
		b.stopped = int(b.t)
	}
}

// logHedged returns ln(max(K+, K-)/2).
func (b *Betting) logHedged() float64 { return math.Max(b.logPos, b.logNeg) - math.Ln2 }

// Wealth returns K+, which grows when the difference is above the mean tried, K-
// which grows when it is below, the hedged max(K+, K-)/2 and its maximum so far.
func (b *Betting) Wealth() (positive, negative, hedged, most float64) {
	return math.Exp(b.logPos), math.Exp(b.logNeg), math.Exp(b.logHedged()), math.Exp(b.maxLog)
}

// StopAt returns after how many cases the wealth first reached 1/alpha, absent
// when it has not.
func (b *Betting) StopAt() Number {
	if b.stopped == 0 {
		return Number{}
	}
	return Num(float64(b.stopped))
}

// AnytimeP returns min(1, 1/max wealth), valid whenever it is read.
func (b *Betting) AnytimeP() float64 { return math.Min(1, math.Exp(-b.maxLog)) }

// BettingInterval returns the confidence sequence of the mean difference at its
// last case: the means whose wealth never reached 1/(1-level). It covers the
// true mean at all times together with probability level, so that it may be read
// and stopped at will. No cases give [-1, 1] and no estimate.
func BettingInterval(differences []float64, level, truncation float64) (Interval, error) {
	if err := firstErr(checkLevel("level", level), checkLevel("truncation", truncation)); err != nil {
		return Interval{}, err
	}
	iv := Interval{Lower: -1, Upper: 1, Level: level, Method: "betting confidence sequence"}
	var m Moments
	for _, d := range differences {
		if err := checkUnitDifference(d); err != nil {
			return Interval{}, err
		}
		m.Add(d)
	}
	if m.N == 0 {
		return iv, nil
	}
	iv.Estimate = Num(m.Mean)
	alpha := 1 - level
	// K+ only falls and K- only rises with the mean tried, so that the means
	// never rejected are the interval between two roots.
	rejected := func(mean float64, positive bool) bool {
		b := newBetting(alpha, truncation, mean)
		limit := math.Log(2 / alpha)
		for _, d := range differences {
			b.add((d + 1) / 2)
			if positive && b.logPos >= limit || !positive && b.logNeg >= limit {
				return true
			}
		}
		return false
	}
	const edge = 1e-9
	lower, upper := 0.0, 1.0
	if rejected(edge, true) {
		lower = root(edge, 1-edge, func(mean float64) bool { return rejected(mean, true) })
	}
	if rejected(1-edge, false) {
		upper = root(edge, 1-edge, func(mean float64) bool { return !rejected(mean, false) })
	}
	iv.Lower, iv.Upper = 2*lower-1, 2*upper-1
	return iv, nil
}

// root narrows where holds, true at lo and false at hi, changes to 1e-9.
func root(lo, hi float64, holds func(float64) bool) float64 {
	for hi-lo > 1e-9 {
		if mid := lo + (hi-lo)/2; holds(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + (hi-lo)/2
}
