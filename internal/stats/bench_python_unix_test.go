//go:build unix

package stats

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"
)

// The tasks that bench/python.py times in numpy and scikit-learn.

// processorTime is what this process has used of all cores.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// timed runs a task and reports the processor time of one run beside the wall
// time.
func timed(b *testing.B, task func()) {
	b.Helper()
	start, runs := processorTime(b), 0
	for b.Loop() {
		task()
		runs++
	}
	b.ReportMetric((processorTime(b)-start).Seconds()/float64(runs), "cpu-s/op")
}

func BenchmarkPython(b *testing.B) {
	const cases = 100_000
	first, second := benchmarkValues(cases), make([]float64, cases)
	rng := newRand(2)
	for i := range second {
		second[i] = first[i] + 0.1*rng.NormFloat64()
	}
	b.Run("paired bootstrap of scores", func(b *testing.B) {
		timed(b, func() {
			differences := make([]float64, cases)
			for i := range differences {
				differences[i] = first[i] - second[i]
			}
			must[BootstrapResult](b)(BootstrapMean(differences, Bootstrap{Source: seeded(1), Method: Percentile}))
		})
	})
	b.Run("paired bootstrap of right and wrong", func(b *testing.B) {
		outcomes := signs(cases, cases/10, cases/20)
		timed(b, func() {
			must[BootstrapResult](b)(BootstrapMean(outcomes, Bootstrap{Source: seeded(1), Method: Percentile}))
		})
	})
	truth, predicted := make([]string, 1_000_000), make([]string, 1_000_000)
	for i := range truth {
		truth[i] = fmt.Sprintf("class-%d", rng.IntN(10))
		predicted[i] = truth[i]
		if rng.IntN(5) == 0 {
			predicted[i] = fmt.Sprintf("class-%d", rng.IntN(10))
		}
	}
	b.Run("classification report", func(b *testing.B) {
		timed(b, func() {
			_, labels := groupEqual(truth)
			_, more := groupEqual(predicted)
			labels = append(labels, more...)
			slices.Sort(labels)
			must[*Confusion](b)(ConfusionOf(truth, predicted, slices.Compact(labels), nil)).Classify()
		})
	})
}
