package scenario

import (
	"math"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// TestWeibullMoments wants a stated mean and spread to be those of what is drawn.
func TestWeibullMoments(t *testing.T) {
	for _, scv := range []float64{0.01, 0.5, 1, 4} {
		f := WeibullOf(30, scv)
		d := des.NewDraws(13, 0).For(0, 0)
		var tally des.Tally
		for range 400_000 {
			tally.Add(f.Draw(&d))
		}
		got := tally.SD() * tally.SD() / (tally.Mean() * tally.Mean())
		if math.Abs(tally.Mean()-30) > 0.02*30*math.Sqrt(scv) || math.Abs(got-scv) > 0.05*scv {
			t.Errorf("mean %v and squared coefficient of variation %v, want 30 and %v", tally.Mean(), got, scv)
		}
	}
	if f := WeibullOf(30, 1); math.Abs(f.shape-1) > 1e-6 {
		t.Errorf("shape %v of an exponential, want 1", f.shape)
	}
}
