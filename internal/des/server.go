package des

import "math"

// server is the state of one Server.
type server struct {
	pool       int32
	index      int32 // in Pool.Servers
	group      *group
	person     int32 // in Sim.persons; -1: nobody but itself
	visit      int32 // in hand; -1: none
	on         bool  // its shift is running
	down       bool  // taken out by SetDown
	closing    bool  // its shift ends too soon to start anything
	idle       bool  // in its group's idle list
	speed      float64
	rate       float64 // at which it works now: its part of the person's speed
	shifts     *Shifts
	span       int   // the span of shifts that comes up next or is running
	next, prev int32 // neighbours in the idle list

	readySince float64 // since when it is on shift and not down
	offSince   float64 // since when it is not; +Inf while it is
	stats      ServerStats
}

func (v *server) ready() bool { return v.on && !v.down }

// takes says whether it takes up visits, once it has none in hand.
func (v *server) takes() bool { return v.ready() && !v.closing }

// group is the servers of one pool with the same skills.
type group struct {
	pool       *pool
	skills     uint64
	queues     []*queue // of the classes it serves, most urgent first
	head, tail int32    // idle servers, longest idle first
}

// firstShift sets up a new server at time 0.
func (s *Sim) firstShift(i int32) {
	sv := &s.servers[i]
	if sv.shifts == nil {
		sv.on = true
		s.pushIdle(i)
		return
	}
	for sv.span < sv.shifts.count() && sv.shifts.at(sv.span).To <= 0 {
		sv.span++
	}
	if sv.span < sv.shifts.count() {
		s.schedule(max(0, sv.shifts.at(sv.span).From), kindShift, i, 0)
	}
}

// changeShift starts or ends the shift of a server.
func (s *Sim) changeShift(i int32) {
	sv := &s.servers[i]
	if !sv.on {
		sv.on = true
		s.scheduleEnd(i)
		s.note(ShiftOn, sv.pool, nil, sv.index)
		if !sv.down {
			s.becomeReady(i)
		}
		return
	}
	sv.span++
	if sv.span < sv.shifts.count() {
		next := sv.shifts.at(sv.span)
		if next.From <= s.now { // the cycle's last span runs on into its first
			s.scheduleEnd(i)
			return
		}
		s.schedule(next.From, kindShift, i, 0)
	}
	if !sv.down {
		s.endReady(i)
	}
	sv.on, sv.closing = false, false
	s.note(ShiftOff, sv.pool, nil, sv.index)
	s.leaveDesk(i, sv.group.pool.config.ShiftEnd)
}

// scheduleEnd schedules the end of the span that is running.
func (s *Sim) scheduleEnd(i int32) {
	sv := &s.servers[i]
	end := sv.shifts.at(sv.span).To
	s.schedule(end, kindShift, i, 0)
	quiet := sv.group.pool.config.NoStart
	if quiet == 0 || sv.span+1 < sv.shifts.count() && sv.shifts.at(sv.span+1).From <= end {
		return
	}
	if at := end - quiet; at > s.now {
		s.schedule(at, kindClose, i, 0)
		return
	}
	s.closeDesk(i)
}

// closeDesk has a server start nothing more in the shift that is running.
func (s *Sim) closeDesk(i int32) {
	sv := &s.servers[i]
	sv.closing = true
	if sv.idle {
		s.dropIdle(i)
	}
}

// SetDown takes a server out (an outage, a sick person) or puts it back, and
// with it all servers that are the same person. The visit in hand goes back to
// the head of its queue and is resumed later.
func (s *Sim) SetDown(poolIndex, serverIndex int, down bool) {
	s.mustNotStart()
	i := s.pools[poolIndex].first + int32(serverIndex)
	if p := s.servers[i].person; p >= 0 {
		for _, i := range s.persons[p].servers {
			s.setDown(i, down)
		}
		return
	}
	s.setDown(i, down)
}

func (s *Sim) setDown(i int32, down bool) {
	sv := &s.servers[i]
	if sv.down == down {
		return
	}
	if !down {
		sv.down = false
		if sv.on {
			s.becomeReady(i)
		}
		return
	}
	if sv.on {
		s.endReady(i)
	}
	sv.down = true
	s.leaveDesk(i, HandOver)
}

// becomeReady starts a stretch of duty: the server takes the next visit.
func (s *Sim) becomeReady(i int32) {
	sv := &s.servers[i]
	if sv.visit >= 0 {
		s.settle(sv, s.visits.at(sv.visit))
	}
	sv.readySince, sv.offSince = s.now, math.Inf(1)
	if sv.closing {
		return
	}
	if sv.visit < 0 {
		s.takeNext(i)
		return
	}
	p := sv.group.pool
	if !p.config.Preempt {
		return
	}
	// In overtime the visit could not be preempted; now it can.
	next := s.nextFor(sv)
	if next >= 0 && s.visits.at(next).queue.priority < s.visits.at(sv.visit).queue.priority {
		ousted := s.putBack(i)
		s.takeNext(i)
		s.offer(ousted)
	}
}

// endReady accounts for a stretch of duty.
func (s *Sim) endReady(i int32) {
	sv := &s.servers[i]
	sv.stats.OnDuty += s.now - max(sv.readySince, s.from)
	sv.offSince = s.now
}

