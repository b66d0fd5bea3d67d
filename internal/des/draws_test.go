package des

import (
	"math"
	"math/bits"
	"testing"
)

// TestKeyedUniform checks the first draw of neighbouring keys: uniform by a chi
// square over 256 cells (255 degrees of freedom: within 140 and 370 but for one
// in a million), and uncorrelated from key to key.
func TestKeyedUniform(t *testing.T) {
	const n = 1 << 16
	for _, tt := range []struct {
		why string
		at  func(i int) Draw
	}{
		{"cases", func(i int) Draw { return NewDraws(1, 2).For(int64(i), 0) }},
		{"attempts", func(i int) Draw { return NewDraws(1, 2).For(5, i) }},
		{"seeds", func(i int) Draw { return NewDraws(uint64(i), 0).For(0, 0) }},
		{"purposes", func(i int) Draw { return NewDraws(9, uint64(i)).For(0, 0) }},
		{"replications", func(i int) Draw { return NewDraws(SubSeed(1, i), 0).For(0, 0) }},
		{"a grid of cases and attempts", func(i int) Draw { return NewDraws(1, 2).For(int64(i/256), i%256) }},
	} {
		var cells [256]float64
		last, product := 0.5, 0.0
		for i := range n {
			d := tt.at(i)
			u := d.Uniform()
			cells[int(u*256)]++
			product += (u - 0.5) * (last - 0.5)
			last = u
		}
		chi := 0.0
		for _, c := range cells {
			chi += (c - n/256) * (c - n/256) / (n / 256)
		}
		if chi < 140 || chi > 370 {
			t.Errorf("%s: chi square %v", tt.why, chi)
		}
		if r := product / n * 12 * math.Sqrt(n); math.Abs(r) > 5 {
			t.Errorf("%s: neighbours are correlated, z = %v", tt.why, r)
		}
	}
}

// TestAvalanche wants half of the bits to change with any one bit of the key.
func TestAvalanche(t *testing.T) {
	for bit := range 63 {
		changed := 0
		const n = 2000
		for i := range int64(n) {
			a, b := NewDraws(3, 1).For(i, 0), NewDraws(3, 1).For(i^1<<bit, 0)
			changed += bits.OnesCount64(a.Uint64() ^ b.Uint64())
		}
		if mean := float64(changed) / n; math.Abs(mean-32) > 5*4/math.Sqrt(n) {
			t.Errorf("bit %d of the case changes %v of 64 bits", bit, mean)
		}
	}
}

// TestDistributions compares the mean, variance and one share with the truth,
// within five standard errors.
func TestDistributions(t *testing.T) {
	const n = 200_000
	for _, tt := range []struct {
		why            string
		draw           func(d *Draw) float64
		mean, variance float64
		at, share      float64 // P(X <= at)
		kurtosis       float64 // fourth moment over squared variance, for the error of the variance
	}{
		{"uniform", (*Draw).Uniform, 0.5, 1. / 12, 0.3, 0.3, 1.8},
		{"exponential", func(d *Draw) float64 { return d.Exp(2) }, 2, 4, 2, 1 - math.Exp(-1), 9},
		{"normal", (*Draw).Normal, 0, 1, 1.959963985, 0.975, 3},
		{"lognormal", func(d *Draw) float64 { return d.LogNormal(3, 0.25) }, 3, 2.25, 3 / math.Sqrt(1.25), 0.5, 9},
		{"gamma", func(d *Draw) float64 { return d.Gamma(2, 3) }, 6, 18, 6, 1 - 3*math.Exp(-2), 6},
		{"gamma of shape below 1", func(d *Draw) float64 { return d.Gamma(0.5, 2) }, 1, 2, 1, math.Erf(math.Sqrt(0.5)), 15},
		{"index", func(d *Draw) float64 { return float64(d.Index(5)) }, 2, 2, 1, 0.4, 1.7},
	} {
		draws := NewDraws(11, 4)
		var x Tally
		below := 0
		for i := range int64(n) {
			d := draws.For(i, 0)
			v := tt.draw(&d)
			x.Add(v)
			if v <= tt.at {
				below++
			}
		}
		near(t, tt.why+": mean", x.Mean(), tt.mean, 5*math.Sqrt(tt.variance/n))
		near(t, tt.why+": variance", x.SD()*x.SD(), tt.variance, 5*tt.variance*math.Sqrt((tt.kurtosis-1)/n))
		near(t, tt.why+": share", float64(below)/n, tt.share, 5*math.Sqrt(tt.share*(1-tt.share)/n))
	}
}
