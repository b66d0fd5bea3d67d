package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Comparison is designs of one or several runs held against a baseline, ready to
// be printed.
type Comparison struct {
	*compare.Detailed
	Workflow string `json:"workflow"`
	Title    string `json:"title,omitempty"`
	Currency string `json:"currency,omitempty"`
	// HideIDs says that cases' ids are personal, HideTags which tags are.
	HideIDs  bool     `json:"-"`
	HideTags []string `json:"-"`
}

// JSON prints the comparison for programs.
func (c *Comparison) JSON(w io.Writer) error {
	shown, detailed := *c, *c.Detailed
	shown.Detailed = &detailed
	detailed.Flips = slices.Clone(c.Flips)
	for i := range detailed.Flips {
		f := &detailed.Flips[i]
		f.Gains, f.Losses = c.hidden(f.Gains), c.hidden(f.Losses)
	}
	detailed.Segments = slices.Clone(c.Segments)
	for i := range detailed.Segments {
		if s := &detailed.Segments[i]; slices.Contains(c.HideTags, s.Column) {
			s.Value = redact.Personal
		}
	}
	return indented(w, shown)
}

// hidden are flips as they may be shown.
func (c *Comparison) hidden(flips []compare.Flip) []compare.Flip {
	flips = slices.Clone(flips)
	for i := range flips {
		flips[i].Case = c.id(flips[i].Case)
	}
	return flips
}

func (c *Comparison) id(id string) string {
	if c.HideIDs {
		return redact.Personal
	}
	return id
}

// Text prints the comparison for a terminal.
func (c *Comparison) Text(w io.Writer, o TextOptions) error { return c.document().text(w, o) }

// Markdown prints the comparison as a page of Markdown.
func (c *Comparison) Markdown(w io.Writer) error { return c.document().markdown(w) }

// HTML prints the comparison as one self-contained page.
func (c *Comparison) HTML(w io.Writer) error {
	d := c.document()
	d.lead = nil
	p := d.page("Comparison")
	for _, x := range c.Contestants {
		if x.Baseline {
			continue
		}
		v := page.Verdict{Name: name(x.Name), Role: "candidate", Sentence: "Against " + name(c.Baseline) + ", on the same cases."}
		for _, f := range findings(&c.Result, x.Name) {
			v.Findings = append(v.Findings, page.Finding{Text: f.String(), Tone: tone(string(f.verdict))})
		}
		p.Verdicts = append(p.Verdicts, v)
	}
	return p.Render(w)
}

// document is the comparison in its parts.
func (c *Comparison) document() document {
	d := document{title: "Comparison: " + c.Workflow, subtitle: c.subtitle()}
	if c.Title != "" {
		d.title += ", " + c.Title
	}
	for _, x := range c.Contestants {
		if found := sentence(findings(&c.Result, x.Name)); found != "" && !x.Baseline {
			d.lead = append(d.lead, name(x.Name)+" against "+name(c.Baseline)+": "+found+".")
		}
	}
	var n notes
	for _, w := range c.Warnings {
		n.add(w)
	}
	tables := []table{against(&c.Result, &n), c.residues(), c.margins(), c.rankings(), c.flips(), c.segments(&n), c.others(&n)}
	d.tables = slices.DeleteFunc(tables, func(t table) bool { return len(t.rows) == 0 })
	d.footnotes = n.texts
	return d
}

func (c *Comparison) subtitle() string {
	var runs []string
	for _, x := range c.Contestants {
		if !slices.Contains(runs, x.Run) {
			runs = append(runs, x.Run)
		}
	}
	word := "run "
	if len(runs) > 1 {
		word = "runs "
	}
	s := fmt.Sprintf("%s%s, %d cases", word, strings.Join(runs, ", "), c.Cases)
	if c.Clusters > 0 {
		s += fmt.Sprintf(" in %d clusters", c.Clusters)
	}
	return s
}

// against is every candidate and headline metric against the baseline.
func against(c *compare.Result, n *notes) table {
	t := table{
		title: "Against the baseline " + name(c.Baseline), first: true,
		intro: "Candidate minus baseline on the same cases. Better or worse: p at most 0.05 after adjustment for " + c.Family + ", and the interval leaves out zero. Not worse: the whole interval is within the gate's margin. Detectable: the smallest difference that these cases would find with 80% power.",
	}
	t.compared(c.Differences, "p (Holm)", n)
	t.panels = differences(c.Differences)
	return t
}

