package traced

import (
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
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
	below := fitOf("weibull", bearings).CDF()
	hazard := func(x float64) float64 { return -math.Log(1 - below(x)) } // (x/scale)^shape
	shape := math.Log2(hazard(100) / hazard(50))
	near("shape", shape, 2.102)
	near("scale", 100/math.Pow(hazard(100), 1/shape), 81.88)
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
	for _, want := range []*scenario.Distribution{
		{Name: "exponential", Mean: 20},
		{Name: "lognormal", Mean: 20, SCV: 0.5},
		{Name: "gamma", Mean: 20, SCV: 0.4},
		scenario.WeibullOf(20, 0.3), scenario.WeibullOf(20, 2),
	} {
		d := des.NewDraws(11, 0).For(0, 0)
		hours := make([]float64, 20_000)
		for i := range hours {
			hours[i] = want.Draw(&d) / 60
		}
		got, err := Fit(want.Name, hours)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Mean-20) > 0.5 || math.Abs(got.SCV-want.SCV) > 0.05*want.SCV+0.01 {
			t.Errorf("%s: got %s", want, got.Distribution)
		}
		if got.Warning != "" || !strings.Contains(got.Said, "n=20000, Kolmogorov-Smirnov distance 0.0") {
			t.Errorf("%s: warning %q, origin %q", want, got.Warning, got.Said)
		}
		if other, err := Fit("exponential", hours); err != nil || (other.Warning == "") != (want.Name == "exponential") {
			t.Errorf("%s as an exponential: warning %q, %v", want, other.Warning, err)
		}
	}
}

// TestFitLevel wants the test of a curve to reject it in 5 % of the samples that
// come from it, and no fewer, as tables for known parameters would.
func TestFitLevel(t *testing.T) {
	from := scenario.Distribution{Name: "lognormal", Mean: 20, SCV: 0.5}
	rejected := 0
	const experiments = 300
	for i := range int64(experiments) {
		d := des.NewDraws(12, 0).For(i, 0)
		hours := make([]float64, 60)
		for j := range hours {
			hours[j] = from.Draw(&d) / 60
		}
		f, err := Fit("lognormal", hours)
		if err != nil {
			t.Fatal(err)
		}
		if f.Warning != "" {
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
		if _, err := Fit("weibull", test.hours); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}
