package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawClusters(t *rapid.T) []Moments {
	sizes := rapid.SliceOfN(rapid.IntRange(1, 6), 2, 15).Draw(t, "sizes")
	clusters := make([]Moments, len(sizes))
	for i, size := range sizes {
		for range size {
			clusters[i].Add(indicator(rapid.Bool().Draw(t, "right")))
		}
	}
	return clusters
}

func TestClusterProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clusters := drawClusters(t)
		mean := must[ClusterEstimate](t)(ClusterMean(clusters, 0.95))
		rate := must[ClusterRate](t)(KornGraubard(clusters, 0.95, TwoSided))
		if !(0 <= rate.Lower && rate.Lower <= rate.Estimate.Value && rate.Estimate.Value <= rate.Upper && rate.Upper <= 1) {
			t.Fatalf("ends out of order: %+v", rate)
		}
		if rate.Estimate != mean.Estimate {
			t.Fatalf("rate %v, mean %v", rate.Estimate, mean.Estimate)
		}
		if !slices.Contains(mean.Warnings, FewClusters) {
			t.Fatalf("%d clusters without a warning", mean.Clusters)
		}
		doubled := slices.Concat(clusters, clusters)
		if more := must[ClusterEstimate](t)(ClusterMean(doubled, 0.95)); more.SECR0.Value > mean.SECR0.Value/math.Sqrt2+1e-12 {
			t.Fatalf("twice the clusters: SE %v from %v", more.SECR0, mean.SECR0)
		}
		scaled := make([]Moments, len(clusters))
		for i, c := range clusters {
			scaled[i] = c
			scaled[i].Weight, scaled[i].Weight2, scaled[i].M2 = 3*c.Weight, 9*c.Weight2, 3*c.M2
		}
		heavy := must[ClusterEstimate](t)(ClusterMean(scaled, 0.95))
		for name, pair := range map[string][2]Number{"CR1": {mean.SECR1, heavy.SECR1}, "CLT": {mean.SECLT, heavy.SECLT}, "Miller": {mean.SEMiller, heavy.SEMiller}} {
			if math.Abs(pair[0].Value-pair[1].Value) > 1e-9 || pair[0].Valid != pair[1].Valid {
				t.Fatalf("%s: weight 3 for everybody turns %v into %v", name, pair[0], pair[1])
			}
		}
	})
}

func TestWeightedClusterMeanIsLinearised(t *testing.T) {
	// With one case per cluster the linearised variance of a weighted mean is
	// n/(n-1) Σ w²(y-m)²/(Σw)² (Särndal, Swensson and Wretman 1992, 5.7).
	values, weights := []float64{1, 0, 1, 1, 0}, []float64{2, 1, 4, 1, 3}
	clusters := must[[]Moments](t)(ClustersOf(values, []int{1, 2, 3, 4, 5}, weights))
	got := must[ClusterEstimate](t)(ClusterMean(clusters, 0.95))
	mean := 7.0 / 11
	sum := 0.0
	for i, y := range values {
		sum += weights[i] * weights[i] * (y - mean) * (y - mean)
	}
	want := math.Sqrt(sum*5/4) / 11
	if math.Abs(got.Estimate.Value-mean) > 1e-12 || math.Abs(got.SECR1.Value-want) > 1e-12 {
		t.Errorf("got %v ± %v, want %v ± %v", got.Estimate, got.SECR1, mean, want)
	}
	if got.SECLT.Valid || got.SEMiller.Valid || !slices.Contains(got.Warnings, WeightedSample) {
		t.Errorf("figures for equal weights are given: %+v", got)
	}
}

func TestKornGraubardWithoutVariation(t *testing.T) {
	// Two of three right in every cluster: the standard error is 0, and the
	// interval must still be that of some honest number of cases.
	var clusters []Moments
	for range 30 {
		clusters = append(clusters, must[Moments](t)(RateMoments(2, 3)))
	}
	r := must[ClusterRate](t)(KornGraubard(clusters, 0.95, TwoSided))
	if r.EffectiveN.Value != 90 || !slices.Contains(r.Warnings, NoVariation) || r.Width() < 0.1 {
		t.Errorf("got %+v, want the interval of 90 cases with a warning", r)
	}
}