// compared fills a table with differences; adjusted heads the p-values.
func (t *table) compared(all []compare.Difference, adjusted string, n *notes) {
	t.head = []string{"candidate", "metric", "difference", "95% interval"}
	t.right = []bool{false, false, true, true}
	simultaneous := slices.ContainsFunc(all, func(d compare.Difference) bool { return d.Simultaneous != nil })
	if simultaneous {
		t.head, t.right = append(t.head, "all at once"), append(t.right, true)
	}
	t.head, t.right = append(t.head, adjusted, "cases", "detectable", "verdict"), append(t.right, true, true, true, false)
	var warnings []stats.Warning
	warned := map[stats.Warning][]string{} // of these metrics
	for _, d := range all {
		if !d.Estimate.Valid {
			t.note(n.add(words(d.Metric) + " is not compared with every design: " + d.Why))
			continue
		}
		for _, w := range d.Warnings {
			if !slices.Contains(warnings, w) {
				warnings = append(warnings, w)
			}
			if !slices.Contains(warned[w], words(d.Metric)) {
				warned[w] = append(warned[w], words(d.Metric))
			}
		}
		row := []string{name(d.Candidate), name(words(d.Metric)), difference(d.Estimate.Value, d.Unit), signedSpan(d.Interval, d.Unit)}
		if simultaneous {
			row = append(row, signedSpan(*d.Simultaneous, d.Unit))
		}
		t.rows = append(t.rows, append(row, pValue(d.Adjusted), fmt.Sprint(d.Cases), detectable(&d), verdictWords(&d)))
	}
	for _, w := range warnings {
		t.note(n.add(few(warned[w]) + " compared: " + string(w)))
	}
}

