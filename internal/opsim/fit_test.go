package opsim

import (
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// Million revolutions that 23 ball bearings lasted (Lieblein & Zelen, J. Res.
// NBS 57, 1956, 273), on which textbooks show these fits (Lawless, Statistical
// Models and Methods for Lifetime Data): Weibull shape 2.102 and scale 81.88,
// lognormal with a mean logarithm of 4.150 and a standard deviation of 0.522.
var bearings = []float64{
	17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48, 51.84, 51.96, 54.12, 55.56, 67.80,
	68.64, 68.64, 68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40,
}

func TestFitOfBearings(t *testing.T) {
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.0006*want {
			t.Errorf("%s %.5g, want %.5g", what, got, want)
		}
	}
	w := fitOf("weibull", bearings)
	near("shape", w.shape, 2.102)
	near("scale", w.scale, 81.88)
	l := fitOf("lognormal", bearings)
	s2 := math.Log1p(l.SCV)
	near("mean logarithm", math.Log(l.Mean)-s2/2, 4.150)
	near("standard deviation of the logarithm", math.Sqrt(s2), 0.5217)
	near("mean of an exponential", fitOf("exponential", bearings).Mean, 72.22)
	g := fitOf("gamma", bearings)
	near("mean of a gamma", g.Mean, 72.22)
	near("its squared coefficient of variation, by moments", g.SCV, 0.25766)
}

// TestFitRecovers draws from each family, stated by its mean and spread, and
// wants them back; each to pass its test, and each to fail that of an exponential
// that it is not.
func TestFitRecovers(t *testing.T) {
	for _, want := range []*Distribution{
		{Name: "exponential", Mean: 20},
		{Name: "lognormal", Mean: 20, SCV: 0.5},
		{Name: "gamma", Mean: 20, SCV: 0.4},
		weibullOf(20, 0.3), weibullOf(20, 2),
	} {
		d := des.NewDraws(11, 0).For(0, 0)
		hours := make([]float64, 20_000)
		for i := range hours {
			hours[i] = want.Draw(&d) / 60
		}
		got, err := fitted(want.Name, "clerks", hours)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Mean-20) > 0.5 || math.Abs(got.SCV-want.SCV) > 0.05*want.SCV+0.01 {
			t.Errorf("%s: got %s", want, got.Distribution)
		}
		if got.warning != "" || !strings.Contains(got.said, "n=20000, Kolmogorov-Smirnov distance 0.0") {
			t.Errorf("%s: warning %q, origin %q", want, got.warning, got.said)
		}
		if other, err := fitted("exponential", "clerks", hours); err != nil || (other.warning == "") != (want.Name == "exponential") {
			t.Errorf("%s as an exponential: warning %q, %v", want, other.warning, err)
		}
	}
}

// TestFitLevel wants the test of a curve to reject it in 5 % of the samples that
// come from it, and no fewer, as tables for known parameters would.
func TestFitLevel(t *testing.T) {
	from := Distribution{Name: "lognormal", Mean: 20, SCV: 0.5}
	rejected := 0
	const experiments = 300
	for i := range int64(experiments) {
		d := des.NewDraws(12, 0).For(i, 0)
		hours := make([]float64, 60)
		for j := range hours {
			hours[j] = from.Draw(&d) / 60
		}
		f, err := fitted("lognormal", "clerks", hours)
		if err != nil {
			t.Fatal(err)
		}
		if f.warning != "" {
			rejected++
		}
	}
	if rate := float64(rejected) / experiments; math.Abs(rate-0.05) > 3*math.Sqrt(0.05*0.95/experiments) {
		t.Errorf("rejected %.1f%%, want 5%%", 100*rate)
	}
}

func TestFitRefuses(t *testing.T) {
	same := make([]float64, 30)
	for i := range same {
		same[i] = 0.2
	}
	for _, test := range []struct {
		hours []float64
		want  string
	}{
		{make([]float64, 50), "0 traced cases have minutes, and it takes 20"},
		{same[:19], "19 traced cases have minutes"},
		{same, "took the same time"},
	} {
		if _, err := fitted("weibull", "clerks", test.hours); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

// TestWeibullMoments wants a stated mean and spread to be those of what is drawn.
func TestWeibullMoments(t *testing.T) {
	for _, scv := range []float64{0.01, 0.5, 1, 4} {
		f := weibullOf(30, scv)
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
	if f := weibullOf(30, 1); math.Abs(f.shape-1) > 1e-6 {
		t.Errorf("shape %v of an exponential, want 1", f.shape)
	}
}
