package des

import (
	"fmt"
	"math"
)

// A Handler is the model: what happens besides queueing. All calls are made at
// Sim.Now, by one goroutine. A *Visit is valid until the call returns.
type Handler interface {
	// Tick gives back an event that the model scheduled with Sim.At.
	Tick(s *Sim, e Event)
	// Start is called when a visit is first taken up, with v.Server known, and
	// returns the work it needs: v.Work, if that was known on arrival. It must
	// not submit visits nor take servers out; an event at the same time may.
	Start(s *Sim, v *Visit) float64
	// Done is called when a visit's service has ended, before its server takes
	// the next one.
	Done(s *Sim, v *Visit)
	// Left is called when a visit goes away without having been started.
	Left(s *Sim, v *Visit, why Reason)
}

// Reason says why a visit left without service.
type Reason uint8

const (
	Abandoned Reason = iota // its patience ended
	Rejected                // there was no room
)

// Kinds of the simulator's own events; those of models are 0 and above.
const (
	kindDone     int32 = -1 - iota // arg: visit
	kindPatience                   // arg: visit
	kindShift                      // arg: server
	kindClose                      // arg: server, which starts nothing more in this shift
)

// later marks the stamps of all events but shift changes, which so come first
// among events at the same time: who goes home at five takes no case at five.
const later Stamp = 1 << 63

// A Sim is one replication: a clock, the events to come and the pools.
// It is not safe for concurrent use.
type Sim struct {
	now      float64
	from     float64 // start of the measured window
	seq      Stamp
	order    uint64 // arrivals so far
	pending  pending
	visits   slab
	pools    []*pool
	servers  []server
	persons  []person
	handler  Handler
	trace    func(Transition)
	stopped  bool
	starting bool // inside Handler.Start
}

// New makes a simulation at time 0 with empty pools.
func New(pools []Pool, h Handler) (*Sim, error) {
	s := &Sim{handler: h, visits: slab{free: -1}}
	for i := range pools {
		if err := pools[i].check(); err != nil {
			return nil, err
		}
		s.addPool(&pools[i])
	}
	for i := range s.servers {
		s.firstShift(int32(i))
	}
	return s, nil
}

// Now is the time on the clock.
func (s *Sim) Now() float64 { return s.now }

// At schedules an event of the model; kind must not be negative and the time
// must not lie in the past.
func (s *Sim) At(time float64, kind, arg int32) Stamp {
	if kind < 0 {
		panic(fmt.Sprintf("des: event kind %d, want 0 or more", kind))
	}
	return s.schedule(time, kind, arg, later)
}

func (s *Sim) schedule(time float64, kind, arg int32, mark Stamp) Stamp {
	if !(time >= s.now) {
		panic(fmt.Sprintf("des: event at %v, but the clock shows %v", time, s.now))
	}
	s.seq++
	stamp := s.seq | mark
	time += 0 // of minus zero makes zero, whose bits are in order
	s.pending.push(Event{Time: time, Stamp: stamp, Kind: kind, Arg: arg})
	return stamp
}

// Run handles all events up to and including the given time, then sets the
// clock to it. With +Inf it runs until nothing is left to happen, which a model
// with periodic shifts never reaches unless it calls Stop.
func (s *Sim) Run(until float64) {
	s.stopped = false
	for !s.stopped {
		e, some := s.pending.take(until)
		if !some {
			break
		}
		s.handle(e)
	}
	if !s.stopped && !math.IsInf(until, 1) {
		s.now = max(s.now, until)
	}
}

// mustNotStart guards what would change a pool while a server takes up a visit.
func (s *Sim) mustNotStart() {
	if s.starting {
		panic("des: Handler.Start changes a pool; schedule an event for that")
	}
}

// Stop ends Run after the current event.
func (s *Sim) Stop() { s.stopped = true }

// handle lets an event happen, unless it was cancelled.
func (s *Sim) handle(e Event) {
	switch e.Kind {
	case kindDone:
		if v := s.visits.at(e.Arg); v.stamp == e.Stamp {
			s.now = e.Time
			s.done(e.Arg, v)
		}
	case kindPatience:
		if v := s.visits.at(e.Arg); v.stamp == e.Stamp {
			s.now = e.Time
			s.abandon(e.Arg, v)
		}
	case kindShift:
		s.now = e.Time
		s.changeShift(e.Arg)
	case kindClose:
		s.now = e.Time
		s.closeDesk(e.Arg)
	default:
		s.now = e.Time
		s.handler.Tick(s, e)
	}
}
