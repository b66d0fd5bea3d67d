package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
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

func (r *Report) fields() table {
	t := table{
		title: "Outcome fields and routes",
		intro: "Final results, people's included, against the label.",
		head:  []string{"field"},
	}
	for _, d := range r.Score.Designs {
		t.head = append(t.head, name(d.Name))
	}
	t.right = numbers(len(t.head))
	if len(r.Score.Designs) == 0 {
		return t
	}
	rows, intervals := map[string][]string{}, map[string][]stats.Interval{}
	var order []string
	for i, d := range r.Score.Designs {
		list := slices.Clone(d.Fields)
		for _, route := range d.Routes {
			route.Name = "route " + route.Name
			list = append(list, route)
		}
		for _, f := range list {
			if f.Judged == 0 {
				continue
			}
			if rows[f.Name] == nil {
				order = append(order, f.Name)
				rows[f.Name] = slices.Repeat([]string{none}, len(r.Score.Designs))
				intervals[f.Name] = make([]stats.Interval, len(r.Score.Designs))
			}
			intervals[f.Name][i] = f.Interval
			rows[f.Name][i] = fmt.Sprintf("%s\n%s\n%d/%d", percent(f.Estimate.Value), interval(f.Interval), f.Right, f.Judged)
		}
	}
	for _, field := range order {
		for i, iv := range intervals[field] {
			t.draw(i+1, iv, "fields", "rate")
		}
		t.rows = append(t.rows, append([]string{name(field)}, rows[field]...))
	}
	return t
}

func (r *Report) decisions() table {
	t := table{
		title: "Decisions by class",
		head:  []string{"design", "class", "precision", "recall", "F1", "support", "decided"},
		right: []bool{false, false, true, true, true, true, true},
	}
	for _, d := range r.Score.Designs {
		if d.Decision == nil {
			continue
		}
		c := d.Decision.Classification
		classes := slices.DeleteFunc(slices.Clone(c.Classes), func(k stats.ClassScore) bool {
			return len(c.Classes) > maxClasses && k.Support == 0 && k.Predicted == 0 // says nothing
		})
		if len(classes) > maxClasses {
			slices.SortFunc(classes, func(a, b stats.ClassScore) int { return cmp.Compare(a.F1.Or(0), b.F1.Or(0)) })
			classes = classes[:maxClasses]
		}
		for _, k := range classes {
			t.rows = append(t.rows, []string{name(d.Name), name(k.Label), number(k.Precision, 3), number(k.Recall, 3), number(k.F1, 3), whole(k.Support), whole(k.Predicted)})
		}
		if len(classes) < len(c.Classes) {
			t.intro = fmt.Sprintf("The %d classes with the lowest F1 of %d.", maxClasses, len(c.Classes))
		}
		for _, avg := range []struct {
			name string
			p    stats.PRF
		}{{"macro", c.Macro}, {"weighted", c.Weighted}} {
			t.rows = append(t.rows, []string{name(d.Name), avg.name, number(avg.p.Precision, 3), number(avg.p.Recall, 3), number(avg.p.F1, 3), "", ""})
		}
		t.rows = append(t.rows, []string{name(d.Name), fmt.Sprintf("Matthews %s, kappa %s, no decision %d", number(d.Decision.Matthews, 3), number(d.Decision.Kappa, 3), d.Decision.NoDecision), "", "", "", "", ""})
	}
	return t
}

// maxClasses is how many classes get a row of their own.
const maxClasses = 12

func (r *Report) confusion() table {
	t := table{title: "Confusion", intro: "Rows: the label. Columns: what was decided."}
	for _, d := range r.Score.Designs {
		if d.Decision == nil || len(d.Decision.Confusion.Labels) > maxClasses {
			continue
		}
		c := d.Decision.Confusion
		if t.head == nil {
			t.head = []string{"design", "label"}
			for _, label := range c.Labels {
				t.head = append(t.head, name(label))
			}
			t.head = append(t.head, "(none)")
			t.right = numbers(len(t.head))
			t.right[1] = false
		}
		for i, label := range c.Labels {
			row := []string{name(d.Name), name(label)}
			for j := range c.Labels {
				row = append(row, whole(math.Round(c.Counts[i][j]*100)/100))
			}
			row = append(row, whole(math.Round(c.None[i]*100)/100))
			t.shade(2, append(slices.Clone(c.Counts[i]), c.None[i]))
			t.rows = append(t.rows, row)
		}
	}
	return t
}

