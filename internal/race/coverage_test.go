package race

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// Simulated races, held to the error that they state: docs/proofs.md has the
// figures of the long version.
func TestErrorOfRaces(t *testing.T) {
	six := []float64{0.90, 0.88, 0.86, 0.84, 0.80, 0.75}
	same := []float64{0.85, 0.85, 0.85, 0.85, 0.85, 0.85}
	for _, row := range []struct {
		why     string
		rates   []float64
		cluster int     // mean cases of a cluster, 0 for none
		icc     float64 // of right and wrong within a cluster
		cases   int64
		// most is the share of the cases replayed that the race may take; 0 where
		// there is nothing to save.
		most float64
	}{
		{"two designs, equal", []float64{0.85, 0.85}, 0, 0, 2000, 0},
		{"six designs, equal", same, 0, 0, 2000, 0},
		{"six designs, the best 2 points ahead", six, 0, 0, 3000, 0.6},
		{"two designs, 10 points apart", []float64{0.9, 0.8}, 0, 0, 3000, 0.25},
		{"two designs, equal, in clusters", []float64{0.85, 0.85}, 5, 0.3, 2000, 0},
		{"six designs, equal, in clusters", same, 5, 0.3, 2000, 0},
		{"six designs in clusters, the best 2 points ahead", six, 5, 0.3, 3000, 0.9},
		{"two designs in clusters, 10 points apart", []float64{0.9, 0.8}, 5, 0.3, 3000, 0.4},
	} {
		t.Run(row.why, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(len(row.rates)), uint64(row.cases)))
			wrong, stopped, spent, live := 0, 0, 0.0, 0
			for range simulated {
				r, h := begin(t, len(row.rates), 1, map[bool]string{true: "customer"}[row.cluster > 0], row.cases)
				trials := run(r, world(rng, row.rates, row.cluster, row.icc))
				got := h.Race.Result
				if dropped(got, "d0") {
					wrong++
				}
				if got.Stopped {
					stopped++
				}
				live += len(got.Live)
				spent += float64(trials) / float64(row.cases*int64(len(row.rates)))
			}
			n := float64(simulated)
			share, spent := float64(wrong)/n, spent/n
			t.Logf("best dropped %.4f, stopped %.3f, trials replayed %.3f, designs left %.2f", share, float64(stopped)/n, spent, float64(live)/n)
			if limit := 0.05 + 3*math.Sqrt(0.05*0.95/n); share > limit {
				t.Errorf("the best design dropped out of %.4f of the races, more than %.4f", share, limit)
			}
			if row.most > 0 && spent > row.most {
				t.Errorf("%.3f of the trials were replayed, more than %.3f", spent, row.most)
			}
		})
	}
}

func dropped(r *record.RaceResult, design string) bool {
	for _, d := range r.Dropped {
		if d.Design == design {
			return true
		}
	}
	return false
}

// world draws right and wrong results, independent of one another but for what
// a cluster has in common under each design: with probability icc a result is
// the cluster's own instead of the case's.
func world(rng *rand.Rand, rates []float64, size int, icc float64) func(int64) (string, []replay.Mark) {
	marks := make([]replay.Mark, len(rates))
	common := make([]bool, len(rates))
	cluster, left := 0, 0
	return func(int64) (string, []replay.Mark) {
		if left == 0 {
			cluster++
			left = 1 + rng.IntN(max(1, 2*size-1))
			for d, p := range rates {
				common[d] = rng.Float64() < p
			}
		}
		left--
		for d, p := range rates {
			right := rng.Float64() < p
			if size > 0 && rng.Float64() < math.Sqrt(icc) {
				right = common[d]
			}
			marks[d] = mark(right)
		}
		return fmt.Sprint("k", cluster), marks
	}
}
