//go:build long

package main

// killRounds is how often a run is killed or interrupted.
const killRounds = 40
