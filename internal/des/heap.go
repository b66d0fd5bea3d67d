package des

import (
	"math"
	"math/bits"
)

// A Stamp names one scheduled event. To cancel an event, forget its stamp: when
// the event comes up, its stamp is no longer the one that is expected.
// The zero Stamp names no event.
type Stamp uint64

// An Event is something due at a time. Events at the same time come up in the
// order in which they were scheduled, except that shift changes come first.
type Event struct {
	Time  float64
	Stamp Stamp
	Kind  int32 // the model's own kinds are 0 and above
	Arg   int32
}

// pending is the set of events to come: a binary heap of values. (A 4-ary heap
// was measured to be 5 to 25 % slower, container/heap twice as slow.)
//
// The place of the event that was taken stays open: what happens at an event
// mostly schedules another, which goes in there and saves half of the work.
type pending struct {
	heap []entry
	open bool // heap[0] was taken
}

// entry is an Event with its time as the bits of the float. Of numbers that are
// not negative these have the order of the numbers when read as integers, so
// that one subtraction of 128 bits compares time and stamp without a branch:
// which of two comes first is a coin's toss that no processor can predict.
type entry struct {
	time      uint64
	stamp     Stamp
	kind, arg int32
}

// before is 1 if e comes before f, by time and then by stamp, and 0 if not.
func (e entry) before(f entry) uint64 {
	_, borrow := bits.Sub64(uint64(e.stamp), uint64(f.stamp), 0)
	_, borrow = bits.Sub64(e.time, f.time, borrow)
	return borrow
}

// push adds an event, whose time must be neither negative nor minus zero.
func (h *pending) push(e Event) {
	n := entry{math.Float64bits(e.Time), e.Stamp, e.Kind, e.Arg}
	if h.open {
		h.sink(n)
	} else {
		h.rise(n)
	}
}

// take removes the first event, if there is one and it is not later than a time.
func (h *pending) take(until float64) (e Event, some bool) {
	if h.open {
		h.close()
	}
	if len(h.heap) == 0 {
		return e, false
	}
	f := &h.heap[0]
	e = Event{math.Float64frombits(f.time), f.stamp, f.kind, f.arg}
	h.open = e.Time <= until
	return e, h.open
}

// close fills the open place with the last event.
func (h *pending) close() {
	n := len(h.heap) - 1
	last := h.heap[n]
	h.heap = h.heap[:n]
	if n > 0 {
		h.sink(last)
	}
	h.open = false
}

// sink puts an entry into the open place at the root or below it.
func (h *pending) sink(e entry) {
	h.open = false
	a := h.heap
	i := 0
	for {
		child := 2*i + 2
		if child < len(a) {
			child -= int(a[child-1].before(a[child]))
		} else if child--; child >= len(a) {
			break
		}
		if a[child].before(e) == 0 {
			break
		}
		a[i] = a[child]
		i = child
	}
	a[i] = e
}

// rise puts an entry at the end or above it.
func (h *pending) rise(e entry) {
	h.heap = append(h.heap, e)
	a := h.heap
	i := len(a) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if e.before(a[parent]) == 0 {
			break
		}
		a[i] = a[parent]
		i = parent
	}
	a[i] = e
}
