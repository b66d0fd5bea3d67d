// Package traced estimates from the cases of a run what a scenario does not
// state: the rates by hour of the week and how much days differ, whether cases
// come by chance, curves of people's minutes, how long cases wait before they
// leave, and which of them come at which hour. It says with each estimate what
// it rests on, for a report, and where it should not be trusted.
package traced
