package compare

import (
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
}

// newPairing keeps the cases that tell of both designs. For a difference of
// ratios a case that was measured under both and tells of one of them is kept
// too: it is in that one's denominator.
func newPairing(v *score.Vectors, candidate, baseline *score.DesignVectors, m metric) *pairing {
	a, b, ratio := m.of(candidate), m.of(baseline), m.ratio
	p := &pairing{binary: m.unit == "rate" && !ratio}
	for i := range a {
		switch {
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
	if distinct(p.clusters) {
		p.clusters = nil // a case each: repeats have been averaged, and cases are independent
	}
	return p
}

// distinct says that no cluster has more than one case.
func distinct(clusters []int32) bool {
	seen := make(map[int32]bool, len(clusters))
	for _, c := range clusters {
		if seen[c] {
			return false
		}
		seen[c] = true
	}
	return true
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
	d.Cases = p.cases
	if p.cases == 0 {
		d.Why = "no case tells of both designs"
		d.Interval = stats.Interval{Lower: -1, Upper: 1, Level: level}
		return nil
	}
	switch {
	case m.ratio:
		return p.ratios(d, src)
	case p.binary && p.clusters == nil:
		return p.rightWrong(d)
	case p.clusters != nil:
		return p.clustered(d, src, m.unit == "rate")
	}
	return p.means(d, src)
}

// rightWrong: Newcombe's paired interval and the mid-p McNemar test.
func (p *pairing) rightWrong(d *Difference) error {
	iv, err := stats.NewcombePaired(p.pairs, level)
	if err != nil {
		return err
	}
	mid, err := stats.McNemarMidP(p.pairs.OnlyA, p.pairs.OnlyB)
	if err != nil {
		return err
	}
	d.Interval, d.P = iv, stats.Num(mid)
	p.counts(d, 1)
	return nil
}

// counts tells of discordant cases, and how many more would decide where
// clusters make the variance effect times what independent cases would have.
func (p *pairing) counts(d *Difference, effect float64) {
	if !p.binary {
		return
	}
	d.OnlyCandidate, d.OnlyBaseline = p.pairs.OnlyA, p.pairs.OnlyB
	need, err := stats.PairsConnor(p.pairs.Discordance(), alpha, power)
	if err != nil {
		return // as many for the one as for the other: no number would decide
	}
	// Cases of one cluster tell less than as many independent ones.
	d.FurtherCases = max(0, int(math.Ceil(need.Exact*max(1, effect)))-p.cases)
}

// clustered: the mean difference with CR1 and t, and a permutation that flips
// whole clusters.
func (p *pairing) clustered(d *Difference, src rand.Source, rate bool) error {
	diffs := make([]float64, p.cases)
	sums := make(map[int32]*stats.Moments)
	flips := make(map[int32]float64)
	for i := range p.a {
		w := p.a[i].Den
		diffs[i] = (p.a[i].Num - p.b[i].Num) / w
		m := sums[p.clusters[i]]
		if m == nil {
			m = new(stats.Moments)
			sums[p.clusters[i]] = m
		}
		m.AddWeighted(diffs[i], w)
		flips[p.clusters[i]] += diffs[i] * w
	}
	keys := make([]int32, 0, len(sums))
	for k := range sums {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	groups := make([]stats.Moments, len(keys))
	flip := make([]float64, len(keys))
	for i, k := range keys {
		groups[i], flip[i] = *sums[k], flips[k]
	}
	est, err := stats.ClusterMean(groups, level)
	if err != nil {
		return err
	}
	perm, err := stats.SignFlip(flip, stats.NotEqual, resamples, src)
	if err != nil {
		return err
	}
	d.Interval, d.P = est.Interval, stats.Num(perm.PValue)
	if rate {
		d.Lower, d.Upper = max(d.Lower, -1), min(d.Upper, 1)
	}
	d.Warnings = est.Warnings
	effect := 1.0
	if est.SECR1.Valid && est.SECLT.Or(0) > 0 {
		effect = math.Pow(est.SECR1.Value/est.SECLT.Value, 2)
	}
	p.counts(d, effect)
	return nil
}

// ratios: the paired bootstrap of the difference of ratios, whole clusters at
// a time, and a test that swaps the designs within a unit.
func (p *pairing) ratios(d *Difference, src rand.Source) error {
	units := p.units()
	boot, err := stats.BootstrapRatioDifference(units, stats.Bootstrap{Resamples: count(len(units)), Level: level, Method: stats.BCa, Source: src})
	if err != nil {
		return err
	}
	if !boot.Estimate.Valid {
		d.Why = "one of the designs has no such cases"
		d.Interval = stats.Interval{Lower: -1, Upper: 1, Level: level}
		return nil
	}
	test, err := stats.SwapRatios(units, stats.NotEqual, count(len(units)), src)
	if err != nil {
		return err
	}
	d.Interval, d.P, d.Warnings = boot.Interval, stats.Num(test.PValue), boot.Warnings
	return nil
}

// means: the paired bootstrap of the mean difference with BCa, and sign flips.
func (p *pairing) means(d *Difference, src rand.Source) error {
	diffs := make([]float64, p.cases)
	units := make([]stats.Ratio, p.cases)
	for i := range p.a {
		diffs[i] = p.a[i].Num - p.b[i].Num
		units[i] = stats.Ratio{Num: diffs[i], Den: p.a[i].Den}
	}
	boot, err := stats.BootstrapRatio(units, stats.Bootstrap{Resamples: count(len(units)), Level: level, Method: stats.BCa, Source: src})
	if err != nil {
		return err
	}
	perm, err := stats.SignFlip(diffs, stats.NotEqual, count(len(diffs)), src)
	if err != nil {
		return err
	}
	d.Interval, d.P, d.Warnings = boot.Interval, stats.Num(perm.PValue), boot.Warnings
	return nil
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
