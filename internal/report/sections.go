package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// tables are the report's tables in reading order, with its footnotes.
func (r *Report) tables() ([]table, []string) {
	var n notes
	for _, w := range r.Score.Warnings {
		n.add(w)
	}
	failures, people := r.handedOver(&n)
	all := slices.Concat([]table{r.headline(&n), r.race(), r.comparison(&n)}, r.scorecard(&n), []table{r.dispositions(), r.escalations(&n)}, people, []table{r.confirmations(), r.handoffs()}, failures, []table{r.fields(), r.retrieval(), r.decisions(), r.confusion(), r.money(), r.confidence(&n), r.cutoffs(), r.consistency(&n), r.segments(), r.expensive()})
	return slices.DeleteFunc(all, func(t table) bool { return len(t.rows) == 0 }), n.texts
}

// handedOver are the tables of the handoffs: what failed, and what became of
// the cases that people got.
func (r *Report) handedOver(n *notes) (failures, people []table) {
	if r.Handoffs == nil {
		return nil, nil
	}
	for _, w := range r.Handoffs.Warnings {
		n.add(w)
	}
	h := &Handoffs{Result: r.Handoffs, HideIDs: r.HideIDs, HideTags: r.HideTags}
	return []table{h.matrix(seenTitle, false), h.matrix(judgedTitle, true), h.trends(), h.segments()}, []table{h.reasons(), h.missed(), h.received()}
}

// scorecard are the four properties of every design.
func (r *Report) scorecard(n *notes) []table {
	if r.Scorecard == nil {
		return nil
	}
	return (&Scorecard{Result: r.Scorecard, HideIDs: r.HideIDs}).tables(n)
}

func baselineName(d *score.Design) string {
	if d.Baseline {
		return name(d.Name) + "\n(baseline)"
	}
	return name(d.Name)
}

func (r *Report) headline(n *notes) table {
	t := table{
		title: "Headline", first: true,
		intro: "Estimate, 95% interval, count.",
		head:  []string{"design", "system\naccuracy", "automated\naccuracy", "automated", "escalated", "silent\nfailures", "broken\nhandoffs", "cost\nper case", "people's\nminutes"},
	}
	t.right = numbers(len(t.head))
	for i := range r.Score.Designs {
		d := &r.Score.Designs[i]
		row := []string{baselineName(d)}
		for _, metric := range []string{score.SystemAccuracy, score.AutomatedAccuracy, score.AutomationRate, score.EscalationRate, score.SilentFailureRate, score.HandoffFailureRate} {
			m, _ := d.Metric(metric)
			t.draw(len(row), m.Interval, metric, m.Unit)
			row = append(row, rateCell(m))
			for _, w := range m.Warnings {
				t.note(n.add(words(metric) + ": " + w))
			}
		}
		cost, _ := d.Metric(score.CostPerCase)
		minutes, _ := d.Metric(score.MinutesPerCase)
		t.draw(len(row), cost.Interval, score.CostPerCase, cost.Unit)
		t.draw(len(row)+1, minutes.Interval, score.MinutesPerCase, minutes.Unit)
		t.rows = append(t.rows, append(row, meanCell(cost, unitAfter(r.Score.Currency)), meanCell(minutes, "")))
		if d.Cost.UnknownMinutes > 0 {
			t.note(n.add(fmt.Sprintf("%s: nobody says how long people worked on %d cases; they are left out of cost and minutes", d.Name, d.Cost.UnknownMinutes)))
		}
		if d.Cost.UnknownErrors > 0 {
			t.note(n.add(fmt.Sprintf("%s: %d trials cannot be judged; the cost of their errors is not in the cost per case", d.Name, d.Cost.UnknownErrors)))
		}
		if d.Dispositions[score.NotMeasured] > 0 {
			t.note(n.add(fmt.Sprintf("%s: %d of %d trials were not measured (%s); they are outside every rate", d.Name, d.Dispositions[score.NotMeasured], d.Trials, countList(d.Unknown))))
		}
	}
	if m := r.Score.Money; m != nil {
		t.note(n.add(r.spent(m)))
	}
	return t
}

func (t *table) note(n int) {
	if !slices.Contains(t.notes, n) {
		t.notes = append(t.notes, n)
	}
}

