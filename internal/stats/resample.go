package stats

import (
	"math/rand/v2"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// groupedDrawCost is how many single draws one binomial draw is worth.
const groupedDrawCost = 16

// shards is how many independent streams a resampling is cut into. It is fixed,
// so that results do not depend on the number of processors.
const shards = 16

// inShards runs work for each shard's part [from, to) of n resamples with a
// stream of its own, seeded from src in order.
func inShards(n int, src rand.Source, work func(from, to int, rng *rand.Rand)) {
	var streams [shards]*rand.Rand
	for i := range streams {
		streams[i] = rand.New(rand.NewPCG(src.Uint64(), src.Uint64()))
	}
	var wg sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, rng := range streams {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			work(i*n/shards, (i+1)*n/shards, rng)
		})
	}
	wg.Wait()
}

// countInShards returns how many of n draws hit.
func countInShards(n int, src rand.Source, hit func(*rand.Rand) bool) int {
	var mu sync.Mutex
	total := 0
	inShards(n, src, func(from, to int, rng *rand.Rand) {
		hits := 0
		for range to - from {
			if hit(rng) {
				hits++
			}
		}
		mu.Lock()
		total += hits
		mu.Unlock()
	})
	return total
}

// binomialDraw returns a draw of Bin(n, p).
func binomialDraw(rng *rand.Rand, n int, p float64) int {
	if n == 0 || p <= 0 {
		return 0
	}
	if p >= 1 {
		return n
	}
	return int(distuv.Binomial{N: float64(n), P: p, Src: rng}.Rand())
}

// groupEqual returns the distinct values, in order of first appearance, and how
// often each occurs.
func groupEqual[T comparable](values []T) (counts []int, distinct []T) {
	at := make(map[T]int)
	for _, v := range values {
		i, seen := at[v]
		if !seen {
			i = len(distinct)
			at[v] = i
			distinct = append(distinct, v)
			counts = append(counts, 0)
		}
		counts[i]++
	}
	return counts, distinct
}
