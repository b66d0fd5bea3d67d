//go:build long

package opsim

import "testing"

// TestReferenceLong is TestReference at the size of the acceptance.
func TestReferenceLong(t *testing.T) { checkReferences(t, 100_000) }
