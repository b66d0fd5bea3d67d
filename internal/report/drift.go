package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/stats"
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

// HTML prints the check as a page, with the history drawn.
func (r Drift) HTML(w io.Writer) error {
	d := r.document()
	d.lead = nil
	p := d.page("Drift check")
	p.Verdicts = r.verdicts()
	if charts := r.historyCharts(); len(charts) > 0 {
		p.Sections[len(p.Sections)-1].Parts = append([]page.Part{{Charts: charts}}, p.Sections[len(p.Sections)-1].Parts...)
	}
	return p.Render(w)
}

// alarmsShown is how many signals the first lines of a page tell of.
const alarmsShown = 3

// verdicts are the answer, and each kind of drift.
func (r Drift) verdicts() []page.Verdict {
	all := page.Verdict{Name: begun(string(r.Verdict)), Sentence: begun(oneLine(r.Why, paragraphWidth)) + "."}
	for i := range r.Signals {
		if s := &r.Signals[i]; s.Alarm && len(all.More) < alarmsShown {
			all.More = append(all.More, begun(oneLine(s.Name+": "+s.What, paragraphWidth))+".")
		}
	}
	if r.Cause != "" {
		all.More = append(all.More, "Likely cause: "+oneLine(r.Cause, paragraphWidth)+".")
	}
	if l := r.LabelsWanted; l != nil {
		all.More = append(all.More, oneLine(wanted(l), paragraphWidth))
	}
	out := []page.Verdict{all}
	for _, k := range r.Kinds {
		found := page.Finding{Text: string(k.Seen), Tone: page.Unsure}
		switch k.Seen {
		case drift.Yes:
			found.Tone = page.Bad
		case drift.No:
			found.Tone = page.Good
		}
		out = append(out, page.Verdict{Name: begun(string(k.Kind)) + " drift", Sentence: begun(oneLine(k.Why, paragraphWidth)) + ".", Findings: []page.Finding{found}})
	}
	return out
}

func (r Drift) document() document {
	d := document{title: fmt.Sprintf("%s, %s: %s", r.Workflow, r.Design, r.Verdict)}
	if r.Fresh.Cases > 0 {
		d.subtitle = side("fresh", r.Fresh) + " against " + side("baseline", r.Baseline)
	}
	d.lead = append(d.lead, begun(r.Why)+".")
	if r.Cause != "" {
		d.lead = append(d.lead, "Likely cause: "+r.Cause)
	}
	for _, k := range r.Kinds {
		d.lead = append(d.lead, fmt.Sprintf("%s drift: %s: %s", begun(string(k.Kind)), k.Seen, k.Why))
	}
	if l := r.LabelsWanted; l != nil {
		d.lead = append(d.lead, wanted(l))
	}
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	for _, w := range r.NotCompared {
		n.add("not compared: " + w)
	}
	if len(r.Signals) > 0 {
		d.tables = append(d.tables, r.signalTable(&n))
	}
	if t := r.segmentTable(); len(t.rows) > 0 {
		d.tables = append(d.tables, t)
	}
	if r.Estimate != nil {
		d.tables = append(d.tables, estimateTable(r.Estimate))
	}
	if len(r.History) > 1 { // one check is no history
		d.tables = append(d.tables, r.historyTable())
	}
	d.footnotes = n.texts
	return d
}

// wanted asks for labels.
func wanted(l *drift.LabelSample) string {
	text := fmt.Sprintf("Label %d fresh cases, chosen at random, to see accuracy fall by %.0f points with %.0f%% power: %s", l.Cases, l.Fall*100, l.Power*100, l.Why)
	if l.Have > 0 {
		text += fmt.Sprintf(" (%d have one)", l.Have)
	}
	if l.How != "" {
		text += "; draw them with " + l.How
	}
	return text + "."
}

