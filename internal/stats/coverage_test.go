package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// These simulations fail outside three Monte-Carlo errors of the nominal value, or
// of the figure known for the method in that setting. A quick test draws a few
// times; with the tag long they take minutes, and hold the figures of
// docs/proofs.md.

// A share is how often something happened in a simulation.
type share struct{ hits, runs int }

func (s *share) add(hit bool) {
	s.runs++
	if hit {
		s.hits++
	}
}

func (s share) rate() float64 { return float64(s.hits) / float64(s.runs) }

// error is the Monte-Carlo error of a share that is truly p.
func (s share) error(p float64) float64 { return math.Sqrt(p * (1 - p) / float64(s.runs)) }

func (s share) near(t *testing.T, what string, want float64) {
	t.Helper()
	t.Logf("%s: %.4f, want %.4f ± %.4f", what, s.rate(), want, 3*s.error(want))
	if math.Abs(s.rate()-want) > 3*s.error(want) {
		t.Errorf("%s: %.4f, want %.4f ± %.4f", what, s.rate(), want, 3*s.error(want))
	}
}

// nearSimulated compares with a figure that was itself simulated in otherRuns.
func (s share) nearSimulated(t *testing.T, what string, figure float64, otherRuns int) {
	t.Helper()
	margin := 3 * math.Sqrt(figure*(1-figure)*(1/float64(s.runs)+1/float64(otherRuns)))
	t.Logf("%s: %.4f, known %.4f ± %.4f", what, s.rate(), figure, margin)
	if math.Abs(s.rate()-figure) > margin {
		t.Errorf("%s: %.4f, known %.4f ± %.4f", what, s.rate(), figure, margin)
	}
}

func (s share) atMost(t *testing.T, what string, limit float64) {
	t.Helper()
	t.Logf("%s: %.4f, at most %.4f + %.4f", what, s.rate(), limit, 3*s.error(limit))
	if s.rate() > limit+3*s.error(limit) {
		t.Errorf("%s: %.4f, want at most %.4f + %.4f", what, s.rate(), limit, 3*s.error(limit))
	}
}

func (s share) atLeast(t *testing.T, what string, limit float64) {
	t.Helper()
	t.Logf("%s: %.4f, at least %.4f - %.4f", what, s.rate(), limit, 3*s.error(limit))
	if s.rate() < limit-3*s.error(limit) {
		t.Errorf("%s: %.4f, want at least %.4f - %.4f", what, s.rate(), limit, 3*s.error(limit))
	}
}

// betaDraw returns a draw of Beta(a, b) by two gamma draws.
func betaDraw(rng *rand.Rand, a, b float64) float64 {
	x, y := gammaDraw(rng, a), gammaDraw(rng, b)
	return x / (x + y)
}

