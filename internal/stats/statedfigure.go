package stats

import (
	"cmp"
	"math"
	"slices"
)

// RankedArea is the area under the ROC curve: how often a right answer was stated with
// more confidence than a wrong one, ties half.
type RankedArea struct {
	order []int // of the cases, lowest confidence first
	of    []float64
	right []bool
}

// NewRankedArea ranks answers by their confidence.
func NewRankedArea(confidence []float64, right []bool) *RankedArea {
	a := &RankedArea{of: confidence, right: right, order: make([]int, len(confidence))}
	for i := range a.order {
		a.order[i] = i
	}
	slices.SortStableFunc(a.order, func(i, j int) int { return cmp.Compare(confidence[i], confidence[j]) })
	return a
}

// Range takes one more answer for the surest or the least sure of all.
func (a *RankedArea) Range(weights []float64, more float64) (low, high float64, ok bool) {
	var right, wrong, won float64
	for i := 0; i < len(a.order); {
		var r, w float64 // of the answers of one confidence
		at := a.of[a.order[i]]
		for ; i < len(a.order) && a.of[a.order[i]] == at; i++ {
			if c := a.order[i]; a.right[c] {
				r += weights[c]
			} else {
				w += weights[c]
			}
		}
		won += r * (wrong + w/2)
		right, wrong = right+r, wrong+w
	}
	if right == 0 || wrong == 0 {
		return 0, 0, false
	}
	surelyWrong, unsurelyRight := won/(right*(wrong+more)), won/((right+more)*wrong)
	surelyRight, unsurelyWrong := (won+more*wrong)/((right+more)*wrong), (won+more*right)/(right*(wrong+more))
	return min(surelyWrong, unsurelyRight), max(surelyRight, unsurelyWrong), true
}

// BinnedGap is the expected calibration error of [ReliabilityEqualWidth].
type BinnedGap struct {
	bin  []int
	gap  []float64 // confidence less right
	bins int
}

// NewBinnedGap puts answers into bins of equal width.
func NewBinnedGap(confidence []float64, right []bool, bins int) *BinnedGap {
	g := &BinnedGap{bins: bins}
	for i, c := range confidence {
		g.bin = append(g.bin, max(0, int(math.Ceil(c*float64(bins)))-1))
		g.gap = append(g.gap, c-indicator(right[i]))
	}
	return g
}

// Range takes one more answer that is as far off as can be; or none, for an error is
// no lower than what is off over all bins.
func (g *BinnedGap) Range(weights []float64, more float64) (low, high float64, ok bool) {
	gaps := make([]float64, g.bins)
	all, n := 0.0, 0.0
	for i, w := range weights {
		gaps[g.bin[i]] += w * g.gap[i]
		all, n = all+w*g.gap[i], n+w
	}
	if n == 0 {
		return 0, 0, false
	}
	for _, gap := range gaps {
		high += math.Abs(gap)
	}
	if more == 0 {
		return high / n, high / n, true
	}
	return max(0, math.Abs(all)-more) / (n + more), (high + more) / (n + more), true
}
