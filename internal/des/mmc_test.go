package des

import (
	"math"
	"testing"
)

// mmc is the M/M/c queue: the plainest model there is.
type mmc struct {
	gaps, works Draws
	gap, work   float64
	left        int
	next        int64
}

func (m *mmc) Tick(s *Sim, _ Event) {
	g := m.works.For(m.next, 0)
	s.Submit(0, Visit{Case: m.next, Work: g.Exp(m.work)})
	m.next++
	if m.left--; m.left > 0 {
		m.schedule(s)
	}
}

func (m *mmc) schedule(s *Sim) {
	g := m.gaps.For(m.next, 0)
	s.At(s.Now()+g.Exp(m.gap), 0, 0)
}

func (m *mmc) Start(_ *Sim, v *Visit) float64 { return v.Work }
func (m *mmc) Done(*Sim, *Visit)              {}
func (m *mmc) Left(*Sim, *Visit, Reason)      {}

// runMMc serves n customers at c servers of rate 1.
func runMMc(tb testing.TB, seed uint64, c, n int, lambda float64) *Sim {
	m := &mmc{gaps: NewDraws(seed, 0), works: NewDraws(seed, 1), gap: 1 / lambda, work: 1, left: n}
	s, err := New([]Pool{{Name: "desk", Servers: Team(c, Server{})}}, m)
	if err != nil {
		tb.Fatal(err)
	}
	m.schedule(s)
	s.Run(math.Inf(1))
	return s
}

// TestLittle checks Little's law on every arrival of a drained queue.
func TestLittle(t *testing.T) {
	s := runMMc(t, 1, 8, 50_000, 7.2)
	p := s.Stats(0)
	c := p.Total()
	if c.Arrived != 50_000 || c.Done != 50_000 || c.Open != 0 {
		t.Errorf("arrived %d, done %d, open %d, want 50000, 50000, 0", c.Arrived, c.Done, c.Open)
	}
	if gap := c.LittleGap(); gap > 1e-12 {
		t.Errorf("integral of the number inside %v, sum of stays %v", c.InSystem, c.Stays)
	}
}
