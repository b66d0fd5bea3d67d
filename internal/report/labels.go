package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/review"
)

// Labels are the labels that are probably wrong, ready to be printed.
type Labels struct {
	*review.Result
	Top     int  // proposals shown
	HideIDs bool // cases' ids are personal
}

// shown is what may be shown, cut to what was asked for.
func (l Labels) shown() *review.Result {
	r := *l.Result
	r.Proposals = append([]review.Proposal{}, r.Proposals[:min(l.Top, len(r.Proposals))]...)
	if l.HideIDs {
		for i := range r.Proposals {
			r.Proposals[i].Case = redact.Personal
		}
	}
	return &r
}

// LabelsJSON is how they are printed for programs.
type LabelsJSON struct {
	*review.Result
	Found int `json:"found"` // proposals in all
}

// JSON prints them for programs.
func (l Labels) JSON(w io.Writer) error {
	return indented(w, LabelsJSON{l.shown(), len(l.Proposals)})
}

// Text prints them for a terminal.
func (l Labels) Text(w io.Writer, o TextOptions) error { return l.document().text(w, o) }

// Markdown prints them for a page.
func (l Labels) Markdown(w io.Writer) error { return l.document().markdown(w) }

// HTML prints them as a page.
func (l Labels) HTML(w io.Writer) error { return l.document().html(w, "Labels") }

func (l Labels) document() document {
	r := l.shown()
	answering := 0
	for _, d := range r.Designs {
		if d.Cases > 0 {
			answering++
		}
	}
	d := document{
		title:    "Labels to look at: " + l.Field + " of " + l.Dataset,
		subtitle: fmt.Sprintf("%s, %s answered by %s", strings.Join(l.Runs, ", "), plural(l.Cases, "labelled case"), plural(answering, "design")),
		lead:     []string{fmt.Sprintf("The designs contradict the label of %s; confident learning takes %s for wrong. A person decides.", plural(len(l.Proposals), "case"), plural(l.Suspect, "label"))},
	}
	if l.Reviewed > 0 {
		d.lead = append(d.lead, fmt.Sprintf("%s already reviewed by a person: left out.", plural(l.Reviewed, "label")))
	}
	if len(l.Runs) > 1 {
		d.subtitle = "runs " + d.subtitle
	} else {
		d.subtitle = "run " + d.subtitle
	}
	d.tables = []table{l.proposals(r), l.moves(), l.voices()}
	var kept []table
	for _, t := range d.tables {
		if len(t.rows) > 0 {
			kept = append(kept, t)
		}
	}
	d.tables, d.footnotes = kept, l.Warnings
	return d
}

func (l Labels) proposals(r *review.Result) table {
	t := table{
		title: fmt.Sprintf("Most doubtful, %d of %d", len(r.Proposals), len(l.Proposals)),
		intro: "Probabilities are means over the designs. Suspect: the designs are at least as sure of the other class as they are on average where it is the label.",
		head:  []string{"", "case", "label", "designs say", "designs for it", "p of label", "p of that", "suspect"},
		right: []bool{true, false, false, false, true, true, true, false},
	}
	for i, p := range r.Proposals {
		suspect := ""
		if p.Suspect {
			suspect = "yes"
		}
		t.rows = append(t.rows, []string{fmt.Sprint(i + 1), name(p.Case), name(p.Label), name(p.Proposed), fmt.Sprintf("%.3g of %d", p.For, p.Designs), fmt.Sprintf("%.3f", p.LabelP), fmt.Sprintf("%.3f", p.ProposedP), suspect})
	}
	return t
}

func (l Labels) moves() table {
	t := table{
		title: fmt.Sprintf("If the first %d proposals were right", l.Corrected),
		intro: "Figures and verdicts against the baseline as they are, and with those labels corrected. Nothing was changed.",
		head:  []string{"design", "metric", "now", "corrected", "verdict now", "corrected"},
		right: []bool{false, false, true, true, false, false},
	}
	for _, m := range l.Moves {
		design := name(m.Design)
		if len(l.Runs) > 1 {
			design += " (" + name(m.Run) + ")"
		}
		is := string(m.Is)
		if m.Is != m.Was {
			is += " (changed)"
		}
		t.rows = append(t.rows, []string{design, words(m.Metric), rateOr(m.Before.Valid, m.Before.Value), rateOr(m.After.Valid, m.After.Value), string(m.Was), is})
	}
	return t
}

func rateOr(valid bool, x float64) string {
	if !valid {
		return none
	}
	return fmt.Sprintf("%.2f%%", x*100)
}

func (l Labels) voices() table {
	t := table{
		title: "Who says so",
		head:  []string{"design", "run", "cases answered", "agrees with the label", "how sure it is"},
		right: []bool{false, false, true, true, false},
	}
	for _, d := range l.Designs {
		how := "as it is often right: it states no confidence"
		switch {
		case d.Cases == 0:
			how = ""
		case d.Stated:
			how = "as it states"
		}
		t.rows = append(t.rows, []string{name(d.Name), name(d.Run), fmt.Sprint(d.Cases), rateOr(d.Cases > 0, d.Agrees), how})
	}
	return t
}
