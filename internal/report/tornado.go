package report

import "github.com/rehearse-dev/rehearse/internal/report/page"

// swing is what one quantity does to a figure: the least and the most that it gives.
type swing struct {
	name        string
	least, most float64
}

// tornado draws swings around what the figure is, on a scale with 0.
func tornado(title string, is float64, swings []swing, show func(float64) string) page.Panel {
	scale := page.Scale{From: min(0, is), To: max(0, is)}
	for _, s := range swings {
		scale.From, scale.To = min(scale.From, s.least), max(scale.To, s.most)
	}
	scale = rounded(scale)
	p := page.Panel{Title: title, Low: show(scale.From), High: show(scale.To), Zero: scale.At(0)}
	for _, s := range swings {
		p.Rows = append(p.Rows, page.PanelRow{Name: s.name, Figure: show(s.least) + " to " + show(s.most), Mark: scale.Interval(s.least, is, s.most, true)})
	}
	p.ClearEnds()
	return p
}
