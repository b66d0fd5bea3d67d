package stats

import (
	"testing"

	"pgregory.net/rapid"
)

func TestCasesToDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 500).Draw(t, "n")
		x := rapid.IntRange(0, n).Draw(t, "x")
		threshold := rapid.Float64Range(0.01, 0.99).Draw(t, "threshold")
		by := rapid.SampledFrom([]RateInterval{ByWilson, ByClopperPearson}).Draw(t, "interval")
		side := rapid.SampledFrom([]Side{TwoSided, LowerBound, UpperBound}).Draw(t, "side")
		p := float64(x) / float64(n)
		total, err := CasesToDecide(x, n, threshold, 0.95, side, by)
		if err != nil {
			cannot := p == threshold || side == LowerBound && p < threshold || side == UpperBound && p > threshold
			if CodeOf(err) != NoDifference || !cannot {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		decided := func(n int) bool {
			iv := by.interval(p*float64(n), float64(n), 0.95, side)
			return iv.Lower >= threshold || iv.Upper <= threshold
		}
		if total < n || !decided(total) || total > n && decided(total-1) {
			t.Fatalf("%d cases from %d of %d do not just decide", total, x, n)
		}
	})
}

func TestCasesToDecideOfNoEvents(t *testing.T) {
	// 0 of 50, to be shown to be at most 1% by a one-sided bound: 299 in all.
	got := must[int](t)(CasesToDecide(0, 50, 0.01, 0.95, UpperBound, ByClopperPearson))
	if want := must[int](t)(ZeroEventCases(0.01, 0.95)); got != want || got != 299 {
		t.Errorf("got %d, want %d", got, want)
	}
}

func TestFurtherPairs(t *testing.T) {
	for _, row := range []struct {
		why  string
		seen Pairs
		want int
		code Code
	}{
		{"10% against 5% discordant needs 469", Pairs{Both: 80, OnlyA: 10, OnlyB: 5, Neither: 5}, 369, ""},
		{"enough already", Pairs{Both: 50, OnlyA: 40, OnlyB: 5, Neither: 5}, 0, ""},
		{"nothing between them", Pairs{Both: 90, OnlyA: 5, OnlyB: 5}, 0, NoDifference},
		{"no cases", Pairs{}, 0, NoDifference},
	} {
		got, err := FurtherPairs(row.seen, 0.05, 0.8)
		if got != row.want || CodeOf(err) != row.code {
			t.Errorf("%s: got %d, %v; want %d, code %q", row.why, got, err, row.want, row.code)
		}
	}
}

func TestPlannedPowerIsReached(t *testing.T) {
	for _, d := range []Discordance{{0.10, 0.05}, {0.08, 0.03}, {0.06, 0.01}} {
		size := must[SampleSize](t)(PairsConnor(d, 0.05, 0.8))
		power := must[float64](t)(McNemarPowerExact(size.N, d, 0.05, MidP))
		if power < 0.78 || power > 0.85 {
			t.Errorf("%+v: %d pairs have power %.3f, want about .80", d, size.N, power)
		}
		// Equal designs but for the margin take about as many cases as a
		// difference of that size.
		margin := must[SampleSize](t)(PairsForMargin(Discordance{d.OnlyB, d.OnlyB}, d.difference(), 0.05, 0.8))
		if margin.N < 1 || margin.N > size.N {
			t.Errorf("%+v: margin needs %d pairs, difference %d", d, margin.N, size.N)
		}
	}
}
