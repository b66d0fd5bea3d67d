package business

import (
	"math"
	"strings"
	"testing"
)

// halved is cases that take people an hour at 30 each, and half of it in rules.
func halved() *Sample {
	s := NewSample([]string{"as-is", "rules"})
	for i := range 10 {
		s.Add(Trial{Design: "as-is", Case: int64(i), Weight: 1, Hours: 1, People: 30, Known: true})
		s.Add(Trial{Design: "rules", Case: int64(i), Weight: 1, Hours: 0.5, People: 15, Known: true})
	}
	return s
}

// Until all of it works the saving grows evenly: by a month, the area below.
func TestWorking(t *testing.T) {
	for _, tc := range []struct{ month, ramp, want float64 }{{0, 6, 0}, {3, 6, 0.75}, {6, 6, 3}, {12, 6, 9}, {2, 0, 2}} {
		if got := working(tc.month, tc.ramp); got != tc.want {
			t.Errorf("by month %v of a ramp of %v: %v months' worth, want %v", tc.month, tc.ramp, got, tc.want)
		}
	}
}

// 1,500 a month are saved, so that building is paid for in the last of 24 months.
// Nothing is drawn that nobody gave a range.
func TestPaidBackInTheLastMonth(t *testing.T) {
	r := made(t, Input{Sample: halved(), Terms: plain(24*1500, 0)}).Candidates[0]
	if r.Payback == nil || r.Payback.Likely != 24 || *r.Payback.Low != 24 || *r.Payback.High != 24 || r.Never != 0 {
		t.Errorf("pay-back %+v, never in %v; want 24 months for sure", r.Payback, r.Never)
	}
	if want := (Range{18000, 18000, 18000}); r.Money != want {
		t.Errorf("money %+v, want %+v: no figure has a range of its own", r.Money, want)
	}
	if r := made(t, Input{Sample: halved(), Terms: plain(24*1500+1, 0)}).Candidates[0]; r.Payback != nil || r.Never != 1 {
		t.Errorf("one more is paid back after %+v", r.Payback)
	}
}

// Nine of ten draws lie in a range, half of the others on each side of it.
func TestRangeOfDraws(t *testing.T) {
	all := make([]world, draws)
	for i := range all {
		all[i] = world{x: []float64{float64(draws - 1 - i)}}
	}
	got := over(world{x: []float64{7}}, all, func(w world) float64 { return w.x[0] })
	if got.Likely != 7 || math.Abs(got.Low-500) > 1 || math.Abs(got.High-9499) > 1 {
		t.Errorf("%+v, want 7 from 500 to 9499", got)
	}
}

// What the sample shows is moved to the ends of its 95% interval, at the teams'
// wages or the stated one.
func TestTracedDrivers(t *testing.T) {
	// Of 1,000 cases every other takes half an hour less.
	se := 60 * 0.25 * math.Sqrt(1000./999) / math.Sqrt(1000)
	for _, tc := range []struct {
		why  string
		wage *Amount
		hour float64
	}{{"the teams' wages", nil, 30}, {"a stated wage", amount(60), 60}} {
		terms := plain(3000, 600)
		terms.Wage = tc.wage
		c := made(t, Input{Sample: sampleOf(1000, 0), Terms: terms})
		found := false
		for _, d := range c.Candidates[0].Tornado {
			a := c.Assumptions[d.Assumption]
			if !strings.HasPrefix(a.Name, "people's minutes") {
				continue
			}
			found = true
			if math.Abs(a.Likely+15) > 1e-9 || math.Abs(a.Low-(-15-1.96*se)) > 1e-9 || math.Abs(a.High-(-15+1.96*se)) > 1e-9 {
				t.Errorf("%s: %v from %v to %v minutes, want 1.96 standard errors of %v about -15", tc.why, a.Likely, a.Low, a.High, se)
			}
			for _, end := range []struct{ minutes, got float64 }{{a.Low, d.AtLow}, {a.High, d.AtHigh}} {
				if want := 2*(1200*(-end.minutes/60*tc.hour-0.5)-600) - 3000; math.Abs(end.got-want) > 1e-6 {
					t.Errorf("%s: at %v minutes it is worth %v, want %v", tc.why, end.minutes, end.got, want)
				}
			}
		}
		if !found {
			t.Errorf("%s: minutes drive nothing", tc.why)
		}
	}
}

// A figure at which nothing is gained is looked for up to three times what is
// likely, and a share up to 1.
func TestBreakEven(t *testing.T) {
	for _, tc := range []struct {
		why    string
		a      Assumption
		zero   float64
		exists bool
	}{
		{"two and a half times as much", Assumption{Likely: 1, Unit: "money"}, 2.5, true},
		{"more than three times as much", Assumption{Likely: 1, Unit: "money"}, 3.5, false},
		{"a saving of two and a half times", Assumption{Likely: -1, Unit: "minutes"}, -2.5, true},
		{"a share", Assumption{Likely: 0.8}, 0.9, true},
		{"more than all", Assumption{Likely: 0.8}, 1.2, false},
	} {
		for _, sign := range []float64{1, -1} {
			got := breakEven(func(x float64) float64 { return sign * (x - tc.zero) }, tc.a)
			if (got != nil) != tc.exists || got != nil && math.Abs(*got-tc.zero) > 1e-9 {
				t.Errorf("%s: %v, want %v: %v", tc.why, got, tc.zero, tc.exists)
			}
		}
	}
}

// What has no range is tried 20 % either way, a share up to 1.
func TestTriedRange(t *testing.T) {
	for _, tc := range []struct {
		why             string
		a               Assumption
		most, low, high float64
		varied          bool
	}{
		{"no range", Assumption{Low: 10, Likely: 10, High: 10}, math.Inf(1), 8, 12, true},
		{"a share", Assumption{Low: 0.9, Likely: 0.9, High: 0.9}, 1, 0.72, 1, true},
		{"a range of its own", Assumption{Low: 1, Likely: 1, High: 5}, math.Inf(1), 1, 5, false},
		{"nothing", Assumption{}, math.Inf(1), 0, 0, false},
	} {
		if got := tc.a.spread(tc.most); math.Abs(got.Low-tc.low) > 1e-12 || got.High != tc.high || got.Varied != tc.varied {
			t.Errorf("%s: %+v", tc.why, got)
		}
	}
}
