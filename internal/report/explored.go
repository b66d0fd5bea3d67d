package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	fixesShown  = 8
	breaksShown = 6
	pairsShown  = 5
)

// explored are the tables of what trying sets of corrections tells, the most
// telling first.
func (r Attribution) explored(d *attribute.Design, x *attribute.Exploration) []table {
	var out []table
	if len(x.Worth) > 0 {
		out = append(out, r.worth(d, x))
	}
	if x.Fixes.Wrong > 0 {
		out = append(out, fixes(d, x))
	}
	if len(x.BreakPoints) > 0 {
		out = append(out, breakPoints(d, x))
	}
	out = append(out, shares(d, x))
	if lost(x) > 0 {
		return out
	}
	if t := pairs(d, x); len(t.rows) > 0 {
		out = append(out, t)
	}
	return append(out, front(d, x))
}

func lost(x *attribute.Exploration) int { return x.Shares[0].NotMeasured }

// worth is the ranked list of what to work on next.
func (r Attribution) worth(d *attribute.Design, x *attribute.Exploration) table {
	t := table{
		title: d.Name + ": what to work on next",
		intro: "What each part would save if it alone were right every time, by the workflow's costs and wages; 95% interval. What it costs to mend it is not in here.",
		head:  []string{"part", "saves a year" + unitLine(r.Currency), "people's hours\nsaved a year", "saves a case" + unitLine(r.Currency), "minutes\nsaved a case", "verdict"},
	}
	t.right = numbers(len(t.head))
	t.right[len(t.right)-1] = false
	for _, w := range x.Worth {
		year, hours := none+"\nno volume stated", none
		if w.CostYear != nil {
			year, hours = savingCell(*w.CostYear, grouped), savingCell(*w.HoursYear, grouped)
		}
		t.rows = append(t.rows, []string{w.Name, year, hours, savingCell(w.Cost, amount), savingCell(w.Minutes, amount), savingVerdict(w.Cost)})
	}
	return t
}

// unitLine is a unit under a column's head.
func unitLine(unit string) string {
	if unit == "" {
		return ""
	}
	return "\n" + name(unit)
}

// savingCell is a saving, from the interval of a change.
func savingCell(iv stats.Interval, format func(float64) string) string {
	switch {
	case !iv.Estimate.Valid:
		return none + "\nnot known"
	case iv.Method == attribute.NoCaseChanged:
		return "0\nno case changed"
	}
	return format(-iv.Estimate.Value+0) + "\n" + span(stats.Interval{Lower: -iv.Upper + 0, Upper: -iv.Lower + 0}, format)
}

func savingVerdict(iv stats.Interval) string {
	switch {
	case iv.Estimate.Valid && iv.Upper < 0:
		return "saves"
	case iv.Estimate.Valid && iv.Lower > 0:
		return "costs more"
	}
	return "cannot tell"
}

// shareColumns are the metrics whose gap is shown.
var shareColumns = []column{
	{score.SystemAccuracy, "system\naccuracy"},
	{score.AutomatedAccuracy, "automated\naccuracy"},
	{score.ForcedAccuracy, "accuracy\nwithout people"},
	{score.CostPerCase, "cost\nper case"},
	{score.MinutesPerCase, "minutes\nper case"},
}

func shares(d *attribute.Design, x *attribute.Exploration) table {
	t := table{title: d.Name + ": how the gap divides among the parts", head: []string{"part"}}
	if n := lost(x); n > 0 {
		t.intro = fmt.Sprintf("Not measurable: %d trials have no known end under some set of corrections, and they are just the trials that corrections change.", n)
		t.right = []bool{false}
		return t
	}
	t.intro = fmt.Sprintf("Shapley values over all %d sets of corrections, 95%% interval: they add up to the gap between the design as written and with everything with gold corrected.", x.Sets)
	if x.Sampled > 0 {
		t.intro = fmt.Sprintf("Shapley values over %d orders drawn, 95%% interval: they add up to the gap between the design as written and with everything with gold corrected. ± is the standard error of drawing.", x.Sampled)
	}
	for _, c := range shareColumns {
		t.head = append(t.head, c.head)
	}
	t.right = numbers(len(t.head))
	for i, p := range x.Shares[0].Parts {
		row := []string{p.Name}
		for _, c := range shareColumns {
			s := sharesOf(x, c.metric)
			cell := changeCell(s.Parts[i].Share, s.Unit)
			if e := s.Parts[i].SamplingError; e > 0 {
				cell += "\n± " + strings.TrimPrefix(difference(e, s.Unit), "+")
			}
			row = append(row, cell)
		}
		t.rows = append(t.rows, row)
	}
	total := []string{"the whole gap"}
	for _, c := range shareColumns {
		s := sharesOf(x, c.metric)
		total = append(total, changeCell(s.Gap, s.Unit)+"\n"+fromTo(s))
	}
	t.rows = append(t.rows, total)
	return t
}

func sharesOf(x *attribute.Exploration, metric string) *attribute.Shares {
	i := slices.IndexFunc(x.Shares, func(s attribute.Shares) bool { return s.Metric == metric })
	return &x.Shares[i]
}

// fromTo is a metric as written and with everything corrected.
func fromTo(s *attribute.Shares) string {
	format := amount
	if s.Unit == "rate" {
		format = percent
	}
	if !s.Written.Valid || !s.Corrected.Valid {
		return none
	}
	return format(s.Written.Value) + " → " + format(s.Corrected.Value)
}

