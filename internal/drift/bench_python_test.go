//go:build linux

package drift

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// What bench/python.py times in scipy: two samples of a million cases with twelve
// columns of numbers and eight of categories, taken in case by case and compared.
func BenchmarkPython(b *testing.B) {
	const cases, numbers, categories = 1_000_000, 12, 8
	names := make([]any, 12)
	for i := range names {
		names[i] = fmt.Sprintf("category-%d", i)
	}
	draw := func(seed uint64) *Sample {
		s := &Sample{}
		for i := range numbers {
			s.Inputs = append(s.Inputs, newColumn(fmt.Sprint("number ", i), flow.Type{Kind: flow.Number}, false))
		}
		for i := range categories {
			s.Inputs = append(s.Inputs, newColumn(fmt.Sprint("category ", i), flow.Type{Kind: flow.Enum}, false))
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		r := row{weight: 1, flags: measured, inputs: make([]any, numbers+categories)}
		for i := range cases {
			r.id = fmt.Sprint(seed, "-", i)
			for k := range numbers {
				r.inputs[k] = rng.NormFloat64()
			}
			for k := range categories {
				r.inputs[numbers+k] = names[min(rng.IntN(12), rng.IntN(12))]
			}
			s.take(&r)
		}
		s.seal()
		return s
	}
	for b.Loop() {
		base, fresh := draw(1), draw(2)
		wall, processor := time.Now(), processorTime(b)
		r, err := Check(b.Context(), base, fresh, Settings{Budget: Budget{Alpha: 0.02}})
		if err != nil || len(r.Signals) < numbers+categories {
			b.Fatal(r, err)
		}
		b.ReportMetric(time.Since(wall).Seconds(), "check-s")
		b.ReportMetric((processorTime(b) - processor).Seconds(), "check-cpu-s")
	}
	b.ReportMetric(peak(b), "peak-MB")
}

// processorTime is what this process has used of all cores.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// peak is the most memory that the process has had.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes float64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}
