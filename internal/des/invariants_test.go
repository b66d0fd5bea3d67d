package des

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// chaos is a model that uses everything at once: classes, skills, shifts,
// outages, patience, room, preemption, feedback, and events at the same time.
type chaos struct {
	seed      uint64
	pools     int
	classes   int
	coarse    bool // times are multiples of a quarter, so that many coincide
	impatient bool
	left      int
	next      int64

	work    float64 // of all visits started
	stays   [][]float64
	starts  [][]uint64 // order of the last first start, by pool and class
	problem string
}

func (m *chaos) round(x float64) float64 {
	if m.coarse {
		return math.Ceil(4*x) / 4
	}
	return x
}

func (m *chaos) visit(s *Sim, id int64, attempt int) {
	d := NewDraws(m.seed, 1).For(id, attempt)
	v := Visit{Case: id, Tag: int64(attempt), Class: d.Index(m.classes), Work: m.round(d.Exp(1))}
	due := NewDraws(m.seed, 4).For(id, attempt)
	v.Due = s.Now() + 1 + m.round(due.Exp(3))
	pool := d.Index(m.pools)
	if m.impatient && d.Uniform() < 0.5 {
		v.Patience = m.round(d.Exp(2))
	}
	s.Submit(pool, v)
}

func (m *chaos) Tick(s *Sim, e Event) {
	d := NewDraws(m.seed, 2).For(int64(e.Stamp&0xffffffff), 0)
	switch e.Kind {
	case 0:
		m.visit(s, m.next, 0)
		m.next++
		if m.left--; m.left > 0 {
			s.At(s.Now()+m.round(d.Exp(0.4)), 0, 0)
		}
	case 1:
		i := d.Index(len(s.servers))
		sv := &s.servers[i]
		s.SetDown(int(sv.pool), int(sv.index), !sv.down)
		s.At(s.Now()+m.round(d.Exp(3)), 1, 0)
	}
}

func (m *chaos) Start(s *Sim, v *Visit) float64 {
	if last := &m.starts[v.Pool][v.Class]; v.order < *last && !s.pools[v.Pool].config.ByDue {
		m.problem = fmt.Sprintf("case %d overtakes in its class", v.Case)
	} else {
		*last = v.order
	}
	m.work += v.Work
	return v.Work
}

func (m *chaos) Done(s *Sim, v *Visit) {
	m.stays[v.Pool][v.Class] += v.Sojourn()
	d := NewDraws(m.seed, 3).For(v.Case, int(v.Tag))
	if sv := &s.servers[s.pools[v.Pool].first+int32(v.Server)]; d.Uniform() < 0.1 && !sv.down {
		s.SetDown(v.Pool, v.Server, true) // a short break, between two visits
		s.SetDown(v.Pool, v.Server, false)
	}
	if d.Uniform() < 0.2 {
		m.visit(s, v.Case, int(v.Tag)+1)
	}
}

func (m *chaos) Left(_ *Sim, v *Visit, why Reason) {
	if why == Abandoned {
		if v.Wait() != v.Patience && math.Abs(v.Wait()-v.Patience) > 1e-9 {
			m.problem = fmt.Sprintf("case %d left after %v with patience %v", v.Case, v.Wait(), v.Patience)
		}
		m.stays[v.Pool][v.Class] += v.Sojourn()
	}
}

