//go:build long

package tune

// draws is how many of the draws of a simulation are made: all.
func draws(n int) int { return n }
