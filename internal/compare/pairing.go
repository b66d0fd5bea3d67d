package compare

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// pairing is two designs' figures on the same cases.
type pairing struct {
	a, b     []stats.Ratio // candidate and baseline, a unit each
	clusters []int32       // of each case; nil where cases are independent
	weighted bool
	binary   bool // one repeat, right or wrong, equal weights
	pairs    stats.Pairs
	cases    int
	worst    float64 // of money, what a wrong decision costs at most
}

// newPairing keeps the cases that tell of both designs. For a difference of
// ratios a case that was measured under both and tells of one of them is kept
// too: it is in that one's denominator. Of those, keep takes some, or is nil.
func newPairing(v *score.Vectors, candidate, baseline *score.DesignVectors, m metric, keep func(int) bool) *pairing {
	a, b, ratio := m.of(candidate), m.of(baseline), m.ratio
	p := &pairing{binary: m.unit == "rate" && !ratio}
	if m.unit == "money" {
		p.worst = v.Worst
	}
	for i := range a {
		switch {
		case keep != nil && !keep(i):
			continue
		case candidate.Escalated[i].Den == 0 || baseline.Escalated[i].Den == 0: // not measured
			continue
		case ratio && a[i].Den == 0 && b[i].Den == 0, !ratio && (a[i].Den == 0 || b[i].Den == 0):
			continue
		}
		w := v.Weight[i]
		ra, rb := unit(a[i], w, ratio), unit(b[i], w, ratio)
		p.a, p.b = append(p.a, ra), append(p.b, rb)
		if v.Cluster != nil {
			p.clusters = append(p.clusters, v.Cluster[i])
		}
		p.cases++
		p.weighted = p.weighted || w != 1
		if p.binary = p.binary && w == 1 && zeroOne(ra.Num) && zeroOne(rb.Num); p.binary {
			p.pairs.Add(ra.Num == 1, rb.Num == 1)
		}
	}
	if p.clusters != nil && Distinct(p.clusters) == len(p.clusters) {
		p.clusters = nil // a case each: repeats have been averaged, and cases are independent
	}
	return p
}

// Distinct counts the clusters of cases.
func Distinct(clusters []int32) int {
	seen := make(map[int32]bool, len(clusters))
	for _, c := range clusters {
		seen[c] = true
	}
	return len(seen)
}

// unit is a case's figure: the mean over its repeats, or the sums where
// denominators differ by design.
func unit(r score.Ratio, w float64, ratio bool) stats.Ratio {
	if ratio || r.Den == 0 {
		return stats.Ratio{Num: float64(r.Num) * w, Den: float64(r.Den) * w}
	}
	return stats.Ratio{Num: float64(r.Num) / float64(r.Den) * w, Den: w}
}

func zeroOne(x float64) bool { return x == 0 || x == 1 }

// difference fills in estimate, interval and p-value by the method that fits.
func (p *pairing) difference(d *Difference, m metric, src rand.Source) error {
	d.Cases, d.Clusters = p.cases, Distinct(p.clusters)
	if p.cases == 0 {
		d.Why = "no case tells of both designs"
		d.Interval = stats.Interval{Lower: -1, Upper: 1, Level: level}
		return nil
	}
	var err error
	if d.Interval, d.Warnings, err = p.interval(m, level, src); err != nil {
		return err
	}
	if !d.Estimate.Valid {
		d.Why = "one of the designs has no such cases"
		d.Interval = stats.Interval{Lower: -1, Upper: 1, Level: level}
		return nil
	}
	if p.binary {
		d.OnlyCandidate, d.OnlyBaseline = p.pairs.OnlyA, p.pairs.OnlyB
	}
	d.P, err = p.test(m, src)
	return err
}

// bounds are the 95 % bounds of the difference where its interval is shorter than
// it says: of a rate over clusters or over other cases in either design, and of
// means. ok is false of others.
func (p *pairing) bounds(m metric, src rand.Source) (iv stats.Interval, ok bool, err error) {
	most := 1.0
	switch {
	case p.cases == 0, m.unit == "rate" && !m.ratio && p.clusters == nil:
		return iv, false, nil
	case m.ratio:
		units := p.units()
		iv, err := stats.BoundedRatioDifference(units, level, count(len(units)), src)
		return iv, true, err
	case m.unit != "rate":
		most = p.worst
		for i := range p.a {
			most = max(most, math.Abs(p.a[i].Num)/p.a[i].Den, math.Abs(p.b[i].Num)/p.b[i].Den)
		}
	}
	of := make([]stats.Ratio, len(p.a))
	for i := range p.a {
		of[i] = stats.Ratio{Num: p.a[i].Num - p.b[i].Num, Den: p.a[i].Den}
	}
	if p.clusters != nil {
		groups, _ := p.groups()
		of = stats.RatiosOf(groups)
	}
	iv, err = stats.BoundedRatio(of, -most, most, level, stats.TwoSided)
	return iv, true, err
}

