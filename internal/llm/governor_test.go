package llm

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// far is an endpoint at the end of a network, on the clock of a synctest
// bubble.
type far struct {
	*llmtest.Meter
	latency time.Duration
	used    func(*rand.Rand) Usage
}

// call is one exchange with the endpoint, over a network that jitters.
func (m *far) call(ctx context.Context, g *Governor, rng *rand.Rand) error {
	const bytes = 2000
	p, err := g.acquire(ctx, bytes, 0)
	if err != nil {
		return err
	}
	v := verdict{bytes: bytes}
	u := Usage{In: 400, Out: 100}
	if m.used != nil {
		u = m.used(rng)
	}
	time.Sleep(time.Duration(5+rng.IntN(20)) * time.Millisecond)
	if m.Enter(u.In + u.Out) {
		time.Sleep(m.latency/2 + time.Duration(rng.Int64N(int64(m.latency))))
		m.Leave()
		v.usage = u
	} else {
		v.class = ClassRate
	}
	g.release(p, v)
	return nil
}

// run has so many callers at work for so long.
func (m *far) run(t *testing.T, g *Governor, callers int, length time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			for ctx.Err() == nil {
				if err := m.call(ctx, g, rng); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// TestRatesAreUsed: at least 97 % of what is allowed is used, and at most 1 %
// of the calls are refused.
func TestRatesAreUsed(t *testing.T) {
	uneven := func(rng *rand.Rand) Usage { return Usage{In: 50 + rng.IntN(400), Out: rng.IntN(200)} }
	for _, row := range []struct {
		why  string
		far  far
		pace Pace
	}{
		{"requests in any minute", far{Meter: &llmtest.Meter{Requests: 600}, latency: 400 * time.Millisecond}, Pace{Requests: 600}},
		{"requests in minutes of the clock", far{Meter: &llmtest.Meter{Requests: 3000, Fixed: true}, latency: 50 * time.Millisecond}, Pace{Requests: 3000}},
		{"few requests that take long", far{Meter: &llmtest.Meter{Requests: 60}, latency: 20 * time.Second}, Pace{Requests: 60}},
		{"tokens in any minute, estimated at twice what they are", far{Meter: &llmtest.Meter{Tokens: 200_000}, latency: 500 * time.Millisecond}, Pace{Tokens: 200_000}},
		{"tokens of calls that differ", far{Meter: &llmtest.Meter{Tokens: 150_000}, latency: 300 * time.Millisecond, used: uneven}, Pace{Tokens: 150_000}},
		{"both, and tokens are short", far{Meter: &llmtest.Meter{Requests: 600, Tokens: 100_000}, latency: 300 * time.Millisecond}, Pace{Requests: 600, Tokens: 100_000}},
		{"both, and requests are short", far{Meter: &llmtest.Meter{Requests: 120, Tokens: 100_000}, latency: 300 * time.Millisecond}, Pace{Requests: 120, Tokens: 100_000}},
	} {
		t.Run(row.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const minutes = 10
				m := &row.far
				m.run(t, NewGovernor(row.pace), 100, minutes*time.Minute)
				count, used := m.Count(), 0.0
				if m.Requests > 0 {
					used = float64(count.Accepted) / float64(minutes*m.Requests)
				}
				if m.Tokens > 0 {
					used = max(used, float64(count.Tokens)/float64(minutes*m.Tokens))
				}
				refused := float64(count.Refused) / float64(count.Refused+count.Accepted)
				if used < 0.97 || refused > 0.01 {
					t.Errorf("%.2f %% used, want 97 %%; %.2f %% refused, want at most 1 %%", 100*used, 100*refused)
				}
				t.Logf("%.2f %% used, %.3f %% of %d refused", 100*used, 100*refused, count.Refused+count.Accepted)
			})
		})
	}
}

// TestWindowAdapts: what an endpoint bears is found without knowing it.
func TestWindowAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &far{Meter: &llmtest.Meter{Concurrency: 20}, latency: 200 * time.Millisecond}
		const length = 5 * time.Minute
		m.run(t, NewGovernor(Pace{}), 100, length)
		borne := 20 * length.Seconds() / 0.2145 // in flight, by the mean time of a call
		count := m.Count()
		used, refused := float64(count.Accepted)/borne, float64(count.Refused)/float64(count.Refused+count.Accepted)
		if used < 0.6 || refused > 0.02 {
			t.Errorf("%.1f %% used, want 60 %%; %.2f %% refused, want at most 2 %%", 100*used, 100*refused)
		}
		t.Logf("%.1f %% used, %.2f %% of %d refused", 100*used, 100*refused, count.Refused+count.Accepted)
	})
}

