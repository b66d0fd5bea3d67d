package stats

import "math"

// fewClusters is where [FewClusters] is raised: below it t_{G-1} intervals cover
// visibly less than their level.
const fewClusters = 20

// A ClusterEstimate is the mean of cases that come in clusters (a customer, a
// thread, a case's repeats) with the standard errors in use for it.
type ClusterEstimate struct {
	Interval // mean ± t_{G-1} SECR1; not clipped to any range
	N        int
	Clusters int
	SECLT    Number // as if the cases were independent, n-1 below
	SEMiller Number // Miller 2024: CLT plus the cross products within clusters
	SECR0    Number // sqrt(Σ S_g²)/n, S_g the sum of a cluster's deviations
	SECR1    Number // SECR0 sqrt(G/(G-1)); the default
	SECR2    Number // bias-reduced; only from ClusterMeanCR2
	DF       Number // G-1, or Satterthwaite's for CR2
	Warnings []Warning
}

// ClusterMean returns the mean over all cases of the clusters, each a cluster's
// [Moments], with the cluster-robust standard error CR1 and t_{G-1}. With
// weights it is the linearised (Taylor) estimate of the weighted mean with
// clusters as primary sampling units; SECLT and SEMiller are then absent.
//
// A ratio of sums is such a mean too: give each cluster the Moments of its
// numerator's values over the cases in its denominator.
//
// One cluster has no standard error, and an interval from -Inf to +Inf.
func ClusterMean(clusters []Moments, level float64) (ClusterEstimate, error) {
	if err := checkLevel("level", level); err != nil {
		return ClusterEstimate{}, err
	}
	all, groups, err := mergeClusters(clusters)
	if err != nil {
		return ClusterEstimate{}, err
	}
	e := ClusterEstimate{
		Interval: Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: level, Method: "CR1, t"},
		N:        all.N,
		Clusters: groups,
	}
	if all.Weight == 0 {
		return e, nil
	}
	e.Estimate = Num(all.Mean)
	equal := all.equalWeights()
	if v := all.Variance(); v.Valid {
		e.SECLT = Num(math.Sqrt(v.Value / float64(all.N)))
	}
	if !equal {
		e.Warnings = append(e.Warnings, WeightedSample)
	}
	if groups < 2 {
		return e, nil
	}
	sum2 := sumSquaredTotals(clusters, all)
	g := float64(groups)
	cr1 := math.Sqrt(sum2*g/(g-1)) / all.Weight
	e.SECR0 = Num(math.Sqrt(sum2) / all.Weight)
	e.SECR1 = Num(cr1)
	e.DF = Num(g - 1)
	if equal {
		cross := sum2/(all.Weight*all.Weight) - all.M2/(all.Weight*float64(all.N))
		e.SEMiller = Num(math.Sqrt(math.Max(0, e.SECLT.Value*e.SECLT.Value+cross)))
	}
	t := studentUpper(TwoSided.tail(level), g-1)
	e.Lower, e.Upper = all.Mean-t*cr1, all.Mean+t*cr1
	if groups < fewClusters {
		e.Warnings = append(e.Warnings, FewClusters)
	}
	if cr1 == 0 {
		e.Warnings = append(e.Warnings, NoVariation)
	}
	return e, nil
}

// mergeClusters puts all cases together, and counts the clusters that have weight.
// It refuses a cluster whose own sums are spoilt: one without weight would hide
// that from the sums of all.
func mergeClusters(clusters []Moments) (all Moments, groups int, err error) {
	for _, c := range clusters {
		if err := c.check(); err != nil {
			return Moments{}, 0, err
		}
		if c.Weight > 0 {
			groups++
		}
		all.Merge(c)
	}
	return all, groups, all.check()
}

// sumSquaredTotals returns Σ_g S_g², S_g = Σ_{i in g} w(y - mean).
func sumSquaredTotals(clusters []Moments, all Moments) float64 {
	sum := 0.0
	for _, c := range clusters {
		s := c.Weight * (c.Mean - all.Mean)
		sum += s * s
	}
	return sum
}

