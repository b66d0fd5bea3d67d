package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Whatever can just be detected is what the planner asks so many cases for.
func TestDetectablePairsTurnsConnorRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20000).Draw(t, "n")
		pd := rapid.Float64Range(0.01, 1).Draw(t, "discordant")
		alpha := rapid.Float64Range(0.001, 0.2).Draw(t, "alpha")
		power := rapid.Float64Range(0.5, 0.95).Draw(t, "power")
		got, err := DetectablePairs(n, Discordance{pd / 3, pd - pd/3}, alpha, power)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Valid {
			if size, err := PairsConnor(Discordance{1, 0}, alpha, power); err != nil || size.Exact < float64(n) {
				t.Fatalf("nothing can be detected by %d cases, and %v would do for a difference of 1: %v", n, size.Exact, err)
			}
			return
		}
		d := got.Value
		pd = max(pd, d)
		size, err := PairsConnor(Discordance{(pd + d) / 2, (pd - d) / 2}, alpha, power)
		if err != nil || math.Abs(size.Exact-float64(n)) > 1e-6*float64(n) {
			t.Fatalf("%v of %v can be detected by %d cases, and Connor asks for %v: %v", d, pd, n, size.Exact, err)
		}
	})
}

func TestDetectable(t *testing.T) {
	// Connor: 10 % against 5 % needs 469 pairs; so 469 pairs of which 15 %
	// are discordant detect 5 points.
	got, err := DetectablePairs(469, Discordance{0.1, 0.05}, 0.05, 0.8)
	if err != nil || math.Abs(got.Value-0.05) > 1e-4 {
		t.Errorf("469 pairs detect %v, want 0.05: %v", got, err)
	}
	for _, test := range []struct {
		why   string
		n     int
		d     Discordance
		valid bool
	}{
		{"no case is discordant: a difference makes some", 100, Discordance{}, true},
		{"no cases", 0, Discordance{0.1, 0.1}, false},
		{"three cases show nothing, whatever differs", 3, Discordance{1, 0}, false},
		{"few discordant cases: a difference makes more", 100, Discordance{0.02, 0.01}, true},
		{"a hundred discordant ones can", 1000, Discordance{0.05, 0.05}, true},
	} {
		if got, err := DetectablePairs(test.n, test.d, 0.05, 0.8); err != nil || got.Valid != test.valid {
			t.Errorf("%s: %v, %v", test.why, got, err)
		}
	}
	// 1.96 and 0.84 standard errors of 0.1.
	iv := Interval{Estimate: Num(3), Lower: 3 - 0.1959964, Upper: 3 + 0.1959964, Level: 0.95}
	if got, err := DetectableMean(iv, 0.05, 0.8); err != nil || math.Abs(got.Value-0.2801585) > 1e-6 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := DetectableMean(Interval{Lower: 1, Upper: 1, Level: 0.95}, 0.05, 0.8); err != nil || got.Valid {
		t.Errorf("an interval without width detects %v, %v", got, err)
	}
	if _, err := DetectableMean(Interval{Lower: 0, Upper: 1}, 0.05, 0.8); err == nil {
		t.Error("an interval without a level is taken")
	}
	if _, err := DetectablePairs(10, Discordance{0.7, 0.7}, 0.05, 0.8); err == nil {
		t.Error("more discordant cases than cases are taken")
	}
}
