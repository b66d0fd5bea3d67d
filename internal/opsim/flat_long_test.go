//go:build long

package opsim

import (
	"fmt"
	"testing"
)

// deskCutoffs are the settings that are chosen from: reviewers are busy for 40 to
// 90 % of their time.
var deskCutoffs = []float64{0.2, 0.225, 0.25, 0.275, 0.3, 0.325, 0.35, 0.375, 0.4, 0.425, 0.45}

// TestFlatCoverageLong wants the flat region of a cutoff to hold the cheapest setting,
// and all intervals of what a setting costs more than the best to hold what is so, in
// 95 of 100 worlds, few cases or many.
func TestFlatCoverageLong(t *testing.T) {
	for _, cases := range []int{300, 3_000, 30_000} {
		t.Run(fmt.Sprint(cases), func(t *testing.T) {
			f := desk.regions(t, 100, cases, 4, deskCutoffs)
			f.keeps(t, "the flat region holds the cheapest setting", f.cheapest, confidence)
			f.keeps(t, "all intervals hold", f.all, confidence)
		})
	}
}
