package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// historyTable is every check against the same baseline, with the effects of the
// signals that moved most often.
func (r Drift) historyTable() table {
	t := table{
		title: "Checks so far", first: true,
		intro: fmt.Sprintf("Against the same baseline, this one last. The checks of the last 365 days had spent %.3g of %g false alarms before this one. Effects stand in parts of their floor; * moved, ! alarmed.", r.Spent, r.AlarmsPerYear),
		head:  []string{"check", "verdict", "cases", "level"}, right: []bool{false, false, true, true},
	}
	signals := r.historySignals()
	for _, s := range signals {
		t.head, t.right = append(t.head, strings.Replace(s, " ", "\n", 1)), append(t.right, true)
	}
	for _, p := range r.History {
		level := fmt.Sprintf("%.4f", p.Alpha)
		if p.Again {
			level = "again"
		}
		row := []string{p.At.Format(time.DateTime), string(p.Verdict), fmt.Sprintf("%d", p.Cases) + "\n" + name(p.Dataset), level}
		for _, want := range signals {
			cell := none
			if i := slices.IndexFunc(p.Signals, func(s ledger.Signal) bool { return s.Name == want }); i >= 0 {
				cell = floors(p.Signals[i])
			}
			row = append(row, cell)
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// floors is an effect in parts of its floor.
func floors(s ledger.Signal) string {
	text := fmt.Sprintf("%.1f", times(s))
	switch {
	case s.Alarm:
		text += " !"
	case s.Moved:
		text += " *"
	}
	return text
}

// times is how many floors an effect is; an area under a curve begins at one half.
func times(s ledger.Signal) float64 {
	if s.Floor <= 0 {
		return 0
	}
	if s.Floor > 0.5 {
		return max(0, s.Effect-0.5) / (s.Floor - 0.5)
	}
	return s.Effect / s.Floor
}

// historySignals are the names of the signals that the history shows.
func (r Drift) historySignals() []string {
	var out []string
	for _, p := range r.History {
		for _, s := range p.Signals {
			if !slices.Contains(out, s.Name) {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

// historyCharts draw the effects over the checks, a chart a signal; the numbers
// stand in the table below.
func (r Drift) historyCharts() []page.Chart {
	if len(r.History) < 2 {
		return nil
	}
	first, last := r.History[0].At, r.History[len(r.History)-1].At
	across := page.Scale{From: float64(first.Unix()), To: float64(last.Unix())}
	when := time.DateOnly
	if first.Format(when) == last.Format(when) {
		when = time.TimeOnly
	}
	var charts []page.Chart
	for _, name := range r.historySignals() {
		line, most := page.Series{Name: "effect", Dots: true}, 1.5
		each := func(do func(p drift.Past, y float64)) {
			for _, p := range r.History {
				if i := slices.IndexFunc(p.Signals, func(s ledger.Signal) bool { return s.Name == name }); i >= 0 {
					do(p, times(p.Signals[i]))
				}
			}
		}
		each(func(_ drift.Past, y float64) { most = max(most, y) })
		up := rounded(page.Scale{From: 0, To: most})
		each(func(p drift.Past, y float64) {
			line.Points = append(line.Points, page.Point{X: across.At(float64(p.At.Unix())), Y: up.At(y)})
		})
		floor := page.Series{Name: "floor", Points: []page.Point{{X: 0, Y: up.At(1)}, {X: 1, Y: up.At(1)}}}
		charts = append(charts, page.Chart{
			Title: oneLine(name, nameWidth), Up: up.Axis("effect, in floors", tick),
			Across: page.Axis{Name: "check", Ticks: []page.Tick{{At: 0, Text: first.Format(when)}, {At: 1, Text: last.Format(when)}}},
			Series: []page.Series{line, floor},
		})
	}
	return charts
}
