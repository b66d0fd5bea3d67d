package learn

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The spread of the mapped confidence is that of fits to fresh answers.
func TestCurveSpread(t *testing.T) {
	draw := func(rng *rand.Rand) (x []float64, right []bool, clusters []int32) {
		for i := range 600 {
			c := 0.3 + 0.69*rng.Float64()
			x, right, clusters = append(x, c), append(right, rng.Float64() < 0.8*c+0.1), append(clusters, int32(i))
		}
		return x, right, clusters
	}
	const at, fits = 0.9, 400
	sum, square, said := 0.0, 0.0, 0.0
	for seed := range uint64(fits) {
		x, right, clusters := draw(rand.New(rand.NewPCG(seed, 1)))
		c, err := FitCurve(Platt, x, right)
		if err != nil {
			t.Fatal(err)
		}
		y, g, v := c.At(at), c.Gradient(at), c.Spread(x, right, clusters)
		sum, square = sum+y, square+y*y
		said += (g[0]*g[0]*v[0][0] + 2*g[0]*g[1]*v[0][1] + g[1]*g[1]*v[1][1]) / fits
	}
	got := square/fits - (sum/fits)*(sum/fits)
	if ratio := math.Sqrt(said / got); ratio < 0.88 || ratio > 1.12 {
		t.Errorf("says a standard error of %v, fits have %v", math.Sqrt(said), math.Sqrt(got))
	}
	// Twice the same answers, in pairs, tell no more.
	x, right, clusters := draw(rand.New(rand.NewPCG(1, 1)))
	c, _ := FitCurve(Platt, x, right)
	once := c.Spread(x, right, clusters)
	twice := c.Spread(append(x, x...), append(right, right...), append(clusters, clusters...))
	if ratio := twice[0][0] / once[0][0]; ratio < 0.95 || ratio > 1.1 {
		t.Errorf("variance of the slope %v from pairs, %v from one of each", twice[0][0], once[0][0])
	}
}
