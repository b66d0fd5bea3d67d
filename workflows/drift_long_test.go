//go:build long

package workflows_test

// Checks for drift are made of every shipped workflow, on all its cases.
const driftChecks = 334

var (
	driftWorkflows = []string{"invoice", "claims", "onboarding"}
	driftSplits    = []string{"train", "calibration", "dev", "test"}
)
