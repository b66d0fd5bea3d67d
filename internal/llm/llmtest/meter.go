package llmtest

import (
	"sync"
	"time"
)

// Meter is the part of an endpoint that counts calls and refuses what is over
// its limits. 0 is no limit. A meter counts over any minute that has passed,
// or over minutes of its own with Fixed.
type Meter struct {
	Requests    int // a minute
	Tokens      int // a minute
	Concurrency int // in flight
	Fixed       bool

	mu       sync.Mutex
	seen     []counted // in the minute
	sum      int       // of their tokens
	began    time.Time // the minute, with Fixed
	inFlight int
	count    Count
}

type counted struct {
	at     time.Time
	tokens int
}

// Count is what a meter saw.
type Count struct{ Accepted, Refused, Tokens int }

// Count is what the meter saw so far.
func (m *Meter) Count() Count {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// Enter counts a call, unless it is one too many. Leave ends one that was
// counted.
func (m *Meter) Enter(tokens int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	if m.Requests > 0 && len(m.seen) >= m.Requests || m.Tokens > 0 && m.sum+tokens > m.Tokens || m.Concurrency > 0 && m.inFlight >= m.Concurrency {
		m.count.Refused++
		return false
	}
	m.inFlight++
	m.count.Accepted++
	m.count.Tokens += tokens
	if m.Requests > 0 || m.Tokens > 0 {
		m.seen = append(m.seen, counted{time.Now(), tokens})
		m.sum += tokens
	}
	return true
}

// Leave ends a call.
func (m *Meter) Leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight--
}

// forget drops what was before the minute.
func (m *Meter) forget(now time.Time) {
	if m.Fixed {
		if now.Sub(m.began) >= time.Minute {
			m.began, m.seen, m.sum = now, nil, 0
		}
		return
	}
	for len(m.seen) > 0 && now.Sub(m.seen[0].at) >= time.Minute {
		m.sum -= m.seen[0].tokens
		m.seen = m.seen[1:]
	}
}
