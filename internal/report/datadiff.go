package report

import (
	"fmt"
	"io"

	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/revise"
)

// DataDiff is how two versions of a dataset differ.
type DataDiff struct {
	*revise.Diff
	HideIDs bool // cases' ids are personal
}

// shown is what may be shown.
func (r DataDiff) shown() *revise.Diff {
	d := *r.Diff
	d.Cases = append([]revise.CaseChange{}, d.Cases...)
	for i := range d.Cases {
		if r.HideIDs {
			d.Cases[i].Case = redact.Personal
		}
	}
	return &d
}

// JSON prints it for programs.
func (r DataDiff) JSON(w io.Writer) error { return indented(w, r.shown()) }

// Text prints it for a terminal.
func (r DataDiff) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r DataDiff) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r DataDiff) HTML(w io.Writer) error { return r.document().html(w, "Versions of a dataset") }

func (r DataDiff) document() document {
	x := r.shown()
	d := document{
		title:     fmt.Sprintf("%s: %s added, %d gone, %d changed", name(x.To.Dataset), plural(x.Added, "case"), x.Gone, x.Changed),
		subtitle:  fmt.Sprintf("%s (%s) against %s (%s)", flat(x.To.File), x.To.Digest[:12], flat(x.From.File), x.From.Digest[:12]),
		footnotes: x.Warnings,
	}
	if x.From.Digest == x.To.Digest {
		d.lead = append(d.lead, "The digests are equal: it is the same version.")
	}
	if x.Reviewed > 0 {
		d.lead = append(d.lead, fmt.Sprintf("%s reviewed in one version and not, or otherwise, in the other.", plural(x.Reviewed, "label")))
	}
	columns := table{title: "Values that changed", head: []string{"column", "cases", ""}, right: []bool{false, true, false}}
	for _, c := range x.Columns {
		what := ""
		if c.Label {
			what = "label"
		}
		columns.rows = append(columns.rows, []string{name(c.Column), fmt.Sprint(c.Values), what})
	}
	splits := table{title: "Cases of every split", head: []string{"split", "before", "after"}, right: []bool{false, true, true}}
	for _, s := range x.Splits {
		split := s.Split
		if split == "" {
			split = "none"
		}
		splits.rows = append(splits.rows, []string{split, fmt.Sprint(s.From), fmt.Sprint(s.To)})
	}
	cases := table{title: "Cases", intro: "Up to 20 of those added, gone and changed.", head: []string{"case", "what"}, right: []bool{false, false}}
	for _, c := range x.Cases {
		cases.rows = append(cases.rows, []string{name(c.Case), oneLine(c.What, 80)})
	}
	for _, t := range []table{splits, columns, cases} {
		if len(t.rows) > 0 {
			d.tables = append(d.tables, t)
		}
	}
	return d
}
