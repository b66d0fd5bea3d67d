// Package gate judges the candidates of a scored run by the thresholds of the
// workflow's gate. A verdict has three values, and it is made on bounds: what
// the evidence allows, not what it happens to show.
//
//   - pass: the worse end of the 95 % interval still meets every critical limit.
//   - fail: the better end of it breaks one.
//   - inconclusive: the limit lies between them, or there is nothing to judge.
//
// A rate is bounded by Clopper-Pearson, so that a design that is exactly at its
// limit passes in at most 2.5 % of runs: the Wilson interval that reports show for
// reading would let it through in up to 4 %. Rates over clusters, means, and
// differences of those are bounded by Gaffke's method, which also holds where few
// units hardly differ because those that would are rare. A limit of 5 % and below
// is for rare events and takes one-sided 95 % bounds.
package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Verdict is what a gate says.
type Verdict string

const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// Tier says whether a threshold decides.
type Tier string

const (
	Critical Tier = "critical" // decides
	Advisory Tier = "advisory" // is shown
)

// Rule is how a metric is held to its limit.
type Rule string

const (
	AtLeast  Rule = "at_least"
	AtMost   Rule = "at_most"
	NotWorse Rule = "not_worse_than_baseline" // by more than the limit
)

// DefaultNotMeasured is the share of trials that may be not measured where the
// workflow's gate does not say: a run that could hardly be measured passes no
// gate.
const DefaultNotMeasured = 0.05

// Result is the verdict on every candidate of a run.
type Result struct {
	Run        string      `json:"run"`
	Workflow   string      `json:"workflow"`
	Title      string      `json:"title,omitempty"`
	Dataset    string      `json:"dataset"`
	Split      []string    `json:"split,omitempty"`
	Cases      int         `json:"cases"`
	Baseline   string      `json:"baseline,omitempty"`
	Verdict    Verdict     `json:"verdict"` // the worst of the candidates'
	Reason     string      `json:"reason"`
	Candidates []Candidate `json:"candidates"`
	Warnings   []string    `json:"warnings,omitempty"`
}

// Candidate is one design's verdict.
type Candidate struct {
	Design  string  `json:"design"`
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
	Lines   []Line  `json:"thresholds"`
	// Regression is how it does on cases that once broke; nil where the dataset
	// has no regression split.
	Regression *Regression `json:"regression,omitempty"`
}

// Line is one threshold, judged; one in segments is a line for each value.
type Line struct {
	Tier    Tier    `json:"tier"`
	Metric  string  `json:"metric"`
	Unit    string  `json:"unit"`              // "rate", "money", "minutes" or "score"
	Segment string  `json:"segment,omitempty"` // tag column
	Value   string  `json:"value,omitempty"`   // of the tag
	Rule    Rule    `json:"rule"`
	Limit   float64 `json:"limit"` // or the margin of NotWorse
	// Bounds are what was compared with the limit, two-sided or both one-sided
	// 95 % bounds; of NotWorse, candidate minus baseline.
	Bounds stats.Interval `json:"bounds"`
	// Numerator and Denominator are those of the metric. Cases are those that
	// the metric is over.
	Numerator   float64 `json:"numerator"`
	Denominator float64 `json:"denominator"`
	Cases       int     `json:"cases"`
	Verdict     Verdict `json:"verdict"`
	Reason      string  `json:"reason"`
	// CasesNeeded is how many cases a run needs in all to decide, if what was
	// seen stays as it is; 0 where no number would, or where it decided.
	CasesNeeded int `json:"cases_needed,omitempty"`
	// Explain is the arithmetic behind the verdict.
	Explain string `json:"explain"`

	higher bool // of a difference: up is better
}

// Run judges the candidates of a scored run by the gate of its workflow;
// compared is nil where there is no baseline. Designs are the candidates to
// judge, all where there are none. A gate that is [InDetail] needs a run that was
// scored so. It is an error to ask for a design that the run does not have or that
// is the baseline, and for a run of variants: a gate judges designs as written.
func Run(h *record.Header, w *design.Workflow, scored *score.Result, compared *compare.Result, designs []string) (*Result, error) {
	for _, d := range h.Designs {
		if d.Variant != "" {
			return nil, fmt.Errorf("run %s holds the variant %q of design %q: a gate judges designs as written, on a run of 'eval run'", h.Run, d.Variant, d.Name)
		}
	}
	chosen, err := candidates(scored, designs)
	if err != nil {
		return nil, err
	}
	out := &Result{
		Run: scored.Run, Workflow: scored.Workflow, Title: scored.Title, Dataset: scored.Dataset, Split: scored.Split,
		Cases: scored.Cases, Baseline: scored.Baseline, Warnings: scored.Warnings, Verdict: Pass,
	}
	thresholds := withDefaults(w.Gate.Thresholds)
	for _, d := range chosen {
		j := newJudge(scored, compared, d)
		c := Candidate{Design: d.Name}
		for _, t := range thresholds {
			c.Lines = append(c.Lines, j.lines(t)...)
		}
		c.Verdict, c.Reason = decide(c.Lines, w.Gate.Thresholds, scored)
		if why := cutShort(h, d.Name, w.Gate.Thresholds); why != "" {
			c.Verdict, c.Reason = Inconclusive, why
		}
		out.Candidates = append(out.Candidates, c)
		out.Verdict = worse(out.Verdict, c.Verdict)
	}
	if len(chosen) == 0 {
		out.Verdict, out.Reason = Inconclusive, "the run has no candidate: the baseline gets no verdict"
		return out, nil
	}
	out.Reason = summary(out.Candidates)
	return out, nil
}

