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
	// A year, at the volume that the workflow states; nil without one.
	CostYear  *stats.Interval `json:"cost_a_year,omitempty"`
	HoursYear *stats.Interval `json:"hours_a_year,omitempty"`
}

// Worths ranks the parts by the money that mending each alone would save, as
// estimated; volume is in cases a year.
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
			w.CostYear, w.HoursYear = scaled(w.Cost, volume), scaled(w.Minutes, volume/60)
		}
		out = append(out, w)
	}
	slices.SortStableFunc(out, func(a, b Worth) int {
		return cmp.Compare(a.Cost.Estimate.Or(0), b.Cost.Estimate.Or(0))
	})
	return out
}

// scaled is an interval in a unit that is so many times smaller.
func scaled(iv stats.Interval, by float64) *stats.Interval {
	iv.Estimate = stats.Num(iv.Estimate.Value * by)
	iv.Lower, iv.Upper = iv.Lower*by, iv.Upper*by
	return &iv
}
