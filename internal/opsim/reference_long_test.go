//go:build long

package opsim

import "testing"

// TestReferenceLong is TestReference at the size of the acceptance.
func TestReferenceLong(t *testing.T) { checkReferences(t, 100_000, 0.017) }

// TestScenarioCoverageLong is TestScenarioCoverage with enough experiments and
// cases (about 100,000 each) to tell 93 % from 97 %.
func TestScenarioCoverageLong(t *testing.T) { checkCoverage(t, 1000, 25) }

// TestStaffAllMixesLong is TestStaffAllMixes over many scenarios.
func TestStaffAllMixesLong(t *testing.T) { checkAllMixes(t, smallScenario, 300) }
