package des

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

// before orders events by time, ties by stamp.
func (e *Event) before(f *Event) bool {
	return e.Time < f.Time || (e.Time == f.Time && e.Stamp < f.Stamp)
}

// pending is the set of events to come: a binary heap of values. (A 4-ary heap
// was measured to be 5 to 25 % slower, container/heap twice as slow.)
type pending []Event

func (h *pending) push(e Event) {
	*h = append(*h, e)
	a := *h
	i := len(a) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&a[parent]) {
			break
		}
		a[i] = a[parent]
		i = parent
	}
	a[i] = e
}

// pop removes the first event of a set that is not empty.
func (h *pending) pop() Event {
	a := *h
	first := a[0]
	n := len(a) - 1
	last := a[n]
	a = a[:n]
	*h = a
	if n == 0 {
		return first
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= n {
			break
		}
		if right := child + 1; right < n && a[right].before(&a[child]) {
			child = right
		}
		if !a[child].before(&last) {
			break
		}
		a[i] = a[child]
		i = child
	}
	a[i] = last
	return first
}
