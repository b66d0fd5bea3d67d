package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/handoffs"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Handoffs are where the handoffs of a run broke.
type Handoffs struct {
	*handoffs.Result
	// HideIDs says that cases' ids are personal, HideTags which tags are.
	HideIDs  bool
	HideTags []string
	// Options are what was asked for.
	Options handoffs.Options
}

// JSON prints the handoffs for programs.
func (r *Handoffs) JSON(w io.Writer) error { return indented(w, r.Hidden(r.HideIDs, r.HideTags)) }

// Text prints the handoffs for a terminal.
func (r *Handoffs) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints the handoffs for a page or a pull request.
func (r *Handoffs) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints the handoffs as a page.
func (r *Handoffs) HTML(w io.Writer) error { return r.document().html(w, "Handoffs") }

func (r *Handoffs) document() document {
	d := document{title: r.Workflow + ": where handoffs broke", subtitle: fmt.Sprintf("run %s, dataset %s", r.Run, r.Dataset)}
	if len(r.Split) > 0 {
		d.subtitle += ", split " + strings.Join(r.Split, " and ")
	}
	d.subtitle += fmt.Sprintf(", %d cases", r.Cases)
	d.footnotes = r.Warnings
	var all []table
	if r.Options.Case == "" {
		all = append(all, r.matrix(seenTitle, false), r.matrix(judgedTitle, true))
		if r.Options.From+r.Options.To+string(r.Options.Kind) == "" {
			all = append(all, r.trends(), r.segments(), r.reasons(), r.received(), r.missed())
		}
	}
	all = append(all, r.failures())
	d.tables = slices.DeleteFunc(all, func(t table) bool { return len(t.rows) == 0 })
	if len(d.tables) == 0 {
		d.lead = []string{"No handoff failed that was asked for."}
	}
	return d
}

const (
	seenTitle   = "Handoffs that broke, by kind"
	judgedTitle = "Handoffs that labels show to have failed"
)

// matrixOf is one of a design's two matrices.
func matrixOf(d *handoffs.Design, judged bool) *handoffs.Matrix {
	if judged {
		return &d.Judged
	}
	return &d.Seen
}

// wanted says whether an edge's kind was asked for.
func (r *Handoffs) wanted(e *handoffs.Edge, kind flow.HandoffKind) bool {
	o := &r.Options
	return (o.From == "" || o.From == e.From) && (o.To == "" || o.To == e.To) && (o.Kind == "" || o.Kind == kind)
}

// matrix is a table of edges and kinds.
func (r *Handoffs) matrix(title string, judged bool) table {
	t := table{
		title: title,
		intro: "Of what was handed over on that way: failed, the 95% interval, and how many of those cases still ended right.",
		head:  []string{"design", "handoff", "all kinds"},
		right: []bool{false, false, true},
	}
	if judged {
		t.intro = "Only against labels, and in no rate above: of what labels can judge, failed, the 95% interval, how many of those cases still ended right, and how often an earlier fault only travelled on."
	}
	var kinds []flow.HandoffKind
	for _, kind := range flow.HandoffKinds {
		for i := range r.Designs {
			for j := range matrixOf(&r.Designs[i], judged).Edges {
				e := &matrixOf(&r.Designs[i], judged).Edges[j]
				if slices.ContainsFunc(e.Kinds, func(k handoffs.Kind) bool { return shownKind(&k) && k.Kind == kind && r.wanted(e, kind) }) && !slices.Contains(kinds, kind) {
					kinds = append(kinds, kind)
				}
			}
		}
	}
	for _, kind := range kinds {
		t.head, t.right = append(t.head, string(kind)), append(t.right, true)
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		for j := range matrixOf(d, judged).Edges {
			e := &matrixOf(d, judged).Edges[j]
			row, any := []string{name(d.Name), name(e.From) + " → " + name(e.To), countedCell(e.Failed)}, false
			for _, kind := range kinds {
				cell := ""
				for _, k := range e.Kinds {
					if k.Kind == kind && shownKind(&k) && r.wanted(e, kind) {
						cell, any = kindCell(&k), true
						t.draw(len(row), k.Failed.Interval, "rate", "rate")
					}
				}
				row = append(row, cell)
			}
			if any {
				t.draw(2, e.Failed.Interval, "rate", "rate")
				t.rows = append(t.rows, row)
			}
		}
	}
	return t
}

