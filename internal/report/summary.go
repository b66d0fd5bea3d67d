package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Summary is what a list of runs shows of one: few figures, kept with the run,
// so that the list need not be scored.
type Summary struct {
	Workflow string     `json:"workflow"`
	Designs  []Headline `json:"designs"`
}

// Headline is one design in few figures.
type Headline struct {
	Design    string       `json:"design"`
	Baseline  bool         `json:"baseline,omitempty"`
	Automated Rate         `json:"automated_accuracy"`
	Escalated Rate         `json:"escalation_rate"`
	Broken    Rate         `json:"handoff_failure_rate"`
	Gate      gate.Verdict `json:"gate,omitempty"` // "" for the baseline, and where the workflow has no gate
}

// Rate is a share with its 95 % interval.
type Rate struct {
	Numerator   float64        `json:"numerator"`
	Denominator float64        `json:"denominator"`
	Interval    stats.Interval `json:"interval"`
}

// Summarise picks the summary's figures out of a scored run; judged is nil where
// no gate was asked.
func Summarise(scored *score.Result, judged *gate.Result) Summary {
	s := Summary{Workflow: scored.Workflow, Designs: make([]Headline, len(scored.Designs))}
	for i := range scored.Designs {
		d := &scored.Designs[i]
		h := Headline{Design: d.Name, Baseline: d.Baseline}
		for name, to := range map[string]*Rate{
			score.AutomatedAccuracy: &h.Automated, score.EscalationRate: &h.Escalated, score.HandoffFailureRate: &h.Broken,
		} {
			if m, ok := d.Metric(name); ok {
				*to = Rate{Numerator: m.Numerator, Denominator: m.Denominator, Interval: m.Interval}
			}
		}
		if judged != nil {
			for _, c := range judged.Candidates {
				if c.Design == d.Name {
					h.Gate = c.Verdict
				}
			}
		}
		s.Designs[i] = h
	}
	return s
}

// Runs is a list of runs.
type Runs struct {
	Runs []RunLine `json:"runs"`
	// More are runs that the list leaves out.
	More int `json:"more,omitempty"`
	// Problems name folders among the runs that are none, or cannot be read.
	Problems []string `json:"problems,omitempty"`
}

// RunLine is one run of a list.
type RunLine struct {
	Run      string       `json:"run"`
	Dir      string       `json:"dir"`
	Workflow string       `json:"workflow"`
	State    record.State `json:"state"`
	Started  time.Time    `json:"started"`
	Written  time.Time    `json:"written"` // when it ended, or was last written
	Cases    int64        `json:"cases"`
	Split    []string     `json:"split,omitempty"`
	Dataset  string       `json:"dataset"` // the card's path
	// Summary is nil where the run was never scored; Designs are its designs all
	// the same.
	Designs []string `json:"designs"`
	Summary *Summary `json:"summary,omitempty"`
}

// JSON prints the list for programs.
func (r *Runs) JSON(w io.Writer) error { return indented(w, r) }

// Text prints the list for a terminal; ages are as of now.
func (r *Runs) Text(w io.Writer, o TextOptions, now time.Time) error {
	t := table{
		title: "Headline", intro: "Automated accuracy with its 95% interval, as it was when the run was last scored.",
		head:  []string{"run", "age", "cases", "design", "automated accuracy", "escalated", "broken\nhandoffs", "gate"},
		right: []bool{false, true, true, false, true, true, true, false},
	}
	var n notes
	unscored := false
	for i := range r.Runs {
		line := &r.Runs[i]
		t.rows = append(t.rows, line.row(now))
		unscored = unscored || line.Summary == nil
	}
	if unscored {
		t.notes = append(t.notes, n.add("a run without figures was not scored, or did not end: see it by 'report', go on with it by 'run --resume'"))
	}
	if r.More > 0 {
		t.notes = append(t.notes, n.add(fmt.Sprintf("%d more: --limit 0 shows all", r.More)))
	}
	for _, p := range r.Problems {
		n.add(p)
	}
	d := document{title: "Runs", subtitle: fmt.Sprintf("%d of %d, newest first", len(r.Runs), len(r.Runs)+r.More), footnotes: n.texts}
	if len(t.rows) > 0 {
		d.tables = []table{t}
	}
	return d.text(w, o)
}

// row is a run in the list: a line for each design.
func (l *RunLine) row(now time.Time) []string {
	row := make([]string, 8)
	of := l.Workflow
	if l.Dataset != l.Workflow {
		of += " on " + l.Dataset
	}
	of = strings.Join(append([]string{of}, l.Split...), ", ")
	row[0], row[1], row[2] = l.Run+"\n"+of, Age(now.Sub(l.Written)), fmt.Sprint(l.Cases)
	if l.State != record.Complete {
		row[0] += "\n" + string(l.State)
		row[2] += "\nso far"
	}
	if l.Summary == nil {
		row[3] = strings.Join(l.Designs, "\n")
		return row
	}
	for i, h := range l.Summary.Designs {
		name, verdict := h.Design, none
		if h.Gate != "" {
			verdict = string(h.Gate)
		}
		if h.Baseline {
			name += " (baseline)"
		}
		accuracy := none
		if h.Automated.Interval.Estimate.Valid {
			accuracy = percent(h.Automated.Interval.Estimate.Value) + " (" + interval(h.Automated.Interval) + ")"
		}
		for k, cell := range []string{name, accuracy, rateShare(h.Escalated), rateShare(h.Broken), verdict} {
			if i > 0 {
				cell = "\n" + cell
			}
			row[3+k] += cell
		}
	}
	return row
}

func rateShare(r Rate) string {
	if !r.Interval.Estimate.Valid {
		return none
	}
	return percent(r.Interval.Estimate.Value)
}

// Age is how long ago something was, in the unit that reads well.
func Age(d time.Duration) string {
	for _, unit := range []struct {
		name string
		long time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}} {
		if d >= 2*unit.long || unit.long == time.Minute && d >= unit.long {
			return fmt.Sprintf("%d %s", d/unit.long, unit.name)
		}
	}
	return fmt.Sprintf("%d s", max(0, d/time.Second))
}
