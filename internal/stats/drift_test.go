package stats

import (
	"math"
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

func TestKolmogorovSmirnovExactByEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.IntRange(0, 6)
		x := rapid.SliceOfN(value, 1, 5).Draw(t, "x")
		y := rapid.SliceOfN(value, 1, 5).Draw(t, "y")
		pool := make([]float64, 0, len(x)+len(y))
		for _, v := range append(x, y...) {
			pool = append(pool, float64(v))
		}
		m := len(x)
		got := must[KSResult](t)(KolmogorovSmirnov(pool[:m], pool[m:]))

		// The permutation distribution: every choice of m of the pooled values.
		hits, splits := 0.0, 0.0
		for set := range 1 << len(pool) {
			if bits.OnesCount(uint(set)) != m {
				continue
			}
			var a, b []float64
			for i, v := range pool {
				if set>>i&1 == 1 {
					a = append(a, v)
				} else {
					b = append(b, v)
				}
			}
			splits++
			if must[KSResult](t)(KolmogorovSmirnov(a, b)).D.Value >= got.D.Value-1e-12 {
				hits++
			}
		}
		if math.Abs(got.PExact.Value-hits/splits) > 1e-9 {
			t.Fatalf("exact p %v, want %v of %v splits", got.PExact, hits, splits)
		}
	})
}

func TestKolmogorovLimit(t *testing.T) {
	// Smirnov's (1948) table of 1 - K(x).
	for _, row := range []struct{ x, want float64 }{{0.5, 0.963945}, {0.83, 0.496}, {1.0, 0.269999}, {1.36, 0.049}, {1.63, 0.0098}, {2, 0.000671}} {
		if got := kolmogorov(row.x); math.Abs(got-row.want) > 1e-3 {
			t.Errorf("kolmogorov(%v) = %v, want %v", row.x, got, row.want)
		}
	}
	if below, above := kolmogorov(1.18-1e-12), kolmogorov(1.18); math.Abs(below-above) > 1e-10 {
		t.Errorf("the two series meet at %v and %v", below, above)
	}
}

func drawTable(t *rapid.T) [][]int {
	k := rapid.IntRange(2, 4).Draw(t, "columns")
	row := rapid.SliceOfN(rapid.IntRange(0, 12), k, k)
	return [][]int{row.Draw(t, "baseline"), row.Draw(t, "fresh")}
}

func TestExactTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := drawTable(t)
		exact := must[TableTest](t)(ChiSquaredExact(counts))
		fisher := must[TableTest](t)(FisherExact(counts))
		if exact.PValue.Valid != fisher.PValue.Valid {
			t.Fatalf("exact %+v, Fisher %+v", exact, fisher)
		}
		if !exact.PValue.Valid {
			return
		}
		swapped := must[TableTest](t)(ChiSquaredExact([][]int{counts[1], counts[0]}))
		if math.Abs(swapped.PValue.Value-exact.PValue.Value) > 1e-9 || exact.PValue.Value <= 0 || fisher.PValue.Value <= 0 {
			t.Fatalf("p = %v, %v after swapping the samples; Fisher %v", exact.PValue, swapped.PValue, fisher.PValue)
		}
		test := must[ChiSquared](t)(ChiSquaredHomogeneity(counts, false))
		if test.DF.Value > 0 && math.Abs(test.Statistic.Value-exact.Statistic.Value) > 1e-9 {
			t.Fatalf("statistic %v and %v", test.Statistic, exact.Statistic)
		}
		const resamples = 2000
		random := must[TableTest](t)(ChiSquaredMonteCarlo(counts, resamples, seeded(1)))
		if math.Abs(random.PValue.Value-exact.PValue.Value) > 5*math.Sqrt(0.25/resamples) {
			t.Fatalf("Monte Carlo p %v, exact %v", random.PValue, exact.PValue)
		}
	})
}

func TestTablesTooLargeAreRefused(t *testing.T) {
	wide := [][]int{{100, 100, 100, 100, 100, 100}, {100, 100, 100, 100, 100, 100}}
	if _, err := FisherExact(wide); CodeOf(err) != TooLarge {
		t.Errorf("got %v, want it refused as too large", err)
	}
}

func TestDistanceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), 1, 20).Draw(t, "x")
		y := rapid.SliceOfN(rapid.Float64Range(-10, 10), 1, 20).Draw(t, "y")
		shift := rapid.Float64Range(-3, 3).Draw(t, "shift")
		moved := make([]float64, len(x))
		for i, v := range x {
			moved[i] = v + shift
		}
		if d := must[Number](t)(Wasserstein(x, moved)); math.Abs(d.Value-math.Abs(shift)) > 1e-9 {
			t.Fatalf("a shift by %v is at distance %v", shift, d)
		}
		there, back := must[Number](t)(Wasserstein(x, y)), must[Number](t)(Wasserstein(y, x))
		if math.Abs(there.Value-back.Value) > 1e-9 {
			t.Fatalf("%v there, %v back", there, back)
		}

		p := rapid.SliceOfN(rapid.Float64Range(0.01, 1), 3, 3).Draw(t, "p")
		q := rapid.SliceOfN(rapid.Float64Range(0, 1), 3, 3).Draw(t, "q")
		q[0] += 0.01
		js := must[Number](t)(JensenShannon(p, q, Base2))
		if js.Value < 0 || js.Value > 1 || js != must[Number](t)(JensenShannon(q, p, Base2)) {
			t.Fatalf("Jensen-Shannon distance %v is outside 0..1 or not symmetric", js)
		}
		if d := must[Number](t)(JensenShannon(p, p, BaseE)); d.Value > 1e-7 {
			t.Fatalf("distance %v of shares to themselves", d)
		}
	})
}

func TestMMDMonteCarloAgreesWithExact(t *testing.T) {
	x := [][]float64{{0}, {0.4}, {1.1}, {0.2}, {0.5}}
	y := [][]float64{{0.9}, {1.6}, {0.7}, {2.2}, {1.3}}
	gamma := must[Number](t)(MedianGamma(x, y)).Value
	exact := must[MMDResult](t)(MMDExact(x, y, gamma))
	got := must[MMDResult](t)(MMDMonteCarlo(x, y, gamma, 20_000, seeded(1)))
	if exact.MMD2 != got.MMD2 || math.Abs(exact.PValue.Value-got.PValue.Value) > 0.015 {
		t.Errorf("got %+v, want %+v", got, exact)
	}
}

func TestConfidenceBasedAccuracyOfManyCases(t *testing.T) {
	// Either side of the switch to the normal limit the interval is the same.
	ps := make([]float64, maxExactPoissonBinomial+1)
	for i := range ps {
		ps[i] = 0.6 + 0.4*float64(i%100)/100
	}
	exact := must[ConfidenceBased](t)(ConfidenceBasedAccuracy(ps[:maxExactPoissonBinomial], 0.95))
	normal := must[ConfidenceBased](t)(ConfidenceBasedAccuracy(ps, 0.95))
	if math.Abs(exact.Lower-normal.Lower) > 3e-4 || math.Abs(exact.Upper-normal.Upper) > 3e-4 {
		t.Errorf("exact %+v, normal %+v", exact.Interval, normal.Interval)
	}
}

func TestPSIThresholdHoldsItsSize(t *testing.T) {
	// Of samples from one distribution about 1% lie above the 1% threshold.
	rng := newRand(5)
	const runs, bins, n, m = 3000, 10, 1000, 200
	limit := must[float64](t)(PSIThreshold(n, m, bins, 0.01))
	above := 0
	for range runs {
		draw := func(n int) []int {
			counts := make([]int, bins)
			for range n {
				counts[rng.IntN(bins)]++
			}
			return counts
		}
		if must[Number](t)(PSI(draw(n), draw(m), AddHalf)).Value > limit {
			above++
		}
	}
	if share := float64(above) / runs; share > 0.016 || share < 0.005 {
		t.Errorf("%v above the threshold, want about .01", share)
	}
}
