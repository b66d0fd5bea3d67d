package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// html prints a document as one self-contained page.
func (d document) html(w io.Writer, kind string) error {
	p := d.page(kind)
	return p.Render(w)
}

// page is a document as a page: the lead as it stands, a section a table.
func (d document) page(kind string) *page.Page {
	p := &page.Page{Kind: kind, Title: oneLine(d.title, paragraphWidth), Subtitle: oneLine(d.subtitle, paragraphWidth), Foot: foot}
	if len(d.lead) > 0 {
		lines := paragraphs(d.lead)
		for i := range lines {
			lines[i] = begun(lines[i])
		}
		p.Verdicts = []page.Verdict{{Sentence: lines[0], More: lines[1:]}}
	}
	for _, t := range d.tables {
		p.Sections = append(p.Sections, t.section())
	}
	p.Footnotes = paragraphs(d.footnotes)
	return p
}

const foot = "Written by Rehearse. This file is complete: it has no script and loads nothing."

func paragraphs(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = oneLine(t, paragraphWidth)
	}
	return out
}

// section is a table with its drawings as a part of a page.
func (t table) section() page.Section {
	s := page.Section{Title: oneLine(t.title, paragraphWidth), Intro: oneLine(t.intro, paragraphWidth), Notes: t.notes}
	if t.bars != nil {
		s.Parts = append(s.Parts, page.Part{Bars: t.bars})
	}
	if t.panels != nil {
		s.Parts = append(s.Parts, page.Part{Panels: t.panels})
	}
	if t.charts != nil {
		s.Parts = append(s.Parts, page.Part{Charts: t.charts})
	}
	if len(t.head) == 1 {
		s.Parts = append(s.Parts, page.Part{Texts: t.texts()})
	} else {
		s.Parts = append(s.Parts, t.parts()...)
	}
	return s
}

const (
	longTable = 24 // rows; of longer ones a page shows the first of each group
	shownRows = 3  // of a group
)

// parts are the table: whole, or with those rows folded that few ask for.
func (t table) parts() []page.Part {
	whole := t.html()
	switch {
	case t.charts != nil && len(t.rows) > rowsBesideChart:
		return []page.Part{{Folded: "In figures", Table: whole}}
	case len(t.rows) <= longTable:
		return []page.Part{{Table: whole}}
	}
	shown, rest := *whole, *whole
	shown.Rows, rest.Rows = nil, nil
	inGroup := 0
	for i, r := range whole.Rows {
		if inGroup++; !t.again(i) {
			inGroup = 1
		}
		if inGroup <= shownRows {
			shown.Rows = append(shown.Rows, r)
		} else {
			r.First = inGroup == shownRows+1
			rest.Rows = append(rest.Rows, r)
		}
	}
	if len(rest.Rows) == 0 { // no groups
		return []page.Part{{Table: whole}}
	}
	return []page.Part{{Table: &shown}, {Folded: fmt.Sprintf("%d more rows", len(rest.Rows)), Table: &rest}}
}

// rowsBesideChart is how long a table may be that only says again what a chart
// above it shows.
const rowsBesideChart = 8

// texts are the cells of a table of one column.
func (t table) texts() []string {
	out := make([]string, len(t.rows))
	for i := range t.rows {
		out[i] = begun(t.cell(i, 0))
	}
	return out
}

// html is a table as a page shows it.
func (t table) html() *page.Table {
	out := &page.Table{Caption: oneLine(t.title, paragraphWidth)}
	scales := t.scales()
	for i, h := range t.head {
		c := page.Column{Lines: strings.Split(clipped(h), "\n"), Number: t.right[i]}
		if ends, ok := t.ends(i, scales); ok {
			c.Range = ends
		}
		out.Columns = append(out.Columns, c)
	}
	grouped := false
	for i := range t.rows {
		grouped = grouped || t.again(i)
	}
	for i, row := range t.rows {
		r := page.Row{First: grouped && i > 0 && !t.again(i)}
		for j, text := range row {
			cell := page.Cell{Lines: strings.Split(t.cell(i, j), "\n"), Number: t.right[j], Head: j == 0 && t.named(), Again: j == 0 && t.again(i), Tone: tone(text)}
			if d, ok := t.drawn[[2]int{i, j}]; ok {
				cell.Mark = scales[d.scale].of(d.Interval)
			}
			cell.Heat, cell.Ground = t.heat[[2]int{i, j}], t.ground[[2]int{i, j}]
			if !t.right[j] && slices.Contains([]string{"case", "cases", "examples"}, t.head[j]) {
				cell.Names = strings.Fields(clipped(text))
			}
			r.Cells = append(r.Cells, cell)
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

// again says that a row is of the same group as the one above it.
func (t table) again(row int) bool {
	return row > 0 && t.named() && t.rows[row][0] == t.rows[row-1][0]
}

// named says that the first column names the rows.
func (t table) named() bool { return len(t.head) > 1 && t.head[0] != "" }

// tone colours the words that a reader looks for.
func tone(cell string) page.Tone {
	word, _, _ := strings.Cut(cell, "\n")
	word, _, _ = strings.Cut(word, " (")
	switch {
	case word == string(compare.Better), word == string(gate.Pass):
		return page.Good
	case word == string(compare.Worse), word == string(gate.Fail), word == alarm:
		return page.Bad
	case slices.Contains([]string{string(compare.CannotTell), string(compare.NotWorse), string(gate.Inconclusive)}, word):
		return page.Unsure
	}
	return page.Plain
}
