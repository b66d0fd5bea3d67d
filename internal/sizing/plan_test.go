package sizing

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

func plan(t *testing.T, ask Ask, p Pilot, groups ...Group) *Result {
	t.Helper()
	r, err := Plan(ask, p, groups)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNeeds(t *testing.T) {
	all := Group{Cases: 1000}
	pilot := Pilot{
		Run:   "one",
		Rates: []Rate{{Design: "d", Metric: score.AutomatedAccuracy, Rate: 0.9, Cover: 0.5, Effect: 2}},
		Rare:  []Rate{{Design: "d", Metric: score.SilentFailureRate, Rate: 0.004, Cover: 1, Effect: 1, Events: 4, Of: 1000}},
		Pairs: []Pair{{Candidate: "d", Baseline: "b", Discordance: stats.Discordance{OnlyA: 0.1, OnlyB: 0.05}, Effect: 1}},
	}
	for _, tt := range []struct {
		why   string
		ask   Ask
		pilot Pilot
		all   Group
		want  []float64
	}{
		{"Connor: 10% against 5% discordant takes 469 pairs (STATISTICS: R, [run])", Ask{Difference: 0.05, Power: 0.8}, pilot, all, []float64{469}},
		{"1% takes 299 cases without an event", Ask{AtMost: 0.01, Power: 0.8}, Assumed(), all, []float64{299}},
		{"0.1% takes 2995", Ask{AtMost: 0.001, Power: 0.8}, Assumed(), all, []float64{2995}},
		{"in clusters of ten, ten times as many: without an event nothing tells that their cases differ", Ask{AtMost: 0.01, Power: 0.8}, Assumed(), Group{Cases: 1000, Clusters: 100}, []float64{2990}},
		{"Wilson around 90% is 2 points wide on each side at 868", Ask{Precision: 0.02, Power: 0.8}, Assumed(), all, []float64{868}},
		{"half of the cases tell, and two tell as much as one: four times as many", Ask{Precision: 0.02, Power: 0.8}, pilot, all, []float64{4 * 868}},
		{"nothing asked, nothing answered", Ask{Power: 0.8}, pilot, all, nil},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var got []float64
			for _, n := range plan(t, tt.ask, tt.pilot, tt.all).Needs {
				got = append(got, n.Cases.Value)
			}
			if len(got) != len(tt.want) || len(got) > 0 && got[0] != tt.want[0] {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	rare := plan(t, Ask{AtMost: 0.01, Power: 0.8}, pilot, all).Needs
	if len(rare) != 2 || rare[1].Question != RateStays || !(rare[1].Cases.Value >= 300 && rare[1].Cases.Value <= 1000) {
		t.Errorf("4 in 1000 stay: %+v", rare)
	}
	if never := plan(t, Ask{AtMost: 0.004, Power: 0.8}, pilot, all).Needs; never[1].Cases.Valid || never[1].Why == "" {
		t.Errorf("as much was seen: %+v", never[1])
	}
}

// What a group can show is the other side of what is needed.
func TestShownTurnsNeedsRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pilot := Assumed()
		pilot.Rates[0].Rate = rapid.Float64Range(0.5, 0.99).Draw(t, "rate")
		pilot.Rates[0].Effect = rapid.Float64Range(1, 3).Draw(t, "effect")
		n := rapid.IntRange(200, 5000).Draw(t, "cases")
		r, err := Plan(Ask{Power: 0.8, Difference: 0.05}, pilot, []Group{{Cases: n}, {Cases: 0}})
		if err != nil {
			t.Fatal(err)
		}
		all, empty := r.Groups[0], r.Groups[1]
		ask := Ask{Precision: all.Precision.Value, Difference: all.Difference.Value, AtMost: all.AtMost.Value, Power: 0.8}
		needs, err := needs(ask, pilot, Group{Cases: n})
		if err != nil {
			t.Fatal(err)
		}
		for _, need := range needs {
			// Counts are whole, so that it is not exact.
			if math.Abs(need.Cases.Value-float64(n)) > 3+0.03*float64(n) {
				t.Errorf("%d cases show %v, which is said to need %v", n, need.Target, need.Cases.Value)
			}
		}
		if empty.Precision.Valid || empty.AtMost.Valid || empty.Difference.Valid {
			t.Errorf("no cases show %+v", empty)
		}
	})
}

func TestFromRun(t *testing.T) {
	ratio := func(y float32) score.Ratio { return score.Ratio{Num: y, Den: 1} }
	v := &score.Vectors{Designs: make([]score.DesignVectors, 2)}
	for i := range 100 {
		a, b := float32(1), float32(1)
		switch {
		case i < 10:
			b = 0
		case i < 15:
			a = 0
		}
		v.Designs[0].System = append(v.Designs[0].System, ratio(b))
		v.Designs[1].System = append(v.Designs[1].System, ratio(a))
		v.Cluster = append(v.Cluster, int32(i/5))
	}
	v.Designs[0].System = append(v.Designs[0].System, score.Ratio{}) // not judged
	v.Designs[1].System = append(v.Designs[1].System, ratio(1))
	v.Cluster = append(v.Cluster, 99)
	p, err := FromRun(&score.Result{Run: "r", Designs: []score.Design{{Name: "b", Baseline: true}, {Name: "d"}}, Vectors: v})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Pairs) != 1 {
		t.Fatalf("%+v", p)
	}
	got := p.Pairs[0]
	if got.Discordance != (stats.Discordance{OnlyA: 0.1, OnlyB: 0.05}) || got.Candidate != "d" || got.Baseline != "b" {
		t.Errorf("%+v", got)
	}
	if got.Effect < 4.5 || got.Effect > 5.5 {
		t.Errorf("clusters of five whose cases agree: effect %v, want about 5", got.Effect)
	}
}