func drawChaos(t *rapid.T) (*chaos, []Pool) {
	m := &chaos{
		seed: rapid.Uint64().Draw(t, "seed"), pools: rapid.IntRange(1, 2).Draw(t, "pools"),
		classes: rapid.IntRange(1, 3).Draw(t, "classes"), coarse: rapid.Bool().Draw(t, "coarse"),
		impatient: rapid.Bool().Draw(t, "impatient"), left: rapid.IntRange(1, 300).Draw(t, "cases"),
	}
	var pools []Pool
	for range m.pools {
		p := Pool{
			Room: rapid.SampledFrom([]int{0, 0, 3, 10}).Draw(t, "room"), Preempt: rapid.Bool().Draw(t, "preempt"),
			ByDue: rapid.Bool().Draw(t, "by due"), NoStart: rapid.SampledFrom([]float64{0, 0, 0.5, 4}).Draw(t, "no start"),
			ShiftEnd: rapid.SampledFrom([]ShiftEnd{HandOver, Finish}).Draw(t, "shift end"), Within: []float64{1},
		}
		for range m.classes {
			p.Classes = append(p.Classes, Class{Priority: rapid.IntRange(0, 2).Draw(t, "priority")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "servers") {
			sv := Server{Speed: rapid.SampledFrom([]float64{0, 0.5, 2}).Draw(t, "speed")}
			for k := range m.classes {
				if rapid.Bool().Draw(t, "skilled") {
					sv.Skills = append(sv.Skills, k)
				}
			}
			if rapid.Bool().Draw(t, "shifts") {
				from := rapid.IntRange(0, 5).Draw(t, "from")
				var err error
				if sv.Shifts, err = NewShifts(8, Span{float64(from), float64(from + 3)}); err != nil {
					t.Fatal(err)
				}
			}
			// One person with two in hand, or one server.
			if rapid.Bool().Draw(t, "several in hand") {
				sv.Person = len(p.Servers) + 1
				p.Servers = append(p.Servers, sv)
			}
			p.Servers = append(p.Servers, sv)
		}
		m.stays = append(m.stays, make([]float64, m.classes))
		m.starts = append(m.starts, make([]uint64, m.classes))
		pools = append(pools, p)
	}
	return m, pools
}

// TestInvariants steps through random models and checks after every event that
// nobody waits while a qualified server is free, that nobody works off shift,
// and that nothing is lost; at the end, Little's law and the balance of work.
func TestInvariants(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("3000"); err != nil { // a check takes a tenth of a millisecond
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m, pools := drawChaos(t)
		s, err := New(pools, m)
		if err != nil {
			t.Fatal(err)
		}
		s.At(0, 0, 0)
		if len(s.servers) > 0 && rapid.Bool().Draw(t, "outages") {
			s.At(1, 1, 0)
		}
		last := 0.0
		for range 2000 {
			e, some := s.pending.take(math.Inf(1))
			if !some {
				break
			}
			s.handle(e)
			if s.now < last {
				t.Fatalf("the clock goes back from %v to %v", last, s.now)
			}
			last = s.now
			if problem := s.check(); problem != "" {
				t.Fatalf("at %v: %s", s.now, problem)
			}
			if m.problem != "" {
				t.Fatalf("at %v: %s", s.now, m.problem)
			}
		}
		checkBalance(t, s, m)
	})
}

// check looks for a state that must not be.
func (s *Sim) check() string {
	for i := range s.servers {
		sv := &s.servers[i]
		p := s.pools[sv.pool]
		if free := sv.takes() && sv.visit < 0; free != sv.idle {
			return fmt.Sprintf("server %d is free: %v, in the idle list: %v", i, free, sv.idle)
		}
		if sv.visit >= 0 && !sv.ready() && p.config.ShiftEnd == HandOver {
			if v := s.visits.at(sv.visit); v.due > s.now+1e-9*(v.due-v.since)+1e-12 {
				return fmt.Sprintf("server %d works off shift until %v", i, v.due)
			}
		}
	}
	for j := range s.pools {
		p := s.pools[j]
		serving := 0
		for i := p.first; i < p.first+p.count; i++ {
			if s.servers[i].visit >= 0 {
				serving++
			}
		}
		waiting := 0
		for k := range p.queues {
			q := &p.queues[k]
			n := 0
			order := uint64(0)
			for vi := q.head; vi >= 0; vi = s.visits.at(vi).next {
				if s.visits.at(vi).order < order {
					return fmt.Sprintf("pool %d class %d: the queue is not in order of arrival", j, k)
				}
				order = s.visits.at(vi).order
				n++
			}
			if n != q.waiting {
				return fmt.Sprintf("pool %d class %d: %d in the queue, %d counted", j, k, n, q.waiting)
			}
			waiting += n
			if n > 0 && s.idleFor(p, k) >= 0 {
				return fmt.Sprintf("pool %d class %d: %d wait while a server is free", j, k, n)
			}
			if n > 0 && p.config.Preempt && s.leastUrgent(p, k) >= 0 {
				return fmt.Sprintf("pool %d class %d: %d wait behind a less urgent class", j, k, n)
			}
		}
		if waiting+serving != p.inside {
			return fmt.Sprintf("pool %d: %d waiting and %d served, %d inside", j, waiting, serving, p.inside)
		}
		if p.config.Room > 0 && p.inside > p.config.Room {
			return fmt.Sprintf("pool %d: %d inside, room for %d", j, p.inside, p.config.Room)
		}
	}
	return ""
}

func checkBalance(t *rapid.T, s *Sim, m *chaos) {
	work := 0.0
	for j := range s.pools {
		st := s.Stats(j)
		for k := range st.Classes {
			c := &st.Classes[k]
			if c.Arrived != c.Done+c.Abandoned+c.Rejected+c.Open {
				t.Fatalf("pool %d class %d: %d arrived, %d done, %d abandoned, %d rejected, %d open",
					j, k, c.Arrived, c.Done, c.Abandoned, c.Rejected, c.Open)
			}
			if gap := c.LittleGap(); gap > 1e-9 {
				t.Fatalf("pool %d class %d: integral of the number inside %v, stays %v", j, k, c.InSystem, c.Stays)
			}
		}
		for i, sv := range st.Servers {
			config := &s.pools[j].config.Servers[i]
			duty := s.now
			if config.Shifts != nil {
				duty = config.Shifts.OnDuty(0, s.now)
			}
			if config.Person > 0 && i+1 < len(st.Servers) && s.pools[j].config.Servers[i+1].Person == config.Person {
				st.Servers[i+1].Busy += sv.Busy
				st.Servers[i+1].OnDuty += sv.OnDuty
				st.Servers[i+1].Overtime += sv.Overtime
				continue
			}
			work += sv.Busy * config.speed()
			if sv.OnDuty > duty+1e-9 || sv.Busy > sv.OnDuty+sv.Overtime+1e-9 {
				t.Fatalf("pool %d server %d: on shift %v, %+v", j, i, duty, sv)
			}
		}
	}
	// Work started is work done, or left of an open visit.
	for i := range s.visits.used {
		v := s.visits.at(i)
		if !v.open || !v.started {
			continue
		}
		left := v.remaining
		if v.serving {
			left -= (s.now - v.since) * s.servers[s.pools[v.Pool].first+int32(v.Server)].rate
		}
		work += left
	}
	if math.Abs(work-m.work) > 1e-9*(1+m.work) {
		t.Fatalf("work started %v, done or left %v", m.work, work)
	}
}
