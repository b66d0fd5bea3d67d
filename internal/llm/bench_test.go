package llm

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

func benchCache(b *testing.B) *Cache {
	b.Helper()
	c, err := OpenCache(filepath.Join(b.TempDir(), "cache.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

// benchEntry has a body of about 2 KB, as a structured answer has.
func benchEntry(n int) Entry {
	e := entryNumber(n)
	e.Body = []byte(fmt.Sprintf(`{"id":"c-%d","choices":[{"message":{"content":%q}}]}`, n, strings.Repeat(fmt.Sprint("line ", n, " of the answer; "), 90)))
	return e
}

func BenchmarkCachePut(b *testing.B) {
	for _, callers := range []int{1, 64, 1000} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			c := benchCache(b)
			var n atomic.Int64
			b.SetParallelism(max(1, callers/2))
			if callers == 1 {
				for b.Loop() {
					if _, err := c.Put(keyNumber(int(n.Add(1))), benchEntry(1)); err != nil {
						b.Fatal(err)
					}
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := c.Put(keyNumber(int(n.Add(1))), benchEntry(1)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "puts/s")
		})
	}
}

func BenchmarkCacheGet(b *testing.B) {
	c := benchCache(b)
	const entries = 10000
	fill(b, c, entries)
	for _, callers := range []int{1, 8} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			var n atomic.Int64
			get := func() {
				if _, found, err := c.Get(keyNumber(int(n.Add(7919)) % entries)); !found || err != nil {
					b.Errorf("found %t, %v", found, err)
				}
			}
			if callers == 1 {
				for b.Loop() {
					get()
				}
			} else {
				b.SetParallelism(callers / 2)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						get()
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "gets/s")
		})
	}
}

func fill(b *testing.B, c *Cache, entries int) {
	b.Helper()
	done := make(chan error, entries)
	for n := range entries {
		go func() {
			_, err := c.Put(keyNumber(n), benchEntry(n))
			done <- err
		}()
	}
	for range entries {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkComplete asks a stand-in on the same machine, 64 calls in flight;
// the stand-in's own work is in the figure.
func BenchmarkComplete(b *testing.B) {
	s := llmtest.New(llmtest.Options{Answer: llmtest.Text(`{"outcome":"approve","amount":12.5}`)})
	defer s.Close()
	for _, mode := range []string{"live", "live, stored", "stored"} {
		b.Run(mode, func(b *testing.B) {
			o := Options{Endpoint: Endpoint{BaseURL: s.URL, Model: "small"}}
			if mode != "live" {
				o.Cache = benchCache(b)
			}
			c, err := NewClient(o)
			if err != nil {
				b.Fatal(err)
			}
			prompt := strings.Repeat("a line of the case; ", 50)
			var n atomic.Int64
			call := func() {
				r := ask(prompt)
				r.Schema, r.Sample = outcomeSchema, int(n.Add(1))
				if mode == "stored" {
					r.Sample %= 100
				}
				if _, err := c.Complete(testContext, r); err != nil {
					b.Error(err)
				}
			}
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					call()
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}
