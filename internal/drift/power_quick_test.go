//go:build !long

package drift

// powerChecks is how many checks each figure of the power table is of: enough to
// see that what is planted is found and named.
const powerChecks = 1

// powerCases are the sizes of fresh samples.
var powerCases = []int{5000}
