package stats

import (
	"cmp"
	"slices"
)

// ROCAUC returns the area under the ROC curve, the chance that a positive case
// scores above a negative one, ties counting half (Mann-Whitney). Absent when
// one of the classes has no case; weights are nil for equal ones.
func ROCAUC(scores []float64, positive []bool, weights []float64) (Number, error) {
	err := firstErr(checkLengths("scores", len(scores), "outcomes", len(positive)),
		checkNotNaN("score", scores), checkWeights(weights, len(scores)))
	if err != nil {
		return Number{}, err
	}
	var below, wins, pos float64 // weights of negatives below, of won pairs, of positives
	for block := range tieBlocks(scores, positive, weights, false) {
		wins += block.hit * (below + block.miss/2)
		below += block.miss
		pos += block.hit
	}
	if pos == 0 || below == 0 {
		return Number{}, nil
	}
	return Num(wins / pos / below), nil
}

// A tieBlock is the cases that share one score.
type tieBlock struct {
	score     float64
	n         int     // cases
	misses    int     // those with a false outcome
	hit, miss float64 // weights of true and false outcomes
}

// tieBlocks yields the blocks of equal scores in ascending or descending order.
func tieBlocks(scores []float64, outcomes []bool, weights []float64, descending bool) func(func(tieBlock) bool) {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if descending {
			i, j = j, i
		}
		return cmp.Compare(scores[i], scores[j])
	})
	return func(yield func(tieBlock) bool) {
		for at := 0; at < len(order); {
			b := tieBlock{score: scores[order[at]]}
			for ; at < len(order) && scores[order[at]] == b.score; at++ {
				i := order[at]
				b.n++
				if outcomes[i] {
					b.hit += weightAt(weights, i)
				} else {
					b.misses++
					b.miss += weightAt(weights, i)
				}
			}
			if !yield(b) {
				return
			}
		}
	}
}
