package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// BenchmarkPaid asks a stand-in, which runs in the process of the benchmark,
// about every case, as a whole process, and then again from what is stored.
// Scoring is left out: it is a command of its own.
func BenchmarkPaid(b *testing.B) {
	for _, row := range []struct {
		cases    int
		latency  time.Duration
		parallel int
		limits   string
	}{
		{10_000, 0, 64, "{}"},
		{100_000, 0, 256, "{}"},
		{2_000, 100 * time.Millisecond, 96, "{concurrency: 64}"},
	} {
		b.Run(fmt.Sprintf("cases=%d/latency=%v", row.cases, row.latency), func(b *testing.B) {
			s := llmtest.New(llmtest.Options{Answer: func(*llmtest.Call) llmtest.Reply {
				return llmtest.Reply{Text: `{"queue":"tech"}`, Latency: row.latency}
			}})
			defer s.Close()
			var live, stored time.Duration
			var peak int64
			for b.Loop() {
				dir := paidProject(b, s.URL, row.cases, row.limits)
				for _, wall := range []*time.Duration{&live, &stored} {
					c := program(dir, "run", "tickets", "--quiet", "--no-report", "--parallel", fmt.Sprint(row.parallel), "--out", "run")
					start := time.Now()
					if out, err := c.CombinedOutput(); err != nil {
						b.Fatalf("%v\n%s", err, out)
					}
					*wall += time.Since(start)
					if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
						peak = max(peak, u.Maxrss)
					}
					if err := os.RemoveAll(filepath.Join(dir, "run")); err != nil {
						b.Fatal(err)
					}
				}
			}
			n := float64(row.cases * b.N)
			b.ReportMetric(n/live.Seconds(), "live/s")
			b.ReportMetric(n/stored.Seconds(), "stored/s")
			b.ReportMetric(live.Seconds()/float64(b.N), "live-s")
			b.ReportMetric(stored.Seconds()/float64(b.N), "stored-s")
			b.ReportMetric(float64(peak)/1024, "peak-MB")
		})
	}
}