// candidates are the designs to judge.
func candidates(r *score.Result, names []string) ([]*score.Design, error) {
	var out []*score.Design
	var have []string
	for i := range r.Designs {
		d := &r.Designs[i]
		if d.Baseline {
			if slices.Contains(names, d.Name) {
				return nil, fmt.Errorf("design %q is the baseline, which gets no verdict", d.Name)
			}
			continue
		}
		have = append(have, d.Name)
		if len(names) == 0 || slices.Contains(names, d.Name) {
			out = append(out, d)
		}
	}
	for _, n := range names {
		if !slices.Contains(have, n) {
			return nil, fmt.Errorf("run %s has no candidate %q (there is: %s)", r.Run, n, strings.Join(have, ", "))
		}
	}
	return out, nil
}

// withDefaults adds the limit of what is not measured where there is none.
func withDefaults(stated []design.Threshold) []design.Threshold {
	if len(stated) == 0 || slices.ContainsFunc(stated, func(t design.Threshold) bool {
		return t.Metric == score.NotMeasuredRate && t.Segment == ""
	}) {
		return stated
	}
	limit := DefaultNotMeasured
	return append(slices.Clone(stated), design.Threshold{Metric: score.NotMeasuredRate, Critical: true, AtMost: &limit})
}

// decide is the verdict over a candidate's lines.
func decide(lines []Line, stated []design.Threshold, r *score.Result) (Verdict, string) {
	switch {
	case len(stated) == 0:
		return Inconclusive, "the workflow's gate states no thresholds"
	case !slices.ContainsFunc(stated, func(t design.Threshold) bool { return t.Critical }):
		return Inconclusive, "the workflow's gate states no critical threshold, and advisory ones do not decide"
	case !r.Complete:
		return Inconclusive, fmt.Sprintf("the run is not complete: %d cases are in the record, and they are the first, not a sample", r.Cases)
	}
	verdict := Pass
	by := map[Verdict][]string{}
	for _, l := range lines {
		if l.Tier == Critical {
			verdict = worse(verdict, l.Verdict)
			by[l.Verdict] = append(by[l.Verdict], l.Name())
		}
	}
	total := len(by[Pass]) + len(by[Fail]) + len(by[Inconclusive])
	switch verdict {
	case Fail:
		return Fail, fmt.Sprintf("%d of %d critical thresholds fail: %s", len(by[Fail]), total, strings.Join(by[Fail], ", "))
	case Inconclusive:
		return Inconclusive, fmt.Sprintf("%d of %d critical thresholds are undecided: %s", len(by[Inconclusive]), total, strings.Join(by[Inconclusive], ", "))
	}
	return Pass, fmt.Sprintf("all %d critical thresholds pass", total)
}

// cutShort says why a race left a candidate, or the baseline that it is held
// against, with a number of cases that hung on what they showed; "" where it did
// not. Bounds are for numbers fixed beforehand.
func cutShort(h *record.Header, candidate string, stated []design.Threshold) string {
	relative := slices.ContainsFunc(stated, func(t design.Threshold) bool { return t.NotWorse })
	switch {
	case !h.CutShort(candidate) && !(relative && h.CutShort(h.Baseline)):
		return ""
	case h.Race.Result.Stopped:
		return fmt.Sprintf("the run was a race that stopped after %d of %d cases, because of what they showed: its bounds hold for a number of cases fixed beforehand, so replay without --race", h.Data.Cases, h.Race.Of)
	case h.CutShort(candidate):
		return "the race dropped it before the last case: replay it without --race"
	}
	return "the race dropped the baseline before the last case, and a threshold is held against it: replay without --race"
}

// Name is the metric with its segment.
func (l *Line) Name() string {
	if l.Segment == "" {
		return l.Metric
	}
	return fmt.Sprintf("%s (%s)", l.Metric, l.Where())
}

// Where is the segment of a line, "" for all cases.
func (l *Line) Where() string {
	switch {
	case l.Segment == "":
		return ""
	case l.Value == "":
		return l.Segment + " not given"
	}
	return l.Segment + "=" + l.Value
}

// worse is the worse of two verdicts: fail, then inconclusive.
func worse(a, b Verdict) Verdict {
	rank := map[Verdict]int{Pass: 0, Inconclusive: 1, Fail: 2}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

func summary(candidates []Candidate) string {
	by := map[Verdict][]string{}
	for _, c := range candidates {
		by[c.Verdict] = append(by[c.Verdict], c.Design)
	}
	var parts []string
	for _, v := range []Verdict{Pass, Fail, Inconclusive} {
		if len(by[v]) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", v, strings.Join(by[v], ", ")))
		}
	}
	return strings.Join(parts, "; ")
}
