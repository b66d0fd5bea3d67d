package des

import (
	"fmt"
	"math"
	"slices"
)

// pool is the state of one Pool.
type pool struct {
	config       *Pool
	first, count int32 // its servers in Sim.servers
	inside       int   // visits waiting and in service
	shared       bool  // some of its servers are one person
	queues       []queue
	groups       []*group
}

// queue is the visits of one class in one pool.
type queue struct {
	pool       *pool
	priority   int
	head, tail int32
	waiting    int
	inside     int
	since      float64 // when the areas were last brought up to date
	stats      ClassStats
}

// advance brings the time integrals up to now; called before any count changes.
func (q *queue) advance(now float64) {
	dt := now - q.since
	q.since = now
	q.stats.InSystem += dt * float64(q.inside)
	q.stats.InQueue += dt * float64(q.waiting)
}

func (s *Sim) addPool(c *Pool) {
	p := &pool{config: c, first: int32(len(s.servers)), count: int32(len(c.Servers))}
	for _, k := range c.classes() {
		p.queues = append(p.queues, queue{
			priority: k.Priority, head: -1, tail: -1,
			stats: ClassStats{Name: k.Name, Within: make([]int64, len(c.Within)), targets: c.Within},
		})
	}
	for k := range p.queues {
		p.queues[k].pool = p
	}
	for i := range c.Servers {
		sv := &c.Servers[i]
		skills := c.skills(sv)
		g := slices.IndexFunc(p.groups, func(g *group) bool { return g.skills == skills })
		if g < 0 {
			g = len(p.groups)
			p.groups = append(p.groups, &group{pool: p, skills: skills, queues: p.byUrgency(skills), head: -1, tail: -1})
		}
		s.servers = append(s.servers, server{
			pool: int32(len(s.pools)), index: int32(i), group: p.groups[g], visit: -1, person: -1,
			speed: sv.speed(), rate: sv.speed(), shifts: sv.Shifts, next: -1, prev: -1, offSince: math.Inf(1),
			stats: ServerStats{Name: sv.Name},
		})
	}
	s.share(p)
	s.pools = append(s.pools, p)
}

// byUrgency lists the queues of a skill set, lowest priority number first.
func (p *pool) byUrgency(skills uint64) []*queue {
	var list []*queue
	for k := range p.queues {
		if skills>>k&1 != 0 {
			list = append(list, &p.queues[k])
		}
	}
	slices.SortStableFunc(list, func(a, b *queue) int { return a.priority - b.priority })
	return list
}

// Submit hands a visit to a pool; of v, the fields set by the model are used.
func (s *Sim) Submit(poolIndex int, v Visit) {
	s.mustNotStart()
	p := s.pools[poolIndex]
	q := &p.queues[v.Class]
	vi, vp := s.visits.take()
	vp.Case, vp.Class, vp.Work, vp.Patience, vp.Tag, vp.Due = v.Case, v.Class, v.Work, v.Patience, v.Tag, v.Due
	vp.Pool, vp.Server, vp.Arrive, vp.Began, vp.Ended = poolIndex, -1, s.now, 0, 0
	vp.queue, vp.next, vp.prev = q, -1, -1
	vp.started, vp.serving = false, false
	s.order++
	vp.order, vp.number = s.order, s.order
	if p.config.ByDue {
		vp.order = math.Float64bits(v.Due) // of positive numbers, in the same order
	}
	q.stats.Arrived++
	s.note(Arrived, int32(poolIndex), vp, -1)
	if p.config.Room > 0 && p.inside >= p.config.Room {
		s.leave(vi, vp, Rejected)
		return
	}
	q.advance(s.now)
	vp.open = true
	p.inside++
	q.inside++
	if p.config.Unlimited {
		s.begin(vi, vp, -1)
		return
	}
	if i, ousted := s.serverFor(p, v.Class); i >= 0 {
		s.begin(vi, vp, i)
		s.offer(ousted)
		return
	}
	if p.config.ByDue {
		s.enqueueInOrder(q, vi, vp)
	} else {
		s.enqueue(q, vi, vp)
	}
	if v.Patience > 0 && !math.IsInf(v.Patience, 1) {
		vp.stamp = s.schedule(s.now+v.Patience, kindPatience, vi, later)
	}
}

// serverFor frees a server for a visit of class k, if one is idle or can be
// preempted (-1: none). The visit ousted by that is back in its queue (-1: none)
// and is offered to others once the server is taken.
func (s *Sim) serverFor(p *pool, k int) (i, ousted int32) {
	if i = s.idleFor(p, k); i >= 0 {
		s.dropIdle(i)
		return i, -1
	}
	if p.config.Preempt {
		if i = s.leastUrgent(p, k); i >= 0 {
			return i, s.putBack(i)
		}
	}
	return -1, -1
}

