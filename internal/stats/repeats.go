package stats

import "math"

// A RepeatsEstimate is a mean over cases that were each tried several times.
type RepeatsEstimate struct {
	Interval            // mean ± t_{cases-1} SE; not clipped
	Cases        int    // the n of the interval: trials are not cases
	SE           Number // sd of the case means / sqrt(cases)
	WithinVar    Number // mean over cases of the variance between a case's trials
	VarCaseMeans Number // sample variance of the case means
}

// RepeatedTrials averages within each case first, then across cases, so that
// more trials of the same cases cannot shrink the interval without end:
// Var(mean) = (Var between + Var within / K) / cases. For equal numbers of
// trials the SE is CR1 with the case as cluster. WithinVar is absent when a case
// has a single trial. Cases without a trial are left out.
func RepeatedTrials(cases []Moments, level float64) (RepeatsEstimate, error) {
	if err := checkLevel("level", level); err != nil {
		return RepeatsEstimate{}, err
	}
	e := RepeatsEstimate{Interval: Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: level, Method: "case means, t"}}
	var means, within Moments
	everyCaseRepeats := true
	for _, c := range cases {
		if c.N == 0 {
			continue
		}
		if err := c.check(); err != nil {
			return RepeatsEstimate{}, err
		}
		means.Add(c.Mean)
		v := c.Variance()
		everyCaseRepeats = everyCaseRepeats && v.Valid
		within.Add(v.Value)
	}
	e.Cases = means.N
	if means.N == 0 {
		return e, nil
	}
	e.Estimate = Num(means.Mean)
	if everyCaseRepeats {
		e.WithinVar = Num(within.Mean)
	}
	e.VarCaseMeans = means.Variance()
	if e.VarCaseMeans.Valid {
		n := float64(means.N)
		e.SE = Num(math.Sqrt(e.VarCaseMeans.Value / n))
		t := studentUpper(TwoSided.tail(level), n-1)
		e.Lower, e.Upper = means.Mean-t*e.SE.Value, means.Mean+t*e.SE.Value
	}
	return e, nil
}

// PassAtK returns the unbiased estimate 1 - C(n-c,k)/C(n,k) of the chance that
// at least one of k trials succeeds, from c successes in n trials (Chen et al.
// 2021). k must lie in 1..n.
func PassAtK(n, c, k int) (float64, error) {
	if err := checkPass(n, c, k); err != nil {
		return 0, err
	}
	return 1 - chooseRatio(n-c, n, k), nil
}

// PassHatK returns the unbiased estimate C(c,k)/C(n,k) of the chance that all of
// k trials succeed, pass^k, which speaks of reliability (Yao et al. 2024,
// tau-bench). k must lie in 1..n.
func PassHatK(n, c, k int) (float64, error) {
	if err := checkPass(n, c, k); err != nil {
		return 0, err
	}
	return chooseRatio(c, n, k), nil
}

// A Tally is the successes among one case's trials.
type Tally struct{ Trials, Successes int }

// PassAtKMean returns the mean over cases of [PassAtK], absent for no cases. A
// case with fewer than k trials is an error.
func PassAtKMean(cases []Tally, k int) (Number, error) { return meanOver(cases, k, PassAtK) }

// PassHatKMean returns the mean over cases of [PassHatK], absent for no cases. A
// case with fewer than k trials is an error.
func PassHatKMean(cases []Tally, k int) (Number, error) { return meanOver(cases, k, PassHatK) }

func meanOver(cases []Tally, k int, f func(n, c, k int) (float64, error)) (Number, error) {
	var m Moments
	for _, c := range cases {
		v, err := f(c.Trials, c.Successes, k)
		if err != nil {
			return Number{}, err
		}
		m.Add(v)
	}
	if m.N == 0 {
		return Number{}, nil
	}
	return Num(m.Mean), nil
}

func checkPass(n, c, k int) error {
	if err := checkCount("successes", c, n); err != nil {
		return err
	}
	if k < 1 || k > n {
		return refuse(KOutOfRange, "k is %d with %d trials; it must lie between 1 and the number of trials", k, n)
	}
	return nil
}

// chooseRatio returns C(c,k)/C(n,k) as a product that cannot overflow.
func chooseRatio(c, n, k int) float64 {
	if k > c {
		return 0
	}
	r := 1.0
	for i := range k {
		r *= float64(c-i) / float64(n-i)
	}
	return r
}
