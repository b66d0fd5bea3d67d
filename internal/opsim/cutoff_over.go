package opsim

import (
	"context"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// overBest is what a case costs more in a setting than in the best, with an interval for
// how sure the simulation is, by paired replications, and, by their standard error, how
// sure the cases are.
func overBest(a, best *settingRuns, cases, level float64) stats.Interval {
	diff := make([]float64, len(a.runs))
	for i := range diff {
		diff[i] = costOf(a.runs[i]) - costOf(best.runs[i])
	}
	iv := difference(diff, level)
	n := float64(len(diff))
	t, z := distuv.StudentsT{Sigma: 1, Nu: n - 1}, distuv.UnitNormal // few replications, many cases
	half := math.Hypot(t.Quantile((1+level)/2)*deviation(diff)/math.Sqrt(n), z.Quantile((1+level)/2)*cases)
	iv.Lower, iv.Upper = iv.Estimate.Value-half, iv.Estimate.Value+half
	iv.Method = "paired t, with the sampling of the cases"
	return iv
}

// costOf is what a case costs in a replication.
func costOf(m *measured) float64 { return m.cost / float64(m.arrived) }

// moreCases is by how many more the dependence of a cost on them is found.
const moreCases = 0.05

// busier is the plan with a few more cases; nil for stated ones, which are no sample.
func (pl *plan) busier() (*plan, error) {
	if pl.profile.Run == "" {
		return nil, nil
	}
	sc := *pl.sc
	sc.Arrivals.Volume *= 1 + moreCases
	return newPlan(&sc, pl.profile)
}

// perHour is the settingRuns.perHour of a setting that was simulated with fewer cases. A
// share more of them makes each wait longer, as the same share more work on them does;
// that has also as many more who wait.
func (pl *plan) perHour(ctx context.Context, i int, r *settingRuns, workers int) (float64, error) {
	d := &pl.designs[i]
	hours := 0.0
	for k := range d.entries {
		hours += pl.profile.weight(k) * d.entries[k].hours
	}
	if hours == 0 {
		return 0, nil
	}
	runs, err := pl.replicate(ctx, d, rosterOf(pl.sc), 0, pl.sc.Replications, workers)
	if err != nil {
		return 0, err
	}
	longer := 0.0
	for k := range runs {
		longer += (costOf(runs[k]) - costOf(r.runs[k])) / float64(len(runs))
	}
	waiting := r.Cost.Estimate.Value - r.Replayed
	return max(0, waiting+longer/moreCases) / hours, nil
}

// sampling is the standard error, over the replayed cases, of the mean
// difference in cost between two settings: a linearised estimate over clusters. A case
// costs what it does, and by the hours that people work on it what others wait longer.
// Stated cases are no sample.
func (pl *plan) sampling(settings []*settingRuns, a, b int, clusters []string) float64 {
	if pl.profile.Run == "" {
		return 0
	}
	x, y := pl.designs[a].entries, pl.designs[b].entries
	mean := 0.0
	diff := make([]float64, len(x))
	for i := range x {
		diff[i] = pl.priceOf(&x[i]) + settings[a].perHour*x[i].hours - pl.priceOf(&y[i]) - settings[b].perHour*y[i].hours
		mean += pl.profile.weight(i) * diff[i]
	}
	var groups []float64
	index := map[string]int{}
	for i := range diff {
		s := pl.profile.weight(i) * (diff[i] - mean)
		name := ""
		if i < len(clusters) {
			name = clusters[i]
		}
		at, known := index[name]
		if !known || name == "" {
			at = len(groups)
			groups = append(groups, 0)
			if name != "" {
				index[name] = at
			}
		}
		groups[at] += s
	}
	sum := 0.0
	for _, s := range groups {
		sum += s * s
	}
	if n := float64(len(groups)); n > 1 {
		return math.Sqrt(sum * n / (n - 1))
	}
	return math.Inf(1)
}

// rare is the standard error that two cases more would add, one on either side, whose
// cost differs between settings by as much as that of any two cases: where all of a few
// cases were decided rightly, the next one may not be (as Agresti and Coull add
// successes and failures).
func (pl *plan) rare() float64 {
	if pl.profile.Run == "" {
		return 0
	}
	least, most := math.Inf(1), math.Inf(-1)
	for d := range pl.designs {
		for i := range pl.designs[d].entries {
			price := pl.priceOf(&pl.designs[d].entries[i])
			least, most = min(least, price), max(most, price)
		}
	}
	return math.Sqrt2 * (most - least) / float64(pl.profile.Cases)
}