// shownKind says that there is something to show of a kind.
func shownKind(k *handoffs.Kind) bool { return k.Failed.X > 0 }

func countedCell(s score.Share) string {
	return rateCell(score.Metric{Interval: s.Interval, Numerator: float64(s.X), Denominator: float64(s.N)})
}

func kindCell(k *handoffs.Kind) string {
	out := fmt.Sprintf("%s\nright %d/%d", countedCell(k.Failed), k.Recovered.X, k.Recovered.N)
	if k.Followed > 0 {
		out += fmt.Sprintf("\n%d carried on", k.Followed)
	}
	return out
}

// maxTrendParts is how many parts of a trend a table shows: the last ones.
const maxTrendParts = 12

func (r *Handoffs) trends() table {
	t := table{
		title: "Broken handoffs over time",
		intro: "Share of trials with a failed handoff, in the order of the cases' time. The change is per 30 days; p by a test for trend, adjusted by Holm for all trends of this table.",
		head:  []string{"design", "failures", "share from", "change", "p (Holm)"},
		right: []bool{false, false, false, true, true},
	}
	for i := range r.Designs {
		for _, judged := range []bool{false, true} {
			m := matrixOf(&r.Designs[i], judged)
			if m.Trend == nil || len(m.Trend.Parts) < 2 || m.Trials.X == 0 {
				continue
			}
			parts := m.Trend.Parts[max(0, len(m.Trend.Parts)-maxTrendParts):]
			lines := make([]string, len(parts))
			for i, p := range parts {
				lines[i] = fmt.Sprintf("%s %s (%d/%d)", strings.TrimSuffix(p.From, "-01"), percent(p.Failed.Estimate.Or(0)), p.Failed.X, p.Failed.N)
				if m.Trend.By != "month" {
					lines[i] = fmt.Sprintf("%s %s (%d/%d)", p.From, percent(p.Failed.Estimate.Or(0)), p.Failed.X, p.Failed.N)
				}
			}
			change := none
			if m.Trend.Slope.Valid {
				change = difference(m.Trend.Slope.Value, "rate")
			}
			t.rows = append(t.rows, []string{name(r.Designs[i].Name), sideOf(judged), strings.Join(lines, "\n"), change, pValue(m.Trend.Adjusted)})
		}
	}
	return t
}

func sideOf(judged bool) string {
	if judged {
		return "against labels"
	}
	return "in operation"
}

func (r *Handoffs) segments() table {
	t := table{
		title: "Where handoffs break most",
		intro: "Values of tags in whose cases a handoff failed more often than in the others; only those with enough of both. p by Fisher's test, or over clusters, adjusted by Benjamini-Hochberg for the segments of the design that were tested.",
		head:  []string{"design", "handoff", "failures", "segment", "failed", "in the others", "p (BH)"},
		right: []bool{false, false, false, false, true, true, true},
	}
	for i := range r.Designs {
		for _, s := range r.Designs[i].Segments {
			value := name(s.Value)
			if slices.Contains(r.HideTags, s.Column) {
				value = redact.Personal
			}
			t.draw(4, s.Failed.Interval, "rate", "rate")
			t.draw(5, s.Others.Interval, "rate", "rate")
			t.rows = append(t.rows, []string{
				name(r.Designs[i].Name), name(s.From) + " → " + name(s.To), sideOf(s.Judged), name(s.Column) + "=" + value,
				countedCell(s.Failed), countedCell(s.Others), pValue(s.Adjusted),
			})
		}
	}
	return t
}

