package report

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/rehearse-dev/rehearse/internal/split"
)

// Split is what the splits of a dataset come to.
type Split struct {
	*split.Summary
}

// JSON prints the splits for programs.
func (r Split) JSON(w io.Writer) error { return indented(w, r.Summary) }

// Text prints the splits for a terminal.
func (r Split) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints the splits for a page.
func (r Split) Markdown(w io.Writer) error { return r.document().markdown(w) }

// labelsShown is how many labels have a column of their own.
const labelsShown = 6

// HTML prints it as a page.
func (r Split) HTML(w io.Writer) error { return r.document().html(w, "Splits") }

func (r Split) document() document {
	d := document{title: "Splits of " + r.Dataset, subtitle: whole(float64(r.Cases)) + " cases."}
	if r.Clusters > 0 {
		d.subtitle += fmt.Sprintf(" %d of %d clusters have cases in more than one split.", r.Straddling, r.Clusters)
	}
	var n notes
	for _, w := range r.Warnings {
		n.add(w)
	}
	t := table{head: []string{"split", "cases", "share"}, right: []bool{false, true, true}}
	shown := r.Labels
	if len(shown) > labelsShown {
		shown = shown[:labelsShown]
	}
	timed := false
	for _, p := range r.Parts {
		timed = timed || !p.First.IsZero()
	}
	column := func(name string, right bool) {
		t.head, t.right = append(t.head, name), append(t.right, right)
	}
	if r.Clusters > 0 {
		column("clusters", true)
	}
	if timed {
		column("first", false)
		column("last", false)
	}
	for _, l := range shown {
		if l == "" {
			l = "(none)"
		}
		column(oneLine(l, 20), true)
	}
	if len(shown) < len(r.Labels) {
		column(fmt.Sprintf("%d others", len(r.Labels)-len(shown)), true)
	}
	if r.Label != "" {
		t.title = fmt.Sprintf("Shares of %q by split", r.Label)
	}
	for _, p := range r.Parts {
		row := []string{p.Name, strconv.FormatInt(p.Cases, 10), share(p.Cases, r.Cases)}
		if p.Name == "" {
			row[0] = "(in none)"
		}
		if r.Clusters > 0 {
			row = append(row, strconv.Itoa(p.Clusters))
		}
		if timed {
			row = append(row, moment(p.First), moment(p.Last))
		}
		rest := p.Cases
		for l := range shown {
			row = append(row, share(p.Labels[l], p.Cases))
			rest -= p.Labels[l]
		}
		if len(shown) < len(r.Labels) {
			row = append(row, share(rest, p.Cases))
		}
		t.rows = append(t.rows, row)
	}
	d.tables, d.footnotes = []table{t}, n.texts
	if r.Splits != "" {
		d.lead = []string{"splits: " + r.Splits}
	}
	return d
}

func share(n, of int64) string {
	if of == 0 {
		return none
	}
	return percent(float64(n) / float64(of))
}

func moment(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2006-01-02 15:04")
}
