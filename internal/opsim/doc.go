// Package opsim says how designs behave in operation: cases arrive through the
// week, machines take their share, and teams of people with working hours take
// the rest, first come, first served.
//
// How a simulation is made:
//
//  1. The scenario (internal/scenario) states arrivals, teams, service level and
//     horizon; what it leaves to the run is estimated by internal/traced.
//  2. A ProfileBuilder turns the trials of a run into a Profile: what every
//     replayed case asks of whom under every design. Without a run, the
//     scenario states what a case is.
//  3. Simulate draws whole cases from the profile, for every design the same
//     ones, and runs replications on internal/des. Staff searches the smallest
//     teams that keep the service level.
//  4. Result says every figure with its interval over the replications, and
//     where every quantity came from.
//
// Offered load is compared with capacity before anything is simulated: figures
// of a steady state are left out where a team is overloaded, because there is
// no steady state. Times are in hours unless a name says otherwise.
package opsim
