//go:build !long

package main

// everyWorkflow is whether each test that fits, replays and serves shipped workflows
// does so with all of them, or leaves some to another.
const everyWorkflow = false

// killRounds is how often a run is killed or interrupted.
const killRounds = 4

// paidKills is how often a run that pays for answers is killed.
const paidKills = 4

// serveKills is how often a service is killed while cases come.
const serveKills = 4

// parityCases is how many cases are served as well as evaluated, at least.
const parityCases = 150

// parityData are the datasets whose cases are, of a workflow.
func parityData(workflow string) []string { return []string{workflow + "-fresh"} }

// paritySplits are the splits of a dataset that are taken.
func paritySplits(string) []string { return nil }

// parityLimit is how many cases are taken at most, of a dataset.
const parityLimit = "200"
