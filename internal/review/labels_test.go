package review

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
)

func TestDistribution(t *testing.T) {
	classes := []string{"a", "b", "c", "d"}
	for _, tt := range []struct {
		why     string
		decided int
		of      flow.Confidence
		want    []float64
	}{
		{"a confidence alone leaves the rest to the others", 1, flow.Confidence{Calibrated: 0.7}, []float64{0.1, 0.7, 0.1, 0.1}},
		{"classes say more", 0, flow.Confidence{Calibrated: 0.5, Classes: []flow.Class{{Name: "a", P: 0.5}, {Name: "b", P: 0.4}}}, []float64{0.5, 0.4, 0.05, 0.05}},
		{"a class that the workflow does not have, and one twice", 0, flow.Confidence{Calibrated: 0.5, Classes: []flow.Class{{Name: "z", P: 0.4}, {Name: "a", P: 0.6}, {Name: "a", P: 0.1}}}, []float64{0.6, 2. / 15, 2. / 15, 2. / 15}},
		{"more than there is leaves nothing", 0, flow.Confidence{Calibrated: 1, Classes: []flow.Class{{Name: "a", P: 0.8}, {Name: "b", P: 0.8}}}, []float64{0.8, 0.8, 0, 0}},
	} {
		got := distribution(tt.decided, &tt.of, classes)
		for i := range got {
			if math.Abs(got[i]-tt.want[i]) > 1e-12 {
				t.Errorf("%s: got %v, want %v", tt.why, got, tt.want)
				break
			}
		}
	}
}

// gathered are cases of three classes that two designs answered: label, and what
// each decided with which confidence, 0 for none.
func gathered(cases []struct {
	label, one, two int
	p, q            float64
}) *gathering {
	g := &gathering{classes: []string{"a", "b", "c"}, byID: map[string]*labelled{}, skipped: map[string]bool{}}
	g.designs = []Design{{Name: "one"}, {Name: "two"}}
	for i, c := range cases {
		k := &labelled{id: fmt.Sprintf("c%02d", i), label: c.label}
		for d, said := range []struct {
			class int
			p     float64
		}{{c.one, c.p}, {c.two, c.q}} {
			var stated *flow.Confidence
			if said.p > 0 {
				stated = &flow.Confidence{Calibrated: said.p}
			}
			k.add(d, said.class, stated, g.classes)
		}
		g.cases = append(g.cases, k)
	}
	g.judge(0)
	g.judge(1)
	return g
}

type said = struct {
	label, one, two int
	p, q            float64
}

func TestRank(t *testing.T) {
	g := gathered([]said{
		{0, 0, 0, 0.9, 0.8}, {0, 0, 0, 0.9, 0.8}, {1, 1, 1, 0.9, 0.8}, {2, 2, 2, 0.9, 0.8},
		{0, 1, 1, 0.95, 0.9}, // both sure of another class
		{0, 1, 2, 0.6, 0.6},  // they contradict it, and each other
		{0, 1, 0, 0.6, 0.9},  // one contradicts, the other is surer of the label
		{2, 0, 0, 0.4, 0.4},  // both, without being sure
	})
	var out Result
	g.rank(&out)
	var got []string
	for _, p := range out.Proposals {
		got = append(got, fmt.Sprintf("%s %s>%s by %.0f suspect %v", p.Case, p.Label, p.Proposed, p.For, p.Suspect))
	}
	want := []string{"c04 a>b by 2 suspect true", "c05 a>b by 1 suspect false", "c07 c>a by 2 suspect false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if out.Suspect != 1 {
		t.Errorf("%d suspect labels, want 1", out.Suspect)
	}
	if r := out.Reviews(2); len(r) != 2 || r[0].Case != "c04" || r[0].From != "a" || r[0].To != "b" {
		t.Errorf("reviews %+v", r)
	}
}

// A design without confidence is as sure as it is often right: it can outvote no
// one who is surer.
func TestDesignWithoutConfidence(t *testing.T) {
	g := gathered([]said{{0, 0, 1, 0.9, 0}, {0, 0, 0, 0.9, 0}, {0, 0, 0, 0.9, 0}, {0, 0, 0, 0.9, 0}})
	if d := g.designs[1]; d.Stated || d.Agrees != 0.75 || d.Cases != 4 {
		t.Errorf("design %+v", d)
	}
	if p := g.cases[0].answers[1].p; math.Abs(p[1]-4.0/6) > 1e-12 || math.Abs(p[0]-1.0/6) > 1e-12 {
		t.Errorf("probabilities %v, want (3+1)/(4+2) for what it says", p)
	}
	var out Result
	if g.rank(&out); len(out.Proposals) != 0 {
		t.Errorf("proposals %+v", out.Proposals)
	}
}

// Whatever designs say, proposals contradict the label, come in order, and
// nobody is surer than 1.
func TestRankProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		class := rapid.IntRange(0, 2)
		p := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0.001, 1))
		cases := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) said {
			return said{class.Draw(t, "label"), class.Draw(t, "one"), class.Draw(t, "two"), p.Draw(t, "p"), p.Draw(t, "q")}
		}), 1, 30).Draw(t, "cases")
		var out Result
		gathered(cases).rank(&out)
		for i, x := range out.Proposals {
			if x.Label == x.Proposed || x.ProposedP <= x.LabelP || x.ProposedP > 1+1e-9 || x.LabelP < 0 || x.For < 0 || x.For > 2 {
				t.Fatalf("proposal %+v", x)
			}
			if i > 0 && out.Proposals[i-1].margin() > x.margin() {
				t.Fatalf("%+v comes before %+v", out.Proposals[i-1], x)
			}
		}
	})
}
