//go:build long

package stats

// draws is how many of the draws of a simulation are made: all.
func draws(n int) int { return n }
