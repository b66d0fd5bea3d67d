package tune

import (
	"strconv"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// simulated are cases of a design that automates what it is at least so sure
// of, with each cutoff of the grid.
type simulated struct {
	confidence []float64 // one a cutoff
	wrong      bool
	cluster    string
	weight     float64
}

func explore(grid *Grid, card *dataset.Card, cases []simulated) *Explored {
	x := &Explored{grid: grid, card: card}
	for i, c := range cases {
		e := explored{cluster: c.cluster, weight: 1}
		if c.weight > 0 {
			e.weight = c.weight
		}
		if e.cluster == "" {
			e.cluster = strconv.Itoa(i)
		}
		for s := range grid.Len() {
			o := outcome{status: flow.Automated, right: score.Yes, costOK: true}
			for k, v := range grid.Setting(s) {
				if c.confidence[k] < v {
					o.status, o.cost = flow.Escalated, 5
				}
			}
			if o.status == flow.Automated && c.wrong {
				o.right, o.cost = score.No, 100
			}
			e.add(o)
		}
		x.cases = append(x.cases, e)
	}
	return x
}

func cutoffs(names ...string) []Cutoff {
	var out []Cutoff
	for _, n := range names {
		out = append(out, Cutoff{Param: n, Routes: []string{n}, Was: 0.5})
	}
	return out
}

func grid(t *testing.T, names []string, values ...float64) *Grid {
	t.Helper()
	g, err := NewGrid(cutoffs(names...), values)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// levels are so many cases at each confidence, of which so many are wrong.
func levels(of ...[3]float64) []simulated {
	var out []simulated
	for _, l := range of {
		for i := range int(l[1]) {
			out = append(out, simulated{confidence: []float64{l[0]}, wrong: i < int(l[2])})
		}
	}
	return out
}

func TestCertify(t *testing.T) {
	values := []float64{0.5, 0.7, 0.9, 0.99}
	clustered := func(cases []simulated, of int) []simulated {
		for i := range cases {
			cases[i].cluster = strconv.Itoa(i / of)
		}
		return cases
	}
	for _, tt := range []struct {
		why     string
		cases   []simulated
		promise Promise
		chosen  float64 // -1 for none
		needed  int     // 0 for none
		approx  bool
	}{
		{"the cheapest that is certified is not the lowest: between .5 and .7 errors cost more than people",
			levels([3]float64{0.95, 200, 0}, [3]float64{0.6, 100, 8}), Promise{Error: 0.05, Confidence: 0.95}, 0.9, 0, false},
		{"45 cases without an error are what 5% at 90% takes",
			levels([3]float64{0.95, 45, 0}), Promise{Error: 0.05, Confidence: 0.9}, 0.9, 0, false},
		{"44 are one too few, and 45 are asked for",
			levels([3]float64{0.95, 44, 0}), Promise{Error: 0.05, Confidence: 0.9}, -1, 45, false},
		{"half of the cases are automated, so twice as many are asked for",
			levels([3]float64{0.95, 40, 0}, [3]float64{0.1, 40, 40}), Promise{Error: 0.05, Confidence: 0.9}, -1, 90, false},
		{"wrong everywhere: no number would do",
			levels([3]float64{0.95, 200, 100}), Promise{Error: 0.05, Confidence: 0.9}, -1, 0, false},
		{"a walk ends at the first that fails, also where a later one would pass",
			levels([3]float64{0.995, 60, 30}, [3]float64{0.6, 5000, 0}), Promise{Error: 0.05, Confidence: 0.9}, -1, 60 + 5000, false},
		{"clusters of four whose cases agree count for less",
			clustered(levels([3]float64{0.95, 200, 4}), 4), Promise{Error: 0.05, Confidence: 0.95}, -1, 0, true},
		{"one case of each cluster is exact, and half as many",
			clustered(levels([3]float64{0.95, 120, 0}), 2), Promise{Error: 0.05, Confidence: 0.9, OnePerCluster: true}, 0.9, 0, false},
	} {
		t.Run(tt.why, func(t *testing.T) {
			r, err := explore(grid(t, []string{"cutoff"}, values...), &dataset.Card{Cluster: "who"}, tt.cases).Certify(tt.promise)
			if err != nil {
				t.Fatal(err)
			}
			got := -1.0
			if best := r.Best(); best != nil {
				got = best.Values[0]
				if best.Upper > tt.promise.Error {
					t.Errorf("chosen with an upper bound of %v", best.Upper)
				}
			}
			if got != tt.chosen {
				t.Errorf("chosen %v, want %v: %+v", got, tt.chosen, r.Points)
			}
			if (r.Approximate != "") != tt.approx {
				t.Errorf("approximate: %q", r.Approximate)
			}
			switch {
			case tt.needed == 0:
			case r.Needed == nil:
				t.Error("nothing is said to be needed")
			case r.Needed.Cases > tt.needed:
				t.Errorf("%+v are needed, want at most %d", r.Needed, tt.needed)
			}
			if tt.chosen < 0 && tt.needed == 0 && !tt.approx && r.Needed != nil {
				t.Errorf("%+v are said to be needed, and none would do", r.Needed)
			}
		})
	}
}

func TestCertifySeveral(t *testing.T) {
	// Cases of the first route are certain and right; of the second, the sure
	// half is right.
	var cases []simulated
	for i := range 400 {
		cases = append(cases, simulated{confidence: []float64{0.8, 1}}, simulated{confidence: []float64{1, 0.6}, wrong: i%4 == 0}, simulated{confidence: []float64{1, 0.95}})
	}
	r, err := explore(grid(t, []string{"a", "b"}, 0.5, 0.7, 0.9), &dataset.Card{}, cases).Certify(Promise{Error: 0.05, Confidence: 0.95})
	if err != nil {
		t.Fatal(err)
	}
	if r.Sequences != 3 || r.Best() == nil || r.Best().Values[0] != 0.7 || r.Best().Values[1] != 0.9 {
		t.Errorf("%d sequences, chosen %+v", r.Sequences, r.Best())
	}
	if _, err := NewGrid(cutoffs("a", "b", "c"), grids[0]); err == nil {
		t.Error("24,389 settings are tried")
	}
}

// A cutoff that works the other way round is walked the other way round: the
// strict end is where least is automated.
func TestStrictEnd(t *testing.T) {
	x := &Explored{grid: grid(t, []string{"most_risk"}, 0.1, 0.5), card: &dataset.Card{}}
	for i := range 160 {
		e := explored{cluster: strconv.Itoa(i), weight: 1}
		low := outcome{status: flow.Escalated, right: score.Yes, costOK: true}
		if i < 60 {
			low.status = flow.Automated
		}
		e.add(low)
		e.add(outcome{status: flow.Automated, right: map[bool]score.Tri{true: score.Yes, false: score.No}[i < 60], costOK: true})
		x.cases = append(x.cases, e)
	}
	r, err := x.Certify(Promise{Error: 0.05, Confidence: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	if r.Best() == nil || r.Best().Values[0] != 0.1 || r.Points[1].Certified || !r.Points[1].Tested {
		t.Errorf("%+v", r.Points)
	}
}

// What cannot be known counts as wrong, and is said.
func TestLostCountAsWrong(t *testing.T) {
	x := explore(grid(t, []string{"cutoff"}, 0.5, 0.9), &dataset.Card{}, levels([3]float64{0.6, 10, 0}, [3]float64{0.95, 100, 0}))
	for i := range 10 {
		x.cases[i].outcomes[x.cases[i].of[0]] = outcome{status: flow.NotMeasured, right: score.Unknown}
	}
	r, err := x.Certify(Promise{Error: 0.05, Confidence: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	if p := r.Points[0]; p.Wrong != 10 || p.Certified || len(r.Warnings) != 1 {
		t.Errorf("%+v, warnings %q", p, r.Warnings)
	}
	if r.Best() == nil || r.Best().Values[0] != 0.9 {
		t.Errorf("chosen %+v", r.Best())
	}
	if _, err := (&Explored{grid: x.grid, card: x.card}).Certify(Promise{Error: 0.05, Confidence: 0.9}); err != ErrNoCases {
		t.Errorf("no cases: %v", err)
	}
}

// Clusters are what is counted before a setting is tested: 20 of ten cases each
// are too few for 5% at 95%, which takes 59.
func TestNeededOfClusters(t *testing.T) {
	cases := levels([3]float64{0.95, 200, 0})
	for i := range cases {
		cases[i].cluster = strconv.Itoa(i / 10)
	}
	r, err := explore(grid(t, []string{"cutoff"}, 0.9), &dataset.Card{Cluster: "who"}, cases).Certify(Promise{Error: 0.05, Confidence: 0.95})
	if err != nil {
		t.Fatal(err)
	}
	if r.Best() != nil || r.Needed == nil || r.Needed.Cases != 590 {
		t.Errorf("best %v, %+v are needed, want 590 cases and nothing certified", r.Best(), r.Needed)
	}
}
