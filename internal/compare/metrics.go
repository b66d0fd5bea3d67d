package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// metric is one that is compared.
type metric struct {
	name   string
	unit   string
	higher bool // is better
	of     func(*score.DesignVectors) []score.Ratio
	// ratio: the denominators differ by design, so the difference is one of
	// ratios.
	ratio bool
}

// headline are the metrics of the family that every comparison decides.
var headline = []metric{
	{score.SystemAccuracy, "rate", true, func(v *score.DesignVectors) []score.Ratio { return v.System }, false},
	{score.AutomatedAccuracy, "rate", true, func(v *score.DesignVectors) []score.Ratio { return v.Automated }, true},
	{score.ForcedAccuracy, "rate", true, func(v *score.DesignVectors) []score.Ratio { return v.Forced }, false},
	{score.EscalationRate, "rate", false, func(v *score.DesignVectors) []score.Ratio { return v.Escalated }, false},
	{score.SilentFailureRate, "rate", false, func(v *score.DesignVectors) []score.Ratio { return v.Silent }, false},
	{score.HandoffFailureRate, "rate", false, func(v *score.DesignVectors) []score.Ratio { return v.Handoff }, false},
	{score.CostPerCase, "money", false, func(v *score.DesignVectors) []score.Ratio { return v.Cost }, false},
	{score.MinutesPerCase, "minutes", false, func(v *score.DesignVectors) []score.Ratio { return v.Minutes }, false},
}

// others are the metrics of a run scored in detail beyond the headline: those of
// escalation and failure, then by outcome field, by route, and by class of the
// decision, of those classes that have so many labels.
func others(v *score.Vectors, labels int) []metric {
	detail := func(of func(*score.Detail) []score.Ratio) func(*score.DesignVectors) []score.Ratio {
		return func(d *score.DesignVectors) []score.Ratio { return of(d.Detail) }
	}
	out := []metric{
		{score.AutomationRate, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.Automation }), false},
		{score.FailureRate, "rate", false, func(v *score.DesignVectors) []score.Ratio { return v.Failed }, false},
		{score.EscalationPrecLabel, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.PrecLabel }), true},
		{score.EscalationRecLabel, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.RecLabel }), false},
		{score.EscalationPrecOut, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.PrecOutcome }), true},
		{score.EscalationRecOut, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.RecOutcome }), true},
		{score.RecoveredRate, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.Recovered }), true},
		{score.ErrorCost, "money", false, detail(func(d *score.Detail) []score.Ratio { return d.Errors }), false},
	}
	for i, name := range v.Outcome {
		out = append(out, metric{"field:" + name, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.Fields[i] }), false})
	}
	routes := map[string]bool{}
	for i := range v.Designs {
		for step := range v.Designs[i].Detail.Routes {
			routes[step] = true
		}
	}
	for _, step := range slices.Sorted(maps.Keys(routes)) {
		out = append(out, metric{"route:" + step, "rate", true, func(d *score.DesignVectors) []score.Ratio {
			if r, ok := d.Detail.Routes[step]; ok {
				return r
			}
			return make([]score.Ratio, len(d.System)) // of a design without that route nothing is known
		}, false})
	}
	support := labelled(v)
	for i, class := range v.Classes {
		if support[i] < labels {
			continue
		}
		out = append(out,
			metric{"precision:" + class, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.Precision(i) }), true},
			metric{"recall:" + class, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.Recall(i) }), true},
			metric{"f1:" + class, "rate", true, detail(func(d *score.Detail) []score.Ratio { return d.F1(i) }), true})
	}
	return out
}

// labelled counts the cases of each class, by the design that has most.
func labelled(v *score.Vectors) []int {
	most := make([]int, len(v.Classes))
	for i := range v.Designs {
		seen := make(map[[2]int32]bool)
		count := make([]int, len(v.Classes))
		for _, d := range v.Designs[i].Detail.Decisions {
			if key := [2]int32{d.Case, int32(d.Truth)}; !seen[key] {
				seen[key] = true
				count[d.Truth]++
			}
		}
		for c, n := range count {
			most[c] = max(most[c], n)
		}
	}
	return most
}

// find is the metric of that name, and its place among all.
func find(v *score.Vectors, name string) (metric, uint64, error) {
	all := headline
	if v.Details != nil {
		all = slices.Concat(headline, others(v, fewestCases))
	}
	i := slices.IndexFunc(all, func(m metric) bool { return m.name == name })
	if i < 0 {
		names := make([]string, len(all))
		for i, m := range all {
			names[i] = m.name
		}
		return metric{}, 0, fmt.Errorf("no metric %q is compared here (there is: %s)", name, strings.Join(names, ", "))
	}
	return all[i], uint64(i), nil
}