// out takes so many permits at once.
func out(t *testing.T, g *Governor, n int) []permit {
	t.Helper()
	var all []permit
	for range n {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		p, err := g.acquire(ctx, 100, 10)
		cancel()
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(all), n, err)
		}
		all = append(all, p)
	}
	return all
}

func TestOneCutABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGovernor(Pace{})
		burst := out(t, g, firstWindow)
		time.Sleep(time.Second)
		for _, p := range burst {
			g.release(p, verdict{class: ClassRate, retryAfter: 3 * time.Second})
		}
		if g.window.size != firstWindow/2 {
			t.Errorf("the window is %v after a burst of %d refusals, want %d", g.window.size, len(burst), firstWindow/2)
		}
		start := time.Now()
		next := out(t, g, 1)[0]
		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("the next call went out after %v, want the 3 s that were asked for", waited)
		}
		g.release(next, verdict{class: ClassRate})
		if g.window.size >= firstWindow/2 {
			t.Errorf("the window is %v after a second burst, want less than %d", g.window.size, firstWindow/2)
		}
		start = time.Now()
		g.release(out(t, g, 1)[0], verdict{})
		if waited := time.Since(start); waited != 2*firstPause {
			t.Errorf("the next call went out after %v, want the pause of the second burst, %v", waited, 2*firstPause)
		}
	})
}

func TestFailuresStopGrowthWithoutACut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGovernor(Pace{})
		all := out(t, g, firstWindow)
		g.release(all[0], verdict{class: ClassServer})
		for _, p := range all[1:9] {
			g.release(p, verdict{})
			all = append(all, out(t, g, 1)...)
		}
		if g.window.size != firstWindow {
			t.Errorf("the window is %v after a 500, want %d still", g.window.size, firstWindow)
		}
		time.Sleep(holdFor)
		for _, p := range append(all[9:], out(t, g, 1)...) {
			g.release(p, verdict{})
		}
		if g.window.size <= firstWindow {
			t.Errorf("the window is %v after a time without failures, want more than %d", g.window.size, firstWindow)
		}
	})
}

// TestBreaker: an endpoint that is down is probed by one call at a time, and
// all go on when it is back.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGovernor(Pace{})
		start := time.Now()
		down := 40 * time.Second
		var mu sync.Mutex
		calls, answered, inFlight := 0, 0, 0
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				for {
					p, err := g.acquire(t.Context(), 100, 10)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					calls++
					inFlight++
					if since := time.Since(start); since > time.Second && since < down && inFlight > 1 {
						t.Errorf("%d calls are out after %v", inFlight, since)
					}
					mu.Unlock()
					time.Sleep(100 * time.Millisecond)
					up := time.Since(start) > down
					mu.Lock()
					inFlight--
					if up {
						answered++
					}
					mu.Unlock()
					if up {
						g.release(p, verdict{})
						return
					}
					g.release(p, verdict{class: ClassServer})
				}
			})
		}
		wg.Wait()
		// 30 at first, some more before the breaker opened, probes 1, 2, 4, 8, 16
		// and 30 s after each other, and the answers.
		if answered != 30 || calls > 30+breakAfter+6+30 {
			t.Errorf("%d answered after %d calls, want 30 after few", answered, calls)
		}
		if since := time.Since(start); since > down+longestCool+time.Second {
			t.Errorf("it took until %v to see that the endpoint was back after %v", since, down)
		}
	})
}

func TestDownForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGovernor(Pace{})
		for {
			p, err := g.acquire(t.Context(), 100, 10)
			if errors.Is(err, errDown) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			g.release(p, verdict{class: ClassTimeout})
		}
		// It is probed all the same, and taken up again.
		time.Sleep(longestCool)
		p := out(t, g, 1)[0]
		if !p.probe {
			t.Error("the call that finds out is no probe")
		}
		g.release(p, verdict{})
		out(t, g, 5)

		g = NewGovernor(Pace{})
		g.release(out(t, g, 1)[0], verdict{class: ClassRate, retryAfter: 24 * time.Hour})
		if _, err := g.acquire(t.Context(), 100, 10); !errors.Is(err, errDown) {
			t.Errorf("%v, want no wait for a day", err)
		}
	})
}

func TestStoppedCallsSayNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGovernor(Pace{Concurrency: 1})
		for range 2 * breakAfter {
			g.release(out(t, g, 1)[0], verdict{stopped: true})
		}
		if g.breaker.open || g.window.inFlight != 0 {
			t.Errorf("open %t, %d in flight: calls that their callers stopped say nothing of the endpoint", g.breaker.open, g.window.inFlight)
		}
	})
}
