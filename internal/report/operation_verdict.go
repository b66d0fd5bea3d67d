package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// HTML prints it as a page.
func (r Operation) HTML(w io.Writer) error {
	d := r.document()
	d.lead = nil
	p := d.page("Simulation")
	for i := range r.Designs {
		x := &r.Designs[i]
		word, sentence := r.verdict(x)
		v := page.Verdict{Name: name(x.Name), Sentence: begun(sentence), Figures: r.figures(x)}
		if word != "" {
			v.Findings = []page.Finding{{Text: word, Tone: operating[word]}}
		}
		p.Verdicts = append(p.Verdicts, v)
	}
	return p.Render(w)
}

// figures are a design's own: what it keeps of its promise, what comes to people
// and what a case takes.
func (r Operation) figures(d *opsim.DesignResult) []page.Figure {
	var out []page.Figure
	add := func(name, cell, unit string) {
		value, between, _ := strings.Cut(cell, "\n")
		out = append(out, page.Figure{Name: name, Value: value, Unit: unit, Interval: between})
	}
	switch {
	case d.Kept != nil && d.Kept.Estimate.Valid:
		add("within the service level", shareCell(*d.Kept), "")
	case len(d.Overloaded) > 0:
		growth := 0.0
		for i := range d.Teams {
			growth += d.Teams[i].Growth
		}
		if growth >= 1 {
			add("backlog grows by", cases(growth), "a week")
		}
	}
	if d.Escalated.Estimate.Valid {
		add("go to people", shareCell(d.Escalated), "")
	}
	if d.Cost.Estimate.Valid && d.Minutes.Estimate.Valid {
		add("cost per case", amountCell(d.Cost, ""), name(r.Currency))
		add("people's minutes a case", amountCell(d.Minutes, ""), "")
	}
	return out
}

// operating is the tone of what is said of a design in operation.
var operating = map[string]page.Tone{"keeps": page.Good, "breaks": page.Bad, "cannot tell": page.Unsure, "overloaded": page.Bad}

// verdict says whether a design keeps the service level, in a word and in a
// sentence. The word is "" where none is promised.
func (r Operation) verdict(d *opsim.DesignResult) (word, sentence string) {
	switch {
	case len(d.Overloaded) > 0:
		for i := range d.Teams {
			if why := overload(&d.Teams[i]); why != "" {
				return "overloaded", why + "."
			}
		}
		return "overloaded", fmt.Sprintf("%q is asked more than its limits allow.", d.Overloaded[0])
	case d.Kept == nil || r.Service == nil:
		return "", "no service level is promised."
	case !d.Kept.Estimate.Valid:
		return "cannot tell", "no case came that could tell whether the service level is kept."
	}
	word = keeps(*d.Kept, r.Service.Share)
	shares := fmt.Sprintf("%s (%s), promised are %s %s", percent(d.Kept.Estimate.Value), interval(*d.Kept), percent(r.Service.Share), r.within())
	for _, k := range d.KeptByKind {
		if !k.Own || !k.Kept.Estimate.Valid {
			continue
		}
		if of := keeps(k.Kept, k.Promised); of != "keeps" && word != "breaks" {
			word = of
		}
		shares += fmt.Sprintf("; of %s %s (%s), promised are %s %s", k.Kind, percent(k.Kept.Estimate.Value), interval(k.Kept), percent(k.Promised), timely(k.Measure, k.Hours))
	}
	sentence = word + " the service level"
	if word == "cannot tell" {
		sentence = "cannot tell whether it keeps the service level"
	}
	return word, sentence + ": " + shares + "."
}

// load says what comes to people and what a case costs.
func (r Operation) load(d *opsim.DesignResult) string {
	s := ""
	if d.Escalated.Estimate.Valid {
		s = percent(d.Escalated.Estimate.Value) + " of the cases go to people"
	}
	if d.Cost.Estimate.Valid && d.Minutes.Estimate.Valid {
		s += fmt.Sprintf("; a case costs %s and takes %s of people's minutes", amount(d.Cost.Estimate.Value)+unitAfter(r.Currency), amount(d.Minutes.Estimate.Value))
	}
	if s == "" {
		return ""
	}
	return s + "."
}
