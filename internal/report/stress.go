package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stress"
)

// Stress prints what faults did to a design.
type Stress struct{ *stress.Result }

// JSON prints it for programs.
func (s Stress) JSON(w io.Writer) error { return indented(w, s.Result) }

// Text prints it for a terminal.
func (s Stress) Text(w io.Writer, o TextOptions) error { return s.document().text(w, o) }

// Markdown prints it for a page.
func (s Stress) Markdown(w io.Writer) error { return s.document().markdown(w) }

// HTML prints it as a page, with a curve for every fault.
func (s Stress) HTML(w io.Writer) error {
	p := s.document().page("Stress")
	if len(s.Faults) > 0 {
		curves := page.Section{
			Title: "Degradation curves",
			Intro: "Cases that are right in the end, those automated and wrong, and those that went to a person, from the clean cases on the left to the greatest strength on the right. The figures stand in the table by strength.",
			Parts: s.curves(),
		}
		p.Sections = append(p.Sections[:1:1], append([]page.Section{curves}, p.Sections[1:]...)...)
	}
	return p.Render(w)
}

func (s Stress) document() document {
	d := document{title: "Stress: " + s.Design, subtitle: s.subtitle(), lead: s.lead()}
	if s.Title != "" {
		d.title += ": " + s.Title
	}
	var n notes
	for _, w := range s.Warnings {
		n.add(w)
	}
	for _, t := range []table{s.ranking(), s.help(), s.byStrength(), s.operation(), s.kinds(), s.latency(), s.tries(), s.examples(), s.unmeasured(), s.untouched(), s.sample()} {
		if len(t.rows) > 0 {
			d.tables = append(d.tables, t)
		}
	}
	d.footnotes = n.texts
	return d
}

func (s Stress) subtitle() string {
	out := fmt.Sprintf("workflow %s, dataset %s", s.Workflow, s.Dataset)
	if len(s.Split) > 0 {
		out += ", split " + strings.Join(s.Split, ", ")
	}
	out += fmt.Sprintf(": %d of %s drawn", s.Cases, counted(s.Of, "case"))
	if s.DecidedBy != "" {
		out += ", stratified by the right " + s.DecidedBy
	}
	if s.File != "" {
		out += ", faults of " + s.File
	}
	return out + fmt.Sprintf(", seed %d", s.Seed)
}

// lead says what is to be known first.
func (s Stress) lead() []string {
	if s.Measured == 0 {
		return []string{"nothing could be measured: the cases could not be tried as they are. Where a model is asked, run the design first, or pass --calls"}
	}
	c := s.Clean
	var lines []string
	if s.Stopped != "" {
		lines = append(lines, s.Stopped+": the figures are of those")
	}
	lines = append(lines, fmt.Sprintf("as they are, %s of %s right, %s automated and wrong, %s escalated", percentOf(c.Accuracy), counted(s.Measured, "case"), percentOf(c.Silent), percentOf(c.Escalated)))
	if s.Untried != "" {
		return append(lines, s.Untried)
	}
	if len(s.Faults) == 0 {
		return append(lines, "no fault changes anything here")
	}
	if worst := &s.Faults[0]; worst.Worst().Broken.X > 0 {
		l := worst.Worst()
		lines = append(lines, fmt.Sprintf("hurts most: %s at %s: breaks %s that were right, accuracy %s; %s", worst.Name, strengthOf(worst, l), counted(l.Broken.X, "case"), change(l.Difference(score.SystemAccuracy)), asked(l)))
	}
	quiet := &s.Faults[0]
	for i := range s.Faults {
		if f := &s.Faults[i]; f.Worst().NewSilent.Estimate.Or(0) > quiet.Worst().NewSilent.Estimate.Or(0) {
			quiet = f
		}
	}
	if silent := quiet.Worst().NewSilent; silent.X > 0 {
		lines = append(lines, fmt.Sprintf("fails most without a sound: %s at %s: %s (%d of %d) right when clean are automated and wrong", quiet.Name, strengthOf(quiet, quiet.Worst()), percent(silent.Estimate.Value), silent.X, silent.N))
	}
	harmful := 0
	for i := range s.Faults {
		if s.Faults[i].Harm.Verdict == compare.Worse {
			harmful++
		}
	}
	return append(lines, fmt.Sprintf("%d of %s shown to harm: more cases come out worse than better; faults are not equally likely, and their strengths are not of one scale", harmful, counted(len(s.Faults), "fault")))
}

func percentOf(m score.Metric) string {
	if !m.Estimate.Valid {
		return none
	}
	return percent(m.Estimate.Value)
}

func strengthOf(f *stress.FaultResult, l *stress.Level) string {
	return plainPercent(l.Strength) + " " + f.Of
}

func change(d *stress.Difference) string {
	if d == nil || !d.Estimate.Valid {
		return none
	}
	return difference(d.Estimate.Value, d.Unit)
}

// asked says how often a design asked for help where a fault turned it.
func asked(l *stress.Level) string {
	if l.Turned == 0 {
		return "no case turned"
	}
	return fmt.Sprintf("asked for help in %d of the %s that it turned", l.Asked.X, counted(l.Turned, "case"))
}

