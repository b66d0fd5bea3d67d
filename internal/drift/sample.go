package drift

import (
	"hash/fnv"
	"io"
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// maxCases of a sample are held. Of more, those whose id's hash is smallest are:
// a random sample, the same whatever the order.
const maxCases = 1 << 20

// flags are what came of a case.
type flags uint16

const (
	measured  flags = 1 << iota
	answered        // the design has an outcome, were it only its own opinion
	stated          // a step stated its confidence
	escalated       //
	broken          // a handoff failed
	automated       // it ended without people
	judged          // automated, and the label tells whether rightly
	right           // of those judged
	known           // the label tells what the design would have come to without people
	able            // of those known: it would have been right
)

// row is one case as a sample takes it in. Values are absent where nil.
type row struct {
	id, cluster              string
	digest                   uint64 // of the input
	time                     time.Time
	weight                   float64
	flags                    flags
	confidence               float64
	inputs, outcomes, labels []any
}

func (r *row) set(f flags, yes bool) {
	if yes {
		r.flags |= f
	}
}

// Sample is what a check compares, gathered from a source. Of every case it
// holds a few bytes a column; of texts those alone that are compared.
type Sample struct {
	Cases       int // of the source
	NotMeasured int
	Labelled    int      // measured cases whose end the label tells
	Audited     int      // of them those that ended without people
	Inputs      []Column // of the workflow's input, then tags
	Outcomes    []Column // what the design answers, people left out
	Labels      []Column // what it should have answered
	// Models are those that answered, by step.
	Models   map[string][]string
	From, To time.Time // of the cases; zero where none has a time

	confidence Column
	flags      []flags
	ids        []uint64  // hashes
	clusters   []uint64  // hashes, until sealed
	cluster    []int32   // from 0, where any two cases share one
	groups     int       // clusters held
	times      []int64   // Unix seconds; noTime where absent
	weights    []float64 // nil while all are equal
	bits       int       // of a hash that are 0 in every case held
}

const noTime = math.MinInt64

// take adds a case.
func (s *Sample) take(r *row) {
	s.Cases++
	if r.flags&measured == 0 {
		s.NotMeasured++
	}
	if r.flags&known != 0 {
		s.Labelled++
		if r.flags&automated != 0 {
			s.Audited++
		}
	}
	at := int64(noTime)
	if !r.time.IsZero() {
		at = r.time.Unix()
		if s.From.IsZero() || r.time.Before(s.From) {
			s.From = r.time.UTC()
		}
		if r.time.After(s.To) {
			s.To = r.time.UTC()
		}
	}
	// Numbers of rows are ids of many datasets: a case is its id with its input.
	id := mix(hash(r.id) ^ r.digest)
	cluster := id
	if r.cluster != "" && r.cluster != r.id {
		cluster = hash(r.cluster)
	}
	for i := range s.Inputs {
		s.Inputs[i].offer(r.inputs[i], document{id: id, cluster: cluster, time: at}, r.weight)
	}
	if !s.holds(id) {
		return
	}
	if s.weights == nil && r.weight != 1 {
		s.weights = slices.Repeat([]float64{1}, len(s.flags))
	}
	if s.weights != nil {
		s.weights = append(s.weights, r.weight)
	}
	s.ids, s.clusters, s.times, s.flags = append(s.ids, id), append(s.clusters, cluster), append(s.times, at), append(s.flags, r.flags)
	for i := range s.Inputs {
		s.Inputs[i].take(r.inputs[i])
	}
	for i := range s.Outcomes {
		s.Outcomes[i].take(r.outcomes[i])
	}
	for i := range s.Labels {
		s.Labels[i].take(r.labels[i])
	}
	if s.confidence.Name == "" {
		s.confidence = newColumn("confidence", flow.Type{Kind: flow.Probability}, false)
	}
	var stating any
	if r.flags&stated != 0 {
		stating = r.confidence
	}
	s.confidence.take(stating)
	for len(s.flags) > maxCases {
		s.halve()
	}
}

func (s *Sample) holds(id uint64) bool { return s.bits == 0 || id>>(64-s.bits) == 0 }

// halve drops the half of the cases with the larger hashes.
func (s *Sample) halve() {
	s.bits++
	keep := make([]int, 0, len(s.ids)/2+1)
	for i, id := range s.ids {
		if s.holds(id) {
			keep = append(keep, i)
		}
	}
	s.ids, s.clusters, s.times, s.flags = pick(s.ids, keep), pick(s.clusters, keep), pick(s.times, keep), pick(s.flags, keep)
	if s.weights != nil {
		s.weights = pick(s.weights, keep)
	}
	for _, list := range [][]Column{s.Inputs, s.Outcomes, s.Labels} {
		for i := range list {
			list[i].keep(keep)
		}
	}
	s.confidence.keep(keep)
}

// pick keeps the values at places that ascend.
func pick[T any](from []T, at []int) []T {
	for to, i := range at {
		from[to] = from[i]
	}
	return from[:len(at)]
}

// seal ends the taking in: clusters are numbered, in the order of their first
// cases, if any has two.
func (s *Sample) seal() {
	if s.groups = len(s.ids); s.groups == 0 {
		return
	}
	sorted := slices.Clone(s.clusters)
	slices.Sort(sorted)
	if different := len(slices.Compact(sorted)); different < len(s.ids) {
		number := make(map[uint64]int32, different)
		s.cluster = make([]int32, len(s.ids))
		for i, c := range s.clusters {
			n, ok := number[c]
			if !ok {
				n = int32(len(number))
				number[c] = n
			}
			s.cluster[i] = n
		}
		s.groups = different
	}
	s.clusters = nil
	if s.weights != nil {
		w := s.weights[0]
		if !slices.ContainsFunc(s.weights, func(x float64) bool { return x != w }) {
			s.weights = nil
		}
	}
}

// escalatedAlone says that people looked at what they were given alone: such
// labels tell of escalated cases, and nothing of those that were automated.
func (s *Sample) escalatedAlone() bool { return s.Labelled > 0 && s.Audited == 0 }

// held is how many cases of the sample are compared.
func (s *Sample) held() int { return len(s.flags) }

// robust says that the sample tells less than as many independent cases of
// equal weight.
func (s *Sample) robust() bool { return s.cluster != nil || s.weights != nil }

func (s *Sample) weight(i int) float64 {
	if s.weights == nil {
		return 1
	}
	return s.weights[i]
}

// shared counts the ids of b that are in a.
func shared(a, b *Sample) int {
	x, y := slices.Sorted(slices.Values(a.ids)), slices.Sorted(slices.Values(b.ids))
	n := 0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

// hash spreads a text over 64 bits (FNV-1a, then the finaliser of splitmix64:
// FNV's own bits follow those of the last bytes).
func hash(s string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s)
	return mix(h.Sum64())
}

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
