package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// Gate is the verdict on a run's candidates, ready to be printed.
type Gate struct {
	*gate.Result
	// Explain adds the arithmetic behind every threshold.
	Explain bool
}

// JSON prints the verdict for programs.
func (g *Gate) JSON(w io.Writer) error {
	return indented(w, g.Result)
}

// Text prints the verdict for a terminal.
func (g *Gate) Text(w io.Writer, o TextOptions) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", o.paint(bold, o.heading(g.title())), o.paint(dim, o.heading(g.subtitle())))
	for i := range g.Candidates {
		c := &g.Candidates[i]
		fmt.Fprintf(&b, "\n%s: %s\n%s\n", o.paint(bold, clean(c.Design)), o.gateVerdict(string(c.Verdict)), wrap(clean(c.Reason), o.line(0)))
		if len(c.Lines) == 0 {
			continue
		}
		if err := textTable(&b, g.table(c), o); err != nil {
			return err
		}
		if g.Explain {
			for j := range c.Lines {
				fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(wrap(clean(explained(&c.Lines[j])), o.line(4)), "\n", "\n    "))
			}
		}
	}
	for i, f := range g.Warnings {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[%d] %s\n", i+1, strings.ReplaceAll(wrap(clean(f), o.line(4)), "\n", "\n    "))
	}
	fmt.Fprintf(&b, "\nverdict: %s (%s)\n", o.gateVerdict(string(g.Verdict)), clean(g.Reason))
	_, err := io.WriteString(w, b.String())
	return err
}

// HTML prints the verdict as a page.
func (g *Gate) HTML(w io.Writer) error {
	d := document{title: g.title(), subtitle: g.subtitle(), footnotes: g.Warnings}
	var judged []*gate.Candidate // one a section
	for i := range g.Candidates {
		c := &g.Candidates[i]
		if len(c.Lines) == 0 {
			continue
		}
		t := g.table(c)
		t.title = c.Design
		d.tables, judged = append(d.tables, t), append(judged, c)
	}
	p := d.page("Gate")
	if g.Explain {
		for i := range p.Sections {
			p.Sections[i].Parts = append(p.Sections[i].Parts, page.Part{Folded: "The arithmetic", Table: arithmetic(judged[i])})
		}
	}
	p.Verdicts = []page.Verdict{{Name: "This gate", Sentence: begun(oneLine(g.Reason, paragraphWidth)), Findings: found(g.Verdict)}}
	for i := range g.Candidates {
		c := &g.Candidates[i]
		p.Verdicts = append(p.Verdicts, page.Verdict{Name: name(c.Design), Role: "candidate", Sentence: oneLine(words(c.Reason), paragraphWidth), Findings: found(c.Verdict), Figures: deciding(c)})
	}
	return p.Render(w)
}

// arithmetic is what a candidate's verdicts were computed from.
func arithmetic(c *gate.Candidate) *page.Table {
	t := table{title: c.Design + ": arithmetic", head: []string{"threshold", "arithmetic"}, right: make([]bool, 2), prose: map[int]int{1: textWidth}}
	for i := range c.Lines {
		t.rows = append(t.rows, []string{c.Lines[i].Name(), c.Lines[i].Explain})
	}
	return t.html()
}

// decidingShown is how many thresholds the first lines of a page show.
const decidingShown = 4

// deciding are the thresholds that a candidate's verdict comes from: those that
// fail, else those that are undecided, else all; critical ones alone.
func deciding(c *gate.Candidate) []page.Figure {
	var out []page.Figure
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Tier == gate.Advisory || l.Verdict != c.Verdict || !l.Bounds.Estimate.Valid || len(out) == decidingShown {
			continue
		}
		cell, _, _ := strings.Cut(measured(l), "\n")
		value, unit, _ := strings.Cut(cell, " ")
		f := page.Figure{Name: words(l.Metric), Value: value, Unit: unit, Interval: gateBounds(l) + "; " + limit(l)}
		if where := l.Where(); where != "" {
			f.Name += ", " + oneLine(where, nameWidth)
		}
		out = append(out, f)
	}
	return out
}

func found(v gate.Verdict) []page.Finding {
	return []page.Finding{{Text: string(v), Tone: tone(string(v))}}
}

