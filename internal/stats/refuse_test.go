package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestAnyNumbersAreAnsweredOrRefused feeds values that no one should have passed
// in: every function must answer without NaN or refuse, and never panic.
func TestAnyNumbersAreAnsweredOrRefused(t *testing.T) {
	odd := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1, -1, math.MaxFloat64}))
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(odd, 0, 6).Draw(t, "xs")
		ys := rapid.SliceOfN(odd, 0, 6).Draw(t, "ys")
		weights := rapid.SliceOfN(odd, len(xs), len(xs)).Draw(t, "weights")
		level := odd.Draw(t, "level")
		outcomes := make([]bool, len(xs))
		ids := make([]int, len(xs))
		for i, x := range xs {
			outcomes[i] = x > 0
			ids[i] = i / 2
		}
		var clusters []Moments
		var m Moments
		var units []Ratio
		for i, x := range xs {
			m.AddWeighted(x, weights[i])
			clusters = append(clusters, m)
			units = append(units, Ratio{x, weights[i]})
		}
		bootstrap := Bootstrap{Resamples: 20, Source: seeded(1)}
		answer := func(name string, err error, values ...float64) {
			for _, v := range values {
				if err == nil && math.IsNaN(v) {
					t.Fatalf("%s answers NaN", name)
				}
			}
		}

		iv, err := Wilson(3, 7, level, TwoSided)
		answer("Wilson", err, iv.Lower, iv.Upper)
		iv, err = WilsonWeighted(m, 0.95, TwoSided)
		answer("WilsonWeighted", err, iv.Lower, iv.Upper)
		ce, err := ClusterMean(clusters, 0.95)
		answer("ClusterMean", err, ce.Lower, ce.Upper)
		ce, err = ClusterMeanCR2(clusters, 0.95)
		answer("ClusterMeanCR2", err, ce.Lower, ce.Upper)
		cr, err := KornGraubard(clusters, 0.95, TwoSided)
		answer("KornGraubard", err, cr.Lower, cr.Upper)
		_, err = ClustersOf(xs, ids, weights)
		answer("ClustersOf", err)
		re, err := RepeatedTrials(clusters, 0.95)
		answer("RepeatedTrials", err, re.Lower, re.Upper)
		_, err = Quantiles(xs, []float64{0.1, 0.5, 1})
		answer("Quantiles", err)
		_, err = ROCAUC(xs, outcomes, weights)
		answer("ROCAUC", err)
		_, err = Brier(xs, outcomes, weights)
		answer("Brier", err)
		_, err = NewRiskCoverage(xs, outcomes, weights)
		answer("NewRiskCoverage", err)
		_, err = ReliabilityEqualMass(xs, outcomes, weights, 5)
		answer("ReliabilityEqualMass", err)
		p, err := SignFlip(xs, NotEqual, 20, seeded(1))
		answer("SignFlip", err, p.PValue)
		br, err := BootstrapMean(xs, bootstrap)
		answer("BootstrapMean", err, br.Lower, br.Upper)
		br, err = BootstrapRatio(units, bootstrap)
		answer("BootstrapRatio", err, br.Lower, br.Upper)
		_, err = KolmogorovSmirnov(xs, ys)
		answer("KolmogorovSmirnov", err)
		_, err = WassersteinIQR(xs, ys)
		answer("WassersteinIQR", err)
		_, err = JensenShannon(xs, weights, Base2)
		answer("JensenShannon", err)
		_, _, _, err = PSIValues(xs, ys, []float64{0, 1}, AddHalf)
		answer("PSIValues", err)
		iv, err = BettingInterval(xs, 0.95, 0.5)
		answer("BettingInterval", err, iv.Lower, iv.Upper)
		_, err = ConfidenceBasedAccuracy(xs, 0.95)
		answer("ConfidenceBasedAccuracy", err)
		_, err = HoeffdingBentkus(level, 10, 0.1)
		answer("HoeffdingBentkus", err)
		_, err = PairsConnor(Discordance{level, 0.1}, 0.05, 0.8)
		answer("PairsConnor", err)
	})
}
