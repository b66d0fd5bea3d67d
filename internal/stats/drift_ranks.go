package stats

import (
	"math"
	"math/rand/v2"
)

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

// fewRanked is how many clusters of the smaller side are too few for the normal
// limit of their sum; so many permutations are drawn then.
const fewRanked, rankPermutations = 50, 20_000

// ClusterRankSum is [MannWhitney] for cases that come in clusters, each of them
// on one side: the chance of a rank sum as large under permutations of whole
// clusters. With few clusters on a side permutations are drawn; else it is the
// normal limit with the variance
//
//	G₁G₀/(G(G-1)) Σ (s_g - mean)², s_g the sum of a cluster's ranks less their mean,
//
// which for clusters of one case each is the test of Mann and Whitney without the
// correction for continuity. Fewer than two clusters of a side give p = 1.
func ClusterRankSum[K comparable](scores []float64, positive []bool, clusters []K, src rand.Source) (RankTest, error) {
	if err := checkLengths("scores", len(scores), "clusters", len(clusters)); err != nil {
		return RankTest{}, err
	}
	auc, err := ROCAUC(scores, positive, nil)
	if err != nil || !auc.Valid {
		return RankTest{}, err
	}
	sums, sides, err := rankSums(scores, positive, clusters)
	if err != nil {
		return RankTest{}, err
	}
	total, of, observed, spread := sum(sums), 0, 0.0, 0.0
	for g, s := range sums {
		if sides[g] {
			of++
			observed += s
		}
	}
	n := len(sums)
	for _, s := range sums {
		spread += (s - total/float64(n)) * (s - total/float64(n))
	}
	r := RankTest{AUC: auc, PValue: Num(1)}
	switch {
	case of < 2 || n-of < 2 || spread <= 0:
	case min(of, n-of) < fewRanked:
		r.PValue = Num(permutedRankSum(sums, of, observed, rand.New(src)))
	default:
		variance := float64(of) * float64(n-of) / (float64(n) * float64(n-1)) * spread
		z := (observed - float64(of)*total/float64(n)) / math.Sqrt(variance)
		r.PValue = Num(normalCDF(-z))
	}
	return r, nil
}

// rankSums are, by cluster, the sum of its cases' ranks less their mean, and the
// cluster's side.
func rankSums[K comparable](scores []float64, positive []bool, clusters []K) (sums []float64, sides []bool, err error) {
	rank := make(map[float64]float64, len(scores))
	below := 0.0
	for block := range tieBlocks(scores, positive, nil, false) {
		rank[block.score] = below + (float64(block.n)+1)/2
		below += float64(block.n)
	}
	middle := (float64(len(scores)) + 1) / 2
	at := make(map[K]int)
	for i, s := range scores {
		g, ok := at[clusters[i]]
		if !ok {
			g = len(sums)
			at[clusters[i]] = g
			sums, sides = append(sums, 0), append(sides, positive[i])
		}
		if sides[g] != positive[i] {
			return nil, nil, refuse(OutOfRange, "a cluster has cases on both sides; want clusters of one side each")
		}
		sums[g] += rank[s] - middle
	}
	return sums, sides, nil
}

// permutedRankSum draws which clusters are on the side of so many.
func permutedRankSum(sums []float64, of int, observed float64, rng *rand.Rand) float64 {
	// The smaller side is drawn; what is left is the other.
	total, drawn := sum(sums), min(of, len(sums)-of)
	pool := append([]float64(nil), sums...)
	hits := 0
	for range rankPermutations {
		s := 0.0
		for i := range drawn {
			k := i + rng.IntN(len(pool)-i)
			pool[i], pool[k] = pool[k], pool[i]
			s += pool[i]
		}
		if drawn != of {
			s = total - s
		}
		if s >= observed-1e-9*math.Abs(observed) {
			hits++
		}
	}
	return MonteCarloP(hits, rankPermutations)
}
