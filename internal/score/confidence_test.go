package score

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// saying is n answers, right as often as they say; what is stated is made of it.
func saying(n int, state func(p float64) float64) *stated {
	rng := rand.New(rand.NewPCG(1, 1))
	s := &stated{step: "ask"}
	for i := range n {
		p := rng.Float64()
		v := state(p)
		s.value, s.raw = append(s.value, v), append(s.raw, v)
		s.right = append(s.right, rng.Float64() < p)
		s.half = append(s.half, i%2 == 0)
	}
	return s
}

func TestUse(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, test := range []struct {
		why         string
		s           *stated
		now, mapped Use
	}{
		{"right as often as stated", saying(1000, func(p float64) float64 { return p }), Usable, Usable},
		{"in order, and far too low", saying(1000, func(p float64) float64 { return p / 10 }), Unusable, Usable},
		{"in order, and far too high", saying(1000, func(p float64) float64 { return 0.95 + p/25 }), Unusable, Usable},
		{"nothing to do with it", saying(2000, func(float64) float64 { return rng.Float64() }), Useless, Useless},
		{"always the same", saying(1000, func(float64) float64 { return 0.9 }), Useless, Useless},
		{"too few to tell", saying(15, func(p float64) float64 { return p }), Unclear, ""},
		{"too few to tell of an order", saying(40, func(float64) float64 { return rng.Float64() }), Unclear, Unclear},
	} {
		c := test.s.confidence(claims)
		if c.Use != test.now || c.Why == "" {
			t.Errorf("%s: %q (%s), want %q", test.why, c.Use, c.Why, test.now)
		}
		switch {
		case c.Refit == nil && test.mapped != "":
			t.Errorf("%s: no map was tried", test.why)
		case c.Refit == nil:
		case c.Refit.After.Use != test.mapped || c.Refit.Fitted+c.Refit.After.N != c.N:
			t.Errorf("%s: with a map %q (%s), want %q", test.why, c.Refit.After.Use, c.Refit.After.Why, test.mapped)
		}
	}
}

// A map leaves the order as it was, and mends the figures, on cases that it was
// not fitted on.
func TestRefit(t *testing.T) {
	r := saying(2000, func(p float64) float64 { return p * p }).confidence(claims).Refit
	if !(r.After.ECEMass.Value < r.Before.ECEMass.Value/2 && r.After.Brier.Value < r.Before.Brier.Value) {
		t.Errorf("ECE %v, then %v; Brier %v, then %v", r.Before.ECEMass, r.After.ECEMass, r.Before.Brier, r.After.Brier)
	}
	if math.Abs(r.After.AUROC.Estimate.Value-r.Before.AUROC.Estimate.Value) > 0.01 {
		t.Errorf("AUROC %v, then %v", r.Before.AUROC.Estimate, r.After.AUROC.Estimate)
	}
	if r.Fitted != 1000 {
		t.Errorf("fitted on %d", r.Fitted)
	}
}

// A design's own map shows what it makes of what was stated.
func TestOwnMap(t *testing.T) {
	s := saying(500, func(p float64) float64 { return p })
	if s.confidence(claims).Raw != nil {
		t.Error("figures before a map, where there is none")
	}
	for i := range s.raw {
		s.raw[i] /= 10
	}
	s.mapped = true
	c := s.confidence(claims)
	if c.Raw == nil || c.Raw.Use != Unusable || c.Use != Usable {
		t.Errorf("before %+v, after %q", c.Raw, c.Use)
	}
	s.raw[3] = 12 // no probability: the map is what makes it one
	if s.confidence(claims).Raw != nil {
		t.Error("figures of what is no probability")
	}
}

