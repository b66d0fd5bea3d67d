//go:build long

package des

import "testing"

// TestQueueingReferenceLong is TestQueueingReference at the size of the acceptance.
func TestQueueingReferenceLong(t *testing.T) { checkReferences(t, 20, 100_000) }