// ClusterMeanCR2 is [ClusterMean] with the bias-reduced standard error CR2 of
// Bell and McCaffrey (2002) and Satterthwaite degrees of freedom, for few and
// unequal clusters of equally weighted cases. For a plain mean both have closed
// forms: SE² = Σ S_g²/(1-n_g/n)/n² and, with q_g = n_g²/(n-n_g),
// df = n²/(Σn_g² + (Σq)² - Σq²).
func ClusterMeanCR2(clusters []Moments, level float64) (ClusterEstimate, error) {
	e, err := ClusterMean(clusters, level)
	if err != nil {
		return e, err
	}
	e.Method = "CR2, Satterthwaite t"
	if !e.SECR1.Valid {
		return e, nil
	}
	all, _, err := mergeClusters(clusters)
	if err != nil {
		return ClusterEstimate{}, err
	}
	if !all.equalWeights() {
		return ClusterEstimate{}, refuse(InvalidWeight, "CR2 is defined here for equal weights only; use the CR1 mean")
	}
	n := float64(all.N)
	var v, sizes2, q, q2 float64
	for _, c := range clusters {
		if c.Weight == 0 {
			continue
		}
		size := float64(c.N)
		s := size * (c.Mean - all.Mean)
		v += s * s / (1 - size/n)
		r := size * size / (n - size)
		sizes2, q, q2 = sizes2+size*size, q+r, q2+r*r
	}
	se := math.Sqrt(v) / n
	df := n * n / (sizes2 + q*q - q2)
	e.SECR2, e.DF = Num(se), Num(df)
	t := studentUpper(TwoSided.tail(level), df)
	e.Lower, e.Upper = all.Mean-t*se, all.Mean+t*se
	return e, nil
}

// A ClusterRate is a rate over clustered cases.
type ClusterRate struct {
	Interval
	N          int
	Clusters   int
	EffectiveN Number // n_eff: independent cases that would tell as much
	Warnings   []Warning
}

// KornGraubard returns the interval of a rate over clustered 0/1 outcomes (Korn
// and Graubard 1998; R survey, svyciprop "beta"): Clopper-Pearson limits with
//
//	n_eff = p(1-p)/SECR1² (t_{n-1}/t_{G-1})².
//
// All right or all wrong takes n_eff = G. One cluster gives [0, 1]. Weighted
// clusters give the weighted rate with its linearised standard error.
func KornGraubard(clusters []Moments, level float64, side Side) (ClusterRate, error) {
	m, err := ClusterMean(clusters, level)
	if err != nil {
		return ClusterRate{}, err
	}
	r := ClusterRate{
		Interval: Interval{Lower: 0, Upper: 1, Level: level, Side: side, Method: "Korn-Graubard"},
		N:        m.N, Clusters: m.Clusters,
	}
	if !m.Estimate.Valid {
		return r, nil
	}
	p := clamp(m.Estimate.Value, 0, 1)
	for _, c := range clusters {
		if err := checkRate(c); err != nil {
			return ClusterRate{}, err
		}
	}
	r.Estimate = m.Estimate
	if m.Clusters < 2 {
		return r, nil
	}
	n := float64(m.N)
	eff := float64(m.Clusters)
	switch se2 := m.SECR1.Value * m.SECR1.Value; {
	case p <= 0 || p >= 1:
	case se2*n < 1e-12*p*(1-p):
		// Rounding is all that is left of the variance between clusters.
		eff = n
		r.Warnings = append(r.Warnings, NoVariation)
	default:
		tail := side.tail(level)
		ratio := 1.0 // below a level of one half an end is on the other side of the estimate, and t says nothing
		if tail < 0.5 {
			ratio = studentUpper(tail, n-1) / studentUpper(tail, float64(m.Clusters-1))
		}
		eff = p * (1 - p) / se2 * ratio * ratio
	}
	r.EffectiveN = Num(eff)
	limits := clopperPearson(p*eff, eff, level, side)
	r.Lower, r.Upper = limits.Lower, limits.Upper
	if m.Clusters < fewClusters {
		r.Warnings = append(r.Warnings, FewClusters)
	}
	return r, nil
}

// ClustersOf gathers values by cluster name, in the order in which the names
// first appear; weights are nil for equal ones.
func ClustersOf[K comparable](values []float64, names []K, weights []float64) ([]Moments, error) {
	err := firstErr(checkLengths("values", len(values), "cluster names", len(names)),
		checkFinite("value", values), checkWeights(weights, len(values)))
	if err != nil {
		return nil, err
	}
	at := make(map[K]int)
	var clusters []Moments
	for i, y := range values {
		j, seen := at[names[i]]
		if !seen {
			j = len(clusters)
			at[names[i]] = j
			clusters = append(clusters, Moments{})
		}
		clusters[j].AddWeighted(y, weightAt(weights, i))
	}
	return clusters, nil
}