func (r *Report) money() table {
	t := table{
		title: "Cost and time",
		intro: "Per case. Time of this replay is live; recorded latency is that of calls when they were made.",
		head:  []string{"design", "models", "people", "errors", "minutes\nsaved", "hours saved\na year", "replay time\np50 / p95", "recorded latency\np50 / p95"},
	}
	t.right = numbers(len(t.head))
	for _, d := range r.Score.Designs {
		recorded := none
		if d.Recorded != nil {
			recorded = seconds(d.Recorded.P50) + " / " + seconds(d.Recorded.P95)
		}
		t.rows = append(t.rows, []string{
			name(d.Name), amount(d.Cost.Model), amount(d.Cost.People), amount(d.Cost.Errors),
			number(d.Cost.SavedMinutes, 2), number(d.Cost.SavedHours, 0),
			seconds(d.Wall.P50) + " / " + seconds(d.Wall.P95), recorded,
		})
	}
	return t
}

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

// spent says what the run paid for calls.
func (r *Report) spent(m *score.Money) string {
	in := func(v float64) string { return strings.TrimSpace(fmt.Sprintf("%.4f %s", v, r.Score.Currency)) }
	text := fmt.Sprintf("this run paid %s for calls; stored answers saved %s", in(m.Spent), in(m.Saved))
	if e := m.Estimated; e != nil {
		text += fmt.Sprintf("; %s was expected (%.4f to %.4f)", in(e.Expected), e.Low, e.High)
	}
	if m.Doubtful > 0 {
		text += fmt.Sprintf("; answers that never arrived whole may have cost up to %s more", in(m.Doubtful))
	}
	return text
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

func (r *Report) segments() table {
	t := table{
		title: "Segments, worst first",
		intro: fmt.Sprintf("By automated accuracy, else system accuracy; at most %d of a column for each design. Exploratory: no correction for their number.", maxSegmentRows),
		head:  []string{"design", "segment", "cases", "system\naccuracy", "automated\naccuracy", "forced\naccuracy", "escalated", "broken\nhandoffs"},
	}
	t.right = numbers(len(t.head))
	t.right[1] = false
	left := 0
	for _, d := range r.Score.Designs {
		segments := slices.Clone(d.Segments)
		slices.SortStableFunc(segments, func(a, b score.Segment) int { return cmp.Compare(badness(&a), badness(&b)) })
		shown, all := map[string]int{}, 0
		for _, s := range segments {
			if shown[s.Column]++; shown[s.Column] > maxSegmentRows {
				continue
			}
			if all++; all > maxSegments {
				left++
				continue
			}
			row := []string{name(d.Name), r.segment(&s), fmt.Sprint(s.Cases)}
			for _, metric := range []string{score.SystemAccuracy, score.AutomatedAccuracy, score.ForcedAccuracy, score.EscalationRate, score.HandoffFailureRate} {
				m, _ := s.Metric(metric)
				t.draw(len(row), m.Interval, metric, m.Unit)
				row = append(row, rateCell(m))
			}
			t.rows = append(t.rows, row)
		}
	}
	if left > 0 {
		t.intro += fmt.Sprintf(" %d more are in report.json.", left)
	}
	return t
}

// segment is what a report calls a segment.
func (r *Report) segment(s *score.Segment) string {
	if slices.Contains(r.HideTags, s.Column) {
		return name(s.Column) + "=" + redact.Personal
	}
	return name(s.Column) + "=" + name(s.Value)
}

func badness(s *score.Segment) float64 {
	if m, _ := s.Metric(score.AutomatedAccuracy); m.Estimate.Valid {
		return m.Estimate.Value
	}
	m, _ := s.Metric(score.SystemAccuracy)
	return m.Estimate.Or(2)
}

const expensiveTitle = "Most expensive silent failures"

func (r *Report) expensive() table {
	t := table{
		title: expensiveTitle,
		head:  []string{"design", "case", "decided", "label", "cost"},
		right: []bool{false, false, false, false, true},
	}
	for _, d := range r.Score.Designs {
		for _, e := range d.Worst[:min(len(d.Worst), 5)] {
			t.rows = append(t.rows, []string{name(d.Name), oneLine(r.id(e.Case), 40), oneLine(e.Decided, 30), oneLine(e.Right, 30), amount(e.Cost)})
		}
	}
	return t
}