// Markdown prints the verdict for a page or a pull request.
func (g *Gate) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Gate: %s\n\n%s\n\n**%s**: %s\n", escape(g.title()), escape(g.subtitle()), g.Verdict, escape(g.Reason))
	for i := range g.Candidates {
		c := &g.Candidates[i]
		fmt.Fprintf(&b, "\n## %s: %s\n\n%s\n", escape(c.Design), c.Verdict, escape(c.Reason))
		if len(c.Lines) == 0 {
			continue
		}
		b.WriteByte('\n')
		markdownTable(&b, g.table(c))
		if g.Explain {
			b.WriteByte('\n')
			for j := range c.Lines {
				fmt.Fprintf(&b, "- %s\n", escape(explained(&c.Lines[j])))
			}
		}
	}
	if len(g.Warnings) > 0 {
		b.WriteString("\n## Notes\n\n")
	}
	for i, f := range g.Warnings {
		fmt.Fprintf(&b, "%d. %s\n", i+1, escape(f))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (g *Gate) title() string {
	if g.Title != "" {
		return g.Workflow + ": " + g.Title
	}
	return g.Workflow
}

func (g *Gate) subtitle() string {
	s := fmt.Sprintf("run %s, dataset %s", g.Run, g.Dataset)
	if len(g.Split) > 0 {
		s += ", split " + strings.Join(g.Split, " and ")
	}
	s += fmt.Sprintf(", %d cases", g.Cases)
	if g.Baseline != "" {
		s += ", baseline " + g.Baseline
	}
	return s
}

// table is one candidate's thresholds.
func (g *Gate) table(c *gate.Candidate) table {
	t := table{head: []string{"threshold", "limit", "measured", "95% bounds", "verdict", "why"}}
	t.right = []bool{false, false, true, true, false, false}
	t.prose = map[int]int{1: 16, 5: 60}
	for i := range c.Lines {
		l := &c.Lines[i]
		name := words(l.Metric)
		if where := l.Where(); where != "" {
			name += "\n" + where
		}
		verdict := string(l.Verdict)
		if l.Tier == gate.Advisory {
			verdict += "\n(advisory)"
		}
		t.rows = append(t.rows, []string{name, limit(l), measured(l), gateBounds(l), verdict, l.Reason})
	}
	return t
}

func limit(l *gate.Line) string {
	switch l.Rule {
	case gate.AtLeast:
		return "at least " + gateFigure(l, l.Limit)
	case gate.AtMost:
		return "at most " + gateFigure(l, l.Limit)
	}
	return "worse by less than " + gateFigure(l, l.Limit)
}

func measured(l *gate.Line) string {
	e := l.Bounds.Estimate
	switch {
	case !e.Valid:
		return none
	case l.Rule == gate.NotWorse:
		return difference(e.Value, l.Unit) + "\n" + strconv.Itoa(l.Cases) + " cases"
	case l.Unit == "rate":
		return gateFigure(l, e.Value) + "\n" + whole(l.Numerator) + "/" + whole(l.Denominator)
	}
	return gateFigure(l, e.Value) + "\nn=" + whole(l.Denominator)
}

func gateBounds(l *gate.Line) string {
	iv := l.Bounds
	switch {
	case !iv.Estimate.Valid || math.IsInf(iv.Lower, 0) || math.IsInf(iv.Upper, 0):
		return none
	case iv.Method == gate.Counted || iv.Method == gate.ByDigest:
		return iv.Method
	case l.Unit == "rate":
		return fmt.Sprintf("%.2f to %.2f", iv.Lower*100, iv.Upper*100)
	}
	return span(iv, gateAmount(l))
}

func gateFigure(l *gate.Line, x float64) string {
	if l.Unit == "rate" {
		return strconv.FormatFloat(x*100, 'f', 2, 64) + "%"
	}
	return gateAmount(l)(x)
}

func gateAmount(l *gate.Line) func(float64) string {
	if l.Unit == "score" {
		return toFourDigits
	}
	return amount
}

// toFourDigits is a number up to 1.
func toFourDigits(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }

func explained(l *gate.Line) string {
	return fmt.Sprintf("%s %s %s: %s", l.Name(), l.Rule, strconv.FormatFloat(l.Limit, 'g', -1, 64), l.Explain)
}

// gateVerdict colours a verdict.
func (o TextOptions) gateVerdict(v string) string {
	switch gate.Verdict(v) {
	case gate.Pass:
		return o.paint(green, v)
	case gate.Fail:
		return o.paint(red, v)
	}
	return o.paint(bold, v)
}
