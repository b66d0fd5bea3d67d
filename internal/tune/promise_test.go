package tune

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// TestCoverageOfThePromise counts how often what is chosen breaks the promise
// where every setting breaks it by a hair, which is the worst case, and where
// errors get fewer as confidence rises. At most 1 - confidence of the draws may.
func TestCoverageOfThePromise(t *testing.T) {
	falling := func(c float64) float64 { return 0.2 * (1 - c) }
	constant := func(risk float64) func(float64) float64 { return func(float64) float64 { return risk } }
	for _, row := range []struct {
		why     string
		cutoffs []string
		cases   int // of which each cluster has up to so many:
		cluster int
		promise Promise
		risk    func(confidence float64) float64
		truth   func(values []float64) float64 // error of what is automated
		certain float64                        // share of draws that certify something, at least
	}{
		{"worst case, independent", []string{"a"}, 400, 1, Promise{Error: 0.05, Confidence: 0.9}, constant(0.0502), func([]float64) float64 { return 0.0502 }, 0},
		{"worst case, two cutoffs", []string{"a", "b"}, 400, 1, Promise{Error: 0.1, Confidence: 0.9}, constant(0.1005), func([]float64) float64 { return 0.1005 }, 0},
		{"worst case, clusters", []string{"a"}, 480, 13, Promise{Error: 0.05, Confidence: 0.95}, constant(0.0502), func([]float64) float64 { return 0.0502 }, 0},
		{"worst case, one of each cluster", []string{"a"}, 1500, 9, Promise{Error: 0.1, Confidence: 0.9, OnePerCluster: true}, constant(0.1005), func([]float64) float64 { return 0.1005 }, 0},
		{"errors fall with confidence", []string{"a"}, 600, 1, Promise{Error: 0.05, Confidence: 0.9}, falling, func(v []float64) float64 { return 0.1 * (1 - v[0]) }, 0.5},
	} {
		rng := rand.New(rand.NewPCG(uint64(row.cases), uint64(row.cluster)))
		values := []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95}
		g := grid(t, row.cutoffs, values...)
		draws, broken, certified := draws(2000), 0, 0
		for range draws {
			var cases []simulated
			for who := 0; len(cases) < row.cases; who++ {
				common := rng.NormFloat64()
				for range 1 + rng.IntN(row.cluster) {
					c := simulated{cluster: strconv.Itoa(who)}
					for range row.cutoffs {
						c.confidence = append(c.confidence, rng.Float64())
					}
					// Errors of a cluster go together: latent normals correlate by .3.
					latent := math.Sqrt(0.3)*common + math.Sqrt(0.7)*rng.NormFloat64()
					c.wrong = 0.5*math.Erfc(-latent/math.Sqrt2) < row.risk(c.confidence[0])
					cases = append(cases, c)
				}
			}
			r, err := explore(g, &dataset.Card{Cluster: "who"}, cases).Certify(row.promise)
			if err != nil {
				t.Fatal(err)
			}
			if best := r.Best(); best != nil {
				certified++
				if row.truth(best.Values) > row.promise.Error {
					broken++
				}
			}
		}
		limit := 1 - row.promise.Confidence
		rate, error := float64(broken)/float64(draws), math.Sqrt(limit*(1-limit)/float64(draws))
		t.Logf("%s: broken in %.4f of %d draws, at most %.4f + %.4f; certified in %.3f", row.why, rate, draws, limit, 3*error, float64(certified)/float64(draws))
		if rate > limit+3*error {
			t.Errorf("%s: the promise is broken in %.4f of the draws, at most %.4f may", row.why, rate, limit)
		}
		if float64(certified) < row.certain*float64(draws) {
			t.Errorf("%s: something is certified in %d of %d draws", row.why, certified, draws)
		}
	}
}
