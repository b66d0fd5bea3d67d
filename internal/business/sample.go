package business

import (
	"errors"
	"math"
)

// Parts of what a case costs under a design.
const (
	hours  = iota // of people
	people        // money of their time, at the teams' wages
	failed        // money of wrong decisions
	models        // money of calls
	parts
)

// Trial is one case under one design.
type Trial struct {
	Design  string
	Case    int64
	Repeat  int
	Cluster string // cases of one cluster are alike; "" for a case of its own
	Weight  float64
	Hours   float64 // of people
	People  float64 // money of their time
	Errors  float64 // money of wrong decisions
	Models  float64 // money of calls
	Known   bool    // false where it was not measured, or nobody says how long people worked
}

// Sample is replayed cases, each under every design. All trials of a case come
// together.
type Sample struct {
	designs []string
	index   map[string]int

	current int64
	cluster string
	weight  float64
	sum     []float64 // of the case in hand, by design and part
	seen    []int     // trials of it, by design
	unknown bool

	cases  int
	left   int // cases left out: not known under every design
	rows   []row
	alone  int
	number map[string]int // of clusters
}

// row is a case: its parts under each design, means over repeats.
type row struct {
	cluster int
	weight  float64
	x       []float64
}

// NewSample starts a sample of cases under these designs.
func NewSample(designs []string) *Sample {
	s := &Sample{designs: designs, index: map[string]int{}, current: -1, number: map[string]int{}}
	for i, d := range designs {
		s.index[d] = i
	}
	return s
}

// Add takes a trial in; those of other designs are passed over.
func (s *Sample) Add(t Trial) {
	i, ok := s.index[t.Design]
	if !ok {
		return
	}
	if t.Case != s.current {
		s.flush()
		s.current, s.cluster, s.weight, s.unknown = t.Case, t.Cluster, t.Weight, false
		s.sum, s.seen = make([]float64, parts*len(s.designs)), make([]int, len(s.designs))
	}
	s.unknown = s.unknown || !t.Known
	s.seen[i]++
	for p, x := range [parts]float64{hours: t.Hours, people: t.People, failed: t.Errors, models: t.Models} {
		s.sum[parts*i+p] += x
	}
}

// flush ends the case in hand.
func (s *Sample) flush() {
	if s.current < 0 {
		return
	}
	for i, n := range s.seen {
		if n == 0 {
			s.unknown = true
		}
		for p := range parts {
			s.sum[parts*i+p] /= float64(n)
		}
	}
	if s.unknown {
		s.left++
		s.current = -1
		return
	}
	s.cases++
	cluster, known := s.number[s.cluster]
	if !known {
		cluster = len(s.number) + s.alone
		if s.cluster == "" {
			s.alone++
		} else {
			s.number[s.cluster] = cluster
		}
	}
	s.rows = append(s.rows, row{cluster, s.weight, s.sum})
	s.current = -1
}

// estimate is the mean of every part of every design, and how sure it is.
type estimate struct {
	mean     []float64
	root     [][]float64 // lower triangle with root·rootᵀ the covariance of the means
	cover    [][]float64
	clusters int
}

var errFew = errors.New("it takes at least two cases, or clusters of them, that were measured under every design and of which it is known how long people work on them")

// estimate gives the weighted means with the covariance of a linearised
// estimate over clusters: G/(G-1) Σ s_g s_gᵀ / W², s_g the weighted sum of a
// cluster's deviations.
func (s *Sample) estimate() (*estimate, error) {
	s.flush()
	n := parts * len(s.designs)
	e := &estimate{mean: make([]float64, n)}
	total := 0.0
	sums := map[int][]float64{}
	for _, r := range s.rows {
		total += r.weight
		for i, x := range r.x {
			e.mean[i] += r.weight * x
		}
	}
	for i := range e.mean {
		e.mean[i] /= total
	}
	var order []int
	for _, r := range s.rows {
		d := sums[r.cluster]
		if d == nil {
			d = make([]float64, n)
			sums[r.cluster] = d
			order = append(order, r.cluster)
		}
		for i, x := range r.x {
			d[i] += r.weight * (x - e.mean[i])
		}
	}
	e.clusters = len(order)
	if e.clusters < 2 || !(total > 0) {
		return nil, errFew
	}
	scale := float64(e.clusters) / float64(e.clusters-1) / (total * total)
	e.cover = square(n)
	for _, g := range order {
		d := sums[g]
		for i := range n {
			for j := range i + 1 {
				e.cover[i][j] += scale * d[i] * d[j]
			}
		}
	}
	for i := range n {
		for j := range i {
			e.cover[j][i] = e.cover[i][j]
		}
	}
	e.root = root(e.cover)
	return e, nil
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// root is the Cholesky factor of a positive semidefinite matrix: what does not
// vary, or follows from what came before, has a row without a diagonal.
func root(a [][]float64) [][]float64 {
	n := len(a)
	l := square(n)
	for j := range n {
		pivot := a[j][j]
		for k := range j {
			pivot -= l[j][k] * l[j][k]
		}
		if pivot <= 1e-12*a[j][j] {
			continue
		}
		l[j][j] = math.Sqrt(pivot)
		for i := j + 1; i < n; i++ {
			sum := a[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			l[i][j] = sum / l[j][j]
		}
	}
	return l
}

// draw gives means as they may truly be.
func (e *estimate) draw(normal func() float64) []float64 {
	z := make([]float64, len(e.mean))
	for i := range z {
		z[i] = normal()
	}
	out := make([]float64, len(z))
	for i := range out {
		out[i] = e.mean[i]
		for k := range i + 1 {
			out[i] += e.root[i][k] * z[k]
		}
	}
	return out
}

// difference is the standard error of the difference of one part between two
// designs.
func (e *estimate) difference(part, a, b int) float64 {
	i, j := parts*a+part, parts*b+part
	return math.Sqrt(max(0, e.cover[i][i]+e.cover[j][j]-2*e.cover[i][j]))
}
