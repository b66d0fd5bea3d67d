//go:build long

package gate

import "testing"

// TestHonestyLong holds gates to what they promise in 40,000 runs a setting.
func TestHonestyLong(t *testing.T) {
	honest(t, 40_000, []int{20, 60, 200, 700, 2000})
}
