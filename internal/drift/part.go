package drift

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// part are the cases of a sample that a test is of.
type part struct {
	*Sample
	of   flags            // those that have all of these
	only func(i int) bool // and are such, where it is set
}

// has says whether the case is one of the part.
func (p part) has(i int) bool {
	return p.flags[i]&p.of == p.of && (p.only == nil || p.only(i))
}

// where are those of the part that are such, too.
func (p part) where(such func(i int) bool) part {
	if before := p.only; before != nil {
		p.only = func(i int) bool { return before(i) && such(i) }
	} else {
		p.only = such
	}
	return p
}

// among are those of the part that have these flags too.
func (p part) among(of flags) part {
	p.of |= of
	return p
}

// size is how many cases a part has.
func (p part) size() (n int) {
	for i := range p.flags {
		if p.has(i) {
			n++
		}
	}
	return n
}

// moments gathers values of the part's cases by cluster; clusters without cases
// are empty.
func (p part) moments(value func(i int) float64) (groups []stats.Moments, cases int) {
	groups = make([]stats.Moments, p.groups)
	for i := range p.flags {
		if p.has(i) {
			cases++
			g := i
			if p.cluster != nil {
				g = int(p.cluster[i])
			}
			groups[g].AddWeighted(value(i), p.weight(i))
		}
	}
	return groups, cases
}

// share is how many cases of a part are what a test asks for.
type share struct {
	rate  float64 // weighted
	cases int     // of the part
	// x of n independent cases of equal weight would tell as much. Without
	// clusters and weights they are the cases' own counts.
	x, n int
}

// tail is the chance at which few clusters are held to be few: about that of
// one test of a check.
const tail = 1e-3

// shares counts the cases of which yes is true in a part of each sample.
//
// With clusters or weights the effective number of cases is the smaller of two.
// One is Korn and Graubard's, by the variance between the part's own clusters,
// which few clusters make uncertain. The other is Kish's with the design effect
// 1 + (m-1)ρ, m being the mean size of a case's cluster and ρ the intraclass
// correlation within the parts of both samples.
func shares(base, fresh part, yes func(s *Sample, i int) bool) (b, f share, err error) {
	if !base.robust() && !fresh.robust() {
		return base.count(yes), fresh.count(yes), nil
	}
	groups, cases := [2][]stats.Moments{}, [2]int{}
	for side, p := range []part{base, fresh} {
		groups[side], cases[side] = p.moments(func(i int) float64 { return number(yes(p.Sample, i)) })
	}
	alike := intraclass(groups[0], groups[1])
	out := [2]share{}
	for side := range out {
		rate, err := stats.KornGraubard(groups[side], 1-2*tail, stats.TwoSided)
		if err != nil {
			return b, f, err
		}
		s := share{rate: rate.Estimate.Or(0), cases: cases[side]}
		// One cluster tells nothing of others.
		s.n = int(min(rate.EffectiveN.Or(0), effectiveSize(groups[side], alike), float64(s.cases)) + 1e-9)
		s.x = int(math.Round(s.rate * float64(s.n)))
		out[side] = s
	}
	return out[0], out[1], nil
}

// count is the share of independent cases of equal weight.
func (p part) count(yes func(s *Sample, i int) bool) share {
	var s share
	for i := range p.flags {
		if p.has(i) {
			s.n++
			if yes(p.Sample, i) {
				s.x++
			}
		}
	}
	s.cases = s.n
	if s.n > 0 {
		s.rate = float64(s.x) / float64(s.n)
	}
	return s
}

// intraclass is the correlation of cases of one cluster, from 0 to 1, within
// samples: the estimate of the analysis of variance (Donner 1986).
func intraclass(samples ...[]stats.Moments) float64 {
	var between, within, cases, clusters, freedom, squares float64
	for _, groups := range samples {
		var all stats.Moments
		n, k, square := 0.0, 0.0, 0.0
		for _, g := range groups {
			if g.N > 0 && g.Weight > 0 {
				all.Merge(stats.Moments{N: g.N, Weight: float64(g.N), Weight2: float64(g.N), Mean: g.Mean, M2: g.M2 * float64(g.N) / g.Weight})
				n, k, square = n+float64(g.N), k+1, square+float64(g.N)*float64(g.N)
				within += g.M2 * float64(g.N) / g.Weight
			}
		}
		if k < 2 {
			continue
		}
		for _, g := range groups {
			between += float64(g.N) * (g.Mean - all.Mean) * (g.Mean - all.Mean)
		}
		cases, clusters, freedom, squares = cases+n, clusters+k, freedom+k-1, squares+square/n
	}
	if freedom == 0 || cases <= clusters {
		return 0
	}
	usual := (cases - squares) / freedom // size of a cluster
	b, w := between/freedom, within/(cases-clusters)
	if b+(usual-1)*w <= 0 {
		return 0
	}
	return min(1, max(0, (b-w)/(b+(usual-1)*w)))
}

// effectiveSize is how many independent cases of equal weight tell as much as
// clusters whose cases have an intraclass correlation.
func effectiveSize(groups []stats.Moments, alike float64) float64 {
	var all stats.Moments
	squares := 0.0
	for _, g := range groups {
		all.Merge(g)
		squares += float64(g.N) * float64(g.N)
	}
	if all.N == 0 {
		return 0
	}
	return all.EffectiveN() / (1 + (squares/float64(all.N)-1)*alike)
}

// mean is the mean of values over the part's cases, with its variance by
// clusters and weights: the larger of that between its own clusters and that of
// its effective size, alike being the intraclass correlation.
func (p part) mean(value func(i int) float64, alike float64) (mean, variance float64, clusters int, err error) {
	groups, _ := p.moments(value)
	m, err := stats.ClusterMean(groups, level)
	if err != nil {
		return 0, 0, 0, err
	}
	se := m.SECR1.Or(math.Inf(1))
	variance = se * se
	var all stats.Moments
	for _, g := range groups {
		all.Merge(g)
	}
	if size := effectiveSize(groups, alike); size > 0 && all.Weight > 0 {
		variance = max(variance, all.M2/all.Weight/size)
	}
	return m.Estimate.Or(0), variance, m.Clusters, nil
}
