package llm

import "time"

const (
	firstWindow = 64   // calls in flight before anything is known of an endpoint
	mostWindow  = 4096 // ever
	holdFor     = 5 * time.Second
)

// window is how many calls may be in flight. It doubles each round trip until
// the endpoint first refuses, and grows by one each round trip after that. A
// burst of refusals halves it once: the calls that were out when it was cut
// say nothing new.
type window struct {
	size, most float64
	inFlight   int
	steep      bool      // no refusal yet
	lastCut    time.Time // of calls sent before it, refusals do not count
	held       time.Time // no growth before
}

func newWindow(most int) window {
	if most <= 0 {
		most = mostWindow
	}
	return window{size: float64(min(most, firstWindow)), most: float64(most), steep: true}
}

func (w *window) full() bool { return w.inFlight >= int(w.size) }
func (w *window) enter()     { w.inFlight++ }
func (w *window) leave()     { w.inFlight-- }

// grow follows an answer. A window that is not used says nothing of what the
// endpoint bears, so it does not grow.
func (w *window) grow(now time.Time) {
	if !w.full() || now.Before(w.held) {
		return
	}
	step := 1 / w.size
	if w.steep {
		step = 1
	}
	w.size = min(w.size+step, w.most)
}

// hold stops growth for a while, after a failure of the endpoint's own.
func (w *window) hold(now time.Time) { w.held = now.Add(holdFor) }

// cut follows a refusal of a call sent at a time. It says whether it was the
// first of a burst.
func (w *window) cut(sent, now time.Time) bool {
	if !sent.After(w.lastCut) {
		return false
	}
	w.steep, w.lastCut = false, now
	w.size = max(1, min(w.size, float64(w.inFlight))/2)
	return true
}
