//go:build !long

package race

// simulated is how many races are drawn of each kind.
const simulated = 60
