//go:build long

package gate

import (
	"fmt"
	"testing"
)

// TestHonestyLong holds gates to what they promise. Its repetitions are as many as
// make each part a few minutes at most.
func TestHonestyLong(t *testing.T) {
	part := func(name string, repetitions int, sizes []int, of func(honesty, int)) {
		for _, n := range sizes {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) { of(honesty{t, 40_000, repetitions}, n) })
		}
	}
	cases := []int{20, 60, 200, 700, 2000}
	part("rates", 0, cases, honesty.rates)
	part("margins", 0, cases, honesty.margins)
	part("clusters", 2000, []int{10, 20, 40, 80, 200}, honesty.clusters)
	part("means", 2000, []int{60, 200}, honesty.means)
	part("ratios", 1000, []int{60, 200}, honesty.ratios)
	part("uneven", 400, []int{20, 40, 80}, honesty.uneven)
	part("uneven", 150, []int{200}, honesty.uneven)
	part("figures", 400, []int{100}, func(h honesty, n int) { h.figures(n, false) })
	part("figures", 200, []int{400}, func(h honesty, n int) { h.figures(n, false) })
	part("figures in clusters", 200, []int{400}, func(h honesty, n int) { h.figures(n, true) })
}
