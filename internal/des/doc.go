// Package des is a discrete-event simulator of queues served by people and
// machines. It knows no workflow: a model is a Handler that submits visits to
// pools and says what each visit needs and where it goes next.
//
// How a replication runs:
//
//  1. New takes the pools (classes, servers, shifts, room) and the Handler.
//  2. The Handler's own events (arrivals, retries, outages) go on the clock
//     with Sim.At; each comes back through Handler.Tick.
//  3. Sim.Submit hands a visit to a pool. The pool starts it, makes it wait,
//     turns it away or lets it lose patience, and tells the Handler.
//  4. Sim.Run advances the clock; Sim.Observe drops what was measured during
//     the warm-up; Sim.Stats reads the measurements.
//  5. Replicate runs independent replications in parallel, and TInterval turns
//     one number per replication into an interval.
//
// Time is a float64 that starts at 0, in a unit of the model's choice; calendars
// use hours. All random numbers come from Draws, keyed by what they are for and
// not by the order in which they are asked for, so that two models face the
// same luck.
//
// The hot path allocates nothing: events are 24-byte values in a binary heap,
// visits live in a slab, and a cancelled timer is left in the heap and known by
// its stamp when it comes up.
package des
