package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/decisions"
)

// Reviewed is what reviewers' decisions tell.
type Reviewed struct {
	*decisions.Study
}

// JSON prints it for programs.
func (r Reviewed) JSON(w io.Writer) error { return indented(w, r.Study) }

// Text prints it for a terminal.
func (r Reviewed) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r Reviewed) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r Reviewed) HTML(w io.Writer) error { return r.document().html(w, "Review") }

func (r Reviewed) document() document {
	d := document{
		title:     fmt.Sprintf("Reviewed: %s, %s", name(r.Workflow), name(r.Design)),
		subtitle:  fmt.Sprintf("Queue %s of %s: %d of %s decided by %s", r.Queue, flat(r.Source), r.Decided, plural(r.Cases, "case"), plural(len(r.Reviewers), "reviewer")),
		footnotes: r.Warnings,
	}
	if r.Unknown > 0 {
		d.lead = append(d.lead, fmt.Sprintf("Of %s nobody can tell.", plural(r.Unknown, "case")))
	}
	if len(r.Disputed) > 0 {
		line := fmt.Sprintf("Reviewers do not agree on %s.", plural(len(r.Disputed), "case"))
		if r.Again != "" {
			line += " They are in a queue of their own, for another reviewer: " + r.Again
		}
		d.lead = append(d.lead, line)
	}
	accuracy := table{
		title: "How often the design is right when nobody looks",
		intro: "Over what it automated. The audit is a random share of that; the whole queue is weighted by the inverse of the probabilities with which its cases came to be there.",
		head:  []string{"from", "accuracy", "95% interval", "right of decided", "what it is over"},
		right: []bool{false, true, true, true, false},
		prose: map[int]int{4: 46},
	}
	for _, x := range r.Accuracy {
		row := []string{x.From, none, none, none, x.What}
		if x.Share.Estimate.Valid {
			row[1], row[2], row[3] = percent(x.Share.Estimate.Value), interval(x.Share.Interval), fmt.Sprintf("%d of %d", x.Share.X, x.Share.N)
		}
		accuracy.rows = append(accuracy.rows, row)
	}
	people := table{
		title: "Reviewers",
		head:  []string{"who", "cases", "minutes a case"},
		right: []bool{false, true, true},
	}
	for _, x := range r.Reviewers {
		minutes := none // nobody counted them
		if x.Minutes > 0 {
			minutes = fmt.Sprintf("%.1f", x.Minutes/float64(x.Cases))
		}
		people.rows = append(people.rows, []string{name(x.Name), fmt.Sprint(x.Cases), minutes})
	}
	if a := r.Agreement; a != nil {
		people.intro = fmt.Sprintf("%s decided %s in common and agree on %s of the pairs. %s: %s (95%% interval %s).",
			plural(a.Reviewers, "reviewer"), plural(a.Cases, "case"), rateOr(a.Agree.Valid, a.Agree.Value), a.Method, number(a.Kappa.Estimate, 2),
			span(a.Kappa, func(x float64) string { return fmt.Sprintf("%.2f", x) }))
	}
	disputed := table{title: "In dispute", head: []string{"entry", "case", "who said what"}, right: []bool{true, false, false}}
	for _, x := range r.Disputed {
		disputed.rows = append(disputed.rows, []string{fmt.Sprint(x.Entry), name(x.Case), clipped(strings.Join(x.Said, "\n"))})
	}
	labels := table{
		title: "Labels that were decided otherwise",
		intro: "Nothing was changed: 'eval dataset add' takes the decisions into the dataset.",
		head:  []string{"case", "field", "label", "decided", "by"},
		right: make([]bool, 5),
	}
	for _, x := range r.Contradicts {
		labels.rows = append(labels.rows, []string{name(x.Case), name(x.Field), name(x.Label), name(x.Decided), name(strings.Join(x.By, ", "))})
	}
	for _, t := range []table{accuracy, people, disputed, labels} {
		if len(t.rows) > 0 {
			d.tables = append(d.tables, t)
		}
	}
	return d
}
