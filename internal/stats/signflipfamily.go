package stats

import (
	"cmp"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// enumerated is up to how many units all sign patterns of several questions are
// visited.
const enumerated = 14

// SignFlipFamily tests of several paired differences at once that their mean is
// not above 0. units has the differences of a case, or their sums over a cluster,
// one a question; whole units flip, so that questions may hang together as they
// like. The p-values are adjusted within the family by the step-down of the
// greatest statistic (Westfall and Young 1993), of S/√Σd², S the sum of the
// differences d: the least of them is that of "all means are at most 0".
//
// Up to 14 units that are not all 0 have every sign pattern visited, more have
// resamples random ones and [MonteCarloP]. With one question and differences of
// one size it is the sign test.
func SignFlipFamily(units [][]float64, questions, resamples int, src rand.Source) ([]float64, error) {
	if err := checkResamples(resamples); err != nil {
		return nil, err
	}
	f := flipFamily{scale: make([]float64, questions)}
	for _, u := range units {
		if err := checkLengths("questions", questions, "differences of a unit", len(u)); err != nil {
			return nil, err
		}
		if err := checkFinite("difference", u); err != nil {
			return nil, err
		}
	}
	f.gather(units)
	observed := slices.Clone(f.statistics(func(i int) float64 { return f.sign[i] }))
	order := make([]int, questions) // greatest first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(observed[j], observed[i]) })

	hits := make([]int, questions)
	count := func(drawn []float64) {
		most := math.Inf(-1)
		for k := questions - 1; k >= 0; k-- {
			q := order[k]
			most = math.Max(most, drawn[q])
			if most >= observed[q]-tieTolerance {
				hits[k]++
			}
		}
	}
	out := make([]float64, questions)
	least := 0.0
	if n := f.units(); n <= enumerated {
		patterns := 1 << n
		for pattern := range patterns {
			from := 0
			count(f.statistics(func(i int) float64 {
				part := pattern >> from & (1<<f.counts[i] - 1)
				from += f.counts[i]
				return float64(2*bits.OnesCount(uint(part)) - f.counts[i])
			}))
		}
		for k, q := range order {
			least = math.Max(least, float64(hits[k])/float64(patterns))
			out[q] = least
		}
		return out, nil
	}
	rng := rand.New(src)
	for range resamples {
		count(f.statistics(func(i int) float64 { return float64(2*heads(rng, f.counts[i]) - f.counts[i]) }))
	}
	for k, q := range order {
		least = math.Max(least, MonteCarloP(hits[k], resamples))
		out[q] = least
	}
	return out, nil
}

// heads throws n coins.
func heads(rng *rand.Rand, n int) int {
	up := 0
	for ; n > 64; n -= 64 {
		up += bits.OnesCount64(rng.Uint64())
	}
	return up + bits.OnesCount64(rng.Uint64()>>(64-n))
}

// flipFamily are units that differ in no more than their sign, together.
type flipFamily struct {
	values [][]float64 // of each sort of unit, its first difference that is not 0 above 0
	counts []int       // units of the sort
	sign   []float64   // of those, how many more have the sign of values than the other
	scale  []float64   // √Σd² of each question
	drawn  []float64
}

func (f *flipFamily) gather(units [][]float64) {
	flipped := make([]float64, len(f.scale))
	for _, u := range units {
		first := slices.IndexFunc(u, func(d float64) bool { return d != 0 })
		if first < 0 {
			continue
		}
		sign := math.Copysign(1, u[first])
		for q, d := range u {
			flipped[q] = sign*d + 0 // and no negative zero
			f.scale[q] += d * d
		}
		i, known := slices.BinarySearchFunc(f.values, flipped, slices.Compare[[]float64])
		if !known {
			f.values = slices.Insert(f.values, i, slices.Clone(flipped))
			f.counts, f.sign = slices.Insert(f.counts, i, 0), slices.Insert(f.sign, i, 0)
		}
		f.counts[i]++
		f.sign[i] += sign
	}
	for q := range f.scale {
		f.scale[q] = math.Sqrt(f.scale[q])
	}
	f.drawn = make([]float64, len(f.scale))
}

func (f *flipFamily) units() int {
	n := 0
	for _, c := range f.counts {
		n += c
	}
	return n
}

// statistics are those of the questions where the signs of each sort of unit come
// to that sum. They are overwritten by the next.
func (f *flipFamily) statistics(signs func(sort int) float64) []float64 {
	clear(f.drawn)
	for i, values := range f.values {
		s := signs(i)
		for q, d := range values {
			f.drawn[q] += s * d
		}
	}
	for q, scale := range f.scale {
		if scale > 0 {
			f.drawn[q] /= scale
		}
	}
	return f.drawn
}
