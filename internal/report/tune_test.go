package report

import (
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/tune"
)

// What passes by itself is not said to want fewer cases than there are.
func TestWantingWhereAStricterCutoffFailed(t *testing.T) {
	tuned := Tuned{Result: &tune.Result{
		Cutoffs: []tune.Cutoff{{Param: "cutoff"}}, Cases: 470, Chosen: -1, Points: []tune.Point{{Judged: 470}},
		Needed: &tune.Needed{Values: []float64{0.6}, Rate: 0.01, Cases: 221},
	}}
	if got := tuned.wanting(); !strings.HasPrefix(got, "cutoff 0.6 alone would pass on these 470 cases") {
		t.Errorf("got %q", got)
	}
}
