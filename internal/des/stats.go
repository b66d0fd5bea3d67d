package des

import "math"

// PoolStats is what was measured in one pool since the last Sim.Observe.
type PoolStats struct {
	Name    string
	Span    float64 // length of the measured window
	Classes []ClassStats
	Servers []ServerStats
}

// ClassStats is what was measured of one class. Counts are of events inside the
// window; waits and sojourns are of visits that arrived inside it, because what
// came before met a pool that is not measured.
//
// In any window, OpenAtStart + Arrived = Done + Abandoned + Rejected + Open.
type ClassStats struct {
	Name        string
	OpenAtStart int64 // inside when the window began
	Arrived     int64
	Started     int64 // for the first time
	Done        int64
	Abandoned   int64
	Rejected    int64
	Open        int64 // inside when the window ended

	InSystem float64 // time integral of the number inside; L is this over Span
	InQueue  float64 // time integral of the number waiting
	// Stays is the time spent inside the pool during the window, summed visit by
	// visit. By Little's law it equals InSystem but for rounding.
	Stays float64

	Wait       Tally // of visits that were started: arrival to first start
	Abandoning Tally // of visits that gave up: arrival to leaving
	Sojourn    Tally // of visits done: arrival to end
	Waits      Sketch
	Sojourns   Sketch
	Delayed    int64 // started visits that waited
	// Within counts started visits whose wait was at most Pool.Within[i].
	Within []int64
	// Overdue counts open visits, never started, that have waited longer.
	Overdue []int64

	targets []float64
}

// ServerStats is what was measured of one server; of servers that are one
// person, each has its part of the person's time, and they add up.
type ServerStats struct {
	Name     string
	OnDuty   float64 // time on shift and not down
	Busy     float64 // time at work, overtime included
	Overtime float64 // time at work off shift
}

func (c *ClassStats) addWait(w float64) {
	c.Wait.Add(w)
	c.Waits.Add(w)
	if w > 0 {
		c.Delayed++
	}
	for i, t := range c.targets {
		if w <= t {
			c.Within[i]++
		}
	}
}

func (c *ClassStats) addSojourn(v *Visit, from float64) {
	c.Stays += v.Ended - max(v.Arrive, from)
	if v.Arrive >= from {
		w := v.Ended - v.Arrive
		c.Sojourn.Add(w)
		c.Sojourns.Add(w)
	}
}

func (c *ClassStats) addAbandoned(v *Visit, from float64) {
	c.Stays += v.Ended - max(v.Arrive, from)
	if v.Arrive >= from {
		c.Abandoning.Add(v.Ended - v.Arrive)
	}
}

// WaitOfAll is the tally of the waits of those served and those who gave up.
func (c *ClassStats) WaitOfAll() Tally {
	t := c.Wait
	t.Merge(c.Abandoning)
	return t
}

// PWait is the share of visits, of those whose wait has ended, that had to wait.
func (c *ClassStats) PWait() float64 {
	return float64(c.Delayed+c.Abandoning.N) / float64(c.Wait.N+c.Abandoning.N)
}

// ServedWithin is the share of visits that were started within target i of
// Pool.Within. Who gave up was not, nor was who is still waiting and overdue;
// who is waiting and not yet overdue is not counted. Rejected visits are not
// counted either. NaN when nobody is.
func (c *ClassStats) ServedWithin(i int) float64 {
	return float64(c.Within[i]) / float64(c.Wait.N+c.Abandoning.N+c.Overdue[i])
}

// merge adds another class of the same pool.
func (c *ClassStats) merge(o *ClassStats) {
	c.OpenAtStart += o.OpenAtStart
	c.Arrived += o.Arrived
	c.Started += o.Started
	c.Done += o.Done
	c.Abandoned += o.Abandoned
	c.Rejected += o.Rejected
	c.Open += o.Open
	c.InSystem += o.InSystem
	c.InQueue += o.InQueue
	c.Stays += o.Stays
	c.Wait.Merge(o.Wait)
	c.Abandoning.Merge(o.Abandoning)
	c.Sojourn.Merge(o.Sojourn)
	c.Waits.Merge(&o.Waits)
	c.Sojourns.Merge(&o.Sojourns)
	c.Delayed += o.Delayed
	for i := range c.Within {
		c.Within[i] += o.Within[i]
		c.Overdue[i] += o.Overdue[i]
	}
}

// clone is a copy that shares nothing.
func (c *ClassStats) clone() ClassStats {
	d := *c
	d.Waits, d.Sojourns = c.Waits.clone(), c.Sojourns.clone()
	d.Within = append([]int64(nil), c.Within...)
	d.Overdue = make([]int64, len(c.Within))
	return d
}

