package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
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
func (r Attribution) HTML(w io.Writer) error {
	d := r.document()
	d.lead = nil
	p := d.page("Attribution")
	for i := range r.Designs {
		sentences := r.leadOf(&r.Designs[i])
		if len(sentences) == 0 {
			continue
		}
		p.Verdicts = append(p.Verdicts, page.Verdict{Name: name(r.Designs[i].Name), Role: "design", Sentence: sentences[0], More: sentences[1:]})
	}
	return p.Render(w)
}

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
	if slices.ContainsFunc(r.Designs, func(d attribute.Design) bool { return len(d.Changes) > 0 }) {
		p.title = r.Workflow + ": what if"
	}
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		for _, sentence := range r.leadOf(d) {
			p.lead = append(p.lead, name(d.Name)+": "+sentence)
		}
		if len(d.Changes) > 0 {
			p.tables = append(p.tables, r.changes(d))
		}
		if len(d.Parts) == 0 {
			continue
		}
		p.tables = append(p.tables, r.effects(d))
		if x := d.Explored; x != nil {
			p.tables = append(p.tables, r.explored(d, x)...)
		}
		p.tables = append(p.tables, firstErrors(d))
	}
	p.footnotes = n.texts
	return p
}

// leadOf says the most telling of a design: what a perfect part would change,
// what that is worth, and what mends its wrong cases.
func (r Attribution) leadOf(d *attribute.Design) []string {
	if len(d.Parts) == 0 {
		return nil
	}
	out := []string{perfect(d)}
	x := d.Explored
	if x == nil {
		return out
	}
	if len(x.Worth) > 0 && x.Worth[0].CostYear != nil {
		if w := x.Worth[0]; w.CostYear.Upper < 0 {
			out = append(out, fmt.Sprintf("Mending %s would save %s a year (%s).", name(w.Name), money(-w.CostYear.Estimate.Value, r.Currency), saved(*w.CostYear)))
		} else {
			out = append(out, "Of no single correction can it be told that it would save money.")
		}
	}
	if f := x.Fixes; f.Wrong > 0 {
		out = append(out, fmt.Sprintf("%s without people: %d mended by one part and nothing else, %d by any of several ways, %d by parts only together, %d by nothing with gold.", plural(f.Wrong, "wrong trial"), f.One, f.Several, f.Together, f.None))
	}
	return out
}

// perfect says what the best single correction would change.
func perfect(d *attribute.Design) string {
	for _, metric := range []string{score.AutomatedAccuracy, score.SystemAccuracy, score.ForcedAccuracy} {
		var best *attribute.Part
		gain := 0.0
		for i := range d.Parts {
			p := &d.Parts[i]
			e, ok := p.Effect(metric)
			if single := p.Kind == attribute.Step || p.Kind == attribute.Route; !single || !ok || e.NotMeasured > 0 || !e.Change.Estimate.Valid {
				continue
			}
			if e.Change.Lower > 0 && e.Adjusted.Valid && e.Adjusted.Value <= 0.05 && e.Change.Estimate.Value > gain {
				best, gain = p, e.Change.Estimate.Value
			}
		}
		if best != nil {
			e, _ := best.Effect(metric)
			return fmt.Sprintf("If %s were perfect, %s would rise by %.1f points (%s).", name(best.Name), metricWords(metric), 100*gain, interval(e.Change))
		}
	}
	return "Of no single correction can it be told that it would raise an accuracy."
}

// metricWords names a metric in a sentence.
func metricWords(metric string) string {
	if metric == score.ForcedAccuracy {
		return "accuracy without people"
	}
	return words(metric)
}

// column is a metric and its head.
type column struct{ metric, head string }

// effectColumns are the metrics of the table, shortest useful set.
var effectColumns = []column{
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

// changeColumns are the metrics of counterfactuals.
var changeColumns = append(effectColumns[:len(effectColumns):len(effectColumns)], shareColumns[3:]...)

// changes are counterfactuals beside the design as written.
func (r Attribution) changes(d *attribute.Design) table {
	t := table{
		title: d.Name + ": what if",
		intro: "Change on the same cases, 95% interval, p adjusted over " + r.Family + ".",
		head:  []string{"changed"},
	}
	written := []string{"nothing (as written)"}
	for _, c := range changeColumns {
		t.head = append(t.head, c.head)
		cell := none
		for _, m := range d.Metrics {
			switch {
			case m.Name == c.metric && m.Unit == "rate":
				cell = rateCell(m)
			case m.Name == c.metric:
				cell = meanCell(m, "")
			}
		}
		written = append(written, cell)
	}
	t.right = numbers(len(t.head))
	t.rows = append(t.rows, written)
	for _, v := range d.Changes {
		row := []string{strings.Replace(v.Variant, ":", "\n", 1)}
		for _, e := range v.Effects {
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
	return changeCell(e.Change, e.Unit) + "\np " + pValue(e.Adjusted)
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
		t.rows = append(t.rows, []string{p.Name, fmt.Sprint(p.Differs), fmt.Sprint(p.Compared), fmt.Sprint(p.NotRun), fmt.Sprint(p.First), fmt.Sprint(p.FirstWrong), examples(p.Examples)})
	}
	return t
}

func suchAs(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ", such as " + oneLine(strings.Join(ids, " "), 80)
}

// money is a sum of a year: whole units are more than is known.
func money(x float64, currency string) string {
	return fmt.Sprintf("%.0f", math.Round(x)+0) + unitAfter(name(currency))
}

// saved is the interval of a saving, from that of a change in costs.
func saved(iv stats.Interval) string {
	return span(stats.Interval{Lower: -iv.Upper, Upper: -iv.Lower}, func(x float64) string { return fmt.Sprintf("%.0f", math.Round(x)+0) })
}
