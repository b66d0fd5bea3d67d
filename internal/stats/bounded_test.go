package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// casesOf are units of one case each, of which x of n are right.
func casesOf(x, n int) []Ratio {
	units := make([]Ratio, n)
	for i := range units {
		units[i] = Ratio{indicator(i < x), 1}
	}
	return units
}

func TestBoundedRatioOfCasesIsClopperPearson(t *testing.T) {
	for _, n := range []int{1, 2, 3, 20, 300, 5000} {
		for _, x := range []int{0, 1, n / 3, n / 2, n - 1, n} {
			for _, side := range []Side{TwoSided, LowerBound, UpperBound} {
				want, _ := ClopperPearson(x, n, .95, side)
				got, err := BoundedRatio(casesOf(x, n), 0, 1, .95, side)
				if err != nil || math.Abs(got.Lower-want.Lower) > 1e-9 || math.Abs(got.Upper-want.Upper) > 1e-9 {
					t.Errorf("%d of %d, %s: [%v, %v] %v, want [%v, %v]", x, n, side, got.Lower, got.Upper, err, want.Lower, want.Upper)
				}
			}
		}
	}
}

// unevenUnits are n units of 1 to 9 cases.
func unevenUnits(r *rand.Rand, n int) []Ratio {
	units := make([]Ratio, n)
	for i := range units {
		size := float64(1 + r.IntN(9))
		units[i] = Ratio{math.Floor(size * math.Sqrt(r.Float64())), size}
	}
	return units
}

// TestBoundedRatioByDraws draws what the bounds are quantiles of.
func TestBoundedRatioByDraws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{2, 3, 10, 50} {
		units := unevenUnits(r, n)
		iv, err := BoundedRatio(units, 0, 1, .95, TwoSided)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, u := range units {
			sum += u.Den
		}
		var below, above share
		for range 20_000 {
			e := r.ExpFloat64() * sum / float64(n)
			num, den := 0.0, e
			for _, u := range units {
				w := r.ExpFloat64()
				num, den = num+w*u.Num, den+w*u.Den
			}
			below.add(num/den < iv.Lower)
			above.add((num+e)/den > iv.Upper)
		}
		below.near(t, "below the lower bound", .025)
		above.near(t, "above the upper bound", .025)
	}
}

func TestBoundedRatio(t *testing.T) {
	many := make([]Ratio, 3000)
	for i := range many {
		many[i] = Ratio{math.Mod(float64(i)*math.Phi, 1), 1}
	}
	same := func(n int, r Ratio) []Ratio {
		units := make([]Ratio, n)
		for i := range units {
			units[i] = r
		}
		return units
	}
	for _, tt := range []struct {
		why          string
		units        []Ratio
		low, high    float64
		lower, upper float64
		within       float64
	}{
		{"20 clusters, all of them right, tell as much as 20 cases", same(20, Ratio{5, 5}), 0, 1, math.Pow(.025, 1./20), 1, 1e-9},
		{"differences of nothing, which could be one of anything", same(100, Ratio{0, 4}), -1, 1, math.Pow(.025, 1./100) - 1, 1 - math.Pow(.025, 1./100), 1e-9},
		{"the size of all units does not matter", same(7, Ratio{3, 4}), 0, 1, 0.75 * math.Pow(.025, 1./7), 1 - 0.25*math.Pow(.025, 1./7), 1e-9},
		{"all as low as can be", same(7, Ratio{-4, 4}), -1, 1, -1, 1 - 2*math.Pow(.025, 1./7), 1e-9},
		{"one unit alone", same(1, Ratio{1, 1}), 0, 1, .025, 1, 1e-9},
		{"thousands of values are taken in groups, within a thousandth", many, 0, 1, .5 - 1.96*math.Sqrt(1./12/3000), .5 + 1.96*math.Sqrt(1./12/3000), 1e-3},
		{"no unit", nil, 0, 1, 0, 1, 0},
		{"units without cases", same(3, Ratio{}), 0, 1, 0, 1, 0},
	} {
		iv, err := BoundedRatio(tt.units, tt.low, tt.high, .95, TwoSided)
		if err != nil || math.Abs(iv.Lower-tt.lower) > tt.within || math.Abs(iv.Upper-tt.upper) > tt.within {
			t.Errorf("%s: [%v, %v] %v, want [%v, %v]", tt.why, iv.Lower, iv.Upper, err, tt.lower, tt.upper)
		}
	}
	for _, bad := range [][]Ratio{{{2, 1}}, {{-1, 1}}, {{math.NaN(), 1}}, {{1, math.Inf(1)}}, {{1, -1}}, {{1, 0}}} {
		if iv, err := BoundedRatio(bad, 0, 1, .95, TwoSided); err == nil {
			t.Errorf("%v: [%v, %v], want it refused", bad, iv.Lower, iv.Upper)
		}
	}
}

