package stats

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// intervals are the two intervals of a rate, for properties that both have.
var intervals = map[string]func(x, n int, level float64, side Side) (Interval, error){
	"Wilson":          Wilson,
	"Clopper-Pearson": ClopperPearson,
}

func must[T any](t interface{ Fatal(...any) }) func(T, error) T {
	return func(v T, err error) T {
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestRateIntervalProperties(t *testing.T) {
	for name, interval := range intervals {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			n := rapid.IntRange(1, 5000).Draw(t, "n")
			x := rapid.IntRange(0, n).Draw(t, "x")
			level := rapid.Float64Range(0.5, 0.999).Draw(t, "level")
			iv := must[Interval](t)(interval(x, n, level, TwoSided))

			p := float64(x) / float64(n)
			if !(0 <= iv.Lower && iv.Lower <= p && p <= iv.Upper && iv.Upper <= 1) {
				t.Fatalf("ends out of order: %+v", iv)
			}
			mirror := must[Interval](t)(interval(n-x, n, level, TwoSided))
			if math.Abs(mirror.Lower-(1-iv.Upper)) > 1e-9 || math.Abs(mirror.Upper-(1-iv.Lower)) > 1e-9 {
				t.Fatalf("failures of the same cases: %+v is not the mirror of %+v", mirror, iv)
			}
			if x < n {
				next := must[Interval](t)(interval(x+1, n, level, TwoSided))
				if next.Lower < iv.Lower || next.Upper < iv.Upper {
					t.Fatalf("one success more moves %+v down to %+v", iv, next)
				}
			}
			wider := must[Interval](t)(interval(x, n, (1+level)/2, TwoSided))
			if wider.Lower > iv.Lower || wider.Upper < iv.Upper {
				t.Fatalf("a higher level shortens %+v to %+v", iv, wider)
			}
			more := must[Interval](t)(interval(2*x, 2*n, level, TwoSided))
			if more.Width() > iv.Width()+1e-12 {
				t.Fatalf("twice the cases widen %+v to %+v", iv, more)
			}
			bound := must[Interval](t)(interval(x, n, level, LowerBound))
			if bound.Upper != 1 || bound.Lower < iv.Lower {
				t.Fatalf("lower bound %+v of %+v", bound, iv)
			}
		}))
	}
}

func TestClopperPearsonInvertsTheBinomialTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "n")
		x := rapid.IntRange(1, n).Draw(t, "x")
		level := rapid.Float64Range(0.5, 0.9999).Draw(t, "level")
		iv := must[Interval](t)(ClopperPearson(x, n, level, LowerBound))
		if got := binomialAtLeast(x, n, iv.Lower); math.Abs(got-(1-level)) > 1e-9 {
			t.Fatalf("P(X >= %d | lower end %v) = %v, want %v", x, iv.Lower, got, 1-level)
		}
	})
}

// exactCoverage sums the probability of the counts whose interval holds p.
func exactCoverage(t *testing.T, interval func(x, n int, level float64, side Side) (Interval, error), n int, p float64) float64 {
	covered := 0.0
	for x := range n + 1 {
		if must[Interval](t)(interval(x, n, 0.95, TwoSided)).Contains(p) {
			covered += binomialPMF(x, n, p)
		}
	}
	return covered
}

func TestCoverageOfRates(t *testing.T) {
	// Exact coverage of nominal 95% intervals. The Wilson column is that of
	// Brown, Cai and DasGupta (2001), whose interval dips below .95 close to 1.
	for _, row := range []struct {
		n                      int
		p                      float64
		wilson, clopperPearson float64
	}{
		{20, 0.95, 0.925, 0.984},
		{50, 0.99, 0.911, 0.986},
		{100, 0.95, 0.966, 0.983},
		{300, 0.99, 0.967, 0.989},
	} {
		for name, want := range map[string]float64{"Wilson": row.wilson, "Clopper-Pearson": row.clopperPearson} {
			if got := exactCoverage(t, intervals[name], row.n, row.p); math.Abs(got-want) > 0.0005 {
				t.Errorf("%s covers %.4f at n=%d p=%v, want %.3f", name, got, row.n, row.p, want)
			}
		}
	}
	for n := 5; n <= 200; n += 13 {
		for p := 0.01; p < 1; p += 0.07 {
			if got := exactCoverage(t, ClopperPearson, n, p); got < 0.95-1e-12 {
				t.Errorf("Clopper-Pearson covers only %.4f at n=%d p=%.2f", got, n, p)
			}
		}
	}
}

func TestWeightsThatAreEqualChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.Bool(), 1, 60).Draw(t, "outcomes")
		w := rapid.Float64Range(0.01, 50).Draw(t, "weight")
		var plain, weighted Moments
		successes := 0
		for _, o := range outcomes {
			plain.Add(indicator(o))
			weighted.AddWeighted(indicator(o), w)
			successes += int(indicator(o))
		}
		want := must[Interval](t)(Wilson(successes, len(outcomes), 0.95, TwoSided))
		for _, m := range []Moments{plain, weighted, must[Moments](t)(RateMoments(successes, len(outcomes)))} {
			got := must[Interval](t)(WilsonWeighted(m, 0.95, TwoSided))
			if math.Abs(got.Lower-want.Lower) > 1e-9 || math.Abs(got.Upper-want.Upper) > 1e-9 {
				t.Fatalf("got %+v, want %+v", got, want)
			}
		}
	})
}

func TestMomentsMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 0, 40).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		var whole, left, right Moments
		for i, v := range values {
			w := float64(i%3) + 0.5
			whole.AddWeighted(v, w)
			if i < cut {
				left.AddWeighted(v, w)
			} else {
				right.AddWeighted(v, w)
			}
		}
		left.Merge(right)
		if left.N != whole.N || math.Abs(left.Mean-whole.Mean) > 1e-8 || math.Abs(left.M2-whole.M2) > 1e-5 || left.Weight2 != whole.Weight2 {
			t.Fatalf("merged %+v, want %+v", left, whole)
		}
	})
}

func TestRefusedRates(t *testing.T) {
	for _, row := range []struct {
		why  string
		x, n int
		lvl  float64
		want Code
	}{
		{"more successes than cases", 3, 2, 0.95, InvalidCount},
		{"a negative count", -1, 2, 0.95, InvalidCount},
		{"a level in percent", 1, 2, 95, InvalidLevel},
		{"a NaN level", 1, 2, math.NaN(), InvalidLevel},
	} {
		for name, interval := range intervals {
			if _, err := interval(row.x, row.n, row.lvl, TwoSided); CodeOf(err) != row.want {
				t.Errorf("%s, %s: got %v, want code %q", name, row.why, err, row.want)
			}
		}
	}
}

func TestIntervalJSON(t *testing.T) {
	for why, iv := range map[string]Interval{
		"a rate":                  must[Interval](t)(Wilson(3, 10, 0.95, UpperBound)),
		"a mean of one cluster":   {Estimate: Num(2.5), Lower: math.Inf(-1), Upper: math.Inf(1), Level: 0.95, Method: "CR1, t"},
		"nothing known of a rate": must[Interval](t)(Wilson(0, 0, 0.9, TwoSided)),
	} {
		raw, err := json.Marshal(iv)
		if err != nil {
			t.Fatalf("%s: %v", why, err)
		}
		var back Interval
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatalf("%s: %v", why, err)
		}
		if diff := cmp.Diff(iv, back); diff != "" {
			t.Errorf("%s does not survive %s:\n%s", why, raw, diff)
		}
	}
}
