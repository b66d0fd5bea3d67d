package llm

import "time"

const (
	breakAfter  = 10               // failures in a row that open the breaker
	firstCool   = time.Second      // until the first probe
	longestCool = 30 * time.Second // between later ones
	patience    = 10 * time.Minute // how long calls wait for an endpoint that is down
)

// breaker keeps calls from an endpoint that is down (Nygard, "Release It!",
// 2007). Open, it lets one probe through at a time; an answer closes it.
type breaker struct {
	failures int       // in a row
	since    time.Time // of the first of them
	open     bool
	probing  bool
	cool     time.Duration
	probe    time.Time // of the next
}

// wait is how long a call has to wait: below 0 until a probe is back.
func (b *breaker) wait(now time.Time) time.Duration {
	switch {
	case !b.open:
		return 0
	case b.probing:
		return -1
	}
	return max(0, b.probe.Sub(now))
}

// hopeless says that the endpoint has been down for too long to wait for it.
func (b *breaker) hopeless(now time.Time) bool { return b.open && now.Sub(b.since) >= patience }

// enter counts a call that goes out and says whether it is a probe.
func (b *breaker) enter() bool {
	b.probing = b.open
	return b.open
}

// alive notes that the endpoint answered, with whatever status.
func (b *breaker) alive() { *b = breaker{} }

// dead notes that it did not.
func (b *breaker) dead(now time.Time, probe bool) {
	if b.failures++; b.failures == 1 {
		b.since = now
	}
	switch {
	case !b.open && b.failures >= breakAfter:
		b.open, b.cool, b.probe = true, firstCool, now.Add(firstCool)
	case b.open && probe:
		b.probing = false
		b.cool = min(2*b.cool, longestCool)
		b.probe = now.Add(b.cool)
	}
}

// abandoned notes that a probe ended without saying anything of the endpoint.
func (b *breaker) abandoned(probe bool) {
	if probe {
		b.probing = false
	}
}
