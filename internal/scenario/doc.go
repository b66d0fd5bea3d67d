// Package scenario reads scenario files: the world that a workflow's designs are
// put through. Parse checks a file and turns it into a Scenario, with every fault
// at its place; teams, arrivals and service levels that it leaves out are the
// workflow's. What a file writes as a distribution can be drawn from, and a week of
// rates laid on the clock. Nothing here is simulated.
//
// Times are in hours unless a name says otherwise; distributions of lengths of
// time are in minutes, as files have them.
package scenario
