package stats

import (
	"math"
	"testing"
)

func TestMannWhitney(t *testing.T) {
	positive := func(n, m int) []bool {
		p := make([]bool, n+m)
		for i := range m {
			p[n+i] = true
		}
		return p
	}
	for _, row := range []struct {
		why      string
		scores   []float64
		negative int
		auc, p   float64
	}{
		// U, its mean and its deviation worked out by hand.
		{"no ties: U = 23, mean 12.5, sd sqrt(25*11/12)", []float64{1, 2, 3, 4, 7, 5, 6, 8, 9, 10}, 5, 23.0 / 25, 1 - 0.5*math.Erfc(-10.0/math.Sqrt(25*11/12.0)/math.Sqrt2)},
		{"one tie of four takes its share off the variance", []float64{1, 2, 2, 2, 3}, 2, 5.0 / 6, 1 - 0.5*math.Erfc(-1.5/math.Sqrt(0.5*(6-24.0/20))/math.Sqrt2)},
		{"equal scores say nothing", []float64{1, 1, 1, 1}, 2, 0.5, 1},
	} {
		got := must[RankTest](t)(MannWhitney(row.scores, positive(row.negative, len(row.scores)-row.negative)))
		if math.Abs(got.AUC.Value-row.auc) > 1e-12 || math.Abs(got.PValue.Value-row.p) > 1e-9 {
			t.Errorf("%s: got AUC %v, p %v, want %v, %v", row.why, got.AUC, got.PValue, row.auc, row.p)
		}
	}
	if got := must[RankTest](t)(MannWhitney([]float64{1, 2}, []bool{true, true})); got.AUC.Valid || got.PValue.Valid {
		t.Errorf("one class alone: got %+v, want nothing", got)
	}
	// Its size: scores that tell nothing are found in about 5 % of samples.
	rng := newRand(11)
	const runs, n = 4000, 60
	found := 0
	for range runs {
		scores := make([]float64, n)
		for i := range scores {
			scores[i] = math.Floor(rng.Float64() * 15)
		}
		if must[RankTest](t)(MannWhitney(scores, positive(n/2, n/2))).PValue.Value <= 0.05 {
			found++
		}
	}
	if share := float64(found) / runs; share < 0.035 || share > 0.06 {
		t.Errorf("found in %v of samples, want about .05", share)
	}
}
