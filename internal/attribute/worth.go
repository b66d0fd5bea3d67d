package attribute

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Worth is what mending one part would be worth: the costs and the people's
// minutes that would be saved, by the workflow's own cost model.
type Worth struct {
	Name    string         `json:"name"`
	Kind    Kind           `json:"kind"`
	Cost    stats.Interval `json:"cost_per_case"`    // change; negative is saved
	Minutes stats.Interval `json:"minutes_per_case"` // change; negative is saved
	// A year, at the volume that the workflow states; absent without one.
	CostYear  stats.Number `json:"cost_a_year"`
	HoursYear stats.Number `json:"hours_a_year"`
}

// Worths ranks the parts by the money that mending each alone would save.
func Worths(shares []Shares, volume float64) []Worth {
	var cost, minutes *Shares
	for i := range shares {
		switch shares[i].Metric {
		case score.CostPerCase:
			cost = &shares[i]
		case score.MinutesPerCase:
			minutes = &shares[i]
		}
	}
	var out []Worth
	for i, p := range cost.Parts {
		w := Worth{Name: p.Name, Kind: p.Kind, Cost: p.Alone, Minutes: minutes.Parts[i].Alone}
		if volume > 0 && w.Cost.Estimate.Valid {
			w.CostYear = stats.Num(w.Cost.Estimate.Value * volume)
			w.HoursYear = stats.Num(w.Minutes.Estimate.Value * volume / 60)
		}
		out = append(out, w)
	}
	slices.SortStableFunc(out, func(a, b Worth) int {
		return cmp.Compare(a.Cost.Estimate.Or(0), b.Cost.Estimate.Or(0))
	})
	return out
}
