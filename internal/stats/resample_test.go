package stats

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func seeded(seed uint64) rand.Source { return rand.NewPCG(seed, 1) }

// signs returns n differences of right/wrong outcomes: plus 1s, minus -1s.
func signs(n, plus, minus int) []float64 {
	d := make([]float64, n)
	for i := range plus {
		d[i] = 1
	}
	for i := range minus {
		d[plus+i] = -1
	}
	return d
}

func TestSignFlipOfOutcomesIsMcNemar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := rapid.IntRange(0, 8).Draw(t, "b"), rapid.IntRange(0, 8).Draw(t, "c")
		got := must[PermutationResult](t)(SignFlip(signs(20, b, c), NotEqual, 100, seeded(1)))
		want := must[float64](t)(McNemarExact(b, c))
		if !got.Exact || math.Abs(got.PValue-want) > 1e-12 {
			t.Fatalf("got %+v, want the exact McNemar p %v", got, want)
		}
	})
}

func TestSignFlipMonteCarloAgreesWithExact(t *testing.T) {
	const resamples = 40_000
	scores := []float64{0.12, -0.05, 0.31, 0.08, 0.22, -0.01, 0.17, 0.04, 0, 0.3, -0.2, 0.11}
	for _, row := range []struct {
		why         string
		differences []float64
	}{
		{"scores, flipped one by one", scores},
		{"outcomes, flipped by count", signs(200, 14, 6)},
	} {
		for _, alternative := range []Alternative{NotEqual, Greater, Less} {
			exact := must[PermutationResult](t)(SignFlipExact(row.differences, alternative))
			got := must[PermutationResult](t)(SignFlipMonteCarlo(row.differences, alternative, resamples, seeded(7)))
			if limit := 4 * math.Sqrt(0.25/resamples); math.Abs(got.PValue-exact.PValue) > limit {
				t.Errorf("%s, alternative %d: p = %v, want %v within %.4f", row.why, alternative, got.PValue, exact.PValue, limit)
			}
		}
	}
}

func TestResamplingIsReproducible(t *testing.T) {
	values := make([]float64, 500)
	rng := rand.New(seeded(3))
	for i := range values {
		values[i] = rng.ExpFloat64()
	}
	run := func(processors int) (BootstrapResult, PermutationResult) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		b := must[BootstrapResult](t)(BootstrapMean(values, Bootstrap{Resamples: 999, Source: seeded(5)}))
		p := must[PermutationResult](t)(SignFlip(values, NotEqual, 999, seeded(5)))
		return b, p
	}
	b1, p1 := run(1)
	b4, p4 := run(4)
	if diff := cmp.Diff(b1, b4); diff != "" {
		t.Errorf("the bootstrap depends on the number of processors:\n%s", diff)
	}
	if p1 != p4 {
		t.Errorf("the permutation test depends on the number of processors: %+v and %+v", p1, p4)
	}
}

func TestBootstrapSE(t *testing.T) {
	// The sd of resampled means is the sd of the values over sqrt(n), with n and
	// not n-1 below, whichever way units are drawn.
	rng := rand.New(seeded(11))
	scores := make([]float64, 400)
	for i := range scores {
		scores[i] = rng.NormFloat64()
	}
	for _, row := range []struct {
		why    string
		values []float64
	}{
		{"distinct scores, drawn one by one", scores},
		{"right and wrong, drawn as counts", signs(400, 61, 33)},
		{"a rare event, drawn as counts", signs(1000, 1, 0)},
	} {
		m := must[Moments](t)(MomentsOf(row.values, nil))
		n := float64(m.N)
		want := math.Sqrt(m.M2 / n / n)
		got := must[BootstrapResult](t)(BootstrapMean(row.values, Bootstrap{Resamples: 20_000, Method: Percentile, Source: seeded(2)}))
		if math.Abs(got.SE.Value/want-1) > 0.03 {
			t.Errorf("%s: SE %v, want %v", row.why, got.SE, want)
		}
		if !got.Contains(got.Estimate.Value) {
			t.Errorf("%s: the estimate lies outside %+v", row.why, got.Interval)
		}
	}
}

