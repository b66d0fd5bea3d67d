package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// comparison is that of [example], with what a comparison in detail adds.
func comparison() *report.Comparison {
	e := example()
	d := &compare.Detailed{
		Contestants: []compare.Contestant{{Name: "as-is", Design: "as-is", Run: "r1", Baseline: true}, {Name: "model", Design: "model", Run: "r2"}},
		Cases:       200, Metric: score.SystemAccuracy, Result: *e.Compare, Margins: compare.Margins{score.SystemAccuracy: 0.02},
		Rankings: []compare.Ranking{{Metric: score.SystemAccuracy, Unit: "rate", Higher: true, Pairs: 1, Places: []compare.Place{
			{Design: "as-is", Estimate: stats.Num(1), Cases: 200, Groups: []int{1}}, {Design: "model", Estimate: stats.Num(0.975), Cases: 200, Groups: []int{1, 2}},
		}}},
		Flips:    []compare.Flips{{Candidate: "model", Baseline: "as-is", Lost: 5, LostCost: 900, Losses: []compare.Flip{{Case: "C-9", Label: "hold", Candidate: "pay", Baseline: "hold", Cost: 400}}}},
		Residues: []compare.Residue{{What: "seed", First: "1", Run: "r2", Other: "2"}},
		Warnings: []string{"run r1: perfect reviewers"},
	}
	for _, s := range []struct {
		value   string
		verdict compare.Verdict
	}{{"email", compare.Worse}, {"telefax", compare.CannotTell}} {
		x := e.Compare.Differences[0]
		x.Verdict = s.verdict
		d.Segments = append(d.Segments, compare.Segment{Column: "channel", Value: s.value, Difference: x})
	}
	other := e.Compare.Differences[0]
	other.Metric = "recall:pay"
	d.Others, d.SmallSegments = []compare.Difference{other}, 2
	d.Differences[0].Higher = true
	d.Differences[0].Verdict, d.Differences[0].FurtherCases = compare.Worse, 0
	return &report.Comparison{Detailed: d, Workflow: "claims", Title: "Claims of a small insurer", Currency: "EUR"}
}

func TestComparison(t *testing.T) {
	c := comparison()
	for file, print := range map[string]func(*bytes.Buffer) error{
		"compare.txt":    func(b *bytes.Buffer) error { return c.Text(b, report.TextOptions{}) },
		"compare.pr.md":  func(b *bytes.Buffer) error { return c.PullRequest(b) },
		"compare.xml":    func(b *bytes.Buffer) error { return c.JUnit(b) },
		"compare.github": func(b *bytes.Buffer) error { return c.GitHub(b) },
	} {
		var b bytes.Buffer
		if err := print(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, file, b.Bytes())
	}
}

// Personal ids and tags are in no format.
func TestComparisonHides(t *testing.T) {
	c := comparison()
	c.HideIDs, c.HideTags = true, []string{"channel"}
	var b bytes.Buffer
	for _, err := range []error{c.Text(&b, report.TextOptions{}), c.Markdown(&b), c.HTML(&b), c.JSON(&b), c.PullRequest(&b), c.GitHub(&b), c.JUnit(&b)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, personal := range []string{"C-9", "email", "telefax"} {
		if strings.Contains(b.String(), personal) {
			t.Errorf("%q is shown", personal)
		}
	}
	if c.Flips[0].Losses[0].Case != "C-9" || c.Segments[0].Value != "email" {
		t.Error("what is shown was taken out of the comparison itself")
	}
}

// A comment of a pull request fits into one, whatever there is to say, and says
// what it leaves out; what came with the data is no markup.
func TestCommentFits(t *testing.T) {
	c := comparison()
	for i := range 30 {
		x := c.Differences[0]
		x.Candidate = fmt.Sprintf("</details><script>alert(%d)</script> @everyone", i)
		for range 8 {
			c.Differences = append(c.Differences, x)
		}
		c.Residues = append(c.Residues, compare.Residue{What: strings.Repeat("w", 500), First: strings.Repeat("f", 500), Other: strings.Repeat("o", 500)})
		c.Warnings = append(c.Warnings, strings.Repeat(fmt.Sprint(i, " "), 2000))
	}
	var b bytes.Buffer
	if err := c.PullRequest(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if len(text) > 65_536 {
		t.Errorf("%d bytes", len(text))
	}
	if !strings.Contains(text, "do not fit into a comment") {
		t.Error("something was left out, and it is not said")
	}
	if strings.Count(text, "<details>") != strings.Count(text, "</details>") || strings.Contains(text, "<script") || strings.Contains(text, "@everyone") {
		t.Errorf("%.2000s", text)
	}
}

// A line of an annotation stays one command, whatever is in it.
func TestAnnotationsAreOneLineEach(t *testing.T) {
	g := &report.Gate{Result: &gate.Result{Verdict: gate.Fail, Reason: "a\n::error::b\r%\u2028c", Candidates: []gate.Candidate{{
		Design: "x,y:z", Verdict: gate.Fail, Lines: []gate.Line{
			{Tier: gate.Critical, Metric: "m", Verdict: gate.Fail, Reason: "1\n2"}, {Tier: gate.Advisory, Metric: "n", Verdict: gate.Fail}, {Tier: gate.Critical, Metric: "o", Verdict: gate.Pass},
		},
	}}}}
	var b bytes.Buffer
	if err := g.GitHub(&b); err != nil {
		t.Fatal(err)
	}
	want := "::error title=x%2Cy%3Az%3A m (critical)::fail: 1%0A2\n" +
		"::warning title=x%2Cy%3Az%3A n (advisory)::fail: \n" +
		"::error title=gate%3A fail::a%0A::error::b\ufffd%25\ufffdc\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}
