package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/business"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// BusinessCase prints the case for a change.
type BusinessCase struct {
	Scenario string `json:"scenario"`
	Workflow string `json:"workflow"`
	Title    string `json:"title,omitempty"`
	*business.Case
	// Staffing is the people that designs need in the scenario; nil where no
	// service level is promised.
	Staffing *opsim.Staffing `json:"staffing,omitempty"`
}

// Text prints it for a terminal.
func (r BusinessCase) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r BusinessCase) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r BusinessCase) HTML(w io.Writer) error {
	d := r.document()
	d.lead = nil
	p := d.page("Business case")
	for i := range r.Candidates {
		c := &r.Candidates[i]
		v := page.Verdict{Name: name(c.Design), Role: "instead of " + name(r.Baseline), Sentence: begun(r.verdict(c))}
		unit := "a year"
		if r.Currency != "" {
			unit = name(r.Currency) + " a year"
		}
		v.Figures = []page.Figure{
			{Name: "hours saved", Value: grouped(c.Hours.Likely), Unit: "a year", Interval: rangeOf(c.Hours, grouped)},
			{Name: "money saved", Value: grouped(c.Money.Likely), Unit: unit, Interval: rangeOf(c.Money, grouped)},
		}
		if c.Payback != nil {
			v.Figures = append(v.Figures, page.Figure{Name: "pay-back", Value: months(c.Payback.Likely), Unit: "months", Interval: r.paidBetween(c.Payback)})
		}
		p.Verdicts = append(p.Verdicts, v)
	}
	return p.Render(w)
}

// JSON prints it for programs.
func (r BusinessCase) JSON(w io.Writer) error { return indented(w, r) }

func (r BusinessCase) document() document {
	var n notes
	d := document{title: r.Workflow + ": " + r.Scenario, subtitle: fmt.Sprintf("run %s, %s in %s; ranges hold 90 of %s draws of what is assumed, stated and traced", r.Run, counted(r.Cases, "case"), counted(r.Clusters, "cluster"), grouped(float64(r.Draws)))}
	if r.Title != "" {
		d.title += ": " + r.Title
	}
	for i := range r.Candidates {
		c := &r.Candidates[i]
		d.lead = append(d.lead, fmt.Sprintf("%s instead of %s: %s", name(c.Design), name(r.Baseline), r.verdict(c)))
	}
	for _, w := range r.Warnings {
		n.add(w)
	}
	d.tables = append(d.tables, r.assumptions(), r.annual(), r.returns(&n))
	for i := range r.Candidates {
		if len(r.Candidates[i].Tornado) > 0 {
			d.tables = append(d.tables, r.tornado(&r.Candidates[i]))
		}
	}
	if r.Staffing != nil {
		d.tables = append(d.tables, r.staffing(&n))
	}
	d.footnotes = n.texts
	return d
}

// verdict is what a candidate gives, in words.
func (r BusinessCase) verdict(c *business.Return) string {
	var b strings.Builder
	less, money := "less", "saves"
	hours, saved := c.Hours, c.Money
	if hours.Likely < 0 {
		less, hours = "more", turned(hours)
	}
	if saved.Likely < 0 {
		money, saved = "costs", turned(saved)
	}
	fmt.Fprintf(&b, "people work %s hours a year %s (%s), the work of %s full-time people. It %s %s a year", grouped(hours.Likely), less, rangeOf(hours, grouped), short(math.Abs(c.FTE.Likely)), money, r.amount(saved.Likely))
	if money == "costs" {
		b.WriteString(" more")
	}
	fmt.Fprintf(&b, " (%s) once all of it works, what it takes to run included", rangeOf(saved, grouped))
	switch {
	case !buildStated(c):
		b.WriteString(". What building it costs is not stated, so there is no pay-back: state it as business: {build: ...} in the scenario")
	case c.Payback == nil && free(c):
		fmt.Fprintf(&b, ". Building it costs nothing, and it still does not pay within %s", r.span())
	case c.Payback == nil:
		fmt.Fprintf(&b, ". Building it is not paid back within %s", r.span())
	default:
		paid, not := fmt.Sprintf("is paid back after %s months (%s)", months(c.Payback.Likely), r.paidBetween(c.Payback)), "is"
		if free(c) && c.Payback.Likely == 0 {
			paid, not = "costs nothing: it pays from the start", "does"
		}
		fmt.Fprintf(&b, ". Building it %s", paid)
		if c.Never >= 0.0005 {
			fmt.Fprintf(&b, "; in %s of draws it %s not within %s", percent(c.Never), not, r.span())
		}
	}
	fmt.Fprintf(&b, ". Over %s it is worth %s today (%s); it gains in %s of draws", r.span(), r.amount(c.Value.Likely), rangeOf(c.Value, grouped), percent(c.Gains))
	if len(c.Tornado) > 0 {
		fmt.Fprintf(&b, ". What moves that most: %s", r.Assumptions[c.Tornado[0].Assumption].Name)
	}
	return b.String() + "."
}

