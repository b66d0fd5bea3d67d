package business

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// sampleOf is cases of two designs: all for people, and half of them, which are
// then wrong now and then. vary makes cases differ.
func sampleOf(n int, vary float64) *Sample {
	s := NewSample([]string{"as-is", "rules"})
	for i := range n {
		hours := 0.5 + vary*float64(i%5-2)/10
		s.Add(Trial{Design: "as-is", Case: int64(i), Weight: 1, Hours: hours, People: 30 * hours, Known: true})
		rules := Trial{Design: "rules", Case: int64(i), Weight: 1, Models: 0.1, Errors: 0.4, Known: true}
		if i%2 == 0 {
			rules.Hours, rules.People = hours, 30*hours
		}
		s.Add(rules)
	}
	return s
}

func amount(x float64) *Amount { return &Amount{Low: x, Likely: x, High: x} }

// plain are terms without any ramp, discount or doubt.
func plain(build, run float64) *Terms {
	return &Terms{
		Build: map[string]Amount{"": *amount(build)}, RunAYear: map[string]Amount{"": *amount(run)}, Realised: amount(1),
		Days: amount(200), HoursADay: amount(5), RampUp: amount(0), Discount: amount(0), Years: 2,
	}
}

func made(t *testing.T, in Input) *Case {
	t.Helper()
	in.Baseline, in.Volume, in.WhoseVolume = "as-is", 1200, "by the workflow"
	c, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestByHand holds a case against one worked out by hand: 1,200 cases a year, of
// each of which 15 minutes at 30 an hour are saved and 0.5 lost.
func TestByHand(t *testing.T) {
	c := made(t, Input{Sample: sampleOf(1000, 0), Terms: plain(3000, 600)})
	r := c.Candidates[0]
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"hours", r.Hours.Likely, 1200 * 0.25},
		{"people freed", r.FTE.Likely, 1200 * 0.25 / 1000},
		{"money a year", r.Money.Likely, 1200*(0.25*30-0.5) - 600},
		{"pay-back in months", r.Payback.Likely, 3000 / ((1200*7. - 600) / 12)},
		{"value", r.Value.Likely, 2*(1200*7-600) - 3000},
		{"gains", r.Gains, 1},
		{"hours of as-is", c.Designs[0].Hours.Likely, 600},
		{"all of rules", c.Designs[1].Total.Likely, 1200*(7.5+0.5) + 600},
	} {
		if math.Abs(x.got-x.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", x.what, x.got, x.want)
		}
	}
	if c.Clusters != 1000 || c.Cases != 1000 || c.Years != 2 {
		t.Errorf("%+v", c)
	}
}

