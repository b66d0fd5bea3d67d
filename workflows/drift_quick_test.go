//go:build !long

package workflows_test

// Few checks for drift are made, of one shipped workflow: enough to see that they
// run, and that nothing is far off.
const driftChecks = 4

var (
	driftWorkflows = []string{"onboarding"}
	driftSplits    = []string{"dev"}
)
