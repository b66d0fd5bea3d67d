package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/joint"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// System is what came of the cases of a system of workflows.
type System struct {
	*joint.Result
	HideIDs bool `json:"-"` // cases' ids are personal
}

// JSON prints the result for programs.
func (r System) JSON(w io.Writer) error { return indented(w, r.hidden().Result) }

// Text prints the result for a terminal.
func (r System) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints the result for a page or a pull request.
func (r System) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints the result as a page.
func (r System) HTML(w io.Writer) error {
	d := r.document()
	p := d.page("System of workflows")
	for i := range p.Verdicts {
		p.Verdicts[i].Name, p.Verdicts[i].Role = name(r.Result.System), "system"
	}
	return p.Render(w)
}

// hidden is the result without ids that are personal.
func (r System) hidden() System {
	if r.HideIDs {
		r.Result = r.WithoutExamples()
	}
	return r
}

func (r System) document() document {
	r = r.hidden()
	d := document{title: r.Result.System + ": workflows end to end"}
	if r.Title != "" {
		d.title = r.Title + ": workflows end to end"
	}
	d.subtitle = fmt.Sprintf("run %s, %d joint cases", r.Run, r.Cases)
	if r.ClusterBy != "" {
		d.subtitle += fmt.Sprintf(", %d clusters by %s", r.Clusters, r.ClusterBy)
	}
	d.lead = r.leading()
	d.tables = append(d.tables, r.endToEnd(), r.workflows(), r.links())
	if len(r.Teams) > 0 {
		d.tables = append(d.tables, r.teams())
	}
	if len(r.Corrections) > 0 {
		d.tables = append(d.tables, r.corrections(), r.cumulative())
	}
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	d.footnotes = n.texts
	return d
}

// leading says which workflow loses most cases.
func (r System) leading() []string {
	var out []string
	if m, ok := r.EndToEnd.Metric(score.SystemAccuracy); ok && m.Denominator > 0 {
		out = append(out, fmt.Sprintf("%s of the joint cases are right end to end (%s).", percent(m.Estimate.Or(0)), interval(m.Interval)))
	}
	best, gain := -1, 0.0
	for i, c := range r.Corrections {
		if e := c.Effects[0]; e.Estimate.Valid && e.Lower > 0 && e.Adjusted.Valid && e.Adjusted.Value <= 0.05 && e.Estimate.Value > gain {
			best, gain = i, e.Estimate.Value
		}
	}
	switch {
	case best >= 0:
		out = append(out, fmt.Sprintf("If %s were right every time, that would rise by %.1f points (%s).", name(r.Corrections[best].Workflow), 100*gain, interval(r.Corrections[best].Effects[0].Interval)))
	case len(r.Corrections) > 0:
		out = append(out, "Of no single workflow can it be told that correcting it would raise that.")
	}
	return out
}

// systemColumns are the metrics of joint cases and of workflows.
var systemColumns = []column{
	{score.SystemAccuracy, "accuracy"},
	{score.AutomatedAccuracy, "automated\naccuracy"},
	{score.SilentFailureRate, "silent\nfailures"},
	{score.EscalationRate, "escalated"},
	{score.FailureRate, "failed"},
	{score.NotMeasuredRate, "not\nmeasured"},
	{score.CostPerCase, "cost\na case"},
	{score.MinutesPerCase, "minutes\na case"},
}

// figures are the cells of a summary.
func figures(s *score.Summary) []string {
	var out []string
	for _, c := range systemColumns {
		cell := none
		if m, ok := s.Metric(c.metric); ok && m.Denominator > 0 {
			if cell = meanCell(m, ""); m.Unit == "rate" {
				cell = rateCell(m)
			}
		}
		out = append(out, cell)
	}
	return out
}

func heads(first ...string) []string {
	for _, c := range systemColumns {
		first = append(first, c.head)
	}
	return first
}

func (r System) endToEnd() table {
	t := table{
		title: "End to end", first: true,
		intro: "A joint case is a case of the first workflow with all that follows from it. It is right where every workflow that it passed, or ought to have passed, gave the right result; escalated where one of them gave it to people. 95% intervals" + costsIn(r.Currency) + ".",
		head:  heads("joint cases"),
		rows:  [][]string{append([]string{fmt.Sprint(r.Cases)}, figures(&r.EndToEnd)...)},
	}
	t.right = numbers(len(t.head))
	return t
}

