package score

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// Stated is the confidence that a trial ended with; nil for none.
func Stated(t *flow.Trial) *flow.Confidence {
	for _, s := range slices.Backward(t.Spans) {
		if c := s.Confidence; c != nil && c.Calibrated >= 0 && c.Calibrated <= 1 {
			return c
		}
	}
	return nil
}
