package stats

import (
	"fmt"
	"math"
	"slices"
)

// ROCAUCInterval returns the area under the ROC curve, as [ROCAUC], with its
// interval: the area plus and minus t of G-1 times the standard error over G
// clusters, each case's share in the area being its placement among the cases of
// the other outcome (DeLong et al. 1988; for clusters Obuchowski 1997). Clusters
// are the cases' own, nil for independent cases; weights are nil for equal ones.
// Without cases of both outcomes there is neither, and with fewer than two
// clusters no interval but [0, 1].
func ROCAUCInterval(scores []float64, positive []bool, weights []float64, clusters []int32, level float64) (Interval, error) {
	iv := Interval{Upper: 1, Level: level, Method: "placements"}
	if clusters != nil && len(clusters) != len(scores) {
		return iv, refuse(LengthMismatch, "%d clusters of %d scores", len(clusters), len(scores))
	}
	if err := checkLevel("level", level); err != nil {
		return iv, err
	}
	area, err := ROCAUC(scores, positive, weights)
	if err != nil || !area.Valid {
		return iv, err
	}
	iv.Estimate = area
	sums := clusterSums(influences(scores, positive, weights, area.Value), clusters)
	g := float64(len(sums))
	if g < 2 {
		return iv, nil
	}
	variance := 0.0
	for _, s := range sums {
		variance += s * s
	}
	half := studentUpper((1-level)/2, g-1) * math.Sqrt(variance*g/(g-1))
	iv.Lower, iv.Upper = math.Max(0, area.Value-half), math.Min(1, area.Value+half)
	iv.Method = fmt.Sprintf("placements, t of %d", len(sums)-1)
	return iv, nil
}

// influences are how far each case moves the area: the share of cases of the
// other outcome that it is on the right side of, less the area, over the weight
// of the cases of its own outcome.
func influences(scores []float64, positive []bool, weights []float64, area float64) []float64 {
	var all [2]float64 // weight of the negatives, and of the positives
	for i, p := range positive {
		all[int(indicator(p))] += weightAt(weights, i)
	}
	placed := make(map[float64][2]float64, len(scores)) // score → weight of negatives and positives below it, ties half
	var below [2]float64
	for b := range tieBlocks(scores, positive, weights, false) {
		placed[b.score] = [2]float64{below[0] + b.miss/2, below[1] + b.hit/2}
		below[0], below[1] = below[0]+b.miss, below[1]+b.hit
	}
	out := make([]float64, len(scores))
	for i, p := range positive {
		at := placed[scores[i]]
		share, own := 1-at[1]/all[1], all[0]
		if p {
			share, own = at[0]/all[0], all[1]
		}
		out[i] = weightAt(weights, i) * (share - area) / own
	}
	return out
}

// clusterSums adds values up by cluster, in an order that does not hang on how
// clusters are numbered by a map.
func clusterSums(values []float64, clusters []int32) []float64 {
	if clusters == nil {
		return values
	}
	at := make(map[int32]int)
	var sums []float64
	for i, c := range clusters {
		k, ok := at[c]
		if !ok {
			k = len(sums)
			at[c] = k
			sums = append(sums, 0)
		}
		sums[k] += values[i]
	}
	return slices.Clip(sums)
}