func side(name string, s drift.Side) string {
	out := fmt.Sprintf("%s: %d cases of %s", name, s.Cases, s.Dataset)
	if len(s.Split) > 0 {
		out += ", split " + strings.Join(s.Split, " and ")
	}
	if s.Clusters > 0 {
		out += fmt.Sprintf(", in %d clusters", s.Clusters)
	}
	if s.Weighted {
		out += ", by their sampling weights"
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

func (r Drift) signalTable(n *notes) table {
	t := table{
		title: "Signals, most telling first", first: true,
		intro: fmt.Sprintf("An alarm needs p, adjusted by Holm over the table, of at most %.4g and an effect of at least its floor. The check has %.4g of %g false alarms a year, for %.0f checks (%s)", r.Alpha-r.SegmentAlpha, r.Alpha, r.AlarmsPerYear, r.ChecksPerYear, r.ChecksFrom),
		head:  []string{"", "signal", "baseline to fresh", "effect", "floor", "p adjusted", "test", "since"},
		right: []bool{false, false, false, true, true, true, false, false},
		prose: map[int]int{2: 46, 6: 24},
	}
	if r.SegmentAlpha > 0 {
		t.intro += fmt.Sprintf("; %.4g of it is for segments", r.SegmentAlpha)
	}
	t.intro += "."
	for i := range r.Signals {
		s := &r.Signals[i]
		what := s.What
		if s.Why != "" {
			what = s.Why
			t.note(n.add(s.Name + ": not tested: " + s.Why))
		}
		t.rows = append(t.rows, []string{
			mark(s), s.Name, what, number(s.Effect, 3) + "\n" + s.EffectName,
			fmt.Sprintf("%g", s.Floor), pValue(s.Adjust), s.Test + fmt.Sprintf("\nn=%d, %d", s.Baseline, s.Fresh), since(s, r.Fresh),
		})
	}
	return t
}

// since says when a signal began to move.
func since(s *drift.Signal, fresh drift.Side) string {
	if s.Since == nil {
		return ""
	}
	var lines []string
	if !s.Since.Check.IsZero() {
		lines = append(lines, "the check of\n"+s.Since.Check.Format(time.DateOnly))
	} else {
		lines = append(lines, "this check")
	}
	if !s.Since.Case.IsZero() {
		lines = append(lines, "cases from\n"+s.Since.Case.Format(time.DateOnly))
	} else if s.Since.P.Valid {
		lines = append(lines, "all its cases")
	}
	return strings.Join(lines, "\n")
}

// segmentTable are the segments in which something moved.
func (r Drift) segmentTable() table {
	t := table{
		title: "Segments that moved",
		intro: fmt.Sprintf("Accuracy, escalations, broken handoffs and confidence in every segment, %d tests: p is adjusted by Holm over them and held against %.4g.", len(r.Segments), r.SegmentAlpha),
		head:  []string{"", "segment", "signal", "baseline to fresh", "effect", "p adjusted", "n"},
		right: []bool{false, false, false, false, true, true, true},
		prose: map[int]int{3: 46},
	}
	for i := range r.Segments {
		if s := &r.Segments[i]; s.Moved {
			t.rows = append(t.rows, []string{mark(s), name(s.Segment), s.Name, s.What, number(s.Effect, 3), pValue(s.Adjust), fmt.Sprintf("%d, %d", s.Baseline, s.Fresh)})
		}
	}
	return t
}

// estimateTable is accuracy by confidence, with what it assumes.
func estimateTable(e *drift.Estimate) table {
	t := table{
		title: "Automated accuracy estimated from confidence",
		intro: "It assumes " + e.Assumes + ". It is never alone a reason to hold that accuracy is good.",
		head:  []string{"", "estimate", "95% interval", "by labels", "cases"},
		right: []bool{false, true, true, true, true},
	}
	if e.Why != "" {
		t.intro = "There is none: " + e.Why + "."
		t.head, t.right, t.rows = []string{"estimate"}, []bool{false}, [][]string{{none}}
		return t
	}
	row := func(name string, iv stats.Interval, labels, cases string) {
		t.rows = append(t.rows, []string{name, rate(iv.Estimate), interval(iv), labels, cases})
	}
	row("fresh", e.Fresh, none, fmt.Sprint(e.Cases))
	row("baseline", e.Baseline, rate(e.Seen), fmt.Sprint(e.FittedTo))
	t.intro += fmt.Sprintf(" The curve is of Platt, fitted to the baseline's labels; on the half that it was not fitted to it is %.1f points off (expected calibration error).", e.Error.Or(0)*100)
	return t
}

func rate(n stats.Number) string {
	if !n.Valid {
		return none
	}
	return percent(n.Value)
}
