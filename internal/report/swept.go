package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Swept prints designs over volumes and sizes of a team.
type Swept struct{ *opsim.Sweep }

// Text prints it for a terminal.
func (r Swept) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r Swept) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r Swept) HTML(w io.Writer) error {
	d := r.document()
	d.lead = nil
	p := d.page("Capacity")
	for i := range r.Swept {
		s := &r.Swept[i]
		v := page.Verdict{Name: name(s.Name), Sentence: begun(r.verdict(s))}
		if b := s.Break; b.Why == "" {
			v.Figures = append(v.Figures,
				page.Figure{Name: "keeps the service level up to", Value: cases(b.PerWeek.Estimate.Value), Unit: "cases a week", Interval: span(b.PerWeek, cases)},
				page.Figure{Name: "backlog grows without end from", Value: cases(b.Limit.Value), Unit: "cases a week"})
		}
		p.Verdicts = append(p.Verdicts, v)
	}
	return p.Render(w)
}

// JSON prints it for programs.
func (r Swept) JSON(w io.Writer) error { return indented(w, r.Sweep) }

// cases is a number of cases that need not be whole.
func cases(x float64) string { return grouped(x) }

func (r Swept) document() document {
	var n notes
	tables := []table{r.breaks(&n), r.headcount(&n)}
	for i := range r.Swept {
		tables = append(tables, r.cells(&r.Swept[i]))
	}
	d := Operation{r.Result}.with(&n, tables...)
	for i := range r.Swept {
		s := &r.Swept[i]
		d.lead = append(d.lead, name(s.Name)+": "+r.verdict(s))
	}
	return d
}

// verdict says up to which volume a design goes.
func (r Swept) verdict(s *opsim.SweptDesign) string {
	b := s.Break
	if b.Why != "" {
		return b.Why + "."
	}
	text := fmt.Sprintf("with the teams of the scenario it keeps %s up to about %s cases a week (%s), %s times the scenario's volume", Operation{r.Result}.promise(), cases(b.PerWeek.Estimate.Value), span(b.PerWeek, cases), short(b.Factor.Estimate.Value))
	if b.Factor.Upper < 1 {
		text += ", which is too much for it"
	}
	if b.Binding != "" {
		text += "; " + b.Binding + " is what holds it back"
	}
	return text + fmt.Sprintf(". From %s cases a week on the backlog of %s grows without end.", cases(b.Limit.Value), b.LimitTeam)
}

