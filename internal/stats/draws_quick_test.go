//go:build !long

package stats

// draws is how many of the draws of a simulation are made: enough to see that it
// runs, and that nothing is far off.
func draws(n int) int { return max(n/40, 20) }