func TestBootstrapPercentileNearT(t *testing.T) {
	// On symmetric data of many cases both methods come to mean ± 1.96 SE.
	rng := rand.New(seeded(17))
	values := make([]float64, 1000)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	m := must[Moments](t)(MomentsOf(values, nil))
	half := 1.96 * math.Sqrt(m.Variance().Value/1000)
	for _, method := range []BootstrapMethod{BCa, Percentile} {
		got := must[BootstrapResult](t)(BootstrapMean(values, Bootstrap{Method: method, Source: seeded(4)}))
		if math.Abs(got.Lower-(m.Mean-half)) > 0.005 || math.Abs(got.Upper-(m.Mean+half)) > 0.005 {
			t.Errorf("%s: got %v..%v, want %v ± %v", got.Method, got.Lower, got.Upper, m.Mean, half)
		}
	}
}

func TestBootstrapBCaLeansWithTheSkew(t *testing.T) {
	rng := rand.New(seeded(23))
	values := make([]float64, 60)
	for i := range values {
		values[i] = math.Exp(rng.NormFloat64())
	}
	bca := must[BootstrapResult](t)(BootstrapMean(values, Bootstrap{Source: seeded(1)}))
	plain := must[BootstrapResult](t)(BootstrapMean(values, Bootstrap{Method: Percentile, Source: seeded(1)}))
	if !(bca.Lower > plain.Lower && bca.Upper > plain.Upper) {
		t.Errorf("on right-skewed costs BCa %v..%v does not lie above the percentile %v..%v", bca.Lower, bca.Upper, plain.Lower, plain.Upper)
	}
}

func TestBootstrapWithoutEvidence(t *testing.T) {
	b := Bootstrap{Resamples: 200, Source: seeded(1)}
	half := Ratio{1, 2}
	for _, row := range []struct {
		why      string
		units    []PairedRatio
		estimate bool
		bounded  bool
	}{
		{"no units", nil, false, false},
		{"one unit says nothing of the spread", []PairedRatio{{half, half}}, true, false},
		{"b automated nothing, so its accuracy does not exist", []PairedRatio{{half, Ratio{}}, {half, Ratio{}}}, false, false},
		{"b automated one of many cases: a third of the resamples miss it", append(slices.Repeat([]PairedRatio{{half, Ratio{}}}, 39), PairedRatio{half, half}), true, false},
		{"two units", []PairedRatio{{half, half}, {Ratio{2, 2}, half}}, true, true},
	} {
		got := must[BootstrapResult](t)(BootstrapRatioDifference(row.units, b))
		if got.Estimate.Valid != row.estimate || got.Bounded() != row.bounded {
			t.Errorf("%s: got %+v", row.why, got)
		}
	}
	if _, err := BootstrapMean([]float64{1, 2}, Bootstrap{}); CodeOf(err) != OutOfRange {
		t.Errorf("without a source: got %v, want it refused", err)
	}
	if _, err := BootstrapMean([]float64{1, math.NaN()}, b); CodeOf(err) != NaNInput {
		t.Errorf("NaN: got %v, want it refused", err)
	}
}

func TestBootstrapOfClustersIsWiderThanOfCases(t *testing.T) {
	rng := rand.New(seeded(29))
	var cases []Ratio
	var clusters []Ratio
	for range 50 {
		rate := indicator(rng.Float64() < 0.7)
		for range 6 {
			cases = append(cases, Ratio{rate, 1})
		}
		clusters = append(clusters, Ratio{6 * rate, 6})
	}
	b := func() Bootstrap { return Bootstrap{Resamples: 5000, Source: seeded(1)} }
	byCase := must[BootstrapResult](t)(BootstrapRatio(cases, b()))
	byCluster := must[BootstrapResult](t)(BootstrapRatio(clusters, b()))
	if ratio := byCluster.SE.Value / byCase.SE.Value; math.Abs(ratio-math.Sqrt(6)) > 0.15 {
		t.Errorf("six equal cases per cluster widen the SE by %v, want sqrt 6", ratio)
	}
}

