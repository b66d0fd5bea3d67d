package report

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// leading are the metrics that the first lines of a report speak of.
var leading = []string{score.SystemAccuracy, score.CostPerCase, score.MinutesPerCase}

// lead is what a reader meets first: a sentence a design that says how much it
// automates, how well, and what can be told of it against the baseline.
func (r *Report) lead() []string {
	var out []string
	for i := range r.Score.Designs {
		d := &r.Score.Designs[i]
		out = append(out, name(d.Name)+" "+automates(d)+r.against(d))
	}
	return out
}

// automates says how much a design does without people, and how well.
func automates(d *score.Design) string {
	rate, _ := d.Metric(score.AutomationRate)
	automated, _ := d.Metric(score.AutomatedAccuracy)
	system, _ := d.Metric(score.SystemAccuracy)
	var s string
	switch {
	case !rate.Estimate.Valid:
		return "was not measured."
	case rate.Numerator == 0:
		s = "automates no case"
	case automated.Estimate.Valid:
		s = fmt.Sprintf("automates %s of cases, %s of them right", percent(rate.Estimate.Value), percent(automated.Estimate.Value))
	default:
		s = fmt.Sprintf("automates %s of cases; no label says how well", percent(rate.Estimate.Value))
	}
	if system.Estimate.Valid {
		s += fmt.Sprintf("; with people's work %s of all end right", percent(system.Estimate.Value))
	}
	return s + "."
}

// findings are what can be told of a design against the baseline, best first.
func (r *Report) findings(d *score.Design) []finding {
	if r.Compare == nil || d.Baseline {
		return nil
	}
	return findings(r.Compare, d.Name)
}

// findings are what a comparison tells of a candidate, best first.
func findings(c *compare.Result, candidate string) []finding {
	said := map[compare.Verdict][]string{}
	for _, metric := range leading {
		for _, diff := range c.Differences {
			if diff.Candidate == candidate && diff.Metric == metric && diff.Why == "" {
				said[diff.Verdict] = append(said[diff.Verdict], words(metric))
			}
		}
	}
	var out []finding
	for _, f := range []finding{
		{verdict: compare.Better, words: "better on "}, {verdict: compare.NotWorse, words: "not worse on "},
		{verdict: compare.Worse, words: "worse on "}, {verdict: compare.CannotTell, words: "cannot tell on "},
	} {
		if f.metrics = said[f.verdict]; len(f.metrics) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// finding is the metrics of one verdict.
type finding struct {
	verdict compare.Verdict
	words   string // before the metrics
	metrics []string
}

func (f finding) String() string { return f.words + strings.Join(f.metrics, " and ") }

// against says in what a design is better than the baseline, in what worse,
// and what the cases cannot tell.
func (r *Report) against(d *score.Design) string {
	if found := sentence(r.findings(d)); found != "" {
		return " Against " + name(r.Compare.Baseline) + ": " + found + "."
	}
	return ""
}

// sentence puts findings into one.
func sentence(findings []finding) string {
	parts := make([]string, len(findings))
	for i, f := range findings {
		parts[i] = f.String()
	}
	return strings.Join(parts, ", ")
}