// TestStated moves what the user states, each to where its effect is known.
func TestStated(t *testing.T) {
	value := func(change func(*Terms)) float64 {
		terms := plain(3000, 600)
		change(terms)
		return made(t, Input{Sample: sampleOf(1000, 0), Terms: terms}).Candidates[0].Value.Likely
	}
	month := (1200*7. - 600) / 12
	discounted := -3000.0
	for i := 1; i <= 24; i++ {
		discounted += month / math.Pow(1.1, float64(i)/12)
	}
	for _, c := range []struct {
		why    string
		change func(*Terms)
		want   float64
	}{
		{"half of the freed time is money", func(x *Terms) { x.Realised = amount(0.5) }, 2*(1200*(3.75-0.5)-600) - 3000},
		{"people cost twice as much", func(x *Terms) { x.Wage = amount(60) }, 2*(1200*(15-0.5)-600) - 3000},
		{"ten times the cases", func(x *Terms) { x.CasesAYear = amount(12000) }, 2*(12000*7-600) - 3000},
		{"all of it works after six months: three are lost", func(x *Terms) { x.RampUp = amount(6) }, 2*(1200*7-600) - 3000 - 3*700},
		{"money later is worth less", func(x *Terms) { x.Discount = amount(0.1) }, discounted},
	} {
		if got := value(c.change); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}

// TestDearer has a candidate that costs more: it is not paid back, and time
// that is lost costs all of its wage, whatever share of freed time is money.
func TestDearer(t *testing.T) {
	terms := plain(3000, 20000)
	r := made(t, Input{Sample: sampleOf(1000, 0), Terms: terms}).Candidates[0]
	if r.Payback != nil || r.Never != 1 || r.Gains != 0 || !(r.Value.Likely < 0) {
		t.Errorf("%+v", r)
	}
	s := NewSample([]string{"as-is", "slow"})
	for i := range 10 {
		s.Add(Trial{Design: "as-is", Case: int64(i), Weight: 1, Hours: 1, People: 30, Known: true})
		s.Add(Trial{Design: "slow", Case: int64(i), Weight: 1, Hours: 2, People: 60, Known: true})
	}
	terms = plain(0, 0)
	if r := made(t, Input{Sample: s, Terms: terms}).Candidates[0]; r.Payback != nil || r.Never != 1 {
		t.Errorf("it costs nothing to build and saves nothing, and is paid back after %+v", r.Payback)
	}
	terms.Realised = amount(0.5)
	if r := made(t, Input{Sample: s, Terms: terms}).Candidates[0]; math.Abs(r.Money.Likely+1200*30) > 1e-6 {
		t.Errorf("an hour more of people costs %v a year, want %v", -r.Money.Likely, 1200*30)
	}
}

// TestFree has a candidate that costs nothing to build: it pays from its first
// month.
func TestFree(t *testing.T) {
	r := made(t, Input{Sample: sampleOf(1000, 0), Terms: plain(0, 600)}).Candidates[0]
	if r.Payback == nil || r.Payback.Likely != 0 || r.Never != 0 {
		t.Errorf("%+v", r)
	}
}

// TestPaidBackLate has no end of the range where that end is not within the years:
// 700 a month are saved, and building costs up to what three years save.
func TestPaidBackLate(t *testing.T) {
	terms := plain(0, 0)
	terms.Build = map[string]Amount{"": {Low: 700, Likely: 1400, High: 25_200}}
	r := made(t, Input{Sample: sampleOf(1000, 0), Terms: terms}).Candidates[0]
	if p := r.Payback; p == nil || math.Abs(p.Likely-2) > 1e-9 || p.Low == nil || *p.Low < 1 || p.High != nil || r.Never < 0.05 {
		t.Errorf("%+v, never in %v", p, r.Never)
	}
}

// TestNothingStated says what is missing, and has no pay-back then.
func TestNothingStated(t *testing.T) {
	c := made(t, Input{Sample: sampleOf(100, 1)})
	r := c.Candidates[0]
	if len(r.Missing) != 2 || r.Payback != nil || c.Years != 3 {
		t.Errorf("%+v", r)
	}
	if !slices.IsSortedFunc(c.Assumptions, func(a, b Assumption) int { return strings.Compare(a.How, b.How) }) || c.Assumptions[0].How != Assumed {
		t.Errorf("assumed ones do not come first: %+v", c.Assumptions)
	}
}

// TestTornado has drivers in order, each at the ends of its range, and worth
// nothing where it says so.
func TestTornado(t *testing.T) {
	terms := plain(3000, 600)
	terms.Realised = &Amount{Low: 0.2, Likely: 0.7, High: 0.9}
	terms.Discount = nil
	c := made(t, Input{Sample: sampleOf(1000, 1), Terms: terms})
	r := c.Candidates[0]
	if len(r.Tornado) < 6 {
		t.Fatalf("%d drivers", len(r.Tornado))
	}
	seen := map[string]bool{}
	for i, d := range r.Tornado {
		a := c.Assumptions[d.Assumption]
		seen[a.Name] = true
		if i > 0 && d.Swing() > r.Tornado[i-1].Swing() {
			t.Errorf("%q moves more than what stands before it", a.Name)
		}
		if d.BreakEven == nil {
			continue
		}
		// Stated at its break-even, the value is nothing.
		again := *terms
		at := Amount{Low: *d.BreakEven, Likely: *d.BreakEven, High: *d.BreakEven}
		switch a.Name {
		case realised:
			again.Realised = &at
		case volume:
			again.CasesAYear = &at
		case wage:
			again.Wage = &at
		case build:
			again.Build = map[string]Amount{"": at}
		default:
			continue
		}
		if v := made(t, Input{Sample: sampleOf(1000, 1), Terms: &again}).Candidates[0].Value.Likely; math.Abs(v) > 1e-3 {
			t.Errorf("%s at %v is worth %v, want 0", a.Name, at.Likely, v)
		}
	}
	for _, want := range []string{realised, volume, wage, build, running, discount} {
		if !seen[want] {
			t.Errorf("nothing is said of %q", want)
		}
	}
	if seen[days] || seen[dayHours] {
		t.Error("days of work move money")
	}
}

// TestSampling holds the covariance of the sample against the clustered interval
// of internal/stats, and the draws against the covariance.
func TestSampling(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := NewSample([]string{"as-is", "rules"})
	var diff, weights []float64
	var clusters []string
	for i := range 400 {
		cluster := fmt.Sprint("c", i/4)
		level := 1 + float64(i/4%7)/5
		a, b, w := level+rng.Float64(), 0.5*level*rng.Float64(), 1+float64(i%3)
		s.Add(Trial{Design: "as-is", Case: int64(i), Cluster: cluster, Weight: w, Hours: a, People: 30 * a, Known: true})
		s.Add(Trial{Design: "rules", Case: int64(i), Cluster: cluster, Weight: w, Hours: b, People: 30 * b, Known: true})
		diff, weights, clusters = append(diff, b-a), append(weights, w), append(clusters, cluster)
	}
	e, err := s.estimate()
	if err != nil {
		t.Fatal(err)
	}
	moments, err := stats.ClustersOf(diff, clusters, weights)
	if err != nil {
		t.Fatal(err)
	}
	want, err := stats.ClusterMean(moments, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.difference(hours, 1, 0); math.Abs(got-want.SECR1.Value) > 1e-9 {
		t.Errorf("standard error %v, internal/stats says %v", got, want.SECR1)
	}
	if got := e.mean[parts+hours] - e.mean[hours]; math.Abs(got-want.Estimate.Value) > 1e-9 {
		t.Errorf("difference %v, internal/stats says %v", got, want.Estimate)
	}
	var tally, square float64
	const n = 20_000
	for range n {
		m := e.draw(rng.NormFloat64)
		d := m[parts+hours] - m[hours] - want.Estimate.Value
		tally += d / n
		square += d * d / n
		if math.Abs(m[people]-30*m[hours]) > 1e-9 {
			t.Fatal("what goes together is drawn apart")
		}
	}
	if se := want.SECR1.Value; math.Abs(tally) > 4*se/math.Sqrt(n) || math.Abs(math.Sqrt(square)/se-1) > 0.03 {
		t.Errorf("draws have mean %v off and standard deviation %v, want 0 and %v", tally, math.Sqrt(square), se)
	}
}

// TestRoot finds the factor of any positive semidefinite matrix.
func TestRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, rank := rapid.IntRange(1, 8).Draw(t, "n"), rapid.IntRange(0, 8).Draw(t, "rank")
		a := square(n)
		for range rank {
			v := rapid.SliceOfN(rapid.Float64Range(-3, 3), n, n).Draw(t, "v")
			for i := range n {
				for j := range n {
					a[i][j] += v[i] * v[j]
				}
			}
		}
		l := root(a)
		for i := range n {
			for j := range n {
				sum := 0.0
				for k := range n {
					sum += l[i][k] * l[j][k]
				}
				if math.Abs(sum-a[i][j]) > 1e-3*(1+math.Abs(a[i][j])) {
					t.Fatalf("%d,%d: %v, want %v", i, j, sum, a[i][j])
				}
			}
		}
	})
}

