package promote

import (
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

func trials(list ...flow.Trial) iter.Seq2[*flow.Trial, error] {
	return func(yield func(*flow.Trial, error) bool) {
		for i := range list {
			if !yield(&list[i], nil) {
				return
			}
		}
	}
}

func TestCompare(t *testing.T) {
	outcome := flow.NewSchema(
		flow.Field{Name: "decision", Type: flow.Type{Kind: flow.String, Enum: []string{"pay", "refuse"}}},
		flow.Field{Name: "payee", Type: flow.Type{Kind: flow.String}},
	)
	automated := func(id, decision, payee string) flow.Trial {
		return flow.Trial{Case: id, Status: flow.Automated, Outcome: []any{decision, payee}}
	}
	escalated := func(id, team string) flow.Trial { return flow.Trial{Case: id, Status: flow.Escalated, Team: team} }
	before := []flow.Trial{automated("a", "pay", "Ada Secret"), automated("b", "pay", "Bob"), automated("c", "pay", "Bob"), escalated("d", "desk"), escalated("e", "desk"), automated("f", "pay", "Bob")}
	after := []flow.Trial{automated("a", "pay", "Eve Secret"), automated("b", "refuse", "Bob"), escalated("c", "desk"), escalated("d", "desk"), automated("e", "pay", "Bob"), escalated("f", "desk")}
	got, err := Compare(trials(before...), trials(after...), outcome)
	if err != nil {
		t.Fatal(err)
	}
	want := &Diff{Trials: 6, Differ: 5, Changes: []Change{
		{From: "automated, decision pay", To: "escalated to desk", Cases: []string{"c", "f"}},
		{From: "automated", To: "automated, another payee", Cases: []string{"a"}},
		{From: "automated, decision pay", To: "automated, decision refuse", Cases: []string{"b"}},
		{From: "escalated to desk", To: "automated, decision pay", Cases: []string{"e"}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, tt := range []struct {
		why           string
		before, after []flow.Trial
	}{
		{"a case that was not there", before[:5], after},
		{"a case that is there no more", before, after[:5]},
	} {
		if _, err := Compare(trials(tt.before...), trials(tt.after...), outcome); err == nil {
			t.Errorf("%s: compared", tt.why)
		}
	}
}

func TestOf(t *testing.T) {
	n := 0
	for tr := range Of(trials(flow.Trial{Design: "a"}, flow.Trial{Design: "a", Variant: "v"}, flow.Trial{Design: "b"}), "a") {
		if n++; tr.Design != "a" || tr.Variant != "" {
			t.Errorf("%+v", tr)
		}
	}
	if n != 1 {
		t.Errorf("%d trials, want 1", n)
	}
}

func TestAnswered(t *testing.T) {
	asked := func(design string, models ...string) flow.Trial {
		s := flow.Span{Step: "ask"}
		for _, m := range models {
			s.Attempts = append(s.Attempts, flow.Attempt{Model: m})
		}
		return flow.Trial{Design: design, Spans: []flow.Span{{Step: "rules"}, s}}
	}
	got, err := Answered(trials(asked("a", "", "m2"), asked("a", "m1", "m2"), asked("b", "m3")), "a")
	if d := cmp.Diff(map[string][]string{"ask": {"m1", "m2"}}, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

// TestDiffer moves every figure of a threshold that was judged again.
func TestDiffer(t *testing.T) {
	c, _ := evidenceFor(t, t.TempDir())
	p, err := c.Production()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why    string
		change func(*gate.Candidate)
		want   string // "" for the same
	}{
		{"nothing", func(*gate.Candidate) {}, ""},
		{"the last digits", func(c *gate.Candidate) { c.Lines[0].Bounds.Lower += 1e-13 }, ""},
		{"a numerator", func(c *gate.Candidate) { c.Lines[0].Numerator-- }, "automated_accuracy (channel=email): numerator 490 in the evidence, 489 now"},
		{"a denominator", func(c *gate.Candidate) { c.Lines[0].Denominator++ }, "denominator 500"},
		{"cases", func(c *gate.Candidate) { c.Lines[0].Cases++ }, "cases 500"},
		{"an estimate", func(c *gate.Candidate) { c.Lines[0].Bounds.Estimate = stats.Num(0.5) }, "estimate 0.98"},
		{"a lower bound", func(c *gate.Candidate) { c.Lines[0].Bounds.Lower = 0.95 }, "lower bound 0.9636"},
		{"an upper bound where there was none", func(c *gate.Candidate) { c.Lines[1].Bounds.Upper = 4 }, "cost_per_case: upper bound none in the evidence, 4 now"},
		{"a verdict", func(c *gate.Candidate) { c.Lines[0].Verdict = gate.Fail }, "verdict pass"},
		{"a limit", func(c *gate.Candidate) { c.Lines[0].Limit = 0.8 }, "threshold at_least 0.9"},
		{"a threshold that is gone", func(c *gate.Candidate) { c.Lines = c.Lines[:1] }, "1 thresholds, not 2"},
	} {
		again := c.Verdict.Candidates[0]
		again.Lines = append([]gate.Line(nil), again.Lines...)
		tt.change(&again)
		got := strings.Join(p.Evidence.Differ(&again), "; ")
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}
