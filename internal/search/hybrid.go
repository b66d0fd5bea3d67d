package search

import "slices"

// Hybrid ranks chunks by their words and by their vectors.
type Hybrid struct {
	Words   *Index
	Vectors *Vectors
	// Weight is the part of the cosine in the score, from 0 to 1; BM25, as a
	// share of the best of the query, has the rest. Nil fuses ranks.
	Weight *float64
}

// Fused is a chunk that was found, with what each part says of it.
type Fused struct {
	Hit
	BM25, Cosine float64
}

const (
	// rankConstant is that of reciprocal rank fusion: Cormack, Clarke and
	// Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
	// Rank Learning Methods" (2009).
	rankConstant = 60
	// fusedRanks is how many of the best of each part are fused at least.
	fusedRanks = 100
)

// Search gives the best chunks for a query and its vector, at most k, best
// first; equal ones in the order of the documents.
func (h *Hybrid) Search(query string, vector []float32, k int) ([]Fused, error) {
	cosines, err := h.Vectors.Cosines(vector)
	if err != nil {
		return nil, err
	}
	bm25 := make([]float32, len(cosines))
	h.Words.each(query, func(chunk int32, score float32) { bm25[chunk] = score })
	best := top{k: k}
	if h.Weight != nil {
		h.weigh(&best, bm25, cosines)
	} else {
		fuse(&best, bm25, cosines)
	}
	out := make([]Fused, len(best.hits))
	for i, hit := range best.hits {
		out[i] = Fused{hit, float64(bm25[hit.Chunk]), float64(cosines[hit.Chunk])}
	}
	return out, nil
}

// weigh scores every chunk by both parts.
func (h *Hybrid) weigh(best *top, bm25, cosines []float32) {
	highest := max(slices.Max(bm25), 0)
	for i := range cosines {
		score := *h.Weight * float64(cosines[i])
		if highest > 0 {
			score += (1 - *h.Weight) * float64(bm25[i]) / float64(highest)
		}
		best.add(Hit{i, score})
	}
}

// fuse scores the best of each part by their ranks: the sum of
// 1 / (rankConstant + rank) over the parts that have the chunk among them.
func fuse(best *top, bm25, cosines []float32) {
	depth := max(best.k, fusedRanks)
	words, meaning := top{k: depth}, top{k: depth}
	for i := range cosines {
		if bm25[i] > 0 {
			words.add(Hit{i, float64(bm25[i])})
		}
		meaning.add(Hit{i, float64(cosines[i])})
	}
	score := map[int]float64{}
	for _, part := range []top{words, meaning} {
		for rank, hit := range part.hits {
			score[hit.Chunk] += 1 / float64(rankConstant+rank+1)
		}
	}
	for chunk, s := range score {
		best.add(Hit{chunk, s})
	}
}
