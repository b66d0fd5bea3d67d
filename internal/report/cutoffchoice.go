package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// CutoffChoice prints a design's cutoffs in a world where people are few.
type CutoffChoice struct {
	Design string    `json:"design"`
	Params []string  `json:"cutoffs"`
	Was    []float64 `json:"was"` // in the design's file
	// Values are those of the cutoffs in every setting.
	Values [][]float64 `json:"values"`
	// Tuned is the setting that eval tune chooses; -1 for none.
	Tuned int `json:"tuned"`
	// Between brackets the cheapest value of a single cutoff.
	Between *[2]float64 `json:"optimum_between,omitempty"`
	*opsim.CutoffChoice
}

// Text prints it for a terminal.
func (r CutoffChoice) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r CutoffChoice) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r CutoffChoice) HTML(w io.Writer) error {
	d := r.document()
	lines := d.lead
	d.lead = nil
	for i := range lines {
		lines[i] = begun(lines[i]) + "."
	}
	v := page.Verdict{Name: name(r.Design), Sentence: lines[0], More: lines[1:]}
	if r.Best >= 0 {
		best := &r.Settings[r.Best]
		v.Figures = []page.Figure{{Name: "cheapest here", Value: name(best.Name), Interval: r.besides()}}
		v.Figures = append(v.Figures, page.Figure{Name: "cost per case", Value: amount(best.Cost.Estimate.Value), Unit: name(r.Currency), Interval: span(best.Cost, amount)})
	}
	p := d.page("Cutoff")
	p.Verdicts = []page.Verdict{v}
	return p.Render(w)
}

// JSON prints it for programs.
func (r CutoffChoice) JSON(w io.Writer) error { return indented(w, r) }

func (r CutoffChoice) document() document {
	var n notes
	d := Operation{r.Result}.with(&n, r.settings())
	d.title += ": " + r.Design
	d.lead = r.lead()
	return d
}

// lead says which cutoff is the cheapest here, what else is as good, and what
// one would choose without queues.
func (r CutoffChoice) lead() []string {
	var out []string
	promise := Operation{r.Result}.promise()
	keeps := "overloads nobody"
	if promise != "" {
		keeps += " and keeps " + promise
	}
	if r.Best < 0 {
		out = append(out, "with these teams no setting "+keeps+": see what more people would do with simulate staff")
	} else {
		best := &r.Settings[r.Best]
		out = append(out, fmt.Sprintf("the cheapest setting that %s is %s: %s a case (%s)", keeps, best.Name, amount(best.Cost.Estimate.Value)+unitAfter(r.Currency), span(best.Cost, amount)))
		if flat := r.flat(); len(flat) > 1 {
			out = append(out, fmt.Sprintf("the flat region is %s: the others in it cannot be told from the best", r.region(flat)))
		} else {
			out = append(out, "no other setting is as cheap, as far as these cases and replications tell")
		}
	}
	if r.Between != nil {
		out = append(out, fmt.Sprintf("the cheapest %s lies between %s and %s, as far as the cost has one lowest point", r.Params[0], plainNumber(r.Between[0]), plainNumber(r.Between[1])))
	}
	out = append(out, "without queues the cheapest is "+r.beside(r.Alone))
	switch {
	case r.Run == "": // no model's answers, so nothing that eval tune could certify
	case r.Tuned >= 0:
		out = append(out, "eval tune, which certifies the error and looks at no queue, chooses "+r.beside(r.Tuned))
	default:
		out = append(out, "eval tune certifies no setting")
	}
	return out
}

// besides says which other settings cannot be told from the best.
func (r CutoffChoice) besides() string {
	others := slices.DeleteFunc(r.flat(), func(i int) bool { return i == r.Best })
	if len(others) == 0 {
		return "no other is as cheap"
	}
	return r.region(others) + " cannot be told from it"
}

// flat are the best setting and those that cannot be told from it.
func (r CutoffChoice) flat() []int {
	var out []int
	for i, s := range r.Settings {
		if s.Flat {
			out = append(out, i)
		}
	}
	return out
}

// region names settings; those of one cutoff that lie side by side as a range.
func (r CutoffChoice) region(settings []int) string {
	if len(r.Params) > 1 {
		return counted(len(settings), "setting")
	}
	var parts []string
	for i := 0; i < len(settings); {
		k := i
		for k+1 < len(settings) && settings[k+1] == settings[k]+1 {
			k++
		}
		text := plainNumber(r.Values[settings[i]][0])
		if k > i {
			text += " to " + plainNumber(r.Values[settings[k]][0])
		}
		parts = append(parts, text)
		i = k + 1
	}
	return r.Params[0] + " " + strings.Join(parts, ", ")
}

// beside is a setting with what it comes to here.
func (r CutoffChoice) beside(i int) string {
	s := &r.Settings[i]
	text := fmt.Sprintf("%s, %s a case then", s.Name, amount(s.Replayed)+unitAfter(r.Currency))
	switch {
	case i == r.Best:
		return text + "; it is the best here too"
	case s.Flat:
		return text + "; here it cannot be told from the best"
	}
	return text + "; here it " + r.fault(s)
}