// buildStated says that somebody said what building a candidate costs.
func buildStated(c *business.Return) bool {
	return !slices.ContainsFunc(c.Missing, func(s string) bool { return strings.Contains(s, "building") })
}

// free says that nothing is to be paid for building a candidate.
func free(c *business.Return) bool { return c.Build.High == 0 }

// span is the time that the case is made for.
func (r BusinessCase) span() string { return counted(r.Years, "year") }

// paidBetween is when a candidate has paid for its building, at the ends of the
// range.
func (r BusinessCase) paidBetween(p *business.Payback) string {
	late := "not within " + r.span()
	switch {
	case p.Low == nil:
		return late
	case p.High == nil:
		return months(*p.Low) + " to " + late
	}
	return months(*p.Low) + " to " + months(*p.High)
}

// turned is a range of savings as one of costs.
func turned(x business.Range) business.Range {
	return business.Range{Likely: -x.Likely, Low: -x.High, High: -x.Low}
}

func (r BusinessCase) amount(x float64) string { return grouped(x) + unitAfter(r.Currency) }

// grouped is a whole number, its digits in groups of three.
func grouped(x float64) string {
	digits := strconv.FormatFloat(math.Abs(math.Round(x)), 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if math.Round(x) < 0 {
		return "-" + digits
	}
	return digits
}

func rangeOf(x business.Range, format func(float64) string) string {
	return format(x.Low) + " to " + format(x.High)
}

func rangeCell(x business.Range, format func(float64) string) string {
	return format(x.Likely) + "\n" + rangeOf(x, format)
}

func months(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// plausible is a figure of an assumption with as many digits as it deserves.
func (r BusinessCase) plausible(a *business.Assumption, x float64) string {
	switch {
	case a.Unit == "":
		return plainPercent(math.Round(x*1000) / 1000)
	case math.Abs(x) >= 1000:
		return grouped(x)
	case math.Abs(x) >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// unitOf is the unit of an assumption in words.
func (r BusinessCase) unitOf(a *business.Assumption) string {
	switch a.Unit {
	case "money":
		return r.Currency
	case "an hour":
		return strings.TrimSpace(r.Currency + " an hour")
	}
	return a.Unit
}

func (r BusinessCase) named(a *business.Assumption) string {
	if a.Design != "" {
		return a.Name + "\n" + a.Design
	}
	return a.Name
}

func (r BusinessCase) assumptions() table {
	t := table{
		title: "What all of this assumes", first: true,
		intro: "Assumed: nobody said, a default. Stated: by you, in the scenario or the workflow. Traced: measured in the run. A range in brackets is nobody's: 20% either way, which \"What drives it\" tries, and the ranges of figures do not.",
		head:  []string{"assumption", "origin", "likely", "from, to", "unit", ""}, right: []bool{false, false, true, true, false, false},
	}
	for i := range r.Assumptions {
		a := &r.Assumptions[i]
		span := r.plausible(a, a.Low) + " to " + r.plausible(a, a.High)
		switch {
		case a.Low == a.High:
			span = none
		case a.Varied && a.How != business.Traced:
			span = "(" + span + ")"
		}
		t.rows = append(t.rows, []string{r.named(a), a.How, r.plausible(a, a.Likely), span, r.unitOf(a), a.What})
	}
	return t
}

func (r BusinessCase) annual() table {
	t := table{
		title: "What a year takes", first: true,
		intro: strings.TrimSpace("In a year in which all of it works. Money in " + r.Currency),
		head:  []string{"design", "people's\nhours", "full-time\npeople", "people", "wrong\ndecisions", "calls", "running it", "together"},
	}
	if r.Currency == "" {
		t.intro = "In a year in which all of it works."
	}
	t.right = numbers(len(t.head))
	for _, d := range r.Designs {
		t.rows = append(t.rows, []string{name(d.Design), rangeCell(d.Hours, grouped), rangeCell(d.FTE, short), rangeCell(d.People, grouped), rangeCell(d.Errors, grouped), rangeCell(d.Models, grouped), rangeCell(d.Run, grouped), rangeCell(d.Total, grouped)})
	}
	return t
}

func (r BusinessCase) returns(n *notes) table {
	t := table{
		title: "What a change gives", first: true,
		intro: fmt.Sprintf("Against %s. Saved: when all of it works, with the share of freed time that becomes money, running costs taken off; below 0 it costs more. Pay-back: months until the building is paid, not discounted. Worth: net present value over %s, building taken off.", r.Baseline, r.span()),
		head:  []string{"design", "hours saved\na year", "full-time\npeople", "money saved\na year", "building", "pay-back,\nmonths", "worth over\n" + r.span(), "gains in\nso many draws"},
	}
	t.right = numbers(len(t.head))
	for i := range r.Candidates {
		c := &r.Candidates[i]
		back := none
		switch {
		case c.Payback != nil:
			back = months(c.Payback.Likely) + "\n" + r.paidBetween(c.Payback)
		case buildStated(c):
			back = "not within\n" + r.span()
		}
		for _, what := range c.Missing {
			t.note(n.add(fmt.Sprintf("%s: the %s is not stated and taken as nothing", c.Design, what)))
		}
		t.rows = append(t.rows, []string{name(c.Design), rangeCell(c.Hours, grouped), rangeCell(c.FTE, short), rangeCell(c.Money, grouped), rangeCell(c.Build, grouped), back, rangeCell(c.Value, grouped), percent(c.Gains)})
	}
	return t
}

// tornado is what moves the value of a candidate, the most first.
func (r BusinessCase) tornado(c *business.Return) table {
	t := table{
		title: c.Design + ": what drives it",
		intro: fmt.Sprintf("What %s is worth over %s where one assumption is at an end of its range and the others are as likely; the one that moves it most comes first. Nothing gained: where it would be worth 0.", c.Design, r.span()),
		head:  []string{"assumption", "at its low end", "worth", "at its high end", "worth", "nothing gained at"},
		right: []bool{false, true, true, true, true, true},
	}
	var swings []swing
	for _, d := range c.Tornado {
		a := &r.Assumptions[d.Assumption]
		zero := none
		if d.BreakEven != nil {
			zero = r.plausible(a, *d.BreakEven)
		}
		t.rows = append(t.rows, []string{a.Name, r.plausible(a, a.Low), grouped(d.AtLow), r.plausible(a, a.High), grouped(d.AtHigh), zero})
		swings = append(swings, swing{a.Name, min(d.AtLow, d.AtHigh), max(d.AtLow, d.AtHigh)})
	}
	t.panels = []page.Panel{tornado(strings.TrimSpace(fmt.Sprintf("worth over %s %s", r.span(), r.Currency)), c.Value.Likely, swings, grouped)}
	return t
}

// staffing is how many people designs need in the scenario.
func (r BusinessCase) staffing(n *notes) table {
	s := Staffing{r.Staffing}
	t := s.answers(n, Operation{r.Staffing.Result}.promise())
	t.title = "People that the scenario needs"
	t.intro += " Freed hours are not yet fewer people: this is how many keep the service level in the weeks of the scenario."
	return t
}
