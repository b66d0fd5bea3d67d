//go:build long

package attribute

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// Intervals of shares hold the true share in about 95 % of samples, with
// independent cases and with clusters, of plain means and of ratios.
func TestShareCoverage(t *testing.T) {
	const players, samples, population = 3, 2000, 100_000
	for _, world := range []struct {
		why             string
		clusters, each  int
		atLeast, atMost float64
	}{
		{"independent cases", 300, 1, 0.93, 0.97},
		{"clusters of five", 80, 5, 0.925, 0.97},
		{"few clusters", 25, 8, 0.90, 0.98},
	} {
		rng := rand.New(rand.NewPCG(11, 13))
		// A case needs some players corrected; those of a cluster are alike.
		cases := func(clusters, each int) *Explored {
			var needs []uint64
			var automated []bool
			for range clusters {
				p := 0.1 + 0.3*rng.Float64()
				for range each {
					set := uint64(0)
					for k := range players {
						if rng.Float64() < p/float64(k+1) {
							set |= 1 << k
						}
					}
					needs, automated = append(needs, set), append(automated, rng.Float64() < 1-p)
				}
			}
			x := outcomes(players, len(needs), func(i int, set uint64) outcome {
				o := outcomeOf(needs[i]&^set == 0)
				o.automated = automated[i] || set&1 != 0
				o.cost = 3 * float64(needs[i]&^set)
				return o
			})
			for i := range x.cases {
				x.cases[i].cluster = string(rune(0x4e00 + i/each))
			}
			return x
		}
		truth := cases(population/20, 20).Shares()
		hits := map[string][players]int{}
		for range samples {
			for _, s := range cases(world.clusters, world.each).Shares() {
				h := hits[s.Metric]
				for p := range players {
					if s.Parts[p].Share.Contains(sharesOf(truth, s.Metric).Parts[p].Share.Estimate.Value) {
						h[p]++
					}
				}
				hits[s.Metric] = h
			}
		}
		for _, metric := range []string{score.ForcedAccuracy, score.AutomatedAccuracy, score.CostPerCase} {
			for p, n := range hits[metric] {
				covered := float64(n) / samples
				t.Logf("%s, %s of player %d: %.1f %% of samples", world.why, metric, p, 100*covered)
				if covered < world.atLeast || covered > world.atMost || math.IsNaN(covered) {
					t.Errorf("%s: the interval of %s of player %d holds the share in %.3f of samples, want %v to %v", world.why, metric, p, covered, world.atLeast, world.atMost)
				}
			}
		}
	}
}