// TestTriangular has the quantiles of the triangular distribution.
func TestTriangular(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 100), 3, 3).Draw(t, "ends")
		slices.Sort(x)
		low, likely, high := x[0], x[1], x[2]
		u := rapid.Float64Range(0, 1).Draw(t, "u")
		q := triangular(low, likely, high, u)
		if q < low-1e-9 || q > high+1e-9 {
			t.Fatalf("%v is not from %v to %v", q, low, high)
		}
		if high-low < 1e-3 || likely-low < 1e-3 || high-likely < 1e-3 {
			return
		}
		p := (q - low) * (q - low) / ((high - low) * (likely - low))
		if q > likely {
			p = 1 - (high-q)*(high-q)/((high-low)*(high-likely))
		}
		if math.Abs(p-u) > 1e-6 {
			t.Fatalf("the quantile %v is %v, which has probability %v", u, q, p)
		}
	})
}

// TestRepeats takes a case once, however often it was tried, and leaves out what
// is not known under every design.
func TestRepeats(t *testing.T) {
	s := NewSample([]string{"as-is", "rules"})
	for i := range 6 {
		for repeat := range 2 {
			s.Add(Trial{Design: "as-is", Case: int64(i), Repeat: repeat, Weight: 1, Hours: float64(repeat), Known: true})
			s.Add(Trial{Design: "rules", Case: int64(i), Repeat: repeat, Weight: 1, Known: i != 5})
			s.Add(Trial{Design: "other", Case: int64(i), Weight: 1})
		}
	}
	s.Add(Trial{Design: "as-is", Case: 6, Weight: 1, Known: true})
	e, err := s.estimate()
	if err != nil {
		t.Fatal(err)
	}
	if s.cases != 5 || s.left != 2 || e.mean[hours] != 0.5 {
		t.Errorf("%d cases, %d left out, mean %v", s.cases, s.left, e.mean)
	}
}

// TestRefused says what is missing for a case.
func TestRefused(t *testing.T) {
	if _, err := Make(Input{Baseline: "as-is", Sample: sampleOf(1, 0)}); err == nil || !strings.Contains(err.Error(), "at least two cases") {
		t.Error(err)
	}
	if _, err := Make(Input{Baseline: "nosuch", Sample: sampleOf(10, 0)}); err == nil || !strings.Contains(err.Error(), `no design "nosuch"`) {
		t.Error(err)
	}
}

// TestSameDraws wants the same bytes from the same seed, and that every figure
// can be written as JSON.
func TestSameDraws(t *testing.T) {
	var first string
	for range 2 {
		data, err := json.Marshal(made(t, Input{Sample: sampleOf(100, 1), Terms: plain(1000, 100), Seed: 3}))
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(data)
		}
		if first != string(data) {
			t.Error("the same seed gives another answer")
		}
	}
	dear := plain(1e9, 0)
	dear.Build[""] = Amount{Low: 1, Likely: 100, High: 1e9}
	if _, err := json.Marshal(made(t, Input{Sample: sampleOf(100, 1), Terms: dear})); err != nil {
		t.Error(err)
	}
}
