package des

import (
	"fmt"
	"math"
	"testing"
)

// BenchmarkMMc is the M/M/8 queue at a load of 0.9: two events a customer.
func BenchmarkMMc(b *testing.B) {
	b.ReportAllocs()
	runMMc(b, 1, 8, b.N, 7.2)
	b.ReportMetric(2*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkFull has two pools with three classes, skills, shifts, priorities,
// preemption, patience, room and returns; an event is an arrival at a pool, the
// end of a service or of a patience.
func BenchmarkFull(b *testing.B) {
	b.ReportAllocs()
	day := shifts(b, 24, Span{8, 12}, Span{13, 18})
	classes := []Class{{}, {Priority: 1}, {Priority: 2}}
	team := append(Team(6, Server{Skills: []int{0, 1}, Shifts: day}), Team(6, Server{Speed: 1.5, Shifts: day})...)
	patience := exponential(8)
	m := &network{
		seed: 1, patience: &patience, route: [][]float64{{0.05, 0.5}, {0, 0.1}},
		pools: []Pool{
			{Classes: classes, Servers: team, Preempt: true, Room: 500, Within: []float64{1, 4}},
			{Classes: classes, Servers: Team(4, Server{Speed: 0.8}), Within: []float64{1, 4}},
		},
		work: [][]dist{{exponential(1), exponential(1), exponential(1)}, {exponential(1), exponential(1), exponential(1)}},
	}
	for k := range classes {
		m.sources = append(m.sources, source{class: k, gap: exponential(1 / 1.2)})
	}
	b.ResetTimer()
	s := m.start()
	for m.sources[0].sent < int64(b.N) {
		e, _ := s.pending.take(math.Inf(1))
		s.handle(e)
	}
	// Timers that were cancelled do not count as events.
	events := int64(0)
	for i := range m.pools {
		st := s.Stats(i)
		c := st.Total()
		events += c.Arrived + c.Done + c.Abandoned
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkExp is one exponential draw with its key.
func BenchmarkExp(b *testing.B) {
	draws := NewDraws(1, 0)
	sum := 0.0
	for i := range b.N {
		d := draws.For(int64(i), 0)
		sum += d.Exp(1)
	}
	if mean := sum / float64(b.N); math.Abs(mean-1) > 10/math.Sqrt(float64(b.N)) {
		b.Errorf("mean %v, want 1", mean)
	}
}

// BenchmarkPending is one pop and push at several sizes of the pending set.
func BenchmarkPending(b *testing.B) {
	for _, size := range []int{10, 100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			d := NewDraws(1, 0).For(0, 0)
			var h pending
			for i := range size {
				h.push(Event{Time: d.Uniform(), Stamp: Stamp(i)})
			}
			for i := 0; b.Loop(); i++ {
				e, _ := h.take(math.Inf(1))
				e.Time += d.Uniform()
				h.push(e)
			}
		})
	}
}