// Cases of one cluster are in one half, whatever their ids, and halves are equal
// in about.
func TestHalves(t *testing.T) {
	n := 0
	for i := range 2000 {
		if secondHalf(&flow.Trial{Case: fmt.Sprint(i)}) {
			n++
		}
		a, b := flow.Trial{Case: fmt.Sprint(i), Cluster: "x"}, flow.Trial{Case: fmt.Sprint(i + 1), Cluster: "x"}
		if secondHalf(&a) != secondHalf(&b) {
			t.Fatal("two cases of a cluster are in two halves")
		}
	}
	if n < 900 || n > 1100 {
		t.Errorf("%d of 2000 in one half", n)
	}
}

func TestCostCurve(t *testing.T) {
	// A person costs 2. Automated, the first case costs nothing, the second 10,
	// the third 1; the last two move together.
	s := &stated{value: []float64{0.9, 0.5, 0.5}, costs: choices{
		automated: []float64{0, 10, 1}, taken: []int{0, 5},
		person: [][]stats.Number{{{}, stats.Num(2)}, {{}, stats.Num(2)}, {{}, stats.Num(2)}},
	}}
	want := &CostCurve{
		Team: "experts", N: 3, People: 2,
		Points: []CostPoint{{stats.Num(0.9), 1.0 / 3, 4.0 / 3}, {stats.Num(0.5), 1, 11.0 / 3}},
		Best:   CostPoint{stats.Num(0.9), 1.0 / 3, 4.0 / 3},
	}
	if diff := cmp.Diff(want, s.costCurve([]string{"clerks", "experts"})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	s.costs.automated = []float64{5, 5, 5}
	if best := s.costCurve([]string{"clerks", "experts"}).Best; best.Cutoff.Valid || best.Cost != 2 || best.Coverage != 0 {
		t.Errorf("the cheapest is %+v, and to automate nothing is", best)
	}
	s.costs.taken = []int{0, 0}
	if s.costCurve([]string{"clerks", "experts"}) != nil {
		t.Error("nobody knows which team it would be, and there is a curve")
	}
	s.costs.automated = nil
	if s.costCurve([]string{"clerks"}) != nil {
		t.Error("nothing is known of costs, and there is a curve")
	}
	// A long curve keeps its cheapest point.
	long := &stated{}
	for i := range 1000 {
		long.value = append(long.value, float64(1000-i)/1000)
		long.costs.automated = append(long.costs.automated, float64(i)/123)
		long.costs.person = append(long.costs.person, []stats.Number{stats.Num(3.3)})
	}
	long.costs.taken = []int{1}
	c := long.costCurve([]string{"clerks"})
	if len(c.Points) > maxPoints+1 || !cmp.Equal(c.Best.Cutoff, stats.Num(0.595)) {
		t.Errorf("%d points, the cheapest at %v", len(c.Points), c.Best.Cutoff)
	}
	found := false
	for i, p := range c.Points {
		found = found || p == c.Best
		if i > 0 && p.Coverage <= c.Points[i-1].Coverage {
			t.Errorf("coverage %v after %v", p.Coverage, c.Points[i-1].Coverage)
		}
	}
	if !found {
		t.Error("the cheapest point is not among the curve's")
	}
}

// What a trial costs either way is what it did cost on the way that it went.
func TestChoose(t *testing.T) {
	var c choices
	w := *claims
	w.Costs = map[string]map[string]float64{"hold": {"pay": 7}}
	judge := Judge{Workflow: &w, Seed: 1}
	trials := mixed()
	for _, i := range []int{2, 4} { // wrong and automated; wrong in shadow, and escalated
		x := &trials[i]
		g := judge.Judge(&x.trial, x.label)
		c.choose(judge, &x.trial, &g, x.label)
		if automated := c.automated[len(c.automated)-1]; automated != 7 {
			t.Errorf("trial %d: automated, it costs %v", i, automated)
		}
		if i == 4 {
			at := 0
			for claims.Teams[at].Name != "clerks" {
				at++
			}
			if got := c.person[1][at]; !got.Valid || got.Value != g.cost() || c.taken[at] != 1 {
				t.Errorf("escalated, it cost %v, want %v", got, g.cost())
			}
		}
	}
}
