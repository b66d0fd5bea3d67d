package stats

import (
	"cmp"
	"math"
	"slices"
)

// An Adjustment corrects the p-values of one family of tests.
type Adjustment int

// Holm controls the chance of any false finding and is the default for
// decisions; BenjaminiHochberg controls the share of false ones among the
// findings and is for screening lists; BenjaminiYekutieli does so under any
// dependence; Bonferroni is Holm's weaker ancestor, of use for simultaneous
// intervals at level 1 - alpha/m.
const (
	Holm Adjustment = iota
	BenjaminiHochberg
	BenjaminiYekutieli
	Bonferroni
)

// String returns the method's name.
func (a Adjustment) String() string {
	return [...]string{"Holm", "Benjamini-Hochberg", "Benjamini-Yekutieli", "Bonferroni"}[a]
}

// AdjustP returns the adjusted p-values, in the order given, each to be compared
// with alpha (or with the false discovery rate); as R's p.adjust. An absent
// p-value, of a test that could not be made, stays absent and is not counted in
// the family.
func AdjustP(p []Number, method Adjustment) ([]Number, error) {
	var order []int
	for i, v := range p {
		if !v.Valid {
			continue
		}
		if err := checkProbability("p-value", v.Value); err != nil {
			return nil, err
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i].Value, p[j].Value) })
	m := float64(len(order))
	adjusted := make([]Number, len(p))

	switch method {
	case Bonferroni:
		for _, i := range order {
			adjusted[i] = Num(math.Min(1, m*p[i].Value))
		}
	case Holm:
		least := 0.0
		for rank, i := range order {
			least = math.Max(least, math.Min(1, (m-float64(rank))*p[i].Value))
			adjusted[i] = Num(least)
		}
	case BenjaminiHochberg, BenjaminiYekutieli:
		factor := m
		if method == BenjaminiYekutieli {
			harmonic := 0.0
			for i := range order {
				harmonic += 1 / float64(i+1)
			}
			factor *= harmonic
		}
		most := 1.0
		for rank := len(order) - 1; rank >= 0; rank-- {
			i := order[rank]
			most = math.Min(most, factor/float64(rank+1)*p[i].Value)
			adjusted[i] = Num(most)
		}
	default:
		return nil, refuse(OutOfRange, "adjustment %d is not one of Holm, BenjaminiHochberg, BenjaminiYekutieli, Bonferroni", method)
	}
	return adjusted, nil
}
