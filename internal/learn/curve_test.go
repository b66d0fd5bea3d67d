package learn

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestIsotonic holds the fit to one that was worked out by hand: of the six
// answers at .2, .4, .4, .6, .8 and .9 three are right, so right ones count
// 4/5 and wrong ones 1/5. The block at .4 is at the mean of one of each, 1/2;
// .6 is wrong and is pooled with it.
func TestIsotonic(t *testing.T) {
	c, err := FitCurve(Isotonic, []float64{.9, .4, .2, .4, .6, .8}, []bool{true, true, false, false, false, true})
	if err != nil {
		t.Fatal(err)
	}
	want := Curve{Method: Isotonic, Rows: 6, X: []float64{.2, 1.4 / 3, .85}, Y: []float64{.2, .4, .8}}
	if diff := cmp.Diff(want, c, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for x, want := range map[float64]float64{0: .2, .2: .2, 1: .8, (.2 + 1.4/3) / 2: .3} {
		if got := c.At(x); math.Abs(got-want) > 1e-12 {
			t.Errorf("at %v: %v, want %v", x, got, want)
		}
	}
}

// TestPlatt finds the distortion that the confidences were made with.
func TestPlatt(t *testing.T) {
	var x []float64
	var right []bool
	for i := range 19 {
		p := float64(i+1) / 20 // stated
		q := 1 / (1 + math.Exp(-0.5*logit(p)+1))
		for j := range 2000 {
			x, right = append(x, p), append(right, float64(j) < q*2000)
		}
	}
	c, err := FitCurve(Platt, x, right)
	if err != nil || math.Abs(c.Slope-0.5) > 0.01 || math.Abs(c.Offset+1) > 0.01 {
		t.Errorf("slope %v, offset %v, %v, want 0.5 and -1", c.Slope, c.Offset, err)
	}
}

// TestCurve: whatever answers a curve is fitted to, it stays within 0 and 1,
// is never certain, never falls, and survives its own check.
func TestCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom([]Method{Isotonic, Platt}).Draw(t, "method")
		x := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 40).Draw(t, "confidences")
		right := rapid.SliceOfN(rapid.Bool(), len(x), len(x)).Draw(t, "right")
		c, err := FitCurve(m, x, right)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		before := 0.0
		for i := range 101 {
			y := c.At(float64(i) / 100)
			if !(y > 0 && y < 1) || y < before {
				t.Fatalf("at %d/100: %v after %v", i, y, before)
			}
			before = y
		}
	})
}

func TestCurveRefuses(t *testing.T) {
	for _, c := range []Curve{
		{Method: "steps"}, {Method: Isotonic}, {Method: Isotonic, X: []float64{.1}, Y: []float64{2}},
		{Method: Isotonic, X: []float64{.1, .2}, Y: []float64{.5, .4}}, {Method: Platt, Slope: -1}, {Method: Platt, Slope: math.NaN()},
	} {
		if c.Check() == nil {
			t.Errorf("%+v is taken for a curve", c)
		}
	}
	if _, err := FitCurve(Platt, nil, nil); err == nil {
		t.Error("fitted to nothing")
	}
	if _, err := FitCurve(Isotonic, []float64{math.NaN()}, []bool{true}); err == nil {
		t.Error("fitted to no number")
	}
}
