// Package discover maps an existing process from its event log, and estimates
// what it takes to simulate it: who does what and when, how long it takes, what
// follows what, and when cases come.
//
// How a log becomes a process:
//
//  1. Two activities are side by side when they overlap in time in the same
//     cases; all others follow each other. An activity is enabled when the last
//     one before it, that is not side by side with it, has ended.
//  2. Hours of work are those in which people were seen at work, by weekday.
//     What lies between the start and the end of an activity counts as work as
//     far as it lies in them.
//  3. The wait from enabled to started is split into hours off duty, hours in
//     which the person was busy with something else, and the rest, which nothing
//     in the log explains.
//  4. [Process.Simulate] lets cases take the routes of recorded ones through
//     queues of people (internal/des). [Run] holds the simulation against the
//     cases that came last, which it was not estimated from.
//
// Times are in hours unless a name says otherwise.
package discover
