package report

import (
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/stress"
)

// curves are a chart for every fault.
func (s Stress) curves() []page.Part {
	var parts []page.Part
	for _, group := range stress.Groups {
		var charts []page.Chart
		for i := range s.Faults {
			if s.Faults[i].Group == group {
				charts = append(charts, s.curve(&s.Faults[i]))
			}
		}
		if len(charts) > 0 {
			parts = append(parts, page.Part{Heading: string(group), Charts: charts})
		}
	}
	return parts
}

func (s Stress) curve(f *stress.FaultResult) page.Chart {
	across := page.Scale{From: 0, To: f.Levels[len(f.Levels)-1].Strength}
	title := name(f.Name)
	if f.Title != "" {
		title += ": " + flat(f.Title)
	}
	ch := page.Chart{Title: title, Across: across.Axis(f.Of, plainPercent), Up: page.Scale{From: 0, To: 1}.Axis("cases", plainPercent)}
	right, wrong, asked := page.Series{Name: "right", Dots: true}, page.Series{Name: "automated and wrong", Dots: true}, page.Series{Name: "to a person", Dots: true}
	add := func(at float64, figures stress.Figures) {
		if !figures.Accuracy.Estimate.Valid || !figures.Silent.Estimate.Valid {
			return
		}
		right.Points = append(right.Points, page.Point{X: across.At(at), Y: figures.Accuracy.Estimate.Value})
		wrong.Points = append(wrong.Points, page.Point{X: across.At(at), Y: figures.Silent.Estimate.Value})
		asked.Points = append(asked.Points, page.Point{X: across.At(at), Y: figures.Escalated.Estimate.Value})
	}
	add(0, s.Clean)
	for i := range f.Levels {
		add(f.Levels[i].Strength, f.Levels[i].Figures)
	}
	ch.Series = []page.Series{right, wrong, asked}
	return ch
}
