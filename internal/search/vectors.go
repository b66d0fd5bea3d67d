package search

import (
	"fmt"
	"math"
)

// MostVectors is how many chunks are searched by their vectors at most. Each
// query is compared with every one of them.
const MostVectors = 100_000

// Vectors ranks chunks by the cosine of their vectors to that of a query. It
// is exact and safe for concurrent use.
type Vectors struct {
	length int
	unit   []float32 // one chunk after the other, each of length 1
}

// NewVectors takes the vectors of chunks, in their order.
func NewVectors(of [][]float32) (*Vectors, error) {
	if len(of) == 0 || len(of) > MostVectors {
		return nil, fmt.Errorf("vectors of %d chunks, want 1 to %d", len(of), MostVectors)
	}
	v := &Vectors{length: len(of[0]), unit: make([]float32, 0, len(of)*len(of[0]))}
	for i, row := range of {
		unit, err := v.fit(row)
		if err != nil {
			return nil, fmt.Errorf("chunk %d: %w", i+1, err)
		}
		v.unit = append(v.unit, unit...)
	}
	return v, nil
}

// RestoreVectors takes over what Unit gave.
func RestoreVectors(unit []float32, length int) (*Vectors, error) {
	if length < 1 || len(unit) == 0 || len(unit)%length != 0 || len(unit)/length > MostVectors {
		return nil, fmt.Errorf("%d numbers are no vectors of %d", len(unit), length)
	}
	v := &Vectors{length, unit}
	const rounding = 1e-3
	for i := range v.Len() {
		if row := v.row(i); !(math.Abs(float64(dot(row, row))-1) < rounding) {
			return nil, fmt.Errorf("chunk %d: its vector has not the length 1", i+1)
		}
	}
	return v, nil
}

// Unit are the vectors one after the other, each cut to the length 1. They
// must not be changed.
func (v *Vectors) Unit() []float32 { return v.unit }

// Len is the number of chunks.
func (v *Vectors) Len() int { return len(v.unit) / v.length }

// Length is how many numbers a vector has.
func (v *Vectors) Length() int { return v.length }

func (v *Vectors) row(chunk int) []float32 { return v.unit[chunk*v.length : (chunk+1)*v.length] }

// fit gives a vector the length 1.
func (v *Vectors) fit(row []float32) ([]float32, error) {
	if len(row) != v.length {
		return nil, fmt.Errorf("a vector of %d numbers, want %d: another model made it", len(row), v.length)
	}
	sum := 0.0
	for _, x := range row {
		sum += float64(x) * float64(x)
	}
	norm := math.Sqrt(sum)
	if norm == 0 || math.IsInf(norm, 0) || math.IsNaN(norm) {
		return nil, fmt.Errorf("a vector without a direction")
	}
	out := make([]float32, len(row))
	for i, x := range row {
		out[i] = float32(float64(x) / norm)
	}
	return out, nil
}

// Cosines are those of all chunks to a query, from -1 to 1.
func (v *Vectors) Cosines(query []float32) ([]float32, error) {
	unit, err := v.fit(query)
	if err != nil {
		return nil, err
	}
	out := make([]float32, v.Len())
	for i := range out {
		out[i] = dot(v.row(i), unit)
	}
	return out, nil
}

// dot adds up in eight lanes, always in the same order. The products are
// rounded by themselves, so that no machine fuses them with the sum.
func dot(a, b []float32) float32 {
	var s [8]float32
	for len(a) >= 8 && len(b) >= 8 {
		s[0] += float32(a[0] * b[0])
		s[1] += float32(a[1] * b[1])
		s[2] += float32(a[2] * b[2])
		s[3] += float32(a[3] * b[3])
		s[4] += float32(a[4] * b[4])
		s[5] += float32(a[5] * b[5])
		s[6] += float32(a[6] * b[6])
		s[7] += float32(a[7] * b[7])
		a, b = a[8:], b[8:]
	}
	sum := ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
	for i := range a {
		sum += float32(a[i] * b[i])
	}
	return sum
}