// Total is all classes together.
func (p *PoolStats) Total() ClassStats {
	t := p.Classes[0].clone()
	t.Overdue = append(t.Overdue[:0], p.Classes[0].Overdue...)
	t.Name = p.Name
	for i := range p.Classes[1:] {
		t.merge(&p.Classes[i+1])
	}
	return t
}

// L is the time average of the number inside.
func (p *PoolStats) L() float64 {
	sum := 0.0
	for i := range p.Classes {
		sum += p.Classes[i].InSystem
	}
	return sum / p.Span
}

// Lq is the time average of the number waiting, interrupted visits included.
func (p *PoolStats) Lq() float64 {
	sum := 0.0
	for i := range p.Classes {
		sum += p.Classes[i].InQueue
	}
	return sum / p.Span
}

// Utilisation is the servers' time at work over their time on duty, overtime in
// both; NaN when nobody was on duty.
func (p *PoolStats) Utilisation() float64 {
	var busy, duty float64
	for i := range p.Servers {
		s := &p.Servers[i]
		busy += s.Busy
		duty += s.OnDuty + s.Overtime
	}
	return busy / duty
}

// Observe begins a new measured window now: it drops all that was measured, as
// is right at the end of the warm-up. What is inside the pools stays.
func (s *Sim) Observe() {
	s.from = s.now
	for i := range s.pools {
		for k := range s.pools[i].queues {
			q := &s.pools[i].queues[k]
			old := q.stats
			old.Waits.reset()
			old.Sojourns.reset()
			clear(old.Within)
			q.since = s.now
			q.stats = ClassStats{
				Name: old.Name, Waits: old.Waits, Sojourns: old.Sojourns,
				Within: old.Within, targets: old.targets, OpenAtStart: int64(q.inside),
			}
		}
	}
	for i := range s.servers {
		s.servers[i].stats = ServerStats{Name: s.servers[i].stats.Name}
	}
}

// Stats is what was measured in a pool up to now; it shares nothing with the
// simulation, which may run on.
func (s *Sim) Stats(poolIndex int) PoolStats {
	p := s.pools[poolIndex]
	out := PoolStats{Name: p.config.Name, Span: s.now - s.from}
	for k := range p.queues {
		q := &p.queues[k]
		q.advance(s.now)
		c := q.stats.clone()
		c.Open = int64(q.inside)
		out.Classes = append(out.Classes, c)
	}
	for b := range s.visits.blocks {
		s.countOpen(poolIndex, b, &out)
	}
	for i := p.first; i < p.first+p.count; i++ {
		out.Servers = append(out.Servers, s.serverStats(&s.servers[i]))
	}
	return out
}

// countOpen adds the visits of one slab block that are still inside the pool.
func (s *Sim) countOpen(poolIndex, block int, out *PoolStats) {
	n := min(slabBlock, int(s.visits.used)-block*slabBlock)
	for j := range n {
		v := &s.visits.blocks[block][j]
		if v.Pool != poolIndex || !v.open {
			continue
		}
		c := &out.Classes[v.Class]
		c.Stays += s.now - max(v.Arrive, s.from)
		if v.started || v.Arrive < s.from {
			continue
		}
		for i, t := range c.targets {
			if s.now-v.Arrive > t {
				c.Overdue[i]++
			}
		}
	}
}

// serverStats adds the stretches of duty and work that are running.
func (s *Sim) serverStats(sv *server) ServerStats {
	t := sv.stats
	if sv.ready() {
		t.OnDuty += s.now - max(sv.readySince, s.from)
	}
	if sv.visit >= 0 {
		busy, over := s.stretch(sv, s.visits.at(sv.visit))
		t.Busy += busy
		t.Overtime += over
	}
	if sv.person >= 0 {
		t.OnDuty /= float64(len(s.persons[sv.person].servers))
	}
	return t
}

// InPool is how many visits are inside a pool now, waiting and in service.
func (s *Sim) InPool(poolIndex int) int { return s.pools[poolIndex].inside }

// Waiting is how many visits wait in a pool now, interrupted ones included.
func (s *Sim) Waiting(poolIndex int) int {
	n := 0
	for k := range s.pools[poolIndex].queues {
		n += s.pools[poolIndex].queues[k].waiting
	}
	return n
}

// LittleGap is the relative difference between the time integral of the number
// inside and the sum of the stays, which Little's law says are equal.
func (c *ClassStats) LittleGap() float64 {
	if c.Stays == c.InSystem {
		return 0
	}
	return math.Abs(c.InSystem-c.Stays) / max(c.InSystem, c.Stays)
}
