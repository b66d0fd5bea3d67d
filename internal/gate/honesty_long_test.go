//go:build long

package gate

import "testing"

// TestHonestyLong holds gates to what they promise.
func TestHonestyLong(t *testing.T) {
	h := honesty{t, 40_000, 2000}
	for _, n := range []int{20, 60, 200, 700, 2000} {
		h.rates(n)
		h.margins(n)
	}
	for _, n := range []int{10, 20, 40, 80, 200} {
		h.clusters(n)
	}
	for _, n := range []int{60, 200} {
		h.means(n)
		h.ratios(n)
	}
}
