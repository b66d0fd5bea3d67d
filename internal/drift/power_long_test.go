//go:build long

package drift

// powerChecks is how many checks each figure of the power table is of.
const powerChecks = 50

// powerCases are the sizes of fresh samples.
var powerCases = []int{100, 300, 1000, 5000}