// changeCell is a change with its interval.
func changeCell(iv stats.Interval, unit string) string {
	switch {
	case !iv.Estimate.Valid:
		return none
	case iv.Method == attribute.NoCaseChanged:
		return "0\nno case changed"
	case unit == "rate":
		return difference(iv.Estimate.Value, unit) + "\n" + interval(iv)
	}
	return difference(iv.Estimate.Value, unit) + "\n" + span(iv, amount)
}

// front is what the design comes to when its first parts are corrected.
func front(d *attribute.Design, x *attribute.Exploration) table {
	t := table{
		title: d.Name + ": whose own errors they are",
		intro: "Corrected from the front: what a part changes once all before it are right, so that it receives what is right, and what all up to it change together. These add up to the gap too. A share above also credits a part with what its gold mends of errors before it: where to look for the fault is here. Parts that change nothing more are left out.",
		head:  []string{"part"},
	}
	columns := shareColumns[:3]
	for _, c := range columns {
		t.head = append(t.head, c.head)
	}
	t.right = numbers(len(t.head))
	for i, p := range x.Shares[0].Parts {
		row, same := []string{p.Name}, true
		for _, c := range columns {
			s := sharesOf(x, c.metric)
			row = append(row, changeCell(s.Parts[i].Own, s.Unit)+"\nup to here "+difference(s.Front[i].Estimate.Or(0), s.Unit))
			same = same && s.Parts[i].Own.Method == attribute.NoCaseChanged
		}
		if !same {
			t.rows = append(t.rows, row)
		}
	}
	if len(t.rows) == 0 {
		t.rows = append(t.rows, []string{"all", "0\nno case changed", "0\nno case changed", "0\nno case changed"})
	}
	return t
}

// pairs are those parts that raise an accuracy only together.
func pairs(d *attribute.Design, x *attribute.Exploration) table {
	t := table{
		title: d.Name + ": parts that help only together",
		intro: "Together they do more than the sum of each alone, and of neither alone can it be told that it helps.",
		head:  []string{"parts", "accuracy", "together", "beyond the sum\nof each alone"},
	}
	t.right = []bool{false, false, true, true}
	for _, c := range shareColumns[:3] {
		s := sharesOf(x, c.metric)
		alone := map[string]stats.Interval{}
		for _, p := range s.Parts {
			alone[p.Name] = p.Alone
		}
		for _, p := range s.Pairs {
			if p.Interaction.Lower > 0 && p.Together.Lower > 0 && alone[p.A].Lower <= 0 && alone[p.B].Lower <= 0 && len(t.rows) < pairsShown {
				t.rows = append(t.rows, []string{p.A + " and " + p.B, metricWords(c.metric), changeCell(p.Together, s.Unit), changeCell(p.Interaction, s.Unit)})
			}
		}
	}
	return t
}

// fixes are the ways in which wrong trials are mended.
func fixes(d *attribute.Design, x *attribute.Exploration) table {
	f := x.Fixes
	t := table{
		title: d.Name + ": what mends the wrong cases",
		intro: fmt.Sprintf("The smallest corrections with which each of the %d trials that end wrong without people ends right. Where any of several does, blaming one of them would be arbitrary.", f.Wrong),
		head:  []string{"mended by", "trials", "examples"},
		right: []bool{false, true, false},
	}
	rest := 0
	for i, w := range f.Ways {
		if i < fixesShown {
			t.rows = append(t.rows, []string{wayWords(w), fmt.Sprint(w.Trials), examples(w.Examples)})
		} else {
			rest += w.Trials
		}
	}
	if n := len(f.Ways) - fixesShown; n > 0 {
		t.rows = append(t.rows, []string{fmt.Sprintf("%d other ways", n), fmt.Sprint(rest), ""})
	}
	if f.None > 0 {
		t.rows = append(t.rows, []string{"nothing with gold", fmt.Sprint(f.None), examples(f.NoneExamples)})
	}
	return t
}

// wayWords says which corrections mend a group of trials.
func wayWords(w attribute.Way) string {
	singles, all := true, make([]string, len(w.Fixes))
	for i, set := range w.Fixes {
		singles = singles && len(set) == 1
		short := make([]string, len(set))
		for k, part := range set {
			short[k] = name(part)
		}
		all[i] = strings.Join(short, " and ")
		if len(set) > 1 {
			all[i] += " together"
		}
	}
	switch {
	case len(all) == 1:
		return all[0]
	case singles:
		return "any of " + strings.Join(all, ", ")
	}
	return strings.Join(all, ", or\n")
}

// breakPoints are the handoffs at which wrong trials first broke.
func breakPoints(d *attribute.Design, x *attribute.Exploration) table {
	t := table{
		title: d.Name + ": where wrong and failed trials first broke",
		intro: "The first failed handoff of trials that ended wrong, people's answers included, or failed.",
		head:  []string{"handoff", "kind", "trials", "examples"},
		right: []bool{false, false, true, false},
	}
	for i, b := range x.BreakPoints {
		if i == breaksShown {
			rest := 0
			for _, b := range x.BreakPoints[i:] {
				rest += b.Trials
			}
			t.rows = append(t.rows, []string{fmt.Sprintf("%d others", len(x.BreakPoints)-i), "", fmt.Sprint(rest), ""})
			break
		}
		handoff := b.Handoff
		if handoff == "" {
			handoff = "none broke"
		}
		t.rows = append(t.rows, []string{oneLine(handoff, 2*nameWidth), b.Kind, fmt.Sprint(b.Trials), examples(b.Examples)})
	}
	return t
}
