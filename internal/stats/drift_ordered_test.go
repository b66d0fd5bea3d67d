package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// In order or not, with equal weights or none, the figures are the same.
func TestOrderedAgreesWithUnordered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-20, 20).Draw(t, "v")) / 4 })
		x, y := rapid.SliceOfN(value, 1, 40).Draw(t, "x"), rapid.SliceOfN(value, 1, 40).Draw(t, "y")
		want := must[KSResult](t)(KolmogorovSmirnov(x, y))
		area := must[Number](t)(WassersteinIQR(x, y))
		twos := func(n int) []float64 { return slices.Repeat([]float64{2}, n) }
		for name, weights := range map[string][2][]float64{"no weights": {}, "equal weights": {twos(len(x)), twos(len(y))}} {
			a, b := must[Ordered](t)(Order(slices.Clone(x), weights[0])), must[Ordered](t)(Order(slices.Clone(y), weights[1]))
			got := must[KSResult](t)(KolmogorovSmirnovOrdered(a, b, float64(len(x)), float64(len(y))))
			if math.Abs(got.D.Value-want.D.Value) > 1e-12 || math.Abs(got.PAsymptotic.Value-want.PAsymptotic.Value) > 1e-9 {
				t.Fatalf("%s: %+v, want %+v", name, got, want)
			}
			if weights[0] != nil {
				continue // quartiles of weighted values are values
			}
			if exact := must[KSResult](t)(KolmogorovSmirnovOrdered(a, b, 0, 0)); exact != want {
				t.Fatalf("%+v, want %+v", exact, want)
			}
			if got := must[Number](t)(WassersteinOrdered(a, b)); math.Abs(got.Value-area.Value) > 1e-9 || got.Valid != area.Valid {
				t.Fatalf("Wasserstein %v, want %v", got, area)
			}
		}
	})
}

// A weight of k is k cases.
func TestOrderedWeightsAreCases(t *testing.T) {
	x := must[Ordered](t)(Order([]float64{3, 1, 2}, []float64{1, 3, 2}))
	y := must[Ordered](t)(Order([]float64{2, 2, 2.5, 4}, nil))
	got := must[KSResult](t)(KolmogorovSmirnovOrdered(x, y, 6, 4))
	want := must[KSResult](t)(KolmogorovSmirnov([]float64{1, 1, 1, 2, 2, 3}, []float64{2, 2, 2.5, 4}))
	if math.Abs(got.D.Value-want.D.Value) > 1e-12 || math.Abs(got.PAsymptotic.Value-want.PAsymptotic.Value) > 1e-12 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if q := x.Quantile(0.5); q.Value != 1 {
		t.Errorf("median %v, want 1: half of the weight is at it", q)
	}
}

func TestClusterRankSum(t *testing.T) {
	rng := newRand(3)
	scores, positive, own := make([]float64, 200), make([]bool, 200), make([]int, 200)
	for i := range scores {
		scores[i], positive[i], own[i] = float64(rng.IntN(50)), i%3 == 0, i
	}
	alone := must[RankTest](t)(ClusterRankSum(scores, positive, own, seeded(1)))
	usual := must[RankTest](t)(MannWhitney(scores, positive))
	if math.Abs(alone.PValue.Value-usual.PValue.Value) > 0.005 || alone.AUC != usual.AUC {
		t.Errorf("clusters of one: %+v, Mann-Whitney %+v", alone, usual)
	}
	if _, err := ClusterRankSum(scores, positive, make([]int, 200), seeded(1)); err == nil {
		t.Error("a cluster on both sides is taken")
	}
	// Under the null, with clusters of ten alike, one in twenty is below .05.
	below, tries := 0, 300
	for range tries {
		for i := range scores {
			if i%10 == 0 {
				scores[i] = rng.NormFloat64()
			} else {
				scores[i] = scores[i-1]
			}
			positive[i], own[i] = i >= 100, i/10
		}
		if must[RankTest](t)(ClusterRankSum(scores, positive, own, seeded(1))).PValue.Value <= 0.05 {
			below++
		}
	}
	if below < 4 || below > 26 { // three standard errors
		t.Errorf("%d of %d below .05", below, tries)
	}
}