// offer gives a visit put back into its queue to an idle server, if there is one.
func (s *Sim) offer(vi int32) {
	if vi < 0 {
		return
	}
	v := s.visits.at(vi)
	q := v.queue
	i, ousted := s.serverFor(q.pool, v.Class)
	if i < 0 {
		return
	}
	q.advance(s.now)
	s.dequeue(q, v)
	s.begin(vi, v, i)
	s.offer(ousted)
}

// begin starts or resumes a visit at a server that is neither idle nor busy; -1
// in an unlimited pool. The counts are up to date.
func (s *Sim) begin(vi int32, v *Visit, i int32) {
	rate := 1.0
	v.serving, v.since = true, s.now
	v.Server = -1
	if i >= 0 {
		sv := &s.servers[i]
		if sv.person >= 0 {
			s.join(sv)
		}
		sv.visit = vi
		rate = sv.rate
		v.Server = int(sv.index)
	}
	if !v.started {
		v.started, v.Began = true, s.now
		q := v.queue
		q.stats.Started++
		if v.Arrive >= s.from {
			q.stats.addWait(s.now - v.Arrive)
		}
		s.note(Started, int32(v.Pool), v, int32(v.Server))
		s.starting = true
		v.Work = s.handler.Start(s, v)
		s.starting = false
		if !(v.Work >= 0) || math.IsInf(v.Work, 1) {
			panic(fmt.Sprintf("des: case %d needs work of %v, want a finite number of 0 or more", v.Case, v.Work))
		}
		v.remaining = v.Work
	} else {
		s.note(Resumed, int32(v.Pool), v, int32(v.Server))
	}
	s.promise(vi, v, rate) // its patience no longer counts
}

// promise schedules the end of a visit's service at a rate.
func (s *Sim) promise(vi int32, v *Visit, rate float64) {
	v.due = s.now + v.remaining/rate
	v.stamp = s.schedule(v.due, kindDone, vi, later)
}

// done ends a visit's service and lets its server go on.
func (s *Sim) done(vi int32, v *Visit) {
	q := v.queue
	p := q.pool
	q.advance(s.now)
	p.inside--
	q.inside--
	q.stats.Done++
	v.open = false
	v.Ended = s.now
	q.stats.addSojourn(v, s.from)
	i := int32(-1)
	if v.Server >= 0 {
		i = p.first + int32(v.Server)
		s.stopWork(&s.servers[i], v)
	}
	v.stamp = 0
	s.note(Done, int32(v.Pool), v, int32(v.Server))
	s.handler.Done(s, v)
	s.visits.release(vi)
	if i < 0 {
		return
	}
	// The handler may have changed who is ready, or this server's own state.
	if sv := &s.servers[i]; sv.takes() && sv.visit < 0 && !sv.idle {
		s.takeNext(i)
	}
}

// abandon ends a visit whose patience is over.
func (s *Sim) abandon(vi int32, v *Visit) {
	q := v.queue
	p := q.pool
	q.advance(s.now)
	s.dequeue(q, v)
	p.inside--
	q.inside--
	s.leave(vi, v, Abandoned)
}

// leave tells the handler that a visit goes without service.
func (s *Sim) leave(vi int32, v *Visit, why Reason) {
	q := v.queue
	v.Ended, v.open, v.stamp = s.now, false, 0
	if why == Rejected {
		q.stats.Rejected++
		s.note(TurnedAway, int32(v.Pool), v, -1)
	} else {
		q.stats.Abandoned++
		q.stats.addAbandoned(v, s.from)
		s.note(GaveUp, int32(v.Pool), v, -1)
	}
	s.handler.Left(s, v, why)
	s.visits.release(vi)
}

// enqueue puts a visit last.
func (s *Sim) enqueue(q *queue, vi int32, v *Visit) {
	q.waiting++
	v.next, v.prev = -1, q.tail
	if q.tail >= 0 {
		s.visits.at(q.tail).next = vi
	} else {
		q.head = vi
	}
	q.tail = vi
}

// enqueueInOrder puts a visit before all that are to be served after it.
func (s *Sim) enqueueInOrder(q *queue, vi int32, v *Visit) {
	if q.tail < 0 || !v.precedes(s.visits.at(q.tail)) {
		s.enqueue(q, vi, v)
		return
	}
	q.waiting++
	next, prev := q.head, int32(-1)
	for next >= 0 && !v.precedes(s.visits.at(next)) {
		prev, next = next, s.visits.at(next).next
	}
	v.next, v.prev = next, prev
	if prev >= 0 {
		s.visits.at(prev).next = vi
	} else {
		q.head = vi
	}
	if next >= 0 {
		s.visits.at(next).prev = vi
	} else {
		q.tail = vi
	}
}

// dequeue takes a visit out, wherever it stands; the areas are up to date.
func (s *Sim) dequeue(q *queue, v *Visit) {
	q.waiting--
	if v.prev >= 0 {
		s.visits.at(v.prev).next = v.next
	} else {
		q.head = v.next
	}
	if v.next >= 0 {
		s.visits.at(v.next).prev = v.prev
	} else {
		q.tail = v.prev
	}
	v.next, v.prev = -1, -1
}