// fault is what is wrong with a setting, in words.
func (r CutoffChoice) fault(s *opsim.CutoffResult) string {
	switch {
	case len(s.Overloaded) > 0 && slow(s.Growth):
		return fmt.Sprintf("overloads %s: it gets all that it can do, or more", strings.Join(s.Overloaded, " and "))
	case len(s.Overloaded) > 0:
		return fmt.Sprintf("overloads %s: the backlog grows by %s cases a week", strings.Join(s.Overloaded, " and "), weekly(s.Growth))
	case !s.Allowed:
		return "does not keep the service level"
	case s.Over != nil:
		return fmt.Sprintf("costs %s more a case", amount(s.Over.Estimate.Value)+unitAfter(r.Currency))
	}
	return "is the best"
}

// verdict is what came of a setting, in a few words.
func (r CutoffChoice) verdict(i int) string {
	s := &r.Settings[i]
	var out []string
	switch {
	case i == r.Best:
		out = append(out, "best")
	case s.Flat:
		out = append(out, "cannot tell")
	case s.Allowed:
		out = append(out, "dearer")
	case len(s.Overloaded) > 0:
		out = append(out, "overloaded", grown(s.Growth, " cases a week"))
	default:
		out = append(out, "breaks the promise")
	}
	if i == r.Alone {
		out = append(out, "cheapest without queues")
	}
	if i == r.Tuned {
		out = append(out, "eval tune's choice")
	}
	if slices.Equal(r.Values[i], r.Was) {
		out = append(out, "as the design is")
	}
	return strings.Join(out, "\n")
}

func (r CutoffChoice) settings() table {
	t := table{
		title: "Cutoffs where people are few", first: true,
		intro: fmt.Sprintf("Every setting on the same cases at the same times. Without queues: what the replayed cases cost, people's time in it. Over the best: paired, with how sure the simulation and how sure the cases are; all intervals hold at once with 95%%. Cannot tell: the interval reaches 0.%s", r.promised()),
		head:  []string{"setting", "escalated", "without\nqueues", "cost\nper case", "turnaround\np95", "service\nlevel", "over the best", ""},
	}
	t.right = numbers(len(t.head))
	t.right[len(t.right)-1] = false
	last := 0 // setting that the last row begins with
	for i := range r.Settings {
		s := &r.Settings[i]
		if i > 0 && r.alike(last, i) {
			t.rows[len(t.rows)-1][0] = r.Settings[last].Name + " to " + plainNumber(r.Values[i][0])
			continue
		}
		last = i
		cost, p95, kept, over := none, none, none, none
		if s.Cost.Estimate.Valid {
			cost = amountCell(s.Cost, "")
			t.draw(3, s.Cost, "cost", "")
		}
		if s.Turnaround != nil {
			p95 = lengthCell(*s.Turnaround)
		}
		if s.Kept != nil {
			kept = shareCell(*s.Kept)
		}
		if s.Over != nil {
			over = differenceCell(*s.Over, timeUnit{"", 1})
		}
		t.rows = append(t.rows, []string{s.Name, percent(s.Escalated), amount(s.Replayed), cost, p95, kept, over, r.verdict(i)})
	}
	if len(r.Params) == 1 {
		t.charts = []page.Chart{r.chart()}
	}
	return t
}

// alike says that two settings of one cutoff come to the same.
func (r CutoffChoice) alike(i, k int) bool {
	a, b := &r.Settings[i], &r.Settings[k]
	return len(r.Params) == 1 && a.Escalated == b.Escalated && a.Replayed == b.Replayed && a.Cost == b.Cost && r.verdict(i) == r.verdict(k)
}

func (r CutoffChoice) promised() string {
	if p := (Operation{r.Result}).promise(); p != "" {
		return " Service level: " + p + "."
	}
	return ""
}

// chart is the cost of a case over the one cutoff, with queues and without.
func (r CutoffChoice) chart() page.Chart {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range r.Settings {
		low, high = min(low, s.Replayed), max(high, s.Replayed)
		if s.Cost.Estimate.Valid {
			low, high = min(low, s.Cost.Lower), max(high, s.Cost.Upper)
		}
	}
	up := rounded(page.Scale{From: low, To: high})
	across := page.Scale{From: 0, To: 1}
	ch := page.Chart{
		Title:  "Cost over the cutoff",
		Across: across.Axis(name(r.Params[0]), tick), Up: up.Axis(strings.TrimSpace("cost per case "+name(r.Currency)), tick),
	}
	alone, here := page.Series{Name: "without queues", Dots: true}, page.Series{Name: "in this scenario, where nobody is overloaded", Dots: true}
	for i, s := range r.Settings {
		x := across.At(r.Values[i][0])
		alone.Points = append(alone.Points, page.Point{X: x, Y: up.At(s.Replayed)})
		if !s.Cost.Estimate.Valid {
			continue
		}
		here.Points = append(here.Points, page.Point{X: x, Y: up.At(s.Cost.Estimate.Value)})
		here.Low = append(here.Low, page.Point{X: x, Y: up.At(s.Cost.Lower)})
		here.High = append(here.High, page.Point{X: x, Y: up.At(s.Cost.Upper)})
	}
	ch.Series = []page.Series{here, alone}
	if r.Best >= 0 {
		ch.Mark = "best"
		ch.Marked = &page.Point{X: across.At(r.Values[r.Best][0]), Y: up.At(r.Settings[r.Best].Cost.Estimate.Value)}
	}
	return ch
}