// few are the first of some names, and how many more there are.
func few(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// signedSpan is an interval of differences.
func signedSpan(iv stats.Interval, unit string) string {
	return span(iv, func(x float64) string {
		if unit == "rate" {
			x *= 100
			return fmt.Sprintf("%+.1f", x)
		}
		return signedAmount(x)
	})
}

// detectable is the smallest difference that the cases would find.
func detectable(d *compare.Difference) string {
	switch {
	case d.Verdict != compare.CannotTell:
		return ""
	case !d.Detectable.Valid:
		return none
	}
	return unsigned(d.Detectable.Value, d.Unit)
}

// unsigned is the size of a difference.
func unsigned(x float64, unit string) string { return strings.TrimPrefix(difference(x, unit), "+") }

// verdictWords is the verdict, with what would decide where nothing does.
func verdictWords(d *compare.Difference) string {
	verdict := string(d.Verdict)
	switch {
	case d.Verdict == compare.NotWorse:
		return verdict + " (margin " + unsigned(d.Margin, d.Unit) + ")"
	case d.FurtherCases > stats.ManyCases:
		return verdict + " (more than a million more cases would)"
	case d.FurtherCases > 0:
		return verdict + fmt.Sprintf(" (%d more cases would)", d.FurtherCases)
	}
	return verdict
}

// residues are what differs between the runs.
func (c *Comparison) residues() table {
	t := table{
		title: "What else differs between the runs", first: true,
		intro: "A difference between designs of these runs may come from any of this, and not from the designs.",
		head:  []string{"what", "in the first run", "run", "there"},
		right: make([]bool, 4),
	}
	for _, r := range c.Residues {
		t.rows = append(t.rows, []string{oneLine(r.What, 60), oneLine(r.First, 60), name(r.Run), oneLine(r.Other, 60)})
	}
	return t
}

// margins say what is not worse, and what is equivalent, by the gate's margins.
func (c *Comparison) margins() table {
	t := table{
		title: "Within the gate's margins", first: true,
		intro: "Not worse: the worse end of the 95% interval is within the margin. Worse by more: the better end is beyond it. Equivalent: both ends are within the margin.",
		head:  []string{"candidate", "metric", "margin", "95% interval", "not worse", "equivalent"},
		right: []bool{false, false, true, true, false, false},
	}
	for _, d := range c.Differences {
		margin, ok := c.Margins[d.Metric]
		if !ok || !d.Estimate.Valid {
			continue
		}
		lower, upper := d.Lower, d.Upper
		if !d.Higher {
			lower, upper = -d.Upper, -d.Lower
		}
		holds, same := "cannot tell", "cannot tell"
		switch {
		case lower == upper: // no case differs, which says nothing of how far others might
		case lower > -margin:
			holds = "yes"
		case upper < -margin:
			holds = "no, worse by more"
		}
		switch {
		case d.Equivalent:
			same = "yes"
		case lower > margin, upper < -margin:
			same = "no"
		}
		t.rows = append(t.rows, []string{name(d.Candidate), words(d.Metric), unsigned(margin, d.Unit), signedSpan(d.Interval, d.Unit), holds, same})
	}
	return t
}

// rankings are the designs in order, with the groups that cannot be told apart.
func (c *Comparison) rankings() table {
	t := table{
		title: "Which designs can be told apart", first: true,
		intro: "Best first. Two designs that share a letter cannot be told apart: all pairs are tested, by Holm within a metric. Each estimate is over the design's own cases.",
		head:  []string{"metric", "design", "estimate", "cases", "groups"},
		right: []bool{false, false, true, true, false},
	}
	for _, r := range c.Rankings {
		for _, p := range r.Places {
			estimate := amount(p.Estimate.Value)
			if r.Unit == "rate" {
				estimate = percent(p.Estimate.Value)
			}
			letters := make([]string, len(p.Groups))
			for i, g := range p.Groups {
				letters[i] = letter(g)
			}
			t.rows = append(t.rows, []string{name(words(r.Metric)), name(p.Design), estimate, fmt.Sprint(p.Cases), strings.Join(letters, " ")})
		}
	}
	return t
}

// letter names the n-th group, from 1: a to z, then a1 and so on.
func letter(n int) string {
	l := string(rune('a' + (n-1)%26))
	if n > 26 {
		l += fmt.Sprint((n - 1) / 26)
	}
	return l
}

// flips are the cases that are right under one design and wrong under another.
func (c *Comparison) flips() table {
	t := table{
		title: "Cases that flipped", first: true,
		head:  []string{"candidate", "right under", "case", "label", "candidate\ndecided", "baseline\ndecided", "cost of\nthe error"},
		right: []bool{false, false, false, false, false, false, true},
	}
	var said []string
	for _, f := range c.Flips {
		said = append(said, fmt.Sprintf("%s: %d right under it alone (errors of %s), %d under %s alone (%s).", name(f.Candidate), f.Gained, amount(f.GainedCost), f.Lost, name(f.Baseline), amount(f.LostCost)))
		for _, side := range []struct {
			under string
			cases []compare.Flip
		}{{"candidate alone", f.Gains}, {"baseline alone", f.Losses}} {
			for _, x := range side.cases[:min(len(side.cases), maxFlips)] {
				t.rows = append(t.rows, []string{name(f.Candidate), side.under, oneLine(c.id(x.Case), 40), name(decided(x.Label)), name(decided(x.Candidate)), name(decided(x.Baseline)), amount(x.Cost)})
			}
		}
	}
	t.intro = "People's work included; most costly first, at most 5 each way. " + strings.Join(said, " ")
	return t
}

// decided is a decision, or a sign for none.
func decided(class string) string {
	if class == "" {
		return none
	}
	return class
}

const screened = "Screened: of those called better or worse, one in ten may be chance (Benjamini-Hochberg at 10%)."

// maxScreened is how many lines of a screening list are shown.
const maxScreened = 40

// maxFlips is how many cases that flipped each way are shown.
const maxFlips = 5

func (c *Comparison) segments(n *notes) table {
	t := table{title: "By segment: " + words(c.Metric)}
	t.intro = screened + " Each segment against its own baseline; most certain first."
	if c.SmallSegments > 0 {
		t.intro += fmt.Sprintf(" %d segments of fewer than 30 cases are left out.", c.SmallSegments)
	}
	var all []compare.Difference
	for _, s := range c.Segments[:min(len(c.Segments), maxScreened)] {
		value := s.Value
		if slices.Contains(c.HideTags, s.Column) {
			value = redact.Personal
		}
		d := s.Difference
		d.Metric = name(s.Column) + "=" + name(value)
		all = append(all, d)
	}
	t.compared(all, "p (BH)", n)
	t.head[1] = "segment"
	t.intro += more(len(c.Segments), "segments")
	return t
}

func (c *Comparison) others(n *notes) table {
	t := table{title: "All other metrics", intro: screened + " Fields, routes and classes with 30 labels or more among them; most certain first."}
	all := slices.Clone(c.Others)
	slices.SortStableFunc(all, func(a, b compare.Difference) int { return compareP(a.Adjusted, b.Adjusted) })
	t.compared(all[:min(len(all), maxScreened)], "p (BH)", n)
	t.intro += more(len(all), "differences")
	return t
}

// more says that a list goes on elsewhere.
func more(n int, what string) string {
	if n <= maxScreened {
		return ""
	}
	return fmt.Sprintf(" The first %d of %d %s; all are in the JSON.", maxScreened, n, what)
}

func compareP(a, b stats.Number) int {
	switch x, y := a.Or(2), b.Or(2); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
