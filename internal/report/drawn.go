package report

import (
	"math"
	"slices"
	"strconv"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// drawn is an interval that a page draws into a cell. Those of one scale can be
// compared by eye.
type drawn struct {
	stats.Interval
	scale string
	unit  string // "rate", or "" for plain figures
}

// draw puts an interval into the next cell of a row that is not in the table yet.
func (t *table) draw(column int, iv stats.Interval, scale, unit string) {
	if !iv.Estimate.Valid || math.IsInf(iv.Lower, 0) || math.IsInf(iv.Upper, 0) {
		return
	}
	if t.drawn == nil {
		t.drawn = map[[2]int]drawn{}
	}
	t.drawn[[2]int{len(t.rows), column}] = drawn{iv, scale, unit}
}

// scale is the range of a drawing, with its unit.
type scale struct {
	page.Scale
	unit   string
	signed bool
}

// scales are those that a table draws on: wide enough for every interval on
// them, with round ends.
func (t table) scales() map[string]scale {
	out := map[string]scale{}
	for _, d := range t.drawn {
		s, ok := out[d.scale]
		if !ok {
			s = scale{Scale: page.Scale{From: math.Inf(1), To: math.Inf(-1)}, unit: d.unit}
		}
		s.From, s.To = math.Min(s.From, d.Lower), math.Max(s.To, d.Upper)
		out[d.scale] = s
	}
	for name, s := range out {
		s.Scale = rounded(s.Scale)
		if s.unit == "rate" {
			s.From, s.To = math.Max(0, s.From), math.Min(1, s.To)
		}
		out[name] = s
	}
	return out
}

// rounded is a range with ends that are round for its width.
func rounded(s page.Scale) page.Scale {
	width := s.To - s.From
	if width <= 0 {
		width = math.Max(math.Abs(s.From), 1) / 10
	}
	step := math.Pow(10, math.Floor(math.Log10(width)))
	for _, factor := range []float64{0.2, 0.5, 1} {
		if width/(step*factor) <= 5 {
			step *= factor
			break
		}
	}
	out := page.Scale{From: step * math.Floor(s.From/step+1e-9), To: step * math.Ceil(s.To/step-1e-9)}
	if out.To <= out.From {
		out.To = out.From + step
	}
	return out
}

func (s scale) of(iv stats.Interval) *page.Interval {
	return s.Interval(iv.Lower, iv.Estimate.Value, iv.Upper, s.signed)
}

// ends says what the ends of a column's drawings stand for, where they are the
// same in all its rows.
func (t table) ends(column int, scales map[string]scale) (string, bool) {
	found := ""
	for at, d := range t.drawn {
		if at[1] == column {
			if found != "" && found != d.scale {
				return "", false
			}
			found = d.scale
		}
	}
	s, ok := scales[found]
	return s.text(), ok
}

// text is the range in words.
func (s scale) text() string {
	if s.unit == "rate" {
		return tick(s.From*100) + " to " + tick(s.To*100) + "%"
	}
	return groupedTick(s.From) + " to " + groupedTick(s.To)
}

// groupedTick is a round figure that may be large.
func groupedTick(x float64) string {
	if math.Abs(x) >= 1000 {
		return grouped(x)
	}
	return tick(x)
}

// tick is a round figure.
func tick(x float64) string { return strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64) }

// shade colours counts of the next row, from a column on, by their share of it.
func (t *table) shade(column int, counts []float64) {
	total := 0.0
	for _, n := range counts {
		total += n
	}
	if t.heat == nil {
		t.heat = map[[2]int]int{}
	}
	for i, n := range counts {
		if n > 0 && total > 0 {
			t.heat[[2]int{len(t.rows), column + i}] = max(1, int(math.Round(9*n/total)))
		}
	}
}

// dispositionBars are bars of what came of trials, still without a row.
func dispositionBars() *page.Bars {
	b := &page.Bars{}
	for _, d := range score.Dispositions {
		series := map[score.Disposition][2]string{
			score.AutomatedCorrect: {"automated, right", "right"}, score.AutomatedWrong: {"automated, wrong", "wrong"},
			score.AutomatedUnknown: {"automated, unknown", "unknown"}, score.EscalatedNeeded: {"escalated, needed", "needed"},
			score.EscalatedNeedless: {"escalated, needless", "needless"}, score.EscalatedUnknown: {"escalated, unknown", "person"},
			score.Failed: {"failed", "failed"}, score.NotMeasured: {"not measured", "missing"},
		}[d]
		b.Series, b.Kinds = append(b.Series, series[0]), append(b.Kinds, series[1])
	}
	return b
}

// differences are the comparison drawn, a panel a metric: every candidate
// against the baseline, on one scale.
func differences(all []compare.Difference) []page.Panel {
	var panels []page.Panel
	var metrics []string
	for _, d := range all {
		if d.Estimate.Valid && !math.IsInf(d.Lower, 0) && !math.IsInf(d.Upper, 0) && !slices.Contains(metrics, d.Metric) {
			metrics = append(metrics, d.Metric)
		}
	}
	for _, metric := range metrics {
		p := page.Panel{Title: words(metric)}
		s := scale{signed: true}
		for _, d := range all {
			if d.Metric == metric && d.Estimate.Valid {
				s.From, s.To = math.Min(s.From, d.Lower), math.Max(s.To, d.Upper)
			}
		}
		s.Scale = rounded(s.Scale)
		for _, d := range all {
			if d.Metric != metric || !d.Estimate.Valid || math.IsInf(d.Lower, 0) || math.IsInf(d.Upper, 0) {
				continue
			}
			mark := s.of(d.Interval)
			mark.Tone = tone(string(d.Verdict))
			p.Rows = append(p.Rows, page.PanelRow{
				Name: name(d.Candidate), Figure: difference(d.Estimate.Value, d.Unit), Text: string(d.Verdict), Mark: mark,
			})
			p.Low, p.High = signed(s.From, d.Unit), signed(s.To, d.Unit)
		}
		p.Zero = s.At(0)
		p.ClearEnds()
		panels = append(panels, p)
	}
	return panels
}

// signed is the end of a scale of differences.
func signed(x float64, unit string) string {
	if unit == "rate" {
		x *= 100
	}
	if x > 0 {
		return "+" + groupedTick(x)
	}
	return groupedTick(x)
}
