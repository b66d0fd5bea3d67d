// Package drift says whether fresh cases still look like those that a design
// was judged on.
//
//  1. A [Source] gives cases with the trial that the design made of each: the
//     baseline's as they were recorded, the fresh ones from a replay.
//     [Gather] makes a [Sample] of it, column by column.
//  2. [Check] tests every signal: performance first (accuracy where there are
//     labels), then what the design does (escalations, confidence, broken
//     handoffs, outcomes), then what it receives.
//  3. A signal has moved when its p-value, adjusted by Holm over the check, is
//     at most the check's share of a yearly budget of false alarms, and its
//     effect reaches a floor. One verdict comes of them.
package drift