// gammaDraw is Marsaglia and Tsang (2000), with the boost for shapes below 1.
func gammaDraw(rng *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(rng, shape+1) * math.Pow(rng.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		z := rng.NormFloat64()
		v := math.Pow(1+c*z, 3)
		if v > 0 && math.Log(1-rng.Float64()) < z*z/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func TestCoverageOfClusters(t *testing.T) {
	// Accuracy .85, intra-cluster correlation .3 (beta-binomial), 1 to 9 cases a
	// customer. Nominal 95%: Korn-Graubard holds it, but for a dozen customers, of
	// whom .936 is known; CR1 falls short with few, the plain CLT always.
	const rate, icc = 0.85, 0.3
	concentration := 1/icc - 1
	for _, groups := range []int{6, 12, 30, 100} {
		rng := newRand(uint64(groups))
		var clt, cr1, kg share
		for range draws(10_000) {
			clusters := make([]Moments, groups)
			var all Moments
			for i := range clusters {
				p := betaDraw(rng, rate*concentration, (1-rate)*concentration)
				for range 1 + rng.IntN(9) {
					y := indicator(rng.Float64() < p)
					clusters[i].Add(y)
					all.Add(y)
				}
			}
			m := must[ClusterEstimate](t)(ClusterMean(clusters, 0.95))
			half := 1.96 * m.SECLT.Value
			clt.add(math.Abs(all.Mean-rate) <= half)
			cr1.add(m.Contains(rate))
			kg.add(must[ClusterRate](t)(KornGraubard(clusters, 0.95, TwoSided)).Contains(rate))
		}
		t.Logf("G=%d: CLT %.3f, CR1 %.3f, Korn-Graubard %.3f", groups, clt.rate(), cr1.rate(), kg.rate())
		kg.atLeast(t, "Korn-Graubard", map[int]float64{6: 0.95, 12: 0.936, 30: 0.95, 100: 0.95}[groups])
		cr1.atLeast(t, "CR1", map[int]float64{6: 0.80, 12: 0.86, 30: 0.90, 100: 0.93}[groups])
		clt.atMost(t, "plain CLT, which ignores the clusters", 0.88)
	}
}

func TestCoverageOfClusteredScores(t *testing.T) {
	// Normal scores in equal clusters: CR1 with t is exact.
	var cr1, cr2 share
	rng := newRand(3)
	for range draws(20_000) {
		clusters := make([]Moments, 12)
		for i := range clusters {
			customer := rng.NormFloat64()
			for range 5 {
				clusters[i].Add(customer + rng.NormFloat64())
			}
		}
		cr1.add(must[ClusterEstimate](t)(ClusterMean(clusters, 0.95)).Contains(0))
		cr2.add(must[ClusterEstimate](t)(ClusterMeanCR2(clusters, 0.95)).Contains(0))
	}
	cr1.near(t, "CR1", 0.95)
	cr2.near(t, "CR2", 0.95)
}

func TestCoverageOfBootstrap(t *testing.T) {
	rng := newRand(5)
	var skewed, ratio share
	for range draws(2000) {
		// Costs: lognormal, 100 cases. BCa comes within a few points of nominal.
		values := make([]float64, 100)
		for i := range values {
			values[i] = math.Exp(0.7 * rng.NormFloat64())
		}
		b := Bootstrap{Resamples: 1000, Source: seeded(rng.Uint64())}
		skewed.add(must[BootstrapResult](t)(BootstrapMean(values, b)).Contains(math.Exp(0.7 * 0.7 / 2)))

		// Automated accuracy: two designs automate different cases.
		units := make([]PairedRatio, 300)
		for i := range units {
			hard := rng.Float64() < 0.4
			draw := func(coverage, easy, difficult float64) Ratio {
				if rng.Float64() >= coverage {
					return Ratio{}
				}
				if hard {
					easy = difficult
				}
				return Ratio{indicator(rng.Float64() < easy), 1}
			}
			units[i] = PairedRatio{A: draw(0.8, 0.95, 0.7), B: draw(0.6, 0.93, 0.7)}
		}
		b.Source = seeded(rng.Uint64())
		ratio.add(must[BootstrapResult](t)(BootstrapRatioDifference(units, b)).Contains(0.6 * 0.02))
	}
	skewed.atLeast(t, "BCa of a skewed mean", 0.92)
	skewed.atMost(t, "BCa of a skewed mean", 0.95)
	ratio.near(t, "BCa of a difference of ratios", 0.95)
}

func TestCoverageOfPermutation(t *testing.T) {
	// The size of the sign-flip test on skewed scores that are exchangeable.
	rng := newRand(7)
	var rejected share
	for range draws(4000) {
		differences := make([]float64, 30)
		for i := range differences {
			differences[i] = rng.ExpFloat64() - rng.ExpFloat64()
		}
		p := must[PermutationResult](t)(SignFlip(differences, NotEqual, 999, seeded(rng.Uint64())))
		rejected.add(p.PValue <= 0.05)
	}
	rejected.near(t, "size of the sign-flip test", 0.05)
}

func TestCoverageOfSequentialTests(t *testing.T) {
	// Stop rates of at most 2000 cases at .05, against 10,000 runs known.
	const known, most = 10_000, 2000
	for _, row := range []struct {
		why                             string
		onlyA, onlyB                    float64
		mixture, oneSided, betting, end float64
	}{
		{"equal designs, a fifth discordant", 0.10, 0.10, 0.031, 0.032, 0.028, 0.046},
		{"equal designs, few discordant", 0.02, 0.02, 0.028, 0.027, 0.017, 0.050},
		{"a better", 0.10, 0.06, 0.928, 0.953, 0.799, 0.995},
		{"a a little better", 0.08, 0.06, 0.314, 0.411, 0.233, 0.665},
	} {
		rng := newRand(uint64(1000 * row.onlyA))
		var mixture, oneSided, betting, end share
		for range draws(4000) {
			var s SequentialPairs
			bet := must[*Betting](t)(NewBetting(0.05, 0.5))
			oneSidedStopped := false
			for range most {
				u := rng.Float64()
				a, b := u < row.onlyA, u >= row.onlyA && u < row.onlyA+row.onlyB
				s.Add(a, b)
				if err := bet.Add(indicator(a) - indicator(b)); err != nil {
					t.Fatal(err)
				}
				if a && !oneSidedStopped {
					oneSidedStopped = must[EValue](t)(OneSidedEValue(s.OnlyA, s.OnlyB)).AnytimeP <= 0.05
				}
			}
			mixture.add(s.Decided(0.05))
			oneSided.add(oneSidedStopped)
			betting.add(bet.StopAt().Valid)
			end.add(must[float64](t)(McNemarMidP(s.OnlyA, s.OnlyB)) <= 0.05)
		}
		mixture.nearSimulated(t, row.why+": e-value", row.mixture, known)
		oneSided.nearSimulated(t, row.why+": one-sided e-value", row.oneSided, known)
		betting.nearSimulated(t, row.why+": betting", row.betting, known)
		end.nearSimulated(t, row.why+": mid-p once", row.end, known)
	}
}

func TestCoverageOfBettingInterval(t *testing.T) {
	rng := newRand(11)
	var missed share
	for range draws(2000) {
		b := newBetting(0.05, 0.5, (0.04+1)/2)
		for range 2000 {
			u := rng.Float64()
			b.add((indicator(u < 0.10) - indicator(u > 0.94) + 1) / 2)
		}
		missed.add(b.StopAt().Valid)
	}
	missed.atMost(t, "confidence sequences that ever miss the true mean", 0.05)
}

func TestCoverageOfRace(t *testing.T) {
	rng := newRand(13)
	rates := []float64{0.90, 0.88, 0.86, 0.84, 0.80, 0.75}
	var lost share
	for range draws(300) {
		race := must[*Race](t)(NewRace(len(rates), 0.05))
		for range 3000 {
			correct := make([]bool, len(rates))
			for i, p := range rates {
				correct[i] = rng.Float64() < p
			}
			must[[]Loss](t)(race.Add(outcomes(correct)))
		}
		lost.add(len(race.Live()) == 0 || race.Live()[0] != 0)
	}
	lost.atMost(t, "races that drop the best design", 0.05)
}

func TestCoverageOfCutoffs(t *testing.T) {
	// Confidence U(.4, 1), right with probability rising in it; how often the
	// true risk of the chosen cutoff is above alpha.
	grid := make([]float64, 15)
	for i := range grid {
		grid[i] = 0.40 + 0.04*float64(i)
	}
	wrongAt := func(c float64) float64 { return 0.45 * (1 - c) / 0.6 }
	trueRisk := func(cutoff float64) float64 { return (wrongAt(cutoff) + wrongAt(1)) / 2 }
	constant := func(float64) float64 { return 0.1005 }
	methods := map[Selection]string{FixedSequence: "fixed sequence", BonferroniGrid: "Bonferroni", HolmGrid: "Holm"}
	for _, row := range []struct {
		why          string
		n            int
		alpha, delta float64
		wrong, risk  func(float64) float64
		naive        float64               // known of 4000 draws: the lowest cutoff whose error is at most alpha
		known        map[Selection]float64 // the same
	}{
		{"300 cases", 300, 0.10, 0.10, wrongAt, trueRisk, 0, nil},
		{"1000 cases", 1000, 0.05, 0.10, wrongAt, trueRisk, 0, nil},
		{"3000 cases", 3000, 0.05, 0.05, wrongAt, trueRisk, 0, nil},
		{"every cutoff violates by a hair", 500, 0.10, 0.10, constant, constant, 0.875, map[Selection]float64{FixedSequence: 0.054, BonferroniGrid: 0.021}},
	} {
		rng := newRand(uint64(row.n))
		broken := map[Selection]*share{FixedSequence: {}, BonferroniGrid: {}, HolmGrid: {}}
		var naive share
		for range draws(4000) {
			confidences, correct := make([]float64, row.n), make([]bool, row.n)
			for i := range confidences {
				confidences[i] = 0.4 + 0.6*rng.Float64()
				correct[i] = rng.Float64() >= row.wrong(confidences[i])
			}
			points := must[[]GridPoint](t)(CountGrid(confidences, correct, grid))
			lowest := slices.IndexFunc(points, func(p GridPoint) bool { return float64(p.Errors) <= row.alpha*float64(p.Accepted) })
			naive.add(lowest >= 0 && points[lowest].Accepted > 0 && row.risk(points[lowest].Threshold) > row.alpha)
			for method, s := range broken {
				c := must[Cutoff](t)(SelectThreshold(points, row.alpha, row.delta, method))
				s.add(c.Threshold.Valid && row.risk(c.Threshold.Value) > row.alpha)
			}
		}
		for method, s := range broken {
			s.atMost(t, row.why+", "+methods[method], row.delta)
			if known, ok := row.known[method]; ok {
				s.nearSimulated(t, row.why+", "+methods[method], known, 4000)
			}
		}
		t.Logf("%s, no guard: %.4f", row.why, naive.rate())
		if row.naive > 0 {
			naive.nearSimulated(t, row.why+", no guard", row.naive, 4000)
		}
	}
}

func TestCoverageOfHolm(t *testing.T) {
	// Ten designs equal to the baseline: some 'winner' in 5% of the families.
	rng := newRand(17)
	var any, uncorrected share
	for range draws(4000) {
		ps := make([]Number, 10)
		least := 1.0
		for i := range ps {
			var p Pairs
			for range 400 {
				u := rng.Float64()
				p.Add(u < 0.06, u >= 0.06 && u < 0.12)
			}
			v := must[float64](t)(McNemarMidP(p.OnlyA, p.OnlyB))
			ps[i], least = Num(v), math.Min(least, v)
		}
		won := false
		for _, p := range must[[]Number](t)(AdjustP(ps, Holm)) {
			won = won || p.Value <= 0.05
		}
		any.add(won)
		uncorrected.add(least <= 0.05)
	}
	any.atMost(t, "families with a false winner", 0.05)
	uncorrected.atLeast(t, "uncorrected", 0.25)
}

func TestCoverageOfDriftTests(t *testing.T) {
	rng := newRand(19)
	var ks, chi2, exact share
	for range draws(4000) {
		x, y := make([]float64, 200), make([]float64, 60)
		table := [][]int{make([]int, 5), make([]int, 5)}
		for i := range x {
			x[i] = rng.NormFloat64()
			table[0][rng.IntN(5)]++
		}
		for i := range y {
			y[i] = rng.NormFloat64()
			table[1][rng.IntN(5)]++
		}
		ks.add(must[KSResult](t)(KolmogorovSmirnov(x, y)).P().Value <= 0.05)
		chi2.add(must[ChiSquared](t)(ChiSquaredHomogeneity(table, false)).PValue.Value <= 0.05)
		small := [][]int{make([]int, 3), make([]int, 3)}
		for i := range 40 {
			small[i/30][min(2, rng.IntN(6))]++
		}
		exact.add(must[TableTest](t)(ChiSquaredExact(small)).PValue.Or(1) <= 0.05)
	}
	ks.atMost(t, "size of Kolmogorov-Smirnov", 0.05)
	ks.atLeast(t, "size of Kolmogorov-Smirnov", 0.04)
	chi2.near(t, "size of chi-square", 0.05)
	exact.atMost(t, "size of the exact test", 0.05)
}
