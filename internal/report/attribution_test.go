package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

func change(estimate, half float64) stats.Interval {
	return stats.Interval{Estimate: stats.Num(estimate), Lower: estimate - half, Upper: estimate + half, Level: 0.95}
}

// attribution is where a design of two steps and a route breaks, with a pair
// that helps only together.
func attribution() report.Attribution {
	none := stats.Interval{Estimate: stats.Num(0), Lower: -0.02, Upper: 0.02, Level: 0.95, Method: attribute.NoCaseChanged}
	part := func(name string, kind attribute.Kind, by float64) attribute.Part {
		p := attribute.Part{Target: attribute.Target{Name: name, Kind: kind}, Compared: 200, Differs: 20, First: 12, FirstWrong: 9, Examples: []string{"C-3"}}
		for _, m := range attribute.Metrics {
			p.Effects = append(p.Effects, attribute.Effect{Metric: m, Unit: "rate", Change: change(by, 0.01), P: stats.Num(0.001), Adjusted: stats.Num(0.01), Cases: 200})
		}
		return p
	}
	shares := func(metric, unit string, by ...float64) attribute.Shares {
		s := attribute.Shares{Metric: metric, Unit: unit, Written: stats.Num(0.8), Corrected: stats.Num(0.8 + by[0] + by[1]), Gap: change(by[0]+by[1], 0.02)}
		for i, name := range []string{"extract", "match", "decide"} {
			share, front := none, change(by[0]+by[1], 0.02)
			if i < 2 {
				share = change(by[i], 0.01)
			}
			if i == 0 {
				front = none
			}
			s.Parts = append(s.Parts, attribute.Share{Name: name, Kind: attribute.Step, Share: share, Alone: change(0, 0.01), Own: share})
			s.Front = append(s.Front, front)
		}
		s.Pairs = []attribute.Pair{{A: "extract", B: "match", Together: change(by[0]+by[1], 0.02), Interaction: change(by[0]+by[1], 0.02)}}
		return s
	}
	year := change(-4000, 1500)
	hours := change(-120, 30)
	none2 := none
	explored := &attribute.Exploration{
		Sets: 8,
		Shares: []attribute.Shares{
			shares(score.SystemAccuracy, "rate", 0.03, 0.03), shares(score.AutomatedAccuracy, "rate", 0.03, 0.03), shares(score.ForcedAccuracy, "rate", 0.04, 0.03),
			shares(score.CostPerCase, "money", -0.4, -0.1), shares(score.MinutesPerCase, "minutes", -0.2, -0.1),
		},
		Fixes: attribute.Fixes{Wrong: 30, One: 10, Several: 6, Together: 8, None: 6, NoneExamples: []string{"C-9"}, Ways: []attribute.Way{
			{Fixes: [][]string{{"extract"}}, Trials: 10, Examples: []string{"C-3"}},
			{Fixes: [][]string{{"extract", "match"}}, Trials: 8, Examples: []string{"C-4", "C-5"}},
			{Fixes: [][]string{{"extract"}, {"match"}}, Trials: 4, Examples: []string{"C-6"}},
			{Fixes: [][]string{{"match"}, {"extract", "decide"}}, Trials: 2, Examples: []string{"C-7"}},
		}},
		BreakPoints: []attribute.BreakPoint{{Trials: 20, Examples: []string{"C-3"}}, {Handoff: "extract → match", Kind: "incomplete", Trials: 10, Examples: []string{"C-8"}}},
		Worth: []attribute.Worth{
			{Name: "extract", Kind: attribute.Step, Cost: change(-0.4, 0.15), Minutes: change(-0.72, 0.18), CostYear: &year, HoursYear: &hours},
			{Name: "match", Kind: attribute.Step, Cost: none, Minutes: none, CostYear: &none, HoursYear: &none2},
		},
	}
	return report.Attribution{Result: &attribute.Result{
		Run: "r1-attribution", Of: "r1", Workflow: "claims", Dataset: "claims-2025", Split: []string{"dev"}, Cases: 200, Repeats: 1, Currency: "EUR",
		Family: "every part and metric of one design, by Holm", Warnings: []string{"model: gold for decide sends on 7 trials"},
		Designs: []attribute.Design{
			{
				Name: "model", Judged: 200, Wrong: 30, Unattributed: 5, Examples: []string{"C-9"}, Explored: explored,
				Metrics: []score.Metric{rate(score.SystemAccuracy, 160, 200), rate(score.AutomatedAccuracy, 150, 190), rate(score.ForcedAccuracy, 155, 200), rate(score.EscalationRate, 10, 200)},
				Parts:   []attribute.Part{part("extract", attribute.Step, 0.061), part("match", attribute.Step, 0), part("decide", attribute.Route, -0.02), part("*all", attribute.All, 0.06)},
			},
			{
				Name: "llm", Judged: 200, Wrong: 20, Metrics: []score.Metric{rate(score.SystemAccuracy, 180, 200)},
				Parts: []attribute.Part{part("extract", attribute.Step, 0)},
			},
			{Name: "as-is", Judged: 200},
		},
	}}
}

func TestAttribution(t *testing.T) {
	for file, write := range map[string]func(*bytes.Buffer) error{
		"attribution.txt": func(b *bytes.Buffer) error { return attribution().Text(b, report.TextOptions{}) },
		"attribution.md":  func(b *bytes.Buffer) error { return attribution().Markdown(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, file, b.Bytes())
	}
	var b bytes.Buffer
	if err := attribution().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back attribute.Result
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || len(back.Designs) != 3 || back.Designs[0].Explored.Fixes.Together != 8 {
		t.Errorf("the JSON reads back as %+v (%v)", back.Designs, err)
	}
}

// What could not be measured is said, and no figure stands in its place.
func TestAttributionNotMeasured(t *testing.T) {
	r := attribution()
	x := r.Designs[0].Explored
	for i := range x.Shares {
		x.Shares[i] = attribute.Shares{Metric: x.Shares[i].Metric, Unit: x.Shares[i].Unit, NotMeasured: 7}
	}
	x.Worth = nil
	var b bytes.Buffer
	if err := r.Text(&b, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Not measurable: 7 trials") || strings.Contains(b.String(), "the whole gap") || strings.Contains(b.String(), "what to work on next") {
		t.Errorf("shares that could not be measured are shown as\n%s", &b)
	}
}

func TestHostileAttribution(t *testing.T) {
	for _, text := range hostile {
		r := attribution()
		for i := range r.Designs {
			spoil(reflect.ValueOf(&r.Designs[i]), text)
		}
		var md, txt, page bytes.Buffer
		if err := r.Markdown(&md); err != nil {
			t.Fatal(err)
		}
		if err := r.Text(&txt, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := r.HTML(&page); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script>", "<img", "\x1b", "\u202e", "\n# heading"} {
			if strings.Contains(md.String(), bad) || strings.Contains(page.String(), bad) || bad[0] != '<' && strings.Contains(txt.String(), bad) {
				t.Errorf("%q comes through of %q", bad, text)
			}
		}
	}
}