func TestSwapRatios(t *testing.T) {
	// With equal denominators the difference of ratios is a mean difference, and
	// swapping is flipping its sign.
	var units []PairedRatio
	differences := signs(18, 11, 3)
	for _, d := range differences {
		units = append(units, PairedRatio{A: Ratio{math.Max(d, 0), 1}, B: Ratio{math.Max(-d, 0), 1}})
	}
	const resamples = 40_000
	for _, alternative := range []Alternative{NotEqual, Greater, Less} {
		want := must[PermutationResult](t)(SignFlipExact(differences, alternative))
		got := must[PermutationResult](t)(SwapRatios(units, alternative, resamples, seeded(9)))
		if math.Abs(got.PValue-want.PValue) > 0.01 || math.Abs(got.Statistic.Value-want.Statistic.Value) > 1e-12 {
			t.Errorf("alternative %d: got %+v, want %+v", alternative, got, want)
		}
	}
	same := slices.Repeat([]PairedRatio{{Ratio{1, 2}, Ratio{1, 2}}}, 30)
	if got := must[PermutationResult](t)(SwapRatios(same, NotEqual, 99, seeded(1))); got.PValue != 1 {
		t.Errorf("equal designs: p = %v, want 1", got.PValue)
	}
	if got := must[PermutationResult](t)(SwapRatios(nil, NotEqual, 99, seeded(1))); got.PValue != 1 || got.Statistic.Valid {
		t.Errorf("no units: got %+v, want no statistic and p 1", got)
	}
}

func TestSwapByCountIsSwapOneByOne(t *testing.T) {
	// The same units, once all alike and once told apart by a tiny amount, are
	// drawn the two ways and must give the same p-value.
	var alike, apart []PairedRatio
	for i := range 400 {
		u := PairedRatio{A: Ratio{indicator(i%10 != 0), 1}, B: Ratio{indicator(i%7 != 0), indicator(i%3 != 0)}}
		u.B.Num = math.Min(u.B.Num, u.B.Den)
		alike = append(alike, u)
		u.A.Num += 1e-9 * float64(i)
		apart = append(apart, u)
	}
	a := must[PermutationResult](t)(SwapRatios(alike, NotEqual, 20_000, seeded(3)))
	b := must[PermutationResult](t)(SwapRatios(apart, NotEqual, 20_000, seeded(4)))
	if math.Abs(a.PValue-b.PValue) > 0.02 {
		t.Errorf("p = %v by count, %v one by one", a.PValue, b.PValue)
	}
}

// Drawn block by block, means have the spread of means: sd/√n, and the mean of
// the values.
func TestBootstrapOfManyScores(t *testing.T) {
	for _, n := range []int{gatherBlock + 1, 3*gatherBlock - 1, 20_000} {
		values := benchmarkValues(n)
		for i := range values {
			values[i] += float64(i) / float64(n) // the blocks differ
		}
		var m Moments
		for _, v := range values {
			m.Add(v)
		}
		r := must[BootstrapResult](t)(BootstrapMean(values, Bootstrap{Source: seeded(3), Resamples: 4000, Method: Percentile}))
		want := math.Sqrt(m.Variance().Value / float64(n))
		if math.Abs(r.SE.Value/want-1) > 0.05 {
			t.Errorf("n=%d: standard error %v, want %v", n, r.SE.Value, want)
		}
		if middle := (r.Lower + r.Upper) / 2; math.Abs(middle-m.Mean) > 0.2*want {
			t.Errorf("n=%d: the middle of the interval is %v, the mean %v", n, middle, m.Mean)
		}
	}
}