// An end further out in the tail is further out, as far as floating point goes;
// a level of one half puts it at the estimate.
func TestKornGraubardAtAnyLevel(t *testing.T) {
	clusters := make([]Moments, 64)
	for i := range clusters {
		clusters[i] = must[Moments](t)(RateMoments(i%3, 6))
	}
	last := 0.0
	for _, level := range []float64{0.3, 0.5, 0.9, 0.99, 1 - 1e-4, 1 - 1e-6, 1 - 1e-7, 1 - 1e-8, 1 - 1e-10, 1 - 1e-12} {
		r := must[ClusterRate](t)(KornGraubard(clusters, level, UpperBound))
		if r.Upper <= last || r.Upper >= 1 {
			t.Errorf("the upper bound at %v is %v, and at the level before %v", level, r.Upper, last)
		}
		if level >= 0.9 && r.EffectiveN.Value > 64*6*6 {
			t.Errorf("at %v the cases count as %v", level, r.EffectiveN)
		}
		last = r.Upper
	}
}

func TestStudentUpperInTheTail(t *testing.T) {
	for _, df := range []float64{1, 3, 63, 400, 1e5} {
		for _, tail := range []float64{0.3, 0.05, 1e-3, 1.01e-4, 0.99e-4, 1e-6, 1e-8, 1e-10, 1e-12} {
			if got := studentTwoSided(studentUpper(tail, df), df); math.Abs(got/(2*tail)-1) > 1e-8 {
				t.Errorf("df %v: P(|T| > t) is %v, want %v", df, got, 2*tail)
			}
		}
	}
}

func TestRepeatsDoNotMakeCases(t *testing.T) {
	few := []Moments{must[Moments](t)(RateMoments(1, 2)), must[Moments](t)(RateMoments(2, 2)), must[Moments](t)(RateMoments(0, 2))}
	var many []Moments
	for _, c := range few {
		many = append(many, must[Moments](t)(RateMoments(int(c.Mean*1000), 1000)))
	}
	a, b := must[RepeatsEstimate](t)(RepeatedTrials(few, 0.95)), must[RepeatsEstimate](t)(RepeatedTrials(many, 0.95))
	if math.Abs(a.SE.Value-b.SE.Value) > 1e-12 {
		t.Errorf("500 times the trials of the same cases turn SE %v into %v", a.SE, b.SE)
	}
	if !a.WithinVar.Valid || b.Cases != 3 {
		t.Errorf("got %+v and %+v", a, b)
	}
}

func TestPassProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		c := rapid.IntRange(0, n).Draw(t, "c")
		k := rapid.IntRange(1, n).Draw(t, "k")
		at, hat := must[float64](t)(PassAtK(n, c, k)), must[float64](t)(PassHatK(n, c, k))
		p := float64(c) / float64(n)
		if !(0 <= hat && hat <= p+1e-12 && p <= at+1e-12 && at <= 1) {
			t.Fatalf("pass^%d = %v, rate %v, pass@%d = %v; want them to ascend", k, hat, p, k, at)
		}
	})
}

func TestAdjustProperties(t *testing.T) {
	for _, method := range []Adjustment{Holm, BenjaminiHochberg, BenjaminiYekutieli, Bonferroni} {
		t.Run(method.String(), rapid.MakeCheck(func(t *rapid.T) {
			var ps []Number
			for _, p := range rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(t, "p") {
				ps = append(ps, Num(p))
			}
			adjusted := must[[]Number](t)(AdjustP(ps, method))
			bonferroni := must[[]Number](t)(AdjustP(ps, Bonferroni))
			for i := range ps {
				if adjusted[i].Value < ps[i].Value-1e-12 || adjusted[i].Value > 1 {
					t.Fatalf("p %v adjusted to %v", ps[i], adjusted[i])
				}
				if method == Holm && adjusted[i].Value > bonferroni[i].Value+1e-12 {
					t.Fatalf("Holm %v above Bonferroni %v", adjusted[i], bonferroni[i])
				}
				for j := range ps {
					if ps[i].Value < ps[j].Value && adjusted[i].Value > adjusted[j].Value {
						t.Fatalf("the order of %v and %v turns to %v and %v", ps[i], ps[j], adjusted[i], adjusted[j])
					}
				}
			}
		}))
	}
}
