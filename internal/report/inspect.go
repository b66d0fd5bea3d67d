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
func (r Inspect) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints what was found for a page.
func (r Inspect) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r Inspect) HTML(w io.Writer) error { return r.document().html(w, "Dataset") }

func (r Inspect) document() document {
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	return document{
		title:     r.Dataset,
		subtitle:  fmt.Sprintf("%d rows, %d columns, from %s", r.Rows, len(r.Columns), strings.Join(r.Sources, ", ")),
		tables:    []table{r.columns()},
		footnotes: n.texts,
	}
}

func (r Inspect) columns() table {
	t := table{
		title: "Columns",
		head:  []string{"column", "type", "missing", "different", "values"},
		right: []bool{false, false, true, true, false},
	}
	for i := range r.Columns {
		c := &r.Columns[i]
		t.rows = append(t.rows, []string{name(c.Name), columnType(c), part(c.Missing, r.Rows), different(c), values(c, r.Rows)})
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