// numbers says that all columns but the first hold numbers.
func numbers(columns int) []bool {
	out := make([]bool, columns)
	for i := 1; i < columns; i++ {
		out[i] = true
	}
	return out
}

func (r *Report) comparison(n *notes) table {
	if r.Compare == nil {
		return table{}
	}
	return against(r.Compare, n)
}

func (r *Report) dispositions() table {
	t := table{
		title: "What came of the trials",
		head:  []string{"design", "trials", "automated\nright", "automated\nwrong", "automated\nunknown", "escalated\nneeded", "escalated\nneedless", "escalated\nunknown", "failed", "not\nmeasured"},
	}
	t.right = numbers(len(t.head))
	t.bars = dispositionBars()
	for _, d := range r.Score.Designs {
		row := []string{name(d.Name), fmt.Sprint(d.Trials)}
		var counts []int
		for _, disposition := range score.Dispositions {
			row = append(row, fmt.Sprint(d.Dispositions[disposition]))
			counts = append(counts, d.Dispositions[disposition])
		}
		t.rows = append(t.rows, row)
		t.bars.Cut(name(d.Name), counts)
	}
	t.bars.Used()
	return t
}

func (r *Report) escalations(n *notes) table {
	t := table{
		title: "Escalation and failure",
		intro: "By the label: did the cases that belong to a person get there. By the outcome: would the design have been wrong.",
		head:  []string{"design", "precision\nby label", "recall\nby label", "precision\nby outcome", "recall\nby outcome", "forced\naccuracy", "recovered", "failed", "reasons"},
	}
	t.right = numbers(len(t.head))
	t.right[len(t.head)-1] = false
	for _, d := range r.Score.Designs {
		row := []string{name(d.Name)}
		for _, metric := range []string{score.EscalationPrecLabel, score.EscalationRecLabel, score.EscalationPrecOut, score.EscalationRecOut, score.ForcedAccuracy, score.RecoveredRate, score.FailureRate} {
			m, _ := d.Metric(metric)
			t.draw(len(row), m.Interval, metric, m.Unit)
			row = append(row, rateCell(m))
		}
		if d.ForcedUnknown > 0 {
			t.note(n.add(fmt.Sprintf("%s: what it would have answered in %d escalated trials is not known; the interval of its forced accuracy takes in all that they could be", d.Name, d.ForcedUnknown)))
		}
		t.rows = append(t.rows, append(row, strings.ReplaceAll(countList(d.Reasons), ", ", "\n")))
	}
	return t
}

func countList(counts []score.Count) string {
	if len(counts) == 0 {
		return none
	}
	parts := make([]string, len(counts))
	for i, c := range counts {
		parts[i] = fmt.Sprintf("%s %d", name(words(c.Name)), c.Count)
	}
	return strings.Join(parts, ", ")
}

const brokenTitle = "Handoffs that broke"

func (r *Report) handoffs() table {
	t := table{
		title: brokenTitle, first: true,
		intro: "Handoffs that failed of all on that way, and how many of those cases still ended right.",
		head:  []string{"design", "handoff", "kind", "failed", "rate", "95% interval", "ended right", "cases"},
		right: []bool{false, false, false, true, true, true, true, false},
	}
	for _, d := range r.Score.Designs {
		for _, e := range d.Edges {
			for _, k := range e.Kinds {
				t.draw(5, k.Interval, "rate", "rate")
				t.rows = append(t.rows, []string{
					name(d.Name), name(e.From) + " → " + name(e.To), kind(&k),
					fmt.Sprintf("%d/%d", k.Count, e.Handoffs), percent(float64(k.Count) / float64(e.Handoffs)), interval(k.Interval),
					fmt.Sprintf("%d/%d", k.Recovered, k.Judged), r.examples(k.Examples),
				})
			}
		}
	}
	return t
}

// kind says how a handoff failed, and what was missing or wrong.
func kind(k *score.KindCount) string {
	out := string(k.Kind)
	if k.Clause != "" {
		out += ": " + name(k.Clause)
	}
	if k.Detail != "" {
		out += " (" + name(k.Detail) + ")"
	}
	return out
}