// short is a factor with two decimals at most.
func short(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

func (r Swept) breaks(n *notes) table {
	t := table{
		title: "Where the service level breaks", first: true,
		intro: "Cases a week, with the teams of the scenario: the volume at which " + Operation{r.Result}.promise() + " just holds, and the volumes of which the simulation cannot tell (95%). Binding: the team in which one person more, at that volume, raises the share most. Stability limit: from there on a team gets more work than it can do, whatever is promised.",
		head:  []string{"design", "breaks at\ncases a week", "times the\nvolume", "binding\nteam", "with one\nmore there", "stability\nlimit", "by team"},
		right: []bool{false, true, true, false, true, true, false},
	}
	for i := range r.Swept {
		s := &r.Swept[i]
		b := s.Break
		limit := figure(b.Limit, cases)
		if b.Why != "" {
			t.note(n.add(s.Name + ": " + b.Why))
			t.rows = append(t.rows, []string{name(s.Name), none, none, none, none, limit, b.LimitTeam})
			continue
		}
		if b.AtLimit {
			t.note(n.add("where the volume is that near to the stability limit, the backlog grows for long before cases are late: with more weeks the service level breaks earlier"))
		}
		gain := none
		for _, g := range b.Gains {
			if g.Team == b.Binding {
				gain = differenceCell(g.Kept, timeUnit{"points", 100})
			}
		}
		t.draw(1, b.PerWeek, "break", "")
		t.rows = append(t.rows, []string{name(s.Name), cell(b.PerWeek, cases, cases), cell(b.Factor, short, short), b.Binding, gain, limit, b.LimitTeam})
	}
	return t
}

// headcount is the curve that a head of operations wants: people over volume,
// design beside design.
func (r Swept) headcount(n *notes) table {
	t := table{
		title: "Volume against headcount", first: true,
		intro: "Fewest people for " + Operation{r.Result}.promise() + ", by the lower end of the interval; one person fewer in any team does not do.",
		head:  []string{"volume", "cases\na week"}, right: []bool{false, true},
	}
	up := page.Scale{}
	for i := range r.Swept {
		t.head, t.right = append(t.head, r.Swept[i].Name), append(t.right, true)
		for _, h := range r.Swept[i].Headcount {
			if h.Unreachable == "" {
				up.To = max(up.To, float64(h.People))
			}
		}
	}
	volumes := r.Swept[0].Headcount
	up, across := rounded(up), rounded(page.Scale{From: 0, To: volumes[len(volumes)-1].PerWeek})
	chart := page.Chart{
		Title: "People needed over volume", Across: across.Axis("cases a week", groupedTick), Up: up.Axis("people, all teams", tick),
	}
	for i := range r.Swept {
		line := page.Series{Name: name(r.Swept[i].Name), Dots: true}
		for _, h := range r.Swept[i].Headcount {
			if h.Unreachable == "" {
				line.Points = append(line.Points, page.Point{X: across.At(h.PerWeek), Y: up.At(float64(h.People))})
			}
		}
		chart.Series = append(chart.Series, line)
	}
	t.charts = []page.Chart{chart}
	for k, at := range volumes {
		row := []string{"×" + short(at.Factor), cases(at.PerWeek)}
		for i := range r.Swept {
			h := r.Swept[i].Headcount[k]
			if h.Unreachable != "" {
				row = append(row, none+"\nout of reach")
				t.note(n.add(fmt.Sprintf("%s: %s", r.Swept[i].Name, h.Unreachable)))
				continue
			}
			lines := []string{strconv.Itoa(h.People)}
			if len(h.Teams) > 1 {
				for _, team := range h.Teams {
					if team.People > 0 {
						lines = append(lines, fmt.Sprintf("%d %s", team.People, team.Name))
					}
				}
			}
			row = append(row, strings.Join(lines, "\n"))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// cells is the heat map of one design.
func (r Swept) cells(s *opsim.SweptDesign) table {
	others := ""
	if len(r.Swept[0].Headcount[0].Teams) > 1 {
		others = "; the other teams as in the scenario"
	}
	t := table{
		title: s.Name + ": people by volume",
		intro: fmt.Sprintf("Share %s, with people in %s down and cases a week across%s. Keeps: the whole interval is at or above %s; breaks: all of it is below.", Operation{r.Result}.within(), r.Team, others, percent(r.Service.Share)),
		head:  []string{"people"}, right: []bool{false},
	}
	for _, h := range s.Headcount {
		t.head, t.right = append(t.head, cases(h.PerWeek)+"\n×"+short(h.Factor)), append(t.right, true)
	}
	t.ground = map[[2]int]page.Tone{}
	wide := len(s.Headcount)
	for at := 0; at+wide <= len(s.Cells); at += wide {
		row := []string{strconv.Itoa(s.Cells[at].People)}
		for k, c := range s.Cells[at : at+wide] {
			cell := [2]int{len(t.rows), k + 1}
			switch {
			case len(c.Overloaded) > 0:
				what := "overloaded"
				t.ground[cell] = operating[what]
				if len(c.Overloaded) > 1 || c.Overloaded[0] != r.Team {
					what = strings.Join(c.Overloaded, ", ") + "\noverloaded"
				}
				row = append(row, none+"\n"+what+"\n"+grown(c.Growth, " a week"))
			case c.Kept == nil || !c.Kept.Estimate.Valid:
				row = append(row, none+"\nno cases")
			default:
				word := keeps(*c.Kept, r.Service.Share)
				t.ground[cell] = operating[word]
				row = append(row, shareCell(*c.Kept)+"\n"+word)
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// keeps says in a word whether a share keeps what is promised.
func keeps(iv stats.Interval, promised float64) string {
	switch {
	case iv.Lower >= promised:
		return "keeps"
	case iv.Upper < promised:
		return "breaks"
	}
	return "cannot tell"
}

// begun is a sentence with a capital letter at its start.
func begun(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