// leaveDesk takes a server that is no longer ready away from its work.
func (s *Sim) leaveDesk(i int32, policy ShiftEnd) {
	sv := &s.servers[i]
	if sv.idle {
		s.dropIdle(i)
	}
	if sv.visit < 0 || policy == Finish {
		return
	}
	// Twelve cases of twenty minutes fill four hours but for rounding: a visit
	// due now, as far as rounding can tell, is not handed over.
	v := s.visits.at(sv.visit)
	if v.due-s.now <= 1e-9*(v.due-v.since)+4e-16*s.now {
		return
	}
	s.interrupt(i)
}

// interrupt puts the visit in hand back into its queue and offers it to others.
func (s *Sim) interrupt(i int32) {
	vi := s.putBack(i)
	s.offer(vi)
}

// putBack takes the visit in hand from a server and puts it into its queue
// before all that came later; gives the visit.
func (s *Sim) putBack(i int32) int32 {
	sv := &s.servers[i]
	vi := sv.visit
	v := s.visits.at(vi)
	s.stopWork(sv, v)
	v.stamp = 0
	q := v.queue
	q.advance(s.now)
	s.enqueueInOrder(q, vi, v)
	s.note(Interrupted, sv.pool, v, sv.index)
	return vi
}

// stopWork ends the current stretch of service.
func (s *Sim) stopWork(sv *server, v *Visit) {
	if sv.person >= 0 {
		s.part(sv, v)
		return
	}
	s.settle(sv, v)
	sv.visit = -1
	v.serving = false
}

// settle accounts for what a server did for the visit in hand up to now.
func (s *Sim) settle(sv *server, v *Visit) {
	busy, over := s.stretch(sv, v)
	sv.stats.Busy += busy
	sv.stats.Overtime += over
	v.remaining = max(0, v.remaining-(s.now-v.since)*sv.rate)
	v.since = s.now
}

// stretch is a server's time at work since the visit in hand was last brought
// up to date, and what of it was off shift: of a shared person, its part.
func (s *Sim) stretch(sv *server, v *Visit) (busy, over float64) {
	since := v.since
	if since < s.from {
		since = s.from
	}
	busy = s.now - since
	if s.now > sv.offSince {
		over = s.now - max(since, sv.offSince)
	}
	if sv.person >= 0 {
		n := float64(s.persons[sv.person].busy)
		return busy / n, over / n
	}
	return busy, over
}

// takeNext gives a ready, free server the next visit it has the skill for, or
// makes it idle.
func (s *Sim) takeNext(i int32) {
	sv := &s.servers[i]
	next := s.nextFor(sv)
	if next < 0 {
		s.pushIdle(i)
		return
	}
	v := s.visits.at(next)
	q := v.queue
	q.advance(s.now)
	s.dequeue(q, v)
	s.begin(next, v, i)
}

// nextFor finds the waiting visit that a server takes next; -1: none.
func (s *Sim) nextFor(sv *server) int32 {
	best, priority, order := int32(-1), 0, uint64(math.MaxUint64)
	for _, q := range sv.group.queues {
		if best >= 0 && q.priority > priority {
			break
		}
		if q.head >= 0 {
			if o := s.visits.at(q.head).order; o < order {
				best, priority, order = q.head, q.priority, o
			}
		}
	}
	return best
}

// idleFor finds the server that takes a visit of class k now; -1: none.
func (s *Sim) idleFor(p *pool, k int) int32 {
	for _, g := range p.groups {
		if g.head >= 0 && g.skills>>k&1 != 0 {
			if p.shared {
				return s.leastBusy(g)
			}
			return g.head
		}
	}
	return -1
}

// leastUrgent finds the server whose visit gives way to one of class k; -1: none.
func (s *Sim) leastUrgent(p *pool, k int) int32 {
	victim, priority, since := int32(-1), p.queues[k].priority, math.Inf(-1)
	for i := p.first; i < p.first+p.count; i++ {
		sv := &s.servers[i]
		if sv.visit < 0 || !sv.takes() || sv.group.skills>>k&1 == 0 {
			continue
		}
		v := s.visits.at(sv.visit)
		if r := v.queue.priority; r > priority || (victim >= 0 && r == priority && v.since > since) {
			victim, priority, since = i, r, v.since
		}
	}
	return victim
}

// pushIdle puts a server last in its group's idle list.
func (s *Sim) pushIdle(i int32) {
	sv := &s.servers[i]
	g := sv.group
	sv.idle, sv.next, sv.prev = true, -1, g.tail
	if g.tail >= 0 {
		s.servers[g.tail].next = i
	} else {
		g.head = i
	}
	g.tail = i
}

// dropIdle takes a server out of its group's idle list.
func (s *Sim) dropIdle(i int32) {
	sv := &s.servers[i]
	g := sv.group
	if sv.prev >= 0 {
		s.servers[sv.prev].next = sv.next
	} else {
		g.head = sv.next
	}
	if sv.next >= 0 {
		s.servers[sv.next].prev = sv.prev
	} else {
		g.tail = sv.prev
	}
	sv.idle = false
}