func costsIn(currency string) string {
	if currency == "" {
		return ""
	}
	return "; money in " + name(currency)
}

func (r System) workflows() table {
	t := table{
		title: "By workflow",
		intro: "The cases that came to each, by the workflow's own labels and in its own currency. First wrong: joint cases that end wrong, at the first workflow that is not right.",
		head:  heads("workflow", "design", "cases", "first\nwrong"),
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for i := range r.Workflows {
		w := &r.Workflows[i]
		t.rows = append(t.rows, append([]string{name(w.Name), name(w.Design), fmt.Sprint(w.Summary.Cases), fmt.Sprint(w.First)}, figures(&w.Summary)...))
	}
	return t
}

func (r System) links() table {
	t := table{
		title: "Handoffs between workflows",
		intro: "Failed: of those that were made. Not as labelled: held back though the case ought to have come, or sent though it ought not, of those whose labels tell.",
		head:  []string{"handoff", "when", "made", "sent", "failed", "not as\nlabelled", "held\nback", "sent in\nvain", "failures", "examples"},
	}
	t.right = numbers(len(t.head))
	for _, c := range []int{1, 8, 9} {
		t.right[c] = false
	}
	for _, l := range r.Links {
		when := l.When
		if when == "" {
			when = "every case"
		}
		var kinds, ids []string
		for _, k := range l.Kinds {
			kinds = append(kinds, fmt.Sprintf("%s: %s × %d", k.Kind, name(k.Clause), k.Count))
			ids = append(ids, k.Examples...)
		}
		ids = append(ids, l.Examples...)
		t.rows = append(t.rows, []string{
			name(l.From) + " → " + name(l.To), oneLine(when, 60), fmt.Sprint(l.Handoffs), fmt.Sprint(l.Sent), shareRate(l.Failed), shareRate(l.Misrouted),
			fmt.Sprint(l.Withheld), fmt.Sprint(l.Needless), strings.Join(kinds, "\n"), examples(ids[:min(len(ids), 3)]),
		})
	}
	return t
}

// shareRate is a share as a metric's cell shows it.
func shareRate(s score.Share) string {
	return rateCell(score.Metric{Numerator: float64(s.X), Denominator: float64(s.N), Interval: s.Interval})
}

func (r System) teams() table {
	t := table{
		title: "Teams",
		head:  []string{"team", "works for", "people", "wage\nan hour", "cases", "minutes a\njoint case"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for _, x := range r.Teams {
		t.rows = append(t.rows, []string{name(x.Name), oneLine(strings.Join(x.Workflows, ", "), 60), fmt.Sprint(x.People), amount(x.Wage), fmt.Sprint(x.Cases), amount(x.Minutes)})
	}
	return t
}

// correctionHeads are the metrics of corrections.
var correctionHeads = []string{"accuracy\nend to end", "automated\naccuracy", "escalated", "cost\na case"}

func (r System) corrections() table {
	t := table{
		title: "Which workflow loses the case: if its outcome were right every time",
		intro: "Each workflow's outcome replaced by its label, and what follows replayed. Change on the same joint cases, 95% interval, p adjusted over both tables by Holm.",
		head:  append([]string{"corrected"}, correctionHeads...),
	}
	written := []string{"nothing (as replayed)"}
	for _, metric := range joint.Metrics {
		m, _ := r.EndToEnd.Metric(metric)
		if m.Unit == "rate" {
			written = append(written, rateCell(m))
		} else {
			written = append(written, meanCell(m, ""))
		}
	}
	t.rows = append(t.rows, written)
	t.fill(r.Corrections)
	return t
}

func (r System) cumulative() table {
	t := table{
		title: "From the front: this one, too",
		intro: "Workflow after workflow is corrected, and stays so: the change against the line above is what the workflow loses itself, once all before it is right.",
		head:  append([]string{"corrected"}, correctionHeads...),
	}
	t.fill(r.Cumulative)
	return t
}

func (t *table) fill(list []joint.Correction) {
	t.right = numbers(len(t.head))
	for _, c := range list {
		row := []string{name(c.Workflow)}
		for _, e := range c.Effects {
			row = append(row, effectCell(attribute.Effect{Change: e.Interval, Unit: e.Unit, Adjusted: e.Adjusted, Why: e.Why, NotMeasured: c.NotMeasured}))
		}
		t.rows = append(t.rows, row)
	}
}
