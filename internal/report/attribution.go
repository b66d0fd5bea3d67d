package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Attribution is where the designs of a run break.
type Attribution struct {
	*attribute.Result
}

// JSON prints the attribution for programs.
func (r Attribution) JSON(w io.Writer) error { return indented(w, r.Result) }

// Text prints the attribution for a terminal.
func (r Attribution) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints the attribution for a page or a pull request.
func (r Attribution) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints the attribution as a page.
func (r Attribution) HTML(w io.Writer) error { return r.document().html(w, "Attribution") }

func (r Attribution) document() document {
	p := document{title: r.Workflow + ": where it breaks"}
	line := fmt.Sprintf("run %s, attributed in %s, dataset %s", r.Of, r.Run, r.Dataset)
	if len(r.Split) > 0 {
		line += ", split " + strings.Join(r.Split, " and ")
	}
	line += fmt.Sprintf(", %d cases", r.Cases)
	if r.Repeats > 1 {
		line += fmt.Sprintf(" × %d repeats", r.Repeats)
	}
	if r.ClusterBy != "" {
		line += fmt.Sprintf(", %d clusters by %s", r.Clusters, r.ClusterBy)
	}
	p.subtitle = line
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	for i := range r.Designs {
		if d := &r.Designs[i]; len(d.Parts) > 0 {
			p.tables = append(p.tables, r.effects(d), firstErrors(d))
		}
	}
	p.footnotes = n.texts
	return p
}

// effectColumns are the metrics of the table, shortest useful set.
var effectColumns = []struct{ metric, head string }{
	{score.SystemAccuracy, "system\naccuracy"},
	{score.AutomatedAccuracy, "automated\naccuracy"},
	{score.ForcedAccuracy, "accuracy\nwithout people"},
	{score.EscalationRate, "escalated"},
}

func (r Attribution) effects(d *attribute.Design) table {
	t := table{
		title: d.Name + ": if this were right every time",
		intro: "Change in points on the same cases, 95% interval, p adjusted over " + r.Family + ".",
		head:  []string{"corrected"},
	}
	written := []string{"nothing (as written)"}
	for _, c := range effectColumns {
		t.head = append(t.head, c.head)
		cell := none
		for _, m := range d.Metrics {
			if m.Name == c.metric {
				cell = rateCell(m)
			}
		}
		written = append(written, cell)
	}
	t.right = numbers(len(t.head))
	t.rows = append(t.rows, written)
	for i := range d.Parts {
		p := &d.Parts[i]
		row := []string{partName(p)}
		for _, c := range effectColumns {
			e, _ := p.Effect(c.metric)
			row = append(row, effectCell(e))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func partName(p *attribute.Part) string {
	switch p.Kind {
	case attribute.All:
		return "all of these"
	case attribute.Steps:
		return "all steps"
	case attribute.Route:
		return p.Name + "\n(route)"
	}
	if len(p.Own) > 0 {
		return p.Name + "\n(" + oneLine(strings.Join(p.Fields, ", "), 40) + ")"
	}
	return p.Name
}

func effectCell(e attribute.Effect) string {
	switch {
	case e.NotMeasured > 0:
		return fmt.Sprintf("not measurable\n%d trials with\nno known end", e.NotMeasured)
	case !e.Change.Estimate.Valid:
		return none + "\n" + e.Why
	}
	return difference(e.Change.Estimate.Value, e.Unit) + "\n" + interval(e.Change) + "\np " + pValue(e.Adjusted)
}

func firstErrors(d *attribute.Design) table {
	t := table{
		title: d.Name + ": where cases first went wrong",
		intro: fmt.Sprintf("%d of %d labelled trials end wrong without people. In %d of them every output and decision with gold is right: unattributed%s.", d.Wrong, d.Judged, d.Unattributed, suchAs(d.Examples)),
		head:  []string{"part", "not as gold", "of", "of them\nnot run", "first error", "and ended\nwrong", "examples"},
	}
	t.right = numbers(len(t.head))
	t.right[len(t.right)-1] = false
	for i := range d.Parts {
		p := &d.Parts[i]
		if p.Kind == attribute.All || p.Kind == attribute.Steps {
			continue
		}
		ids := make([]string, len(p.Examples))
		for k, id := range p.Examples {
			ids[k] = oneLine(id, 24)
		}
		t.rows = append(t.rows, []string{p.Name, fmt.Sprint(p.Differs), fmt.Sprint(p.Compared), fmt.Sprint(p.NotRun), fmt.Sprint(p.First), fmt.Sprint(p.FirstWrong), strings.Join(ids, " ")})
	}
	return t
}

func suchAs(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ", such as " + oneLine(strings.Join(ids, " "), 80)
}
