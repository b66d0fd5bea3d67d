package des

// A Visit is one stay of one case in one pool, from arrival to the end of the
// service. A case that comes back is a new visit.
type Visit struct {
	// Set by the model.

	Case     int64
	Class    int
	Work     float64 // time a server of speed 1 needs; Handler.Start may still change it
	Patience float64 // longest wait for the first start; 0 or +Inf: waits for ever
	Tag      int64   // the model's own
	Due      float64 // by when it should be done, where the pool serves by that; above 0

	// Set by the pool.

	Pool   int
	Server int     // index in Pool.Servers of who has it or had it last; -1: none
	Arrive float64 // when it arrived
	Began  float64 // when it was first started
	Ended  float64 // when it was done or left

	open       bool // inside the pool
	started    bool
	serving    bool
	queue      *queue  // of its pool and class
	next, prev int32   // neighbours in the queue; next also links free slots
	order      uint64  // by which it is served within its priority
	number     uint64  // of its arrival, for those of one order
	stamp      Stamp   // of its only live event: end of service, or of patience
	since      float64 // when remaining was last brought up to date
	due        float64 // end of it, if it is not interrupted
	remaining  float64 // work left at since
}

// Wait is the time from arrival to the first start, or to leaving without one.
func (v *Visit) Wait() float64 {
	if v.started {
		return v.Began - v.Arrive
	}
	return v.Ended - v.Arrive
}

// Sojourn is the time from arrival to the end.
func (v *Visit) Sojourn() float64 { return v.Ended - v.Arrive }

// precedes says whether a visit is served before another of its class.
func (v *Visit) precedes(w *Visit) bool {
	return v.order < w.order || v.order == w.order && v.number < w.number
}

// A slab holds visits in blocks that never move, so that a *Visit stays valid
// while a handler submits others, and reuses slots.
type slab struct {
	blocks []*[slabBlock]Visit
	free   int32 // first free slot, -1: none
	used   int32 // slots handed out so far
}

const (
	slabBits  = 8
	slabBlock = 1 << slabBits
)

func (s *slab) at(i int32) *Visit { return &s.blocks[i>>slabBits][i&(slabBlock-1)] }

// take gives a free slot, in which what is left of its last visit still stands:
// whoever takes it sets the fields one by one, which is twice as fast as copying
// a whole visit that was just made.
func (s *slab) take() (int32, *Visit) {
	i := s.free
	if i >= 0 {
		p := s.at(i)
		s.free = p.next
		return i, p
	}
	i = s.used
	s.used++
	if int(i>>slabBits) == len(s.blocks) {
		s.blocks = append(s.blocks, new([slabBlock]Visit))
	}
	return i, s.at(i)
}

// release gives a slot back. Events that still name it are known by their stamp.
func (s *slab) release(i int32) {
	p := s.at(i)
	p.stamp = 0
	p.next = s.free
	s.free = i
}
