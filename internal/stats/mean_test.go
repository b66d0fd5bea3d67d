package stats

import (
	"math"
	"testing"
)

func TestMeanInterval(t *testing.T) {
	for _, row := range []struct {
		why     string
		values  []float64
		weights []float64
		bounded bool
	}{
		{"equal weights", []float64{1, 2, 4, 7, 9}, nil, true},
		{"the same weight for all", []float64{1, 2, 4, 7, 9}, []float64{3, 3, 3, 3, 3}, true},
		{"one value says nothing of the spread", []float64{4.6}, nil, false},
		{"one value with all the weight", []float64{4.6, 1}, []float64{1, 0}, false},
	} {
		iv := MeanInterval(must[Moments](t)(MomentsOf(row.values, row.weights)), 0.95)
		if math.Abs(iv.Estimate.Value-4.6) > 1e-12 || iv.Bounded() != row.bounded {
			t.Errorf("%s: got %+v", row.why, iv)
		}
		if row.bounded {
			half := 2.7764451051977987 * math.Sqrt(11.3/5) // t_4 and the variance of the values
			if math.Abs(iv.Upper-4.6-half) > 1e-9 || math.Abs(4.6-half-iv.Lower) > 1e-9 {
				t.Errorf("%s: got %v..%v, want 4.6 ± %v", row.why, iv.Lower, iv.Upper, half)
			}
		}
	}
	unequal := MeanInterval(must[Moments](t)(MomentsOf([]float64{1, 2, 4, 7, 9}, []float64{1, 2, 1, 3, 1})), 0.95)
	if !unequal.Bounded() || !unequal.Contains(unequal.Estimate.Value) {
		t.Errorf("unequal weights: got %+v, want a finite interval", unequal)
	}
}