// interval is the difference with its interval at that level: Newcombe's paired
// one of what is right or wrong; of clusters the mean difference with CR1 and t;
// else the paired BCa bootstrap, of whole clusters.
func (p *pairing) interval(m metric, level float64, src rand.Source) (stats.Interval, []stats.Warning, error) {
	resampled := func(n int) stats.Bootstrap {
		return stats.Bootstrap{Resamples: count(n), Level: level, Method: stats.BCa, Source: src}
	}
	switch {
	case m.ratio:
		units := p.units()
		boot, err := stats.BootstrapRatioDifference(units, resampled(len(units)))
		return boot.Interval, boot.Warnings, err
	case p.binary && p.clusters == nil:
		iv, err := stats.NewcombePaired(p.pairs, level)
		return iv, nil, err
	case p.clusters != nil:
		groups, _ := p.groups()
		est, err := stats.ClusterMean(groups, level)
		if err != nil {
			return est.Interval, nil, err
		}
		if iv := &est.Interval; m.unit == "rate" {
			iv.Lower, iv.Upper = max(iv.Lower, -1), min(iv.Upper, 1)
		}
		return est.Interval, est.Warnings, nil
	}
	units := make([]stats.Ratio, p.cases)
	for i := range p.a {
		units[i] = stats.Ratio{Num: p.a[i].Num - p.b[i].Num, Den: p.a[i].Den}
	}
	boot, err := stats.BootstrapRatio(units, resampled(len(units)))
	return boot.Interval, boot.Warnings, err
}

// test is the p-value of no difference: mid-p McNemar of what is right or wrong,
// else swaps of the two designs within a unit, or sign flips, of whole clusters.
func (p *pairing) test(m metric, src rand.Source) (stats.Number, error) {
	flipped := func(diffs []float64, times int) (stats.Number, error) {
		perm, err := stats.SignFlip(diffs, stats.NotEqual, times, src)
		if err != nil {
			return stats.Number{}, err
		}
		return stats.Num(perm.PValue), nil
	}
	switch {
	case m.ratio:
		units := p.units()
		perm, err := stats.SwapRatios(units, stats.NotEqual, count(len(units)), src)
		if err != nil {
			return stats.Number{}, err
		}
		return stats.Num(perm.PValue), nil
	case p.binary && p.clusters == nil:
		mid, err := stats.McNemarMidP(p.pairs.OnlyA, p.pairs.OnlyB)
		if err != nil {
			return stats.Number{}, err
		}
		return stats.Num(mid), nil
	case p.clusters != nil:
		_, sums := p.groups()
		return flipped(sums, resamples)
	}
	diffs := make([]float64, p.cases)
	for i := range p.a {
		diffs[i] = p.a[i].Num - p.b[i].Num
	}
	return flipped(diffs, count(len(diffs)))
}

// groups are the differences by cluster, and their weighted sums, in a stable
// order.
func (p *pairing) groups() ([]stats.Moments, []float64) {
	moments := make(map[int32]*stats.Moments)
	sums := make(map[int32]float64)
	for i := range p.a {
		w := p.a[i].Den
		difference := (p.a[i].Num - p.b[i].Num) / w
		m := moments[p.clusters[i]]
		if m == nil {
			m = new(stats.Moments)
			moments[p.clusters[i]] = m
		}
		m.AddWeighted(difference, w)
		sums[p.clusters[i]] += difference * w
	}
	var groups []stats.Moments
	var flips []float64
	for _, k := range slices.Sorted(maps.Keys(moments)) {
		groups, flips = append(groups, *moments[k]), append(flips, sums[k])
	}
	return groups, flips
}

// units are the cases, or the clusters of cases with their figures summed.
func (p *pairing) units() []stats.PairedRatio {
	if p.clusters == nil {
		units := make([]stats.PairedRatio, p.cases)
		for i := range units {
			units[i] = stats.PairedRatio{A: p.a[i], B: p.b[i]}
		}
		return units
	}
	index := make(map[int32]int)
	var units []stats.PairedRatio
	for i, c := range p.clusters {
		at, ok := index[c]
		if !ok {
			at = len(units)
			index[c] = at
			units = append(units, stats.PairedRatio{})
		}
		u := &units[at]
		u.A.Num += p.a[i].Num
		u.A.Den += p.a[i].Den
		u.B.Num += p.b[i].Num
		u.B.Den += p.b[i].Den
	}
	return units
}

// count is how often n units are resampled.
func count(n int) int {
	if n > gatherLimit {
		return max(1000, resamples*gatherLimit/n)
	}
	return resamples
}
