package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// sums adds up groups of equal score.
func sums(scores []float64, yes, n []int) TrendSums {
	var t TrendSums
	for i, s := range scores {
		for j := range n[i] {
			t.Add(s, j < yes[i])
		}
	}
	return t
}

// R 4.2.2: smokers <- c(83,90,129,70); patients <- c(86,93,136,82);
// prop.trend.test(smokers, patients) gives X-squared = 8.2249, p = 0.004132.
func TestCochranArmitage(t *testing.T) {
	got, err := CochranArmitage(sums([]float64{1, 2, 3, 4}, []int{83, 90, 129, 70}, []int{86, 93, 136, 82}))
	if err != nil {
		t.Fatal(err)
	}
	if x := got.Z.Value * got.Z.Value; math.Abs(x-8.2249) > 5e-5 || math.Abs(got.PValue.Value-0.004132) > 5e-7 || got.Z.Value > 0 {
		t.Errorf("z² %v, p %v, z %v; want 8.2249, 0.004132 and a fall", x, got.PValue, got.Z)
	}
}

func TestTrendOfNothing(t *testing.T) {
	for _, row := range []struct {
		why  string
		give TrendSums
	}{
		{"no things", TrendSums{}},
		{"all yes", sums([]float64{1, 2}, []int{3, 3}, []int{3, 3})},
		{"none yes", sums([]float64{1, 2}, []int{0, 0}, []int{3, 3})},
		{"one time", sums([]float64{5}, []int{1}, []int{3})},
	} {
		a, err1 := CochranArmitage(row.give)
		b, err2 := ClusterTrend([]TrendSums{row.give, {}})
		if err1 != nil || err2 != nil || a.PValue.Valid || b.PValue.Valid {
			t.Errorf("%s: %v %v %v %v, want no figures", row.why, a, err1, b, err2)
		}
	}
	if _, err := CochranArmitage(TrendSums{N: 1, Score: math.NaN()}); err == nil {
		t.Error("a score that is no number is taken")
	}
	if one, _ := ClusterTrend([]TrendSums{sums([]float64{0, 1}, []int{1, 2}, []int{3, 3})}); one.PValue.Valid {
		t.Error("one cluster gives a p-value")
	}
}

// With two scores the test is Pearson's of the 2 x 2 table; and copies of the
// same things in their cluster tell nothing new.
func TestTrendProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := []int{rapid.IntRange(1, 60).Draw(t, "n0"), rapid.IntRange(1, 60).Draw(t, "n1")}
		yes := []int{rapid.IntRange(0, n[0]).Draw(t, "y0"), rapid.IntRange(0, n[1]).Draw(t, "y1")}
		got, err := CochranArmitage(sums([]float64{0, 1}, yes, n))
		if err != nil {
			t.Fatal(err)
		}
		want, err := ChiSquaredHomogeneity([][]int{{yes[0], n[0] - yes[0]}, {yes[1], n[1] - yes[1]}}, false)
		if err != nil {
			t.Fatal(err)
		}
		if got.PValue.Valid && math.Abs(got.PValue.Value-want.PValue.Value) > 1e-9 {
			t.Fatalf("p %v, Pearson's %v", got.PValue, want.PValue)
		}
		var once, twice []TrendSums
		for i := range n {
			for j := range n[i] {
				var c TrendSums
				c.Add(float64(i), j < yes[i])
				once = append(once, c)
				c.Add(float64(i), j < yes[i])
				twice = append(twice, c)
			}
		}
		a, _ := ClusterTrend(once)
		b, _ := ClusterTrend(twice)
		if math.Abs(a.Z.Or(0)-b.Z.Or(0)) > 1e-9 {
			t.Fatalf("t %v once, %v doubled in its cluster", a.Z, b.Z)
		}
	})
}
