package stats

import "math"

// A RaterAgreement is how far raters agree on categories, and how far beyond chance.
type RaterAgreement struct {
	// Kappa is absent where chance alone would agree always, or nobody rated a
	// case twice. Its interval is the jackknife's over clusters, t_{G-1}, cut at
	// -1 and 1.
	Kappa    Interval
	Agree    Number // mean over the cases of the share of pairs of raters that agree
	Cases    int    // rated by two or more
	Clusters int
	Warnings []Warning
}

// CohenAgreement is Cohen's (1960) kappa of two raters, who each gave every case a
// category from 0 up. Clusters are nil where the cases are independent.
func CohenAgreement(a, b []int, categories int, clusters []int32, level float64) (RaterAgreement, error) {
	if err := checkLengths("ratings of one", len(a), "of the other", len(b)); err != nil {
		return RaterAgreement{}, err
	}
	cases := make([]ratedCase, len(a))
	for i := range a {
		for _, r := range []int{a[i], b[i]} {
			if r < 0 || r >= categories {
				return RaterAgreement{}, refuse(UnknownLabel, "category %d is not one of %d", r, categories)
			}
		}
		c := ratedCase{agree: indicator(a[i] == b[i]), one: make([]float64, categories), other: make([]float64, categories)}
		c.one[a[i]], c.other[b[i]] = 1, 1
		cases[i] = c
	}
	return agreement(cases, clusters, level)
}

// FleissAgreement is Fleiss' (1971) kappa of any raters: counts are, of each case,
// how many of its raters gave it each category. The number of raters may differ
// from case to case; cases of fewer than two are left out.
func FleissAgreement(counts [][]int, clusters []int32, level float64) (RaterAgreement, error) {
	var cases []ratedCase
	var kept []int32
	for i, row := range counts {
		n, pairs := 0, 0
		for _, k := range row {
			if k < 0 {
				return RaterAgreement{}, refuse(UnknownLabel, "%d raters of a category", k)
			}
			n += k
			pairs += k * (k - 1)
		}
		if n < 2 {
			continue
		}
		c := ratedCase{agree: float64(pairs) / float64(n*(n-1)), one: make([]float64, len(row))}
		for j, k := range row {
			c.one[j] = float64(k) / float64(n)
		}
		c.other = c.one
		cases = append(cases, c)
		if clusters != nil {
			kept = append(kept, clusters[i])
		}
	}
	return agreement(cases, kept, level)
}

// ratedCase is what a case adds: the share of its pairs of raters that agree, and
// how the ratings are shared among the categories on both sides of a pair.
type ratedCase struct {
	agree      float64
	one, other []float64
}

// rated are sums over cases.
type rated struct {
	n, agree   float64
	one, other []float64
}

func (r *rated) add(c ratedCase, sign float64) {
	if r.one == nil {
		r.one, r.other = make([]float64, len(c.one)), make([]float64, len(c.one))
	}
	r.n += sign
	r.agree += sign * c.agree
	for j := range c.one {
		r.one[j] += sign * c.one[j]
		r.other[j] += sign * c.other[j]
	}
}

// kappa is (observed - expected) / (1 - expected).
func (r *rated) kappa() Number {
	if r.n <= 0 {
		return Number{}
	}
	expected := 0.0
	for j := range r.one {
		expected += r.one[j] / r.n * r.other[j] / r.n
	}
	if 1-expected < 1e-12 {
		return Number{}
	}
	return Num((r.agree/r.n - expected) / (1 - expected))
}

func agreement(cases []ratedCase, clusters []int32, level float64) (RaterAgreement, error) {
	if err := checkLevel("level", level); err != nil {
		return RaterAgreement{}, err
	}
	out := RaterAgreement{Cases: len(cases), Kappa: Interval{Lower: -1, Upper: 1, Level: level, Method: "jackknife, t"}}
	if len(cases) == 0 {
		return out, nil
	}
	var all rated
	groups := map[int32][]int{}
	for i, c := range cases {
		all.add(c, 1)
		g := int32(i)
		if clusters != nil {
			g = clusters[i]
		}
		groups[g] = append(groups[g], i)
	}
	out.Clusters = len(groups)
	out.Agree, out.Kappa.Estimate = Num(all.agree/all.n), all.kappa()
	if !out.Kappa.Estimate.Valid || len(groups) < 2 {
		return out, nil
	}
	var without Moments
	seen := map[int32]bool{}
	for i := range cases {
		g := int32(i)
		if clusters != nil {
			g = clusters[i]
		}
		if seen[g] {
			continue
		}
		seen[g] = true
		for _, k := range groups[g] {
			all.add(cases[k], -1)
		}
		if k := all.kappa(); k.Valid {
			without.Add(k.Value)
		}
		for _, k := range groups[g] {
			all.add(cases[k], 1)
		}
	}
	if without.N < len(groups) {
		return out, nil // one cluster holds all of a category
	}
	g := float64(len(groups))
	se := math.Sqrt((g - 1) / g * without.M2)
	if se < 1e-12 {
		out.Warnings = append(out.Warnings, NoVariation)
	}
	t := studentUpper(TwoSided.tail(level), g-1)
	out.Kappa.Lower = max(-1, out.Kappa.Estimate.Value-t*se)
	out.Kappa.Upper = min(1, out.Kappa.Estimate.Value+t*se)
	if len(groups) < fewClusters {
		out.Warnings = append(out.Warnings, FewClusters)
	}
	return out, nil
}
