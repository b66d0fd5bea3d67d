//go:build !long

package main

// killRounds is how often a run is killed or interrupted.
const killRounds = 6

// paidKills is how often a run that pays for answers is killed.
const paidKills = 4

// serveKills is how often a service is killed while cases come.
const serveKills = 4
