package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
)

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
