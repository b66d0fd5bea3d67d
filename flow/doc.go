// Package flow is the vocabulary of Rehearse: the values that pass between
// steps, the case and its label, the step and its registry, and the record of
// one trial.
//
// It imports nothing else of this module, so that a step kind or a scorer
// written elsewhere needs this package alone. The built-in step kinds use
// nothing but what is exported here.
//
// The types follow one case on its way:
//
//  1. A [Case] is one historical item: its input, and apart from it the
//     [Label] that says what was right.
//  2. A design is a list of steps. Each [Step] receives an [Input], which holds
//     a [Message] and cannot hold a label, and gives an [Output].
//  3. One case once through one design is a [Trial]: its [Span]s, the
//     [RouteTaken] at every decision point, the [Handoff]s and the outcome.
package flow
