// Package synth holds what the generators of demonstration data share: keyed
// random draws (draw.go), the year and how cases arrive in it (calendar.go),
// names, addresses and account numbers (names.go), number and date habits
// (format.go), phrases, OCR noise, what people make of a case (person.go), and
// the writing of files (column.go, file.go, parquet.go).
//
// Everything here is a pure function of a seed and the keys given with it, so
// that a generator writes the same bytes on every run and on every machine,
// and so that one more draw in one place moves nothing elsewhere.
package synth

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// A Draw is a stream of random values that depends on a seed and a key alone.
type Draw struct{ r *rand.Rand }

// NewDraw returns the stream of the given key under the seed. Streams of
// different keys are independent for the purposes of made-up data.
func NewDraw(seed uint64, key ...any) Draw {
	h := fnv.New64a()
	for _, k := range key {
		fmt.Fprintf(h, "%v\x00", k)
	}
	return Draw{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// Bool is true with probability p.
func (d Draw) Bool(p float64) bool { return d.r.Float64() < p }

// Int is uniform over low..high, both included.
func (d Draw) Int(low, high int) int { return low + d.r.IntN(high-low+1) }

// Float is uniform over [low, high).
func (d Draw) Float(low, high float64) float64 { return low + (high-low)*d.r.Float64() }

// LogNormal has the given median, and sigma as the standard deviation of its logarithm.
func (d Draw) LogNormal(median, sigma float64) float64 {
	return median * math.Exp(sigma*d.r.NormFloat64())
}

// Digits is a string of n random digits.
func (d Draw) Digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + d.r.IntN(10))
	}
	return string(b)
}

// Index draws a position of weights with probability in proportion to its
// weight. At least one weight must be above zero.
func (d Draw) Index(weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	u := d.r.Float64() * sum
	last := 0
	for i, w := range weights {
		if w <= 0 {
			continue
		}
		if u < w {
			return i
		}
		u -= w
		last = i
	}
	return last // rounding left a crumb of u
}

// Pick draws one of the choices, all alike.
func Pick[T any](d Draw, choices []T) T { return choices[d.r.IntN(len(choices))] }

// Favour draws one of the choices, each half as likely as the one before it.
func Favour[T any](d Draw, choices []T) T {
	for i := range len(choices) - 1 {
		if d.Bool(0.5) {
			return choices[i]
		}
	}
	return choices[len(choices)-1]
}

// Int64 is uniform over low..high, both included.
func (d Draw) Int64(low, high int64) int64 { return low + d.r.Int64N(high-low+1) }
