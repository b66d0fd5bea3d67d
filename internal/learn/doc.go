// Package learn is a small text and tabular classifier: hashed word and
// character n-grams, categories and numbers, weighed by a multinomial logistic
// regression whose probabilities are calibrated on cases it was not fitted on.
//
// The pipeline:
//
//  1. [Train] counts in how many rows each hashed n-gram occurs, keeps those
//     seen in at least [Settings.MinRows] rows and weighs them by tf-idf.
//  2. Each text column gives two blocks, words and characters, each scaled to
//     length one; a category gives one indicator; a number gives its
//     rank among the training quantiles and the indicator of its bin. A missing value
//     is a feature of its own.
//  3. The penalised log loss is minimised by sparse AdaGrad, its iterates
//     averaged over the later epochs.
//  4. [Model.Calibrate] fits one temperature on held-out rows.
//  5. [Model.Predict] fills the whole class distribution, raw and calibrated.
//     Rejecting a case as 'none of these' is the caller's decision.
//
// Training is deterministic: the same rows, labels and [Settings] give the same
// bytes of [Model.MarshalBinary] whatever GOMAXPROCS is, on one processor
// architecture (elsewhere the last digit of a weight may differ, as Go's
// exponential and fused multiply-add do).
package learn
