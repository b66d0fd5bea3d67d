//go:build long

package main

import "strings"

// everyWorkflow is whether each test that fits, replays and serves shipped workflows
// does so with all of them, or leaves some to another.
const everyWorkflow = true

// killRounds is how often a run is killed or interrupted.
const killRounds = 40

// paidKills is how often a run that pays for answers is killed.
const paidKills = 20

// serveKills is how often a service is killed while cases come.
const serveKills = 40

// parityCases is how many cases are served as well as evaluated, at least.
const parityCases = 5000

// parityData are the datasets whose cases are, of a workflow.
func parityData(workflow string) []string { return []string{workflow + "-fresh", workflow} }

// paritySplits are the splits of a dataset that are taken: all that its designs
// did not learn from.
func paritySplits(data string) []string {
	if strings.HasSuffix(data, "-fresh") {
		return nil
	}
	return []string{"dev", "test"}
}

// parityLimit is how many cases are taken of a dataset; 0 for all.
const parityLimit = "0"
