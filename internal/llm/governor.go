package llm

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Pace is what an endpoint allows. Zero fields have no limit but the ones that
// the endpoint itself shows.
type Pace struct {
	Requests    int // per minute
	Tokens      int // per minute, in and out
	Concurrency int // calls in flight
}

// A Governor decides when calls go out to one endpoint. Clients of the same
// endpoint share one. It spaces calls by the rates of a [Pace]; it adapts the
// number in flight, by additive increase and multiplicative decrease (Chiu and
// Jain, 1989), to what the endpoint turns out to bear; it lets nothing out
// while the endpoint has asked for a pause; and it keeps calls from an
// endpoint that is down.
type Governor struct {
	clock Clock
	turn  chan struct{} // held by the caller who is next, so that calls go out in order

	mu       sync.Mutex
	requests pacer
	tokens   pacer
	guess    guess
	window   window
	breaker  breaker
	paused   time.Time // nothing goes out before
	bursts   int       // of refusals, without an answer between them
	wake     func()    // ends the wait of the caller who is next
}

// NewGovernor makes one for an endpoint that allows so much.
func NewGovernor(p Pace) *Governor { return newGovernor(p, wallClock{}) }

func newGovernor(p Pace, c Clock) *Governor {
	return &Governor{
		clock: c, turn: make(chan struct{}, 1), window: newWindow(p.Concurrency),
		requests: newPacer(p.Requests), tokens: newPacer(p.Tokens),
	}
}

var errDown = errors.New("the endpoint has been down, or has asked for a pause, for too long to wait for it")

// permit is the leave to make one exchange.
type permit struct {
	sent   time.Time
	tokens int // reserved
	probe  bool
}

// acquire waits until a call may go out that sends so many bytes and asks for
// at most so many tokens. The error is that of ctx, or errDown.
func (g *Governor) acquire(ctx context.Context, bytes, maxTokens int) (permit, error) {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return permit{}, ctx.Err()
	}
	for {
		if err := ctx.Err(); err != nil {
			return permit{}, err
		}
		g.mu.Lock()
		now := g.clock.Now()
		wait := g.wait(now)
		if wait != 0 && (g.breaker.hopeless(now) || g.paused.Sub(now) > patience) {
			g.mu.Unlock()
			return permit{}, errDown
		}
		if wait == 0 {
			p := permit{sent: now, tokens: g.guess.tokens(bytes, maxTokens), probe: g.breaker.enter()}
			g.window.enter()
			g.requests.take(now, 1)
			g.tokens.take(now, p.tokens)
			g.mu.Unlock()
			return p, nil
		}
		changed, wake := context.WithCancel(ctx)
		g.wake = wake
		g.mu.Unlock()
		if wait < 0 {
			<-changed.Done()
		} else {
			_ = g.clock.Sleep(changed, wait) // woken early, it looks again
		}
		wake()
	}
}

// wait is how long the next call has to wait: below 0 until another is back.
func (g *Governor) wait(now time.Time) time.Duration {
	wait := g.breaker.wait(now)
	if wait < 0 || g.window.full() {
		return -1
	}
	return max(wait, g.paused.Sub(now), g.requests.wait(now), g.tokens.wait(now))
}

// verdict is what an exchange says of the endpoint.
type verdict struct {
	class      Class // "" for an answer
	retryAfter time.Duration
	bytes      int   // sent
	usage      Usage // zero where the endpoint did not say
	stopped    bool  // by the caller: it says nothing
}

// release takes a permit back.
func (g *Governor) release(p permit, v verdict) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	switch {
	case v.stopped:
		g.breaker.abandoned(p.probe)
	case v.class == ClassRate:
		g.breaker.alive()
		pause := v.retryAfter
		if g.window.cut(p.sent, now) {
			if pause == 0 {
				pause = min(firstPause<<min(g.bursts, 10), longestPause)
			}
			g.bursts++
		}
		g.pause(now.Add(pause))
	case v.class == ClassServer, v.class == ClassTimeout:
		g.window.hold(now)
		g.breaker.dead(now, p.probe)
		g.pause(now.Add(v.retryAfter))
	case v.class == ClassTruncated:
		g.window.hold(now)
		g.breaker.alive()
	default:
		g.bursts = 0
		g.breaker.alive()
		g.window.grow(now)
	}
	g.window.leave()
	switch used := v.usage.In + v.usage.Out; {
	case used > 0:
		g.guess.learn(v.bytes, v.usage)
		g.tokens.correct(used - p.tokens)
	case v.class == ClassRate: // refused calls use no tokens
		g.tokens.correct(-p.tokens)
	}
	if g.wake != nil {
		g.wake()
	}
}

const (
	firstPause   = 500 * time.Millisecond // after a burst of refusals without a wish of the endpoint
	longestPause = 30 * time.Second
)

func (g *Governor) pause(until time.Time) {
	if until.After(g.paused) {
		g.paused = until
	}
}
