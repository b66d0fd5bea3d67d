package report

import (
	"fmt"
	"math"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// ends says what became of the cases that were not simply done.
func (r Operation) ends() table {
	t := table{
		title: "What became of the cases",
		intro: "Of the cases that came in the measured weeks. Open at the end: cases, late or not. The others are shares: past their deadline, lost patience, found no room, received by nobody because a handoff broke; a dash where the scenario has no such thing.",
		head:  []string{"design", "open\nat the end", "overdue", "abandoned", "turned\naway", "received\nby nobody"},
	}
	t.right = numbers(len(t.head))
	some := func(iv *stats.Interval) string {
		if iv == nil {
			return none
		}
		return shareCell(*iv)
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		t.rows = append(t.rows, []string{d.Name, countCell(d.Unfinished), some(d.Overdue), some(d.Abandoned), some(d.TurnedAway), shareCell(d.Failed)})
	}
	return t
}

// backlog is how many cases are with people or wait for them: drawn over the
// whole horizon, and in figures at the end of every week.
func (r Operation) backlog() table {
	t := table{
		title: "Backlog over time",
		intro: "Cases with people or waiting for them: the mean over replications and its 95% interval, for every design on a scale of its own. In figures: at the end of every week; the first weeks warm up.",
		head:  []string{"week"}, right: []bool{false},
	}
	for i := range r.Designs {
		if d := &r.Designs[i]; len(d.Backlog) > 1 {
			t.head, t.right = append(t.head, d.Name), append(t.right, true)
			t.charts = append(t.charts, r.backlogChart(d))
		}
	}
	if len(t.charts) == 0 {
		return table{}
	}
	const week = 7 * 24
	step := 1 + (r.Weeks-1)/26 // a table that one can read
	for w := step; w <= r.Weeks; w += step {
		row := []string{fmt.Sprint(w)}
		for i := range r.Designs {
			if b := r.Designs[i].Backlog; len(b) > 1 {
				row = append(row, countCell(nearest(b, float64(w*week))))
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// nearest is the backlog at the point that is nearest to a time.
func nearest(points []opsim.Point, hours float64) stats.Interval {
	best := 0
	for i, p := range points {
		if math.Abs(p.Hours-hours) < math.Abs(points[best].Hours-hours) {
			best = i
		}
	}
	return points[best].Cases
}

// backlogChart draws one design's backlog.
func (r Operation) backlogChart(d *opsim.DesignResult) page.Chart {
	const week = 7 * 24
	across, up := page.Scale{From: 0, To: float64(r.Weeks * week)}, page.Scale{}
	for _, p := range d.Backlog {
		up.To = max(up.To, p.Cases.Upper, p.Cases.Estimate.Value)
	}
	if math.IsInf(up.To, 1) || up.To == 0 {
		up.To = 1
	}
	up = rounded(up)
	line := page.Series{Name: name(d.Name)}
	for _, p := range d.Backlog {
		x := across.At(p.Hours)
		line.Points = append(line.Points, page.Point{X: x, Y: up.At(p.Cases.Estimate.Value)})
		if p.Cases.Bounded() {
			line.Low = append(line.Low, page.Point{X: x, Y: up.At(p.Cases.Lower)})
			line.High = append(line.High, page.Point{X: x, Y: up.At(p.Cases.Upper)})
		}
	}
	weeks := page.Scale{From: 0, To: float64(r.Weeks)}
	return page.Chart{
		Title: name(d.Name), Across: weeks.Axis("weeks", tick), Up: up.Axis("cases with people or waiting", groupedTick), Series: []page.Series{line},
	}
}
