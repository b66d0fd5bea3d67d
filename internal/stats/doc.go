// Package stats owns the intervals, tests, corrections and drift statistics
// behind every number that a report shows.
package stats
