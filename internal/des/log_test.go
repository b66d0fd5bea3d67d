package des

import (
	"math"
	"testing"
)

// TestLog compares logOf with math.Log all over the uniform draws, and wants it
// to be monotone on them where it could fail to be: where cells meet.
func TestLog(t *testing.T) {
	const step = 0x1p-52 // between neighbouring draws
	check := func(x float64) {
		got, want := logOf(x), math.Log(x)
		if unit := math.Nextafter(-want, math.Inf(1)) + want; math.Abs(got-want) > 2*unit {
			t.Fatalf("log of %x = %v, want %v", x, got, want)
		}
	}
	for exponent := -52; exponent <= 0; exponent++ {
		for cell := range logCells {
			edge := math.Ldexp(math.Float64frombits(uint64(logFirst+cell<<(52-logBits))), exponent)
			last := math.Inf(-1)
			for i := -3.5; i <= 3.5; i++ {
				// In steps of draws, as Draw.Uniform lays them.
				x := (math.Floor(edge/step) + i) * step
				if x <= 0 || x >= 1 {
					continue
				}
				check(x)
				if l := logOf(x); l <= last {
					t.Fatalf("log of %x = %v, and of the draw before %v", x, l, last)
				} else {
					last = l
				}
			}
		}
	}
	d := NewDraws(1, 0).For(0, 0)
	for range 1_000_000 {
		check(d.Uniform())
	}
	if got := logOf(1); got != 0 {
		t.Errorf("log of 1 = %v, want 0", got)
	}
}
