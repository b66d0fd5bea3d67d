//go:build long

package llm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// TestRatesAreUsedOverANetwork is TestRatesAreUsed on the wall clock, with
// connections, retries and the estimates of a client.
func TestRatesAreUsedOverANetwork(t *testing.T) {
	for _, row := range []struct {
		why  string
		pace Pace
	}{
		{"requests", Pace{Requests: 1200}},
		{"tokens", Pace{Tokens: 300_000}},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			m := &llmtest.Meter{Requests: row.pace.Requests, Tokens: row.pace.Tokens}
			s := newServerWith(t, llmtest.Options{Meter: m, Answer: func(c *llmtest.Call) llmtest.Reply {
				rng := rand.New(rand.NewPCG(uint64(c.N), 3))
				return llmtest.Reply{Text: "x", In: 100 + rng.IntN(200), Out: rng.IntN(100), Latency: time.Duration(100+rng.IntN(400)) * time.Millisecond}
			}})
			c, err := NewClient(Options{Endpoint: Endpoint{BaseURL: s.URL, Model: "small"}, Governor: NewGovernor(row.pace)})
			if err != nil {
				t.Fatal(err)
			}
			const minutes = 3
			ctx, cancel := context.WithTimeout(t.Context(), minutes*time.Minute)
			defer cancel()
			var failed atomic.Int64
			var wg sync.WaitGroup
			for i := range 64 {
				wg.Go(func() {
					for n := 0; ctx.Err() == nil; n++ {
						if _, err := c.Complete(ctx, ask(fmt.Sprint(i, " ", n))); err != nil && ctx.Err() == nil {
							failed.Add(1)
						}
					}
				})
			}
			wg.Wait()
			count := m.Count()
			used := float64(count.Accepted) / max(1, float64(minutes*row.pace.Requests))
			if row.pace.Tokens > 0 {
				used = float64(count.Tokens) / float64(minutes*row.pace.Tokens)
			}
			refused := float64(count.Refused) / float64(count.Refused+count.Accepted)
			t.Logf("%.2f %% used, %.3f %% of %d refused, %d failed", 100*used, 100*refused, count.Refused+count.Accepted, failed.Load())
			if used < 0.97 || refused > 0.01 || failed.Load() > 0 {
				t.Error("want 97 % used, at most 1 % refused, and none failed")
			}
		})
	}
}