// examples are ids of cases, on one line.
func (r *Report) examples(ids []string) string {
	if r.HideIDs && len(ids) > 0 {
		return redact.Personal
	}
	return examples(ids)
}

func examples(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = name(id)
	}
	return strings.Join(out, " ")
}

// maxClasses is how many classes get a row of their own.
const maxClasses = 12

func (r *Report) confirmations() table {
	t := table{
		title: "What people made of suggestions",
		intro: "Of suggestions shown to a person who confirms: those taken as they were, and people's two mistakes.",
		head:  []string{"design", "step", "team", "accepted", "overruled", "wrong ones\naccepted", "right ones\noverruled"},
		right: []bool{false, false, false, true, true, true, true},
	}
	for _, d := range r.Score.Designs {
		for _, c := range d.Confirmations {
			t.rows = append(t.rows, []string{name(d.Name), name(c.Step), name(c.Team), countedCell(c.Accepted), countedCell(c.Accepted.Complement()), countedCell(c.AcceptedWrong), countedCell(c.OverruledRight)})
		}
	}
	return t
}

// retrieval is what steps that search found of the documents that labels name.
func (r *Report) retrieval() table {
	t := table{
		title: "Documents found",
		intro: "Of the right documents that labels name: those among the first k that were found, and among all; and the mean of 1 / rank of the first right one (MRR).",
		head:  []string{"design", "step", "recall@1", "recall@3", "recall@5", "recall@10", "recall\nof all", "MRR"},
		right: []bool{false, false, true, true, true, true, true, true},
	}
	cell := func(m score.Metric) string {
		if m.Unit == "rate" || !m.Estimate.Valid {
			return rateCell(m)
		}
		return percent(m.Estimate.Value) + "\n" + interval(m.Interval) + "\nn=" + whole(m.Denominator)
	}
	rank := func(m score.Metric) string {
		three := func(x float64) string { return fmt.Sprintf("%.3f", x) }
		return three(m.Estimate.Value) + "\n" + span(m.Interval, three) + "\nn=" + whole(m.Denominator)
	}
	for _, d := range r.Score.Designs {
		for _, x := range d.Retrieval {
			row := []string{name(d.Name), name(x.Step), none, none, none, none, none, rank(x.MRR)}
			for _, m := range x.Recall {
				at := slices.Index(t.head, m.Name)
				if m.Name == "recall" {
					at = len(row) - 2
				}
				row[at] = cell(m)
			}
			t.rows = append(t.rows, row)
		}
	}
	return t
}

func (r *Report) consistency(n *notes) table {
	t := table{title: "Consistency over repeats", intro: "pass^k: right every time of k. pass@k: right at least once of k. The interval takes the case as the unit.", head: []string{"design", "same result", "mean accuracy", "95% interval", "standard error\nby case", "standard error\nif independent", "pass^1..k", "pass@1..k"}}
	t.right = numbers(len(t.head))
	for _, d := range r.Score.Designs {
		c := d.Consistency
		if c == nil {
			continue
		}
		var hat, at []string
		for i := range c.PassHatK {
			hat = append(hat, number(c.PassHatK[i], 3))
			at = append(at, number(c.PassAtK[i], 3))
		}
		same, mean, iv := none, none, none
		if c.SameResult.Valid {
			same = percent(c.SameResult.Value)
		}
		if c.Mean.Estimate.Valid {
			mean, iv = percent(c.Mean.Estimate.Value), interval(c.Mean)
		}
		if c.SE.Or(0) > c.Naive.Or(0) {
			t.note(n.add(fmt.Sprintf("%s: its standard error is %s by case, and would be %s if trials were independent: trials of one case are alike, so that %d repeats of %d cases tell less than as many cases", d.Name, number(c.SE, 3), number(c.Naive, 3), c.Repeats, c.Cases)))
		}
		t.rows = append(t.rows, []string{name(d.Name), same, mean, iv, number(c.SE, 3), number(c.Naive, 3), strings.Join(hat, " "), strings.Join(at, " ")})
	}
	return t
}

// maxSegmentRows is how many values of one column a report shows for each
// design, maxSegments how many in all.
const maxSegmentRows, maxSegments = 6, 120

const expensiveTitle = "Most expensive silent failures"
