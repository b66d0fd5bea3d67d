//go:build long

package attribute

import "testing"

// The figures of docs/proofs.md.
func TestPlantedFaultsLong(t *testing.T) {
	all := plantedBenchmark(t, 200, 300)
	if all.own < 195 || all.firstError >= all.own {
		t.Errorf("of %d planted faults own errors find %d, and the first error %d", all.designs, all.own, all.firstError)
	}
}
