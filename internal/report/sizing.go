package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/sizing"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// cases are the tables of how many cases are needed and of what those at hand
// can show.
func (p Plan) cases(n *notes) []table {
	r := p.Sizes
	if r == nil {
		return nil
	}
	tables := []table{p.atHand(n)}
	if len(r.Needs) > 0 {
		tables = append(tables, p.needed(n))
	}
	return tables
}

func (p Plan) atHand(n *notes) table {
	r := p.Sizes
	t := table{
		title: "What the cases at hand can show", first: true,
		intro: fmt.Sprintf("Rate known to: half of the 95%% interval of %s. Difference: the smallest between two designs on the same cases that is found with %s power. At most: what a rate is shown to be below when there is no event at all.", rateOf(r.Rate), plainPercent(r.Power)),
		head:  []string{"cases", "number"},
	}
	clustered := slices.ContainsFunc(r.Groups, func(g sizing.Shown) bool { return g.Clusters > 0 })
	if clustered {
		t.head = append(t.head, "clusters")
	}
	t.head = append(t.head, "rate\nknown to", "difference", "at most")
	asked := r.Ask.Difference > 0
	if asked {
		t.head = append(t.head, "power at\n"+chosenPoints(r.Ask.Difference))
	}
	if len(r.Needs) > 0 {
		t.head = append(t.head, "more cases\nneeded")
	}
	t.right = numbers(len(t.head))
	for _, g := range r.Groups {
		name := "all"
		if g.Column != "" {
			name = g.Column + "=" + g.Value
		}
		row := []string{name, strconv.Itoa(g.Cases)}
		if clustered {
			row = append(row, strconv.Itoa(g.Independent()))
		}
		row = append(row, within(g.Precision), figure(g.Difference, points), rateOrNone(g.AtMost))
		if asked {
			row = append(row, rateOrNone(g.Power))
		}
		if len(r.Needs) > 0 {
			row = append(row, figure(g.Further, manyCases))
		}
		t.rows = append(t.rows, row)
	}
	if r.Pilot.Run == "" {
		t.note(n.add(fmt.Sprintf("no run says how such designs do: %s right and %s discordant cases are assumed, and that cases are independent; --pilot RUN takes them from a run", percent(r.Rate.Rate), percent(r.Pair.Discordance.OnlyA+r.Pair.Discordance.OnlyB))))
		return t
	}
	said := fmt.Sprintf("as run %s has it: %s", r.Pilot.Run, rateOf(r.Rate))
	if r.Pair.Effect > 0 {
		said += fmt.Sprintf("; %s of the cases are discordant between %s and %s", percent(r.Pair.Discordance.OnlyA+r.Pair.Discordance.OnlyB), r.Pair.Candidate, r.Pair.Baseline)
	} else {
		said += "; it has no two designs to compare, so differences are left out"
	}
	if e := math.Max(r.Rate.Effect, r.Pair.Effect); e > 1.005 {
		said += fmt.Sprintf("; cases of one cluster are alike, so that up to %.1f tell as much as one", e)
	}
	t.note(n.add(said))
	return t
}

// rateOf says which rate is meant.
func rateOf(r sizing.Rate) string {
	s := words(r.Metric) + " " + percent(r.Rate)
	if r.Design != "" {
		s += " of " + r.Design
	}
	return s
}

func (p Plan) needed(n *notes) table {
	r := p.Sizes
	t := table{
		title: "Cases needed", first: true,
		head:  []string{"question", "design", "if", "cases", "at hand"},
		right: []bool{false, false, false, true, true},
	}
	for _, need := range r.Needs {
		if need.Why != "" {
			t.note(n.add(words(need.Metric) + " of " + need.Design + ": " + need.Why))
		}
		have := "not enough"
		if need.Cases.Valid && float64(p.Cases) >= need.Cases.Value {
			have = "enough"
		}
		t.rows = append(t.rows, []string{question(&need), designs(&need), assumption(&need), figure(need.Cases, manyCases), fmt.Sprintf("%d: %s", p.Cases, have)})
	}
	return t
}

func question(n *sizing.Need) string {
	metric := words(n.Metric)
	switch n.Question {
	case sizing.Precision:
		return metric + " known to ±" + chosenPoints(n.Target)
	case sizing.Difference:
		return metric + " that differs by " + chosenPoints(n.Target)
	}
	return metric + " at most " + plainPercent(n.Target)
}

func designs(n *sizing.Need) string {
	switch {
	case n.Design == "":
		return "any"
	case n.Against != "":
		return n.Design + "\nagainst " + n.Against
	}
	return n.Design
}

// assumption is under what the number holds.
func assumption(n *sizing.Need) string {
	var parts []string
	switch n.Question {
	case sizing.Difference:
		parts = append(parts, percent(n.Assumed)+" discordant")
	case sizing.NoEvent:
		parts = append(parts, "none is seen")
	default:
		parts = append(parts, "it is "+percent(n.Assumed))
	}
	if n.Cover < 1 {
		parts = append(parts, percent(n.Cover)+" of cases tell")
	}
	if n.Effect > 1.005 {
		parts = append(parts, fmt.Sprintf("clusters ×%.2f", n.Effect))
	}
	return strings.Join(parts, "\n")
}

// chosenPoints are a difference of rates that somebody chose.
func chosenPoints(x float64) string { return strings.TrimSuffix(plainPercent(x), "%") + " points" }

// manyCases is a number of cases, in words where nobody will have so many.
func manyCases(n float64) string {
	if n > stats.ManyCases {
		return "more than a million"
	}
	return whole(n)
}

// points are a difference of rates.
func points(x float64) string { return fmt.Sprintf("%.1f points", x*100) }

func within(n stats.Number) string {
	return figure(n, func(x float64) string { return "±" + points(x) })
}

// figure is a number as it is written, where there is one.
func figure(n stats.Number, write func(float64) string) string {
	if !n.Valid {
		return none
	}
	return write(n.Value)
}
