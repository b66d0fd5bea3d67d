package stats

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// Weeks of remission of 21 leukaemia patients on 6-mercaptopurine, of which
// those without a relapse were cut short (Freireich et al., Blood 21, 1963, 699),
// and the product-limit estimate as textbooks give it (Cox & Oakes, Analysis of
// Survival Data, 1984, table 4.1; standard errors by Greenwood).
var remission = struct {
	weeks   []float64
	relapse []bool
}{
	[]float64{6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35},
	[]bool{true, true, true, false, true, false, true, false, false, true, true, false, false, false, true, true, false, false, false, false, false},
}

func TestKaplanMeier(t *testing.T) {
	s, err := KaplanMeier(remission.weeks, remission.relapse, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ week, left, se float64 }{
		{6, 0.857, 0.076}, {7, 0.807, 0.087}, {10, 0.753, 0.096}, {13, 0.690, 0.107},
		{16, 0.627, 0.114}, {22, 0.538, 0.128}, {23, 0.448, 0.135},
	}
	if len(s.Times) != len(want) {
		t.Fatalf("%d steps, want %d: %v", len(s.Times), len(want), s.Times)
	}
	for i, w := range want {
		if s.Times[i] != w.week || math.Abs(s.Left[i]-w.left) > 0.0005 || math.Abs(s.SE[i]-w.se) > 0.0006 {
			t.Errorf("week %v: %.4f left, standard error %.4f; want %+v", s.Times[i], s.Left[i], s.SE[i], w)
		}
	}
	if s.N != 21 || s.Ended != 9 || s.Last != 35 || math.Abs(s.Hazard-9./359) > 1e-12 {
		t.Errorf("%+v, want 9 relapses of 21 in 359 weeks", s)
	}
	for _, q := range []struct{ p, want float64 }{
		{1, 0}, {0.9, 6}, {0.5, 23}, {s.Beyond(), 23}, {s.Beyond() / math.E, 35 + 359./9},
	} {
		got := s.Time(q.p)
		if q.p == 1 {
			if got != 6 { // all are left until the first relapse
				t.Errorf("time of all: %v, want that of the first relapse", got)
			}
			continue
		}
		if math.Abs(got-q.want) > 1e-9 {
			t.Errorf("a share of %v is left at %v, want %v", q.p, got, q.want)
		}
	}
}

// TestKaplanMeierUncensored wants the share that is left to be the empirical
// one, and the mean to be the sample's, where nothing is cut short.
func TestKaplanMeierUncensored(t *testing.T) {
	s, err := KaplanMeier([]float64{3, 1, 4, 1, 5}, []bool{true, true, true, true, true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Mean()-14./5) > 1e-12 || s.Beyond() != 0 || math.Abs(s.Left[0]-0.6) > 1e-12 {
		t.Errorf("%+v with mean %v, want the sample's", s, s.Mean())
	}
}

func TestKaplanMeierWeights(t *testing.T) {
	var twice []float64
	var ended []bool
	weights := make([]float64, len(remission.weeks))
	for i := range remission.weeks {
		for range i % 3 {
			twice, ended = append(twice, remission.weeks[i]), append(ended, remission.relapse[i])
		}
		weights[i] = float64(i % 3)
	}
	a, err := KaplanMeier(twice, ended, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := KaplanMeier(remission.weeks, remission.relapse, weights)
	if err != nil {
		t.Fatal(err)
	}
	for p := 0.05; p < 1; p += 0.05 {
		if math.Abs(a.Time(p)-b.Time(p)) > 1e-9 {
			t.Errorf("a share of %v is left at %v by repeating, %v by weights", p, a.Time(p), b.Time(p))
		}
	}
	if math.Abs(a.Mean()-b.Mean()) > 1e-9 {
		t.Errorf("means %v and %v", a.Mean(), b.Mean())
	}
}

// TestKaplanMeierRecovers draws waits with a known patience, of which most are
// cut short, and wants the patience back where the mean of those who left is far
// from it.
func TestKaplanMeierRecovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n, patience, offered = 40_000, 30.0, 10.0
	times, left := make([]float64, n), make([]bool, n)
	sum, leavers := 0.0, 0.0
	for i := range times {
		p, w := patience*rng.ExpFloat64(), offered*rng.ExpFloat64()
		times[i], left[i] = math.Min(p, w), p < w
		if left[i] {
			sum += p
			leavers++
		}
	}
	s, err := KaplanMeier(times, left, nil)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Mean()-patience) > 0.05*patience {
		t.Errorf("mean %v, want %v", s.Mean(), patience)
	}
	if naive := sum / leavers; naive > 0.3*patience {
		t.Errorf("those who left waited %v on average: the test shows nothing", naive)
	}
	for _, p := range []float64{0.9, 0.7, 0.5} {
		if want := -patience * math.Log(p); math.Abs(s.Time(p)-want) > 0.06*want {
			t.Errorf("a share of %v is left at %v, want %v", p, s.Time(p), want)
		}
	}
}

func TestKaplanMeierRefuses(t *testing.T) {
	for _, test := range []struct {
		why     string
		times   []float64
		ended   []bool
		weights []float64
	}{
		{"fewer ends than times", []float64{1, 2}, []bool{true}, nil},
		{"fewer weights than times", []float64{1, 2}, []bool{true, false}, []float64{1}},
		{"a time before the start", []float64{-1}, []bool{true}, nil},
		{"no number", []float64{math.NaN()}, []bool{true}, nil},
		{"a negative weight", []float64{1}, []bool{true}, []float64{-1}},
	} {
		var refused *Error
		if _, err := KaplanMeier(test.times, test.ended, test.weights); !errors.As(err, &refused) {
			t.Errorf("%s: %v, want it refused", test.why, err)
		}
	}
	for _, none := range [][]float64{nil, {1, 2}} {
		s, err := KaplanMeier(none, make([]bool, len(none)), nil)
		if err != nil || !math.IsInf(s.Mean(), 1) || !math.IsInf(s.Time(0.5), 1) || s.Beyond() != 1 {
			t.Errorf("nothing ended: %+v, %v", s, err)
		}
	}
}
