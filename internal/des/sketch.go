package des

import "math"

// subBits is how many leading bits of the mantissa name a bucket: 64 buckets an
// octave, each 1.1 to 1.6 % wide.
const subBits = 6

// A Sketch is a histogram of non-negative numbers with buckets of constant
// relative width. Quantiles are read from it with a relative error of at most
// 1.6 %, and far less where the numbers lie close together; not of numbers below
// 2.3e-308, which lose precision themselves. Its memory depends on the range of
// the numbers, not on their count: 512 bytes for each factor of two. The zero
// Sketch is empty and ready.
type Sketch struct {
	n      int64
	zeros  int64
	base   int // bucket number of counts[0], a multiple of an octave
	counts []int64
	max    float64
}

// bucket uses that the bits of a positive float64, read as an integer, grow
// with it: no logarithm is needed.
func bucket(x float64) int { return int(math.Float64bits(x) >> (52 - subBits)) }

// edge is the lower end of bucket b.
func edge(b int) float64 { return math.Float64frombits(uint64(b) << (52 - subBits)) }

// Add takes one number in; what is below 0 counts as 0.
func (s *Sketch) Add(x float64) {
	s.n++
	if x <= 0 {
		s.zeros++
		return
	}
	if x > s.max {
		s.max = x
	}
	b := bucket(x)
	if i := b - s.base; uint(i) < uint(len(s.counts)) {
		s.counts[i]++
		return
	}
	s.cover(b, b)
	s.counts[b-s.base]++
}

// cover makes room for the buckets lo..hi.
func (s *Sketch) cover(lo, hi int) {
	const octave = 1 << subBits
	lo, hi = lo&^(octave-1), hi|(octave-1)
	if len(s.counts) > 0 {
		lo, hi = min(lo, s.base), max(hi, s.base+len(s.counts)-1)
	}
	if lo == s.base && hi-lo+1 == len(s.counts) {
		return
	}
	grown := make([]int64, hi-lo+1)
	if len(s.counts) > 0 {
		copy(grown[s.base-lo:], s.counts)
	}
	s.base, s.counts = lo, grown
}

// Merge takes in all numbers of another sketch.
func (s *Sketch) Merge(o *Sketch) {
	s.n += o.n
	s.zeros += o.zeros
	s.max = max(s.max, o.max)
	if len(o.counts) == 0 {
		return
	}
	s.cover(o.base, o.base+len(o.counts)-1)
	for i, c := range o.counts {
		s.counts[o.base+i-s.base] += c
	}
}

// clone is a copy that shares nothing.
func (s *Sketch) clone() Sketch {
	c := *s
	c.counts = append([]int64(nil), s.counts...)
	return c
}

// reset forgets all numbers and keeps the memory.
func (s *Sketch) reset() {
	clear(s.counts)
	s.n, s.zeros, s.max = 0, 0, 0
}

// N is how many numbers were added.
func (s *Sketch) N() int64 { return s.n }

// Quantile is the value below which the share p of the numbers lies,
// interpolated within its bucket; NaN when there are none.
func (s *Sketch) Quantile(p float64) float64 {
	if s.n == 0 {
		return math.NaN()
	}
	rank := p * float64(s.n)
	if rank <= float64(s.zeros) {
		return 0
	}
	seen := float64(s.zeros)
	for i, c := range s.counts {
		if c == 0 {
			continue
		}
		if next := seen + float64(c); rank > next {
			seen = next
			continue
		}
		lo := edge(s.base + i)
		hi := min(edge(s.base+i+1), s.max)
		return lo + (hi-lo)*(rank-seen)/float64(c)
	}
	return s.max
}
