package business

import (
	"errors"
	"math"
	"slices"
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
	root     [][]float64 // root·rootᵀ the covariance of the means
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

// smallestNormal is the smallest number that has all its digits.
const smallestNormal = 0x1p-1022

// root is a Cholesky factor of a positive semidefinite matrix: l times its
// transpose. What does not vary, or follows from the others, has no column. The
// columns are made in their order, but one whose value follows nearly from those
// before waits for the others: divided by what is left of it, the rounding before
// would grow with every column after.
func root(a [][]float64) [][]float64 {
	n := len(a)
	l := square(n)
	left := make([]float64, n)   // of each variance, what is not made yet
	shares := make([]float64, n) // that, as a share of it
	leave := func(i int, v float64) {
		if left[i], shares[i] = v, 0; v >= smallestNormal {
			shares[i] = v / a[i][i]
		}
	}
	for i := range n {
		leave(i, a[i][i])
	}
	for range n {
		most := slices.Max(shares)
		if most <= 1e-12 {
			break
		}
		j := slices.IndexFunc(shares, func(s float64) bool { return s >= 0.01*most })
		l[j][j] = math.Sqrt(left[j])
		shares[j] = 0
		for i := range n {
			if shares[i] == 0 {
				continue
			}
			sum := a[i][j]
			for k := range n {
				if k != j {
					sum -= l[i][k] * l[j][k]
				}
			}
			l[i][j] = sum / l[j][j]
			leave(i, left[i]-l[i][j]*l[i][j])
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
		for k := range z {
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
