package report

import (
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/score"
)

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
