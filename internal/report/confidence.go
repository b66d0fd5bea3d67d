package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const confidenceTitle = "Confidence"

// confidence says how near what designs state is to how often they are right,
// as stated, and before and after a map.
func (r *Report) confidence(n *notes) table {
	t := table{
		title: confidenceTitle,
		intro: "Of the last step that states one, against what the design would have answered without people. ECE over 15 bins. Its use: useless where it hardly orders answers, unusable as it stands where its figures are further from the truth than the accuracy is.",
		head:  []string{"design", "values", "cases", "mean\nconfidence", "accuracy", "Brier", "log loss", "ECE\nequal width", "ECE\nequal mass", "use"},
	}
	t.right = numbers(len(t.head))
	t.right[1], t.right[9] = false, false
	for _, d := range r.Score.Designs {
		c := d.Confidence
		if c == nil {
			continue
		}
		add := func(values string, f *score.ConfidenceFigures) {
			use := string(f.Use)
			if f.Use == score.Unusable {
				use = "unusable for a cutoff\nas it stands"
			}
			t.rows = append(t.rows, []string{name(d.Name), values, fmt.Sprint(f.N), percent(f.Mean), percent(f.Accuracy), number(f.Brier, 4), number(f.LogLoss, 4), number(f.ECE, 4), number(f.ECEMass, 4), use})
		}
		if c.Raw != nil {
			add("before its map", c.Raw)
			add("after its map", &c.ConfidenceFigures)
		} else {
			add("as stated", &c.ConfidenceFigures)
		}
		if f := c.Refit; f != nil {
			add("half, as stated", &f.Before)
			add("half, with a new map", &f.After)
		}
		if said := confidenceWords(c); said != "" {
			t.note(n.add(d.Name + ": " + said))
		}
	}
	if slices.ContainsFunc(r.Score.Designs, func(d score.Design) bool { return d.Confidence != nil && d.Confidence.Refit != nil }) {
		t.intro += " With a new map: an isotonic curve fitted on one half of the cases and judged on the other, beside the other half as stated."
	}
	return t
}

// confidenceWords say what a confidence that cannot be used as it is lacks, and
// whether a map would mend it.
func confidenceWords(c *score.Confidence) string {
	if c.Use != score.Useless && c.Use != score.Unusable {
		return ""
	}
	s := "its confidence is " + string(c.Use) + ": " + c.Why
	if f := c.Refit; f != nil && c.Use == score.Unusable {
		switch f.After.Use {
		case score.Usable:
			s += fmt.Sprintf(". After a map fitted on %d cases it is usable on the other %d", f.Fitted, f.After.N)
		case score.Unclear:
			s += fmt.Sprintf(". After a map fitted on %d cases, the other %d do not tell", f.Fitted, f.After.N)
		}
	}
	return s
}

