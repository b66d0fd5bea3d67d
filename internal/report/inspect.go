package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/inspect"
)

// Inspect is what was found in a dataset.
type Inspect struct {
	*inspect.Result
}

// JSON prints what was found for programs.
func (r Inspect) JSON(w io.Writer) error { return indented(w, r.Result) }

// Text prints what was found for a terminal.
func (r Inspect) Text(w io.Writer, o TextOptions) error {
	if err := r.document().text(w, o); err != nil || r.Proposed == "" {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n%s", o.paint(bold, "Proposed card"), clean(r.Proposed))
	return err
}

// Markdown prints what was found for a page.
func (r Inspect) Markdown(w io.Writer) error {
	if err := r.document().markdown(w); err != nil || r.Proposed == "" {
		return err
	}
	var b strings.Builder
	b.WriteString("\n## Proposed card\n\n")
	for line := range strings.Lines(clean(r.Proposed)) {
		b.WriteString("    " + line) // indented: nothing in it can end the block
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// HTML prints it as a page.
func (r Inspect) HTML(w io.Writer) error { return r.document().html(w, "Dataset") }

func (r Inspect) document() document {
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	tables := []table{r.columns()}
	for _, t := range []table{r.labels(), r.splits(), r.segments(), r.associations(), r.duplicates()} {
		if len(t.rows) > 0 {
			tables = append(tables, t)
		}
	}
	return document{
		title:     r.Dataset,
		subtitle:  fmt.Sprintf("%s, %s, from %s", counted(int(r.Rows), "row"), counted(len(r.Columns), "column"), strings.Join(r.Sources, ", ")),
		tables:    tables,
		footnotes: n.texts,
	}
}

func (r Inspect) columns() table {
	t := table{
		title: "Columns",
		head:  []string{"column", "taken as", "type", "missing", "different", "values"},
		right: []bool{false, false, false, true, true, false},
	}
	for i := range r.Columns {
		c := &r.Columns[i]
		t.rows = append(t.rows, []string{name(c.Name), taken(c), columnType(c), part(c.Missing, r.Rows), different(c), values(c, r.Rows)})
	}
	return t
}

func columnType(c *inspect.Column) string {
	out := c.Type
	switch {
	case out == "":
		return none
	case c.As == "money":
		out += ", as people write amounts"
	case c.As == "date":
		out += ", as people write dates (" + c.Dates + ")"
	}
	if c.Mixed {
		out += ", mixed"
	}
	return out
}

// part is a share of all rows.
func part(n, of int64) string {
	if n == 0 || of == 0 {
		return "0"
	}
	return percent(float64(n) / float64(of))
}

func different(c *inspect.Column) string {
	if c.Estimated {
		return "about " + strconv.FormatInt(c.Distinct, 10)
	}
	return strconv.FormatInt(c.Distinct, 10)
}

// values shows a range, the most frequent values, or how long texts are.
func values(c *inspect.Column, rows int64) string {
	switch {
	case c.Personal != "":
		return "not shown"
	case c.From != nil:
		layout := time.DateOnly
		if c.Type == "time" {
			layout = "2006-01-02 15:04"
		}
		return c.From.Format(layout) + " to " + c.To.Format(layout)
	case c.Min != nil && c.Distinct > 10:
		return whole(*c.Min) + " to " + whole(*c.Max)
	case len(c.Top) > 0 && c.Top[0].Count > 1:
		var out []string
		for _, v := range c.Top[:min(3, len(c.Top))] {
			out = append(out, fmt.Sprintf("%s %s", oneLine(v.Value, 24), part(v.Count, rows)))
		}
		if c.Distinct > 3 {
			out = append(out, "…")
		}
		return strings.Join(out, ", ")
	case c.Longest > 0:
		return fmt.Sprintf("up to %d bytes", c.Longest)
	}
	return ""
}

// taken says what a column is used for.
func taken(c *inspect.Column) string {
	out := []string{string(c.Role)}
	if c.Role == inspect.Other {
		out[0] = none
	}
	if c.Tag {
		out = append(out, "tag")
	}
	if c.Personal != "" {
		out = append(out, "personal")
	}
	return strings.Join(out, ", ")
}

// shownClasses is how many rows a table of classes has.
const shownClasses = 12

func (r Inspect) labels() table {
	c := r.Column(r.Decision)
	if c == nil {
		return table{}
	}
	t := table{title: "Labels: " + name(r.Decision), head: []string{"class", "rows", "share"}, right: []bool{false, true, true}}
	for _, p := range r.Splits {
		t.head, t.right = append(t.head, splitName(p.Name)), append(t.right, true)
	}
	for _, v := range c.Most(shownClasses) {
		row := []string{name(v.Value), strconv.FormatInt(v.Count, 10), part(v.Count, r.Rows)}
		for _, p := range r.Splits {
			row = append(row, part(p.Labels[v.Value], p.Rows))
		}
		t.rows = append(t.rows, row)
	}
	if more := c.Distinct - int64(len(t.rows)); more > 0 {
		t.intro = fmt.Sprintf("The %d most frequent of %d classes.", len(t.rows), c.Distinct)
	}
	return t
}

func (r Inspect) splits() table {
	t := table{title: "Splits", head: []string{"split", "rows", "share", "from", "to"}, right: []bool{false, true, true, false, false}}
	for _, p := range r.Splits {
		from, to := none, none
		if p.From != nil {
			from, to = p.From.Format(time.DateOnly), p.To.Format(time.DateOnly)
		}
		t.rows = append(t.rows, []string{splitName(p.Name), strconv.FormatInt(p.Rows, 10), part(p.Rows, r.Rows), from, to})
	}
	if r.Clusters > 0 {
		t.intro = fmt.Sprintf("%d of %d clusters have cases in more than one split.", r.Straddling, r.Clusters)
	}
	return t
}

func splitName(s string) string {
	if s == "" {
		return "in none"
	}
	return s
}

func (r Inspect) segments() table {
	t := table{title: "Segments", head: []string{"tag", "value", "rows", "share"}, right: []bool{false, false, true, true}}
	for i := range r.Columns {
		c := &r.Columns[i]
		if !c.Tag {
			continue
		}
		for j, v := range c.Top {
			tag := ""
			if j == 0 {
				tag = name(c.Name)
			}
			t.rows = append(t.rows, []string{tag, name(v.Value), strconv.FormatInt(v.Count, 10), part(v.Count, r.Rows)})
		}
	}
	return t
}

// shownAssociations is how many columns are shown with what they tell.
const shownAssociations = 12

func (r Inspect) associations() table {
	t := table{
		title: "What single columns tell about " + name(r.Decision),
		intro: "Accuracy of the most frequent answer for each value of the column alone, learnt on one half of a sample and tried on the other. Errors removed: 100% gives the label away. From the label: 100% is a column made from the label.",
		head:  []string{"column", "taken as", "by its", "accuracy", "without it", "errors removed", "from the label"},
		right: []bool{false, false, false, true, true, true, true},
	}
	for _, a := range r.Associations[:min(shownAssociations, len(r.Associations))] {
		column, role := none, none
		if c := r.Column(a.Column); c != nil {
			column, role = name(a.Column), taken(c)
		}
		back := none
		if a.Derived > 0 {
			back = percent(a.Derived)
		}
		t.rows = append(t.rows, []string{column, role, a.Part, percent(a.Accuracy), percent(a.Baseline), percent(a.Removed), back})
	}
	return t
}

func (r Inspect) duplicates() table {
	t := table{
		title: "Rows that are alike",
		intro: "Near-duplicate: an estimated 80% or more of all sequences of six letters in common. Rows are numbered from 1.",
		head:  []string{"what", "groups", "rows", "largest", "over splits", "labels disagree", "for example"},
		right: []bool{false, true, true, true, true, true, false},
	}
	for _, d := range []struct {
		what string
		of   inspect.Duplicates
	}{{"same input", r.Repeated}, {"near-duplicate text", r.Alike}} {
		if len(d.of.Columns) == 0 {
			continue
		}
		var examples []string
		for _, e := range d.of.Examples[:min(3, len(d.of.Examples))] {
			var rows []string
			for _, n := range e.Rows {
				rows = append(rows, strconv.FormatInt(n, 10))
			}
			examples = append(examples, "rows "+strings.Join(rows, ", "))
		}
		count := func(n int64) string { return strconv.FormatInt(n, 10) }
		t.rows = append(t.rows, []string{d.what, count(d.of.Groups), count(d.of.Rows), count(d.of.Largest), count(d.of.Straddling), count(d.of.Disputed), strings.Join(examples, "\n")})
	}
	return t
}
