package score

import "github.com/rehearse-dev/rehearse/internal/stats"

// Rate is a rate over the cases that keep takes, nil for all, from how often
// each counted and was so; with the number of cases that it is over.
func (v *Vectors) Rate(name string, of []Ratio, keep func(int) bool) (Metric, int) {
	u, r, cases := v.gather(of, keep, func(r *rate, u units, cluster int32, weight float64, x Ratio) {
		for i := range int(x.Den) {
			r.add(u, cluster, weight, i < int(x.Num))
		}
	})
	return r.metric(u, name), cases
}

// F1 is the F1 of a class, from [Detail.F1]: 2j / (1 + j) of the rate j of right
// decisions for the class among the trials that were decided so or labelled so.
// Each of those is one or the other, so that j has the bounds of a rate, and F1,
// which grows with it, has theirs.
func (v *Vectors) F1(name string, of []Ratio, keep func(int) bool) (Metric, int) {
	shared := make([]Ratio, len(of))
	for i, x := range of {
		shared[i] = Ratio{Num: x.Num / 2, Den: x.Den - x.Num/2}
	}
	m, cases := v.Rate(name, shared, keep)
	m.Numerator, m.Denominator = 2*m.Numerator, m.Numerator+m.Denominator
	for _, iv := range []*stats.Interval{&m.Interval, &m.Exact.TwoSided, &m.Exact.Lower, &m.Exact.Upper} {
		iv.Lower, iv.Upper = F1Of(iv.Lower), F1Of(iv.Upper)
		if iv.Estimate.Valid {
			iv.Estimate = stats.Num(F1Of(iv.Estimate.Value))
		}
	}
	return m, cases
}

// F1Of is the F1 of a class of which that share of the trials that were decided
// so or labelled so was right.
func F1Of(shared float64) float64 { return 2 * shared / (1 + shared) }

// SharedOf is the share that has this F1.
func SharedOf(f1 float64) float64 { return f1 / (2 - f1) }

// Mean is a mean over the cases that keep takes, nil for all, from each one's
// sum and count. Beside it stand the bounds that a gate decides on, which take
// it that no case has more than the most that one has here, or, of money, than
// the costliest wrong decision costs.
func (v *Vectors) Mean(name, unit string, of []Ratio, keep func(int) bool) (Metric, int) {
	low, high := 0.0, 0.0
	switch unit {
	case "money":
		high = v.Worst
	case "score":
		high = 1
	}
	u, r, cases := v.gather(of, keep, func(r *rate, u units, cluster int32, weight float64, x Ratio) {
		// Repeats of a case are in one cluster, where their mean tells as much as they do.
		for range int(x.Den) {
			r.addValue(u, cluster, weight, x.Mean())
		}
		low, high = min(low, x.Mean()), max(high, x.Mean())
	})
	m := r.mean(u, name, unit)
	var each []stats.Ratio
	if u.clustered {
		each = stats.RatiosOf(r.groups())
	} else {
		for i, x := range of {
			if x.Den > 0 && (keep == nil || keep(i)) {
				each = append(each, stats.Ratio{Num: v.Weight[i] * float64(x.Num), Den: v.Weight[i] * float64(x.Den)})
			}
		}
	}
	m.Exact = gaffke(each, low, high, float64(len(each)))
	return m, cases
}

func (v *Vectors) gather(of []Ratio, keep func(int) bool, add func(*rate, units, int32, float64, Ratio)) (units, *rate, int) {
	u := units{clustered: v.Cluster != nil}
	for _, w := range v.Weight {
		u.weighted = u.weighted || w != 1
	}
	r, cases := &rate{}, 0
	for i, x := range of {
		if x.Den == 0 || keep != nil && !keep(i) {
			continue
		}
		cases++
		cluster := int32(0)
		if u.clustered {
			cluster = v.Cluster[i]
		}
		add(r, u, cluster, v.Weight[i], x)
	}
	return u, r, cases
}