func (r *Handoffs) reasons() table {
	t := table{
		title: "Escalations by reason",
		intro: "Precision: of the escalations, those that were needed. Recall: of all cases that needed a person, those that this reason brought there; it adds up over the reasons of a design.",
		head:  []string{"design", "because", "escalated", "needed", "needless", "unknown", "precision\nby outcome", "recall\nby outcome", "precision\nby label", "recall\nby label", "people's\nminutes", "cost", "of it\nneedless"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for i := range r.Designs {
		for _, e := range r.Designs[i].Escalations.Reasons {
			row := []string{name(r.Designs[i].Name), name(words(e.Because)), fmt.Sprint(e.Escalated), fmt.Sprint(e.Needed), fmt.Sprint(e.Needless), fmt.Sprint(e.Unknown)}
			for _, s := range []score.Share{e.PrecisionOutcome, e.RecallOutcome, e.PrecisionLabel, e.RecallLabel} {
				t.draw(len(row), s.Interval, fmt.Sprint("rate", len(row)), "rate")
				row = append(row, countedCell(s))
			}
			t.rows = append(t.rows, append(row, amount(e.Minutes), amount(e.Cost), amount(e.NeedlessCost)))
		}
	}
	return t
}

func (r *Handoffs) received() table {
	t := table{
		title: "What reviewers receive",
		intro: "Payloads to a team without something that the workflow says the team needs.",
		head:  []string{"design", "team", "needs", "lacking", "what", "cases"},
		right: []bool{false, false, false, true, false, false},
	}
	for i := range r.Designs {
		for _, e := range r.Designs[i].Escalations.Received {
			t.draw(3, e.Lacking.Interval, "rate", "rate")
			t.rows = append(t.rows, []string{
				name(r.Designs[i].Name), name(e.Team), name(strings.Join(e.Needs, ", ")), countedCell(e.Lacking),
				strings.ReplaceAll(countList(e.Lacks), ", ", "\n"), r.ids(e.Examples),
			})
		}
	}
	return t
}

func (r *Handoffs) missed() table {
	t := table{
		title: "Missed escalations",
		intro: "Cases that the label gives to a person and that were finished without one, of automated cases whose label says whether it does.",
		head:  []string{"design", "missed", "cases"},
		right: []bool{false, true, false},
	}
	for i := range r.Designs {
		if e := r.Designs[i].Escalations; e.Missed.X > 0 {
			t.draw(1, e.Missed.Interval, "rate", "rate")
			t.rows = append(t.rows, []string{name(r.Designs[i].Name), countedCell(e.Missed), r.ids(e.MissedExamples)})
		}
	}
	return t
}

func (r *Handoffs) ids(ids []string) string {
	if r.HideIDs && len(ids) > 0 {
		return redact.Personal
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = name(id)
	}
	return strings.Join(out, "\n")
}

// excerptWidth is how wide the excerpt of a payload stands.
const excerptWidth = 60

func (r *Handoffs) failures() table {
	t := table{
		title: "Cases",
		head:  []string{"design", "case", "handoff", "what broke", "payload", "and then"},
		right: make([]bool, 6),
		prose: map[int]int{3: excerptWidth / 2},
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		if len(d.Failures) < d.Matching {
			t.intro += fmt.Sprintf("%s: %d of %d. ", name(d.Name), len(d.Failures), d.Matching)
		}
		for _, f := range d.Failures {
			broke := []string{string(f.Kind)}
			for _, part := range []string{f.Clause, f.Detail, f.Note} {
				if part != "" {
					broke = append(broke, oneLine(part, handoffs.ExcerptLength))
				}
			}
			if f.Judged {
				broke = append(broke, "(against the label)")
			}
			then := []string{}
			if f.After != "" {
				then = append(then, f.After)
			}
			then = append(then, words(string(f.Disposition)))
			id := name(f.Case)
			if f.Repeat > 0 {
				id += fmt.Sprintf("\nrepeat %d", f.Repeat+1)
			}
			t.rows = append(t.rows, []string{
				name(d.Name), id, name(f.From) + "\n→ " + name(f.To), strings.Join(broke, "\n"),
				chopped(oneLine(f.Payload, handoffs.ExcerptLength), excerptWidth), strings.Join(then, "\n"),
			})
		}
	}
	return t
}

// chopped is text in lines of one width, wherever that cuts it.
func chopped(s string, width int) string {
	var lines []string
	for runes := []rune(s); len(runes) > 0; {
		n := min(width, len(runes))
		lines = append(lines, string(runes[:n]))
		runes = runes[n:]
	}
	return strings.Join(lines, "\n")
}
