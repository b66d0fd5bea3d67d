package stress

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// TestCoverage: a field is gone in the share p of cases, of which one in five was
// wrong before. So accuracy falls by 0.8 p, and 0.8 p of the cases break. The
// intervals hold that in 95 of 100 worlds.
func TestCoverage(t *testing.T) {
	const n, p, wrong = 150, 0.2, 0.2
	accuracy, silent, broken, dir := 0, 0, 0, t.TempDir()
	for k := range worlds {
		job, r := world(t, dir, plain, coded(n, wrong, rand.New(rand.NewPCG(7, uint64(k)))))
		job.Seed = uint64(k)
		l := &under(t, job, r, "missing-fields", p).Levels[0]
		holds := func(lower, upper, true float64) int {
			if lower <= true && true <= upper {
				return 1
			}
			return 0
		}
		const true = (1 - wrong) * p
		a, s := l.Difference(score.SystemAccuracy), l.Difference(score.SilentFailureRate)
		accuracy += holds(a.Lower, a.Upper, -true)
		silent += holds(s.Lower, s.Upper, true)
		broken += holds(l.Broken.Lower, l.Broken.Upper, true)
	}
	// Four standard errors below 95 in 100; above, exact intervals may hold more.
	least := int(worlds * (0.95 - 4*math.Sqrt(0.95*0.05/float64(worlds))))
	t.Logf("of %d intervals, %d of the change of accuracy, %d of that of silent failures and %d of the broken share hold what is true", worlds, accuracy, silent, broken)
	if min(accuracy, silent, broken) < least {
		t.Errorf("%d, %d and %d of %d intervals hold what is true, want at least %d", accuracy, silent, broken, worlds, least)
	}
}
