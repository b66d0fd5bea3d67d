package stats

import "math"

// A RankTest is whether positive cases score above negative ones; all is absent
// when one of the classes has no case.
type RankTest struct {
	AUC    Number // see [ROCAUC]
	PValue Number // one-sided: of an AUC above 1/2
}

// MannWhitney tests scores by the normal limit of the rank sum, corrected for
// ties and continuity (Mann and Whitney 1947). It is good from some ten cases of
// each class; scores that are all equal give p = 1.
func MannWhitney(scores []float64, positive []bool) (RankTest, error) {
	auc, err := ROCAUC(scores, positive, nil)
	if err != nil || !auc.Valid {
		return RankTest{}, err
	}
	n, ties, hits := float64(len(scores)), 0.0, 0.0
	for block := range tieBlocks(scores, positive, nil, false) {
		t := float64(block.n)
		ties += t*t*t - t
		hits += block.hit
	}
	misses := n - hits
	variance := hits * misses / 12 * (n + 1 - ties/(n*(n-1)))
	if variance <= 0 {
		return RankTest{AUC: auc, PValue: Num(1)}, nil
	}
	z := ((auc.Value-0.5)*hits*misses - 0.5) / math.Sqrt(variance)
	return RankTest{AUC: auc, PValue: Num(normalCDF(-z))}, nil
}
