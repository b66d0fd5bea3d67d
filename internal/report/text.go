package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/rehearse-dev/rehearse/internal/compare"
)

// TextOptions fit a text report to a terminal.
type TextOptions struct {
	Color bool
	// Width is how many characters the terminal shows in a line; 0 for no limit.
	Width int
	// Brief leaves out what a reader does not look at first.
	Brief bool
}

// textWidth is where running text is broken in a terminal that is wide enough.
const textWidth = 110

// line is how long a line of running text is, with so many blanks before it.
func (o TextOptions) line(indent int) int {
	if o.Width > 0 {
		return min(o.Width-indent, textWidth)
	}
	return textWidth
}

const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	green = "\x1b[32m"
	red   = "\x1b[31m"
	reset = "\x1b[0m"
)

// heading is a title, in one line unless the terminal is narrower.
func (o TextOptions) heading(text string) string {
	text = oneLine(text, paragraphWidth)
	if o.Width > 0 {
		return wrap(text, o.Width)
	}
	return text
}

func (o TextOptions) paint(style, text string) string {
	if !o.Color {
		return text
	}
	return style + text + reset
}

// Text prints the report for a terminal.
func (r *Report) Text(w io.Writer, o TextOptions) error {
	tables, footnotes := r.tables()
	if o.Brief {
		tables, footnotes = glance(tables, footnotes)
	}
	return document{r.title(), r.subtitle(), r.lead(), tables, footnotes}.text(w, o)
}

// glance keeps the tables that a reader looks at first, with their footnotes
// and those of the whole report.
func glance(tables []table, footnotes []string) ([]table, []string) {
	kept := slices.DeleteFunc(slices.Clone(tables), func(t table) bool { return !t.first })
	elsewhere := map[int]bool{}
	for _, t := range tables {
		for _, n := range t.notes {
			elsewhere[n] = elsewhere[n] || !t.first
		}
	}
	for _, t := range kept {
		for _, n := range t.notes {
			elsewhere[n] = false
		}
	}
	var notes []string
	number := map[int]int{}
	for i, f := range footnotes {
		if !elsewhere[i+1] {
			notes = append(notes, f)
			number[i+1] = len(notes)
		}
	}
	for i := range kept {
		renumbered := make([]int, len(kept[i].notes))
		for j, n := range kept[i].notes {
			renumbered[j] = number[n]
		}
		kept[i].notes = renumbered
	}
	return kept, notes
}

// text prints a document for a terminal.
func (d document) text(w io.Writer, o TextOptions) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", o.paint(bold, o.heading(d.title)), o.paint(dim, o.heading(d.subtitle)))
	for i, line := range d.lead {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, strings.ReplaceAll(wrap(oneLine(line, paragraphWidth), o.line(2)), "\n", "\n  "))
	}
	for _, t := range d.tables {
		fmt.Fprintf(&b, "\n%s%s\n", o.paint(bold, oneLine(t.title, paragraphWidth)), marks(t.notes))
		if t.intro != "" {
			fmt.Fprintln(&b, o.paint(dim, wrap(oneLine(t.intro, paragraphWidth), o.line(0))))
		}
		if err := textTable(&b, t, o); err != nil {
			return err
		}
	}
	for i, f := range d.footnotes {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[%d] %s\n", i+1, strings.ReplaceAll(wrap(oneLine(f, paragraphWidth), o.line(4)), "\n", "\n    "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func marks(notes []int) string {
	out := ""
	for _, n := range notes {
		out += fmt.Sprintf(" [%d]", n)
	}
	return out
}

// title names the workflow.
func (r *Report) title() string {
	if r.Score.Title != "" {
		return r.Score.Workflow + ": " + clean(r.Score.Title)
	}
	return r.Score.Workflow
}

// subtitle says what the figures are of.
func (r *Report) subtitle() string {
	s := fmt.Sprintf("run %s, dataset %s", r.Score.Run, r.Score.Dataset)
	if len(r.Score.Split) > 0 {
		s += ", split " + strings.Join(r.Score.Split, " and ")
	}
	s += fmt.Sprintf(", %d cases", r.Score.Cases)
	if r.Score.Repeats > 1 {
		s += fmt.Sprintf(" × %d repeats", r.Score.Repeats)
	}
	if r.Score.ClusterBy != "" {
		s += fmt.Sprintf(", %d clusters by %s", r.Score.Clusters, r.Score.ClusterBy)
	}
	return s
}

// textTable prints a table as wide as the terminal lets it be.
func textTable(w io.Writer, t table, o TextOptions) error {
	for i, g := range t.fitted(o.Width) {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := g.text(w, o); err != nil {
			return err
		}
	}
	return nil
}

func (g grid) text(w io.Writer, o TextOptions) error {
	align := make([]tw.Align, len(g.head))
	for i := range align {
		align[i] = tw.AlignLeft
		if g.right[i] {
			align[i] = tw.AlignRight
		}
	}
	between := tw.Off
	if slices.ContainsFunc(g.rows, func(row []string) bool {
		return slices.ContainsFunc(row, func(cell string) bool { return strings.Contains(cell, "\n") })
	}) {
		between = tw.On
	}
	table := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint()),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithPadding(tw.Padding{Left: strings.Repeat(" ", g.gap-1), Right: " ", Overwrite: true}),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithRendition(tw.Rendition{
			Symbols:  tw.NewSymbols(tw.StyleLight),
			Borders:  tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
			Settings: tw.Settings{Separators: tw.Separators{BetweenRows: between, BetweenColumns: tw.Off}},
		}),
	)
	table.Header(g.head)
	for _, row := range g.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = o.verdict(c)
		}
		if err := table.Append(cells); err != nil {
			return err
		}
	}
	return table.Render()
}

// verdict colours the words that a reader looks for.
func (o TextOptions) verdict(cell string) string {
	switch {
	case strings.HasPrefix(cell, string(compare.Better)):
		return o.paint(green, cell)
	case strings.HasPrefix(cell, string(compare.Worse)):
		return o.paint(red, cell)
	}
	return cell
}
