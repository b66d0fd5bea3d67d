package report

import (
	"strings"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// drivers are what the quantities do that nobody measured, a table for each design.
func (r Operation) drivers() []table {
	var out []table
	for i := range r.Designs {
		if d := &r.Designs[i]; len(d.Drivers) > 0 {
			out = append(out, r.driversOf(d))
		}
	}
	return out
}

func (r Operation) driversOf(d *opsim.DesignResult) table {
	kept, cost := timeUnit{"points", 100}, timeUnit{r.Currency, 1}
	t := table{
		title: d.Name + ": what drives it",
		intro: "One quantity that nobody measured at the ends of its range, the others as they are, on the same draws: the change, with its paired 95% interval. The one that moves it most comes first.",
		head:  []string{"quantity", "origin", "moved", "cost per case\nat the low end", "cost per case\nat the high end"},
	}
	if r.Service != nil {
		t.head = append(t.head[:3:3], append([]string{"service level\nat the low end", "service level\nat the high end"}, t.head[3:]...)...)
	}
	t.right = numbers(len(t.head))
	t.right[1], t.right[2] = false, false
	var keeps, costs []swing
	for _, x := range d.Drivers {
		row := []string{x.Quantity, x.How, x.Range}
		if r.Service != nil {
			row = append(row, changeAt(&x.Low, x.Low.Kept, kept), changeAt(&x.High, x.High.Kept, kept))
		}
		t.rows = append(t.rows, append(row, changeAt(&x.Low, x.Low.Cost, cost), changeAt(&x.High, x.High.Cost, cost)))
		keeps, costs = swung(keeps, x.Quantity, x.Low.Kept, x.High.Kept), swung(costs, x.Quantity, x.Low.Cost, x.High.Cost)
	}
	if len(keeps) > 0 {
		t.panels = append(t.panels, tornado("service level, in points", 0, keeps, func(x float64) string { return signed(x, "rate") }))
	}
	if len(costs) > 0 {
		t.panels = append(t.panels, tornado(strings.TrimSpace("cost per case "+r.Currency), 0, costs, func(x float64) string { return signed(x, "") }))
	}
	return t
}

// changeAt is what an end of a range changes.
func changeAt(end *opsim.DriverEnd, change *stats.Interval, unit timeUnit) string {
	switch {
	case len(end.Overloaded) > 0:
		return none + "\n" + strings.Join(end.Overloaded, ", ") + " overloaded"
	case change == nil:
		return none
	}
	return differenceCell(*change, unit)
}

// swung adds what a quantity does to a figure, where it is known at both ends.
func swung(swings []swing, name string, low, high *stats.Interval) []swing {
	if low == nil || high == nil {
		return swings
	}
	a, b := low.Estimate.Value, high.Estimate.Value
	return append(swings, swing{name, min(0, a, b), max(0, a, b)})
}
