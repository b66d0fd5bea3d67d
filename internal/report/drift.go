package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/drift"
)

// Drift is a check of fresh cases.
type Drift struct {
	*drift.Result
}

// JSON prints the check for programs.
func (r Drift) JSON(w io.Writer) error { return indented(w, r.Result) }

// Text prints the check for a terminal.
func (r Drift) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints the check for a page.
func (r Drift) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints the check as a page.
func (r Drift) HTML(w io.Writer) error { return r.document().html(w, "Drift check") }

func (r Drift) document() document {
	d := document{
		title:    fmt.Sprintf("%s, %s: %s", r.Workflow, r.Design, r.Verdict),
		subtitle: r.Why + ". " + side("Fresh", r.Fresh) + " against " + side("baseline", r.Baseline) + ".",
	}
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	for _, w := range r.NotCompared {
		n.add("not compared: " + w)
	}
	t := table{
		title: "Signals, most telling first",
		intro: fmt.Sprintf("An alarm needs p, adjusted by Holm over the check, of at most %.4f (%g false alarms in %g checks a year) and an effect of at least its floor.", r.Alpha, r.AlarmsPerYear, r.ChecksPerYear),
		head:  []string{"", "signal", "baseline to fresh", "effect", "floor", "p adjusted", "test"},
		right: []bool{false, false, false, true, true, true, false},
	}
	for i := range r.Signals {
		s := &r.Signals[i]
		what := s.What
		if s.Why != "" {
			what = s.Why
			t.note(n.add(s.Name + ": not tested: " + s.Why))
		}
		t.rows = append(t.rows, []string{
			mark(s), s.Name, wrap(what, 46), number(s.Effect, 3) + "\n" + s.EffectName,
			fmt.Sprintf("%g", s.Floor), pValue(s.Adjust), s.Test + fmt.Sprintf("\nn=%d, %d", s.Baseline, s.Fresh),
		})
	}
	d.tables, d.footnotes = []table{t}, n.texts
	return d
}

func side(name string, s drift.Side) string {
	out := fmt.Sprintf("%s: %d cases of %s", name, s.Cases, s.Dataset)
	if len(s.Split) > 0 {
		out += ", split " + strings.Join(s.Split, " and ")
	}
	return out + fmt.Sprintf(" (run %s)", s.Run)
}

const alarm = "ALARM"

func mark(s *drift.Signal) string {
	switch {
	case s.Alarm:
		return alarm
	case s.Moved:
		return "moved"
	}
	return ""
}
