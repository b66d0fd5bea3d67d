package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The example of Fleiss (1971) as it is usually shown: ten cases, fourteen raters,
// five categories, kappa 0.210.
func TestFleissExample(t *testing.T) {
	counts := [][]int{
		{0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1},
		{7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7},
	}
	a, err := FleissAgreement(counts, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(a.Kappa.Estimate.Value-0.20993) > 1e-5 || math.Abs(a.Agree.Value-0.378022) > 1e-6 || a.Cases != 10 {
		t.Errorf("kappa %v, agreement %v of %d cases; want 0.20993, 0.378022, 10", a.Kappa.Estimate, a.Agree, a.Cases)
	}
}

// Cohen's kappa is that of the confusion matrix of one rater against the other.
func TestCohenIsThatOfTheConfusion(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	labels := []string{"a", "b", "c"}
	var a, b []int
	var one, other []string
	for range 200 {
		x := rng.IntN(3)
		y := x
		if rng.Float64() < 0.3 {
			y = rng.IntN(3)
		}
		a, b = append(a, x), append(b, y)
		one, other = append(one, labels[x]), append(other, labels[y])
	}
	got, err := CohenAgreement(a, b, 3, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ConfusionOf(one, other, labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := c.Kappa(Nominal).Value; math.Abs(got.Kappa.Estimate.Value-want) > 1e-12 {
		t.Errorf("kappa %v, want %v", got.Kappa.Estimate.Value, want)
	}
}

func TestAgreementOfLittle(t *testing.T) {
	for _, tt := range []struct {
		why    string
		counts [][]int
		kappa  Number
		cases  int
		open   bool // the interval says nothing
	}{
		{"nobody rated twice", [][]int{{1, 0}, {0, 1}}, Number{}, 0, true},
		{"chance alone agrees always", [][]int{{2, 0}, {2, 0}}, Number{}, 2, true},
		{"one case", [][]int{{1, 1}}, Num(-1), 1, true},
		{"all agree, on both categories", [][]int{{2, 0}, {0, 2}, {2, 0}, {0, 2}}, Num(1), 4, false},
	} {
		a, err := FleissAgreement(tt.counts, nil, 0.95)
		if err != nil || a.Kappa.Estimate != tt.kappa || a.Cases != tt.cases || (a.Kappa.Upper-a.Kappa.Lower == 2) != tt.open {
			t.Errorf("%s: %+v (%v)", tt.why, a, err)
		}
	}
	if _, err := CohenAgreement([]int{0, 3}, []int{0, 1}, 2, nil, 0.95); err == nil {
		t.Error("a category that is none is taken")
	}
}

// The interval covers the kappa of the world about as often as it says, with
// clusters, too.
func TestKappaIntervalCovers(t *testing.T) {
	const repetitions, cases = 600, 120
	rng := rand.New(rand.NewPCG(3, 8))
	for _, size := range []int{1, 4} {
		draw := func(n int) (a, b []int, clusters []int32) {
			for g := range n / size {
				x, err := rng.IntN(2), rng.Float64() < 0.2
				for range size {
					y := x
					if err {
						y = 1 - x
					}
					a, b, clusters = append(a, x), append(b, y), append(clusters, int32(g))
				}
			}
			return a, b, clusters
		}
		covered := 0
		for range repetitions {
			a, b, clusters := draw(cases)
			got, err := CohenAgreement(a, b, 2, clusters, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if got.Kappa.Lower <= 0.6 && 0.6 <= got.Kappa.Upper { // 0.8 agree, 0.5 by chance
				covered++
			}
		}
		if share := float64(covered) / repetitions; share < 0.92 || share > 0.99 {
			t.Errorf("clusters of %d: the interval covers in %.3f of %d repetitions", size, share, repetitions)
		}
	}
}
