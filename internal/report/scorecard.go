package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/restate"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/scorecard"
)

// Scorecard are the scorecards of a run.
type Scorecard struct {
	*scorecard.Result
	HideIDs bool // cases' ids are personal
}

// JSON prints the scorecards for programs.
func (r *Scorecard) JSON(w io.Writer) error { return indented(w, r.Hidden(r.HideIDs)) }

// Text prints the scorecards for a terminal.
func (r *Scorecard) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints the scorecards for a page or a pull request.
func (r *Scorecard) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints the scorecards as a page.
func (r *Scorecard) HTML(w io.Writer) error { return r.document().html(w, "Scorecard") }

func (r *Scorecard) document() document {
	d := document{title: r.Workflow + ": the scorecard of each design", subtitle: fmt.Sprintf("run %s, dataset %s", r.Run, r.Dataset)}
	if len(r.Split) > 0 {
		d.subtitle += ", split " + strings.Join(r.Split, " and ")
	}
	d.subtitle += fmt.Sprintf(", %d cases", r.Cases)
	var n notes
	d.tables = r.tables(&n)
	d.footnotes = n.texts
	return d
}

// property is one of the columns of a scorecard.
type property struct {
	name string
	of   func(*scorecard.Design) *scorecard.Measure
	none string // why there is nothing to divide by
}

var properties = []property{
	{"integrated", func(d *scorecard.Design) *scorecard.Measure { return &d.Integrated }, "nothing handed over"},
	{"consistent over repeats", func(d *scorecard.Design) *scorecard.Measure { return &d.Repeated }, "no repeats"},
	{"consistent when restated", func(d *scorecard.Design) *scorecard.Measure {
		if d.Restated == nil {
			return &scorecard.Measure{}
		}
		return &d.Restated.Measure
	}, "not tried"},
	{"accountable", func(d *scorecard.Design) *scorecard.Measure { return &d.Accountable }, "no outcome"},
	{"automated", func(d *scorecard.Design) *scorecard.Measure { return &d.Automated }, "not measured"},
}

// tables are the scorecards, and what keeps each from being whole.
func (r *Scorecard) tables(n *notes) []table {
	card := table{
		title: "Scorecard",
		intro: "Integrated: handoffs that were declared, held, and had no person at either end. Consistent: cases that came to the same again, and to the same when their input says the same otherwise. Accountable: outcomes whose trace explains them. Automated: cases finished without people, where those are as accurate as the gate asks. Four properties; no number is made of them.",
		head:  []string{"design"},
	}
	for _, w := range r.Warnings {
		card.note(n.add(w))
	}
	for _, p := range properties {
		card.head = append(card.head, strings.Replace(p.name, " ", "\n", 1))
	}
	card.right = numbers(len(card.head))
	lacking := table{
		title: "What scorecards lack",
		intro: "What most often kept something out of a share.",
		head:  []string{"design", "property", "what", "times", "cases"},
		right: []bool{false, false, false, true, false},
		prose: map[int]int{2: excerptWidth},
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		row := []string{name(d.Name)}
		for _, p := range properties {
			m := p.of(d)
			why := p.none
			if d.Restated != nil && m == &d.Restated.Measure {
				why = "none measured"
			}
			cell := propertyCell(m.Share, why)
			if m == &d.Automated {
				cell += "\n" + accuracyLine(&d.Gate)
			}
			card.draw(len(row), m.Share.Interval, p.name, "rate")
			row = append(row, cell)
			lacking.rows = append(lacking.rows, r.lacks(d, p.name, m)...)
		}
		card.rows = append(card.rows, row)
	}
	return slices.DeleteFunc([]table{card, r.restated(n), lacking}, func(t table) bool { return len(t.rows) == 0 })
}

// propertyCell is a share on three lines, or why there is none.
func propertyCell(s score.Share, why string) string {
	if s.N == 0 {
		return none + "\n" + why
	}
	return countedCell(s)
}

// accuracyLine says whether what is automated is accurate enough.
func accuracyLine(a *scorecard.AtAccuracy) string {
	switch {
	case !a.Limit.Valid:
		return "at no stated accuracy"
	case a.Verdict == gate.Pass:
		return "at " + percent(a.Limit.Value) + " accuracy"
	case a.Verdict == gate.Fail:
		return "not at " + percent(a.Limit.Value) + " accuracy"
	}
	return "not shown at " + percent(a.Limit.Value) + " accuracy"
}

// shownLacks is how many reasons a table shows of a property.
const shownLacks = 3

func (r *Scorecard) lacks(d *scorecard.Design, property string, m *scorecard.Measure) (rows [][]string) {
	for _, l := range m.Lacks[:min(shownLacks, len(m.Lacks))] {
		ids := make([]string, len(l.Examples))
		for i, id := range l.Examples {
			ids[i] = name(id)
		}
		if r.HideIDs {
			ids = []string{redact.Personal}
		}
		rows = append(rows, []string{name(d.Name), property, flat(words(l.What)), fmt.Sprint(l.Count), strings.Join(ids, "\n")})
	}
	return rows
}

// restated are the kinds of restated inputs, one by one.
func (r *Scorecard) restated(n *notes) table {
	t := table{
		title: "Inputs that say the same otherwise",
		intro: "Restated cases that came to the same as written, of those that can be said so.",
		head:  []string{"design"},
	}
	for _, k := range restate.Kinds {
		t.head = append(t.head, k.Name)
	}
	t.right = numbers(len(t.head))
	for i := range r.Designs {
		d := &r.Designs[i]
		if d.Restated == nil {
			continue
		}
		row := []string{name(d.Name)}
		for _, k := range d.Restated.Kinds {
			t.draw(len(row), k.Share.Interval, "restated", "rate")
			row = append(row, propertyCell(k.Share, "none measured"))
		}
		t.rows = append(t.rows, row)
		if d.Restated.NotMeasured > 0 {
			t.note(n.add(fmt.Sprintf("%s: %d restated trials were not measured: what was recorded or stored is of the input as written", name(d.Name), d.Restated.NotMeasured)))
		}
	}
	return t
}