// ranking is what hurts most, each fault at its worst.
func (s Stress) ranking() table {
	t := table{
		title: "What hurts most", first: true,
		intro: "Each fault at the strength at which it breaks most cases: right when clean and not right under it, people's answers included. Silent: those of them that are automated and wrong. Accuracy is that of the whole, in points on the same cases; it can rise where people take over. Asked for help: of the cases that the design by itself would have got right when clean and now does not, those that went to a person. The verdict is on the fault at all its strengths: worse where at one of them more cases come out worse than better, by one-sided p adjusted over " + s.Family + "; below it, the cases at the strength that tells most. Right is better than not right, and not right better than automated and wrong.",
		head:  []string{"fault", "strength", "touched", "broken", "silent", "asked\nfor help", "change of\naccuracy", "verdict"},
	}
	t.right = numbers(len(t.head))
	t.right[1], t.right[7] = false, false
	for i := range s.Faults {
		f := &s.Faults[i]
		l := f.Worst()
		d := l.Difference(score.SystemAccuracy)
		t.rows = append(t.rows, []string{
			f.Name + "\n" + string(f.Group), strengthLines(f, l), touched(l), shareCounts(l.Broken), shareCounts(l.NewSilent), shareCounts(l.Asked),
			changed(d), harm(&f.Harm),
		})
	}
	return t
}

// harm is the verdict on a fault, with what it goes by.
func harm(h *stress.Harm) string {
	return fmt.Sprintf("%s\n%d worse, %d better\np %s", h.Verdict, h.Worse, h.Better, pValue(h.Adjusted))
}

func strengthLines(f *stress.FaultResult, l *stress.Level) string {
	return plainPercent(l.Strength) + "\n" + f.Of
}

func touched(l *stress.Level) string {
	out := strconv.Itoa(l.Touched)
	if l.NotMeasured > 0 {
		out += fmt.Sprintf("\n%d not measured", l.NotMeasured)
	}
	return out
}

func shareCounts(share score.Share) string {
	if share.N == 0 {
		return none
	}
	return percent(share.Estimate.Value) + "\n" + interval(share.Interval) + "\n" + fmt.Sprintf("%d/%d", share.X, share.N)
}

// help is whether a design asked for help when it should, and only then.
func (s Stress) help() table {
	t := table{
		title: "Did it ask for help when it should?",
		intro: "At the strength that breaks most. It should where the design by itself would have been right clean and now is not: those cases went to a person, were automated and wrong, or came to no end. It need not where it is right by itself as before: of those, the cases that now go to a person.",
		head:  []string{"fault", "strength", "should\nask", "asked", "automated\nand wrong", "no end", "asked\nneedlessly"},
	}
	t.right = numbers(len(t.head))
	for i := range s.Faults {
		f := &s.Faults[i]
		l := f.Worst()
		if l.Turned == 0 && l.Needless.X == 0 {
			continue
		}
		t.rows = append(t.rows, []string{
			f.Name, plainPercent(l.Strength), strconv.Itoa(l.Turned), shareCounts(l.Asked),
			strconv.Itoa(l.TurnedSilent), strconv.Itoa(l.TurnedFailed), shareOrNone(l.Needless),
		})
	}
	return t
}

// byStrength is the degradation curve as a table.
func (s Stress) byStrength() table {
	t := table{
		title: "By strength",
		intro: "Change in points on the same cases, 95% interval. p is one-sided, of more cases that come out worse than better, and adjusted over " + s.Family + ".",
		head:  []string{"fault", "strength", "touched", "accuracy", "change of\naccuracy", "automated\nand wrong", "change", "worse :\nbetter", "p", "broken", "asked\nfor help"},
	}
	t.right = numbers(len(t.head))
	for i := range s.Faults {
		f := &s.Faults[i]
		for j := range f.Levels {
			l := &f.Levels[j]
			accuracy, silent := l.Difference(score.SystemAccuracy), l.Difference(score.SilentFailureRate)
			t.rows = append(t.rows, []string{
				f.Name, plainPercent(l.Strength), touched(l), percentOf(l.Figures.Accuracy), changed(accuracy),
				percentOf(l.Figures.Silent), changed(silent), fmt.Sprintf("%d : %d", l.Harm.Worse, l.Harm.Better), pValue(l.Harm.Adjusted), shareOrNone(l.Broken), shareOrNone(l.Asked),
			})
		}
	}
	return t
}

// changed is a difference with its interval.
func changed(d *stress.Difference) string {
	if d == nil || !d.Estimate.Valid {
		return none
	}
	format := amount
	if d.Unit == "rate" {
		format = func(x float64) string { return strconv.FormatFloat(x*100, 'f', 1, 64) }
	}
	return difference(d.Estimate.Value, d.Unit) + "\n" + span(d.Interval, format)
}

func shareOrNone(share score.Share) string {
	if share.N == 0 {
		return none
	}
	return fmt.Sprintf("%d/%d", share.X, share.N)
}
