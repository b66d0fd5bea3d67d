package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Scores of positives are normal around 1, those of negatives around 0: the area
// is Φ(1/√2).
func drawn(rng *rand.Rand, n int) (scores []float64, positive []bool) {
	for i := range n {
		p := i%3 > 0
		scores, positive = append(scores, rng.NormFloat64()+indicator(p)), append(positive, p)
	}
	return scores, positive
}

func TestROCAUCIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	truth := normalCDF(1 / math.Sqrt2)
	const times = 1000
	hits := 0
	for range times {
		scores, positive := drawn(rng, 90)
		iv, err := ROCAUCInterval(scores, positive, nil, nil, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if iv.Contains(truth) {
			hits++
		}
	}
	// DeLong's interval is a little short for so few cases; three Monte-Carlo
	// errors of 94 % are 2.3 points.
	if share := float64(hits) / times; math.Abs(share-0.94) > 0.023 {
		t.Errorf("the interval covers the area in %.3f of draws", share)
	}
}

func TestROCAUCIntervalOfClusters(t *testing.T) {
	scores, positive := drawn(rand.New(rand.NewPCG(3, 4)), 60)
	alone, err := ROCAUCInterval(scores, positive, nil, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// Every case twice, in a cluster of its own, says no more than once.
	var clusters []int32
	for range 2 {
		for i := range 60 {
			clusters = append(clusters, int32(i))
		}
	}
	twice, err := ROCAUCInterval(append(scores, scores...), append(positive, positive...), nil, clusters, 0.95)
	if err != nil || math.Abs(twice.Lower-alone.Lower) > 1e-12 || math.Abs(twice.Upper-alone.Upper) > 1e-12 {
		t.Errorf("once %v to %v, twice %v to %v: %v", alone.Lower, alone.Upper, twice.Lower, twice.Upper, err)
	}
	// A weight of two is the same as two cases as far as the area goes.
	weights := make([]float64, 60)
	for i := range weights {
		weights[i] = 2
	}
	if weighted, err := ROCAUCInterval(scores, positive, weights, nil, 0.95); err != nil || math.Abs(weighted.Lower-alone.Lower) > 1e-12 {
		t.Errorf("equal weights: %v, want %v: %v", weighted.Lower, alone.Lower, err)
	}
}

func TestROCAUCIntervalEdges(t *testing.T) {
	for _, test := range []struct {
		why      string
		scores   []float64
		positive []bool
		clusters []int32
		estimate Number
		lower    float64
	}{
		{"no case", nil, nil, nil, Number{}, 0},
		{"one outcome only", []float64{1, 2}, []bool{true, true}, nil, Number{}, 0},
		{"one cluster", []float64{1, 2}, []bool{false, true}, []int32{5, 5}, Num(1), 0},
		{"a perfect order leaves nothing to vary", []float64{1, 2, 3, 4}, []bool{false, false, true, true}, nil, Num(1), 1},
	} {
		iv, err := ROCAUCInterval(test.scores, test.positive, nil, test.clusters, 0.95)
		if err != nil || iv.Estimate != test.estimate || iv.Lower != test.lower || iv.Upper != 1 {
			t.Errorf("%s: %+v, %v", test.why, iv, err)
		}
	}
	for why, scores := range map[string][]float64{"a score is NaN": {math.NaN(), 1}, "a score too many": {1, 2, 3}} {
		if _, err := ROCAUCInterval(scores, []bool{true, false}, nil, nil, 0.95); err == nil {
			t.Errorf("%s, and it is taken", why)
		}
	}
	if _, err := ROCAUCInterval([]float64{1, 2}, []bool{true, false}, nil, []int32{1}, 0.95); err == nil {
		t.Error("a cluster is missing, and it is taken")
	}
}
