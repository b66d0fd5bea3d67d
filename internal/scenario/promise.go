package scenario

import "time"

// ServiceLevel promises that a share of the cases is done (or, for waits,
// begun) within a time.
type ServiceLevel struct {
	Wait   bool // the time until a person begins, not until the case is done
	Within time.Duration
	Share  float64
	Stated bool // by the scenario, not the workflow
	Of     []KindLevel
}

// Measure is what the level is held against.
func (s *ServiceLevel) Measure() string {
	if s.Wait {
		return "wait"
	}
	return "turnaround"
}

// KindLevel is what is promised for the cases of one kind besides.
type KindLevel struct {
	Kind string
	ServiceLevel
}
