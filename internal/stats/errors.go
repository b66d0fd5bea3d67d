package stats

import (
	"fmt"
	"math"
)

// A Code names why an input was refused.
type Code string

// Codes of refused inputs.
const (
	InvalidCount          Code = "invalid_count"            // negative, or more events than cases
	ProbabilityOutOfRange Code = "probability_out_of_range" // outside [0, 1]
	NaNInput              Code = "nan_input"
	LengthMismatch        Code = "length_mismatch"
	KOutOfRange           Code = "k_out_of_range" // k < 1 or k > n in pass@k
	NoDifference          Code = "no_difference"  // no number of cases shows a difference of nothing
	InvalidLevel          Code = "invalid_level"  // level, alpha or power not strictly between 0 and 1
	InvalidWeight         Code = "invalid_weight" // negative, infinite, or summing to nothing
	UnknownLabel          Code = "unknown_label"
	OutOfRange            Code = "out_of_range" // any other parameter
	TooLarge              Code = "too_large"    // exact enumeration would not end; use the Monte-Carlo form
)

// An Error is a refused input. Test for its code with errors.As or [CodeOf].
type Error struct {
	Code   Code
	Reason string // what is wrong and what would be right
}

func (e *Error) Error() string { return e.Reason }

// CodeOf returns the code of a refused input, or "" for any other error.
func CodeOf(err error) Code {
	if e, ok := err.(*Error); ok {
		return e.Code
	}
	return ""
}

func refuse(code Code, format string, args ...any) error {
	return &Error{code, fmt.Sprintf(format, args...)}
}

// firstErr returns the first error that is not nil.
func firstErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkLevel(name string, level float64) error {
	if !(level > 0 && level < 1) {
		return refuse(InvalidLevel, "%s is %v; it must lie strictly between 0 and 1", name, level)
	}
	return nil
}

func checkProbability(name string, p float64) error {
	if math.IsNaN(p) {
		return refuse(NaNInput, "%s is NaN", name)
	}
	if p < 0 || p > 1 {
		return refuse(ProbabilityOutOfRange, "%s is %v; it must lie between 0 and 1", name, p)
	}
	return nil
}

func checkProbabilities(name string, ps []float64) error {
	for i, p := range ps {
		if !(p >= 0 && p <= 1) {
			return checkProbability(fmt.Sprintf("%s %d", name, i), p)
		}
	}
	return nil
}

func checkNotNaN(name string, xs []float64) error {
	for i, x := range xs {
		if math.IsNaN(x) {
			return refuse(NaNInput, "%s %d is NaN", name, i)
		}
	}
	return nil
}

// largest is the magnitude up to which values can be summed and cubed without
// overflow, which would turn to NaN.
const largest = 1e90

// checkFinite is for values that are summed.
func checkFinite(name string, xs []float64) error {
	for i, x := range xs {
		if math.Abs(x) > largest {
			return refuse(OutOfRange, "%s %d is %v, which is too large to be summed", name, i, x)
		}
	}
	return checkNotNaN(name, xs)
}

func checkCount(events string, x, n int) error {
	if x < 0 || n < 0 || x > n {
		return refuse(InvalidCount, "%d %s of %d cases; it must be between 0 and the number of cases", x, events, n)
	}
	return nil
}

func checkLengths(a string, n int, b string, m int) error {
	if n != m {
		return refuse(LengthMismatch, "%d %s but %d %s", n, a, m, b)
	}
	return nil
}

// checkWeights accepts nil, which stands for equal weights.
func checkWeights(weights []float64, n int) error {
	if weights == nil {
		return nil
	}
	if err := checkLengths("weights", len(weights), "cases", n); err != nil {
		return err
	}
	sum := 0.0
	for i, w := range weights {
		if math.IsNaN(w) {
			return refuse(NaNInput, "weight %d is NaN", i)
		}
		if w != 0 && (w < 1/largest || w > largest) {
			return refuse(InvalidWeight, "weight %d is %v; weights must not be negative, nor beyond %v or its inverse", i, w, float64(largest))
		}
		sum += w
	}
	if n > 0 && sum == 0 {
		return refuse(InvalidWeight, "all weights are 0")
	}
	return nil
}

// weightAt returns weight i, 1 where there are none.
func weightAt(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}