// cutoffs say how well confidences order answers, and what a cutoff could reach.
func (r *Report) cutoffs() table {
	t := table{
		title: "What a cutoff on the confidence could do",
		intro: "AUROC: how often a right answer is more confident than a wrong one. AURC and AUGRC: risk over all coverages, lower is better; excess AURC: over the best order. Most automated with so much wrong, and the cheapest cutoff: chosen on the cases that they are shown on, and so flattered.",
		head:  []string{"design", "step", "AUROC", "AURC", "excess\nAURC", "AUGRC", "at most\n1% wrong", "2%", "5%", "10%", "cheapest\ncutoff", "cost\nper case"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	for _, d := range r.Score.Designs {
		c := d.Confidence
		if c == nil {
			continue
		}
		auroc := none
		if c.AUROC.Estimate.Valid {
			auroc = percent(c.AUROC.Estimate.Value) + "\n" + interval(c.AUROC)
		}
		row := []string{name(d.Name), name(c.Step), auroc, number(c.AURC, 4), number(c.ExcessAURC, 4), number(c.AUGRC, 4)}
		for i := range 4 {
			cell := none
			if i < len(c.Coverage) {
				cell = percent(c.Coverage[i].Coverage)
			}
			row = append(row, cell)
		}
		cutoff, cost := none, none
		if c.Cost != nil {
			cutoff, cost = "none:\nautomate nothing", amount(c.Cost.Best.Cost)+unitAfter(r.Score.Currency)
			if c.Cost.Best.Cutoff.Valid {
				cutoff = number(c.Cost.Best.Cutoff, 3)
			}
		}
		t.rows = append(t.rows, append(row, cutoff, cost))
	}
	return t
}

// confidenceCharts draw every design's confidence for the page, with the numbers
// of each chart in a table beside it.
func (r *Report) confidenceCharts() []page.Part {
	var parts []page.Part
	for i := range r.Score.Designs {
		d := &r.Score.Designs[i]
		c := d.Confidence
		if c == nil {
			continue
		}
		charts := []page.Chart{reliabilityChart(c), riskChart(c)}
		if c.Cost != nil {
			charts = append(charts, costChart(c.Cost, r.Score.Currency))
		}
		parts = append(parts, page.Part{Heading: name(d.Name), Charts: charts})
		for _, t := range []table{reliabilityTable(c), riskTable(c), costTable(c.Cost)} {
			if len(t.rows) > 0 {
				parts = append(parts, page.Part{Table: t.html(), Folded: t.title})
			}
		}
	}
	return parts
}

// reliabilityChart is accuracy over confidence, by bin, before and after a map.
func reliabilityChart(c *score.Confidence) page.Chart {
	unit := page.Scale{From: 0, To: 1}
	ch := page.Chart{Title: "Reliability", Across: unit.Axis("confidence", plainPercent), Up: unit.Axis("accuracy", plainPercent), Diagonal: true}
	add := func(name string, bins []score.ReliabilityBin) {
		s := page.Series{Name: name, Dots: true}
		for _, b := range bins {
			s.Points = append(s.Points, page.Point{X: unit.At(b.Mean), Y: unit.At(b.Accuracy)})
		}
		ch.Series = append(ch.Series, s)
	}
	switch {
	case c.Raw != nil:
		add("before its map", c.Raw.EqualMass)
		add("after its map", c.EqualMass)
	case c.Refit != nil:
		add("as stated", c.EqualMass)
		add("a new map, on the other half", c.Refit.After.EqualMass)
	default:
		add("as stated", c.EqualMass)
	}
	return ch
}

// riskChart is risk over coverage.
func riskChart(c *score.Confidence) page.Chart {
	most := 0.0
	for _, p := range c.Curve {
		most = max(most, p.Risk)
	}
	up := rounded(page.Scale{From: 0, To: most})
	ch := page.Chart{Title: "Risk over coverage", Across: page.Scale{From: 0, To: 1}.Axis("share automated", plainPercent), Up: up.Axis("share wrong of those", plainPercent)}
	s := page.Series{Name: "risk"}
	for _, p := range c.Curve {
		s.Points = append(s.Points, page.Point{X: p.Coverage, Y: up.At(p.Risk)})
	}
	ch.Series = []page.Series{s}
	return ch
}

// costChart is the cost of a case over the cutoff, from everything automated on
// the left; its least is marked.
func costChart(c *score.CostCurve, currency string) page.Chart {
	low, high := c.People, c.People
	for _, p := range c.Points {
		low, high = min(low, p.Cost), max(high, p.Cost)
	}
	up := rounded(page.Scale{From: min(0, low), To: high})
	across := page.Scale{From: 0, To: 1}
	ch := page.Chart{
		Title:  "Cost over the cutoff",
		Across: across.Axis("cutoff on the confidence; below it "+name(c.Team), tick), Up: up.Axis(strings.TrimSpace("cost per case "+name(currency)), tick),
		Mark: "cheapest",
	}
	s := page.Series{Name: "cost per case"}
	for _, p := range c.Points {
		s.Points = append(s.Points, page.Point{X: across.At(p.Cutoff.Value), Y: up.At(p.Cost)})
	}
	ch.Series = []page.Series{s}
	best := page.Point{X: 1, Y: up.At(c.Best.Cost)}
	if c.Best.Cutoff.Valid {
		best.X = across.At(c.Best.Cutoff.Value)
	}
	ch.Marked = &best
	return ch
}

func reliabilityTable(c *score.Confidence) table {
	t := table{title: "Reliability in figures", head: []string{"values", "bins", "confidence", "cases", "mean confidence", "accuracy"}, right: []bool{false, false, true, true, true, true}}
	add := func(values, how string, bins []score.ReliabilityBin) {
		for _, b := range bins {
			t.rows = append(t.rows, []string{values, how, percent(b.Low) + " to " + percent(b.High), fmt.Sprint(b.Cases), percent(b.Mean), percent(b.Accuracy)})
		}
	}
	if c.Raw != nil {
		add("before its map", "equal mass", c.Raw.EqualMass)
	}
	add("as stated", "equal mass", c.EqualMass)
	add("as stated", "equal width", c.EqualWidth)
	if c.Refit != nil {
		add("new map, other half", "equal mass", c.Refit.After.EqualMass)
	}
	return t
}

func riskTable(c *score.Confidence) table {
	t := table{title: "Risk over coverage in figures", head: []string{"cutoff", "automated", "wrong of those"}, right: []bool{true, true, true}}
	for _, p := range c.Curve {
		t.rows = append(t.rows, []string{number(stats.Num(p.Cutoff), 4), percent(p.Coverage), percent(p.Risk)})
	}
	return t
}

func costTable(c *score.CostCurve) table {
	if c == nil {
		return table{}
	}
	t := table{title: "Cost over the cutoff in figures", head: []string{"cutoff", "automated", "cost per case", ""}, right: []bool{true, true, true, false}}
	for _, p := range append([]score.CostPoint{{Cost: c.People}}, c.Points...) {
		cutoff, mark := "none", ""
		if p.Cutoff.Valid {
			cutoff = number(p.Cutoff, 4)
		}
		if p == c.Best {
			mark = "cheapest"
		}
		t.rows = append(t.rows, []string{cutoff, percent(p.Coverage), amount(p.Cost), mark})
	}
	return t
}