func TestUnitsToBound(t *testing.T) {
	for _, tt := range []struct {
		why   string
		units []Ratio
		limit float64
		side  Side
		want  float64 // units in all
	}{
		{"cases, all right: ln 0.025 / ln 0.9", casesOf(10, 10), .9, TwoSided, math.Log(.025) / math.Log(.9)},
		{"cases, none wrong, one-sided: ln 0.05 / ln 0.99", casesOf(0, 100), .01, UpperBound, math.Log(.05) / math.Log(.99)},
		{"at the limit", casesOf(9, 10), .9, TwoSided, 0},
		{"no unit", nil, .9, TwoSided, 0},
	} {
		times, err := UnitsToBound(tt.units, 0, 1, tt.limit, .95, tt.side)
		if got := times.Or(0) * float64(len(tt.units)); err != nil || math.Abs(got-tt.want) > 1e-3*tt.want {
			t.Errorf("%s: %v %v, want %v", tt.why, got, err, tt.want)
		}
	}
	// So many times as many units have their bound at the limit.
	units := unevenUnits(rand.New(rand.NewPCG(3, 4)), 30)
	g, _ := groupUnits(units, 0, 1)
	limit := g.ratio() - .02
	times, _ := UnitsToBound(units, 0, 1, limit, .95, TwoSided)
	var more []Ratio
	for range int(math.Round(times.Value)) {
		more = append(more, units...)
	}
	if iv, _ := BoundedRatio(more, 0, 1, .95, TwoSided); math.Abs(iv.Lower-limit) > 1e-3 {
		t.Errorf("the bound of %v times as many is %v, want %v", times, iv.Lower, limit)
	}
}

func TestBoundedRatioDifference(t *testing.T) {
	src := func() rand.Source { return rand.NewPCG(5, 6) }
	against := func(candidate []Ratio) []PairedRatio {
		units := make([]PairedRatio, len(candidate))
		for i, u := range candidate {
			units[i] = PairedRatio{A: u, B: Ratio{u.Den, u.Den}}
		}
		return units
	}
	// Against a baseline that is always right it is the candidate's own bound.
	for _, n := range []int{10, 60} {
		units := unevenUnits(rand.New(rand.NewPCG(3, 4)), n)
		want, _ := BoundedRatio(units, 0, 1, .95, TwoSided)
		got, err := BoundedRatioDifference(against(units), .95, 20_000, src())
		if err != nil || math.Abs(got.Lower-(want.Lower-1)) > .01 {
			t.Errorf("%d units: the lower bound is %v %v, want %v", n, got.Lower, err, want.Lower-1)
		}
	}
	a, _ := BoundedRatioDifference(against(casesOf(30, 40)), .95, 1000, src())
	b, _ := BoundedRatioDifference(against(casesOf(30, 40)), .95, 1000, src())
	if a != b {
		t.Errorf("the same draws give %v and %v", a, b)
	}
	if iv, err := BoundedRatioDifference([]PairedRatio{{A: Ratio{1, 1}}}, .95, 1000, src()); err != nil || iv.Estimate.Valid || iv.Lower != -1 || iv.Upper != 1 {
		t.Errorf("without a baseline: %v %v, want nothing known", iv, err)
	}
	if _, err := BoundedRatioDifference([]PairedRatio{{A: Ratio{2, 1}, B: Ratio{1, 1}}}, .95, 1000, src()); err == nil {
		t.Error("a ratio of 2 is not refused")
	}
}
