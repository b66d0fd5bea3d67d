package stats

import (
	"encoding/json"
	"fmt"
	"math"
)

// A Number is a figure that may not be estimable from the evidence at hand, as
// the mean of no cases or the standard error of one cluster. Its zero value is
// 'not estimable', which is never to be shown as 0.
type Number struct {
	Value float64 // 0 unless Valid
	Valid bool
}

// Num returns an estimable Number. It panics on NaN, which no result may hold.
func Num(v float64) Number {
	if math.IsNaN(v) {
		panic("stats: NaN in a result")
	}
	return Number{Value: v, Valid: true}
}

// Or returns the value, or absent when there is none.
func (n Number) Or(absent float64) float64 {
	if n.Valid {
		return n.Value
	}
	return absent
}

// String prints the value in its shortest form, or "not estimable".
func (n Number) String() string {
	if !n.Valid {
		return "not estimable"
	}
	return fmt.Sprint(n.Value)
}

// MarshalJSON writes null for what is not estimable and for infinities, which
// JSON cannot hold.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Valid || math.IsInf(n.Value, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(n.Value)
}

// UnmarshalJSON reads null as 'not estimable'.
func (n *Number) UnmarshalJSON(b []byte) error {
	var v *float64
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*n = Number{}
	if v != nil {
		*n = Num(*v)
	}
	return nil
}

// A Side says which ends of an interval bound the quantity.
type Side int

// A two-sided interval puts half of 1-level outside each end. A bound puts all
// of it outside one end; the other end is the end of the quantity's range.
const (
	TwoSided Side = iota
	LowerBound
	UpperBound
)

// String returns "two-sided", "lower" or "upper".
func (s Side) String() string {
	switch s {
	case LowerBound:
		return "lower"
	case UpperBound:
		return "upper"
	}
	return "two-sided"
}

// tail is the probability left outside each bounding end.
func (s Side) tail(level float64) float64 {
	if s == TwoSided {
		return (1 - level) / 2
	}
	return 1 - level
}

// An Interval is an estimate with the range that the evidence allows.
//
// Where nothing is known an end is the end of the quantity's own range: 0 and 1
// for a rate, -1 and 1 for a difference of rates, -Inf and +Inf for a mean. So
// comparing an end with a threshold can never pass for want of evidence.
type Interval struct {
	Estimate Number
	Lower    float64
	Upper    float64
	Level    float64 // confidence level, as 0.95
	Side     Side
	Method   string // as "Wilson"; for footnotes
}

// Bounded reports whether both ends are finite.
func (iv Interval) Bounded() bool {
	return !math.IsInf(iv.Lower, 0) && !math.IsInf(iv.Upper, 0)
}

// Contains reports whether x lies in the interval, ends included.
func (iv Interval) Contains(x float64) bool { return iv.Lower <= x && x <= iv.Upper }

// Width returns the distance between the ends, +Inf when an end is unknown.
func (iv Interval) Width() float64 { return iv.Upper - iv.Lower }

type intervalJSON struct {
	Estimate Number  `json:"estimate"`
	Lower    Number  `json:"lower"`
	Upper    Number  `json:"upper"`
	Level    float64 `json:"level"`
	Side     string  `json:"side"`
	Method   string  `json:"method,omitempty"`
}

// MarshalJSON writes null for an absent estimate and for an infinite end.
func (iv Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(intervalJSON{iv.Estimate, Num(iv.Lower), Num(iv.Upper), iv.Level, iv.Side.String(), iv.Method})
}

// UnmarshalJSON reads a null end as unknown, that is infinite.
func (iv *Interval) UnmarshalJSON(b []byte) error {
	var j intervalJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*iv = Interval{j.Estimate, j.Lower.Or(math.Inf(-1)), j.Upper.Or(math.Inf(1)), j.Level, TwoSided, j.Method}
	for _, s := range []Side{LowerBound, UpperBound} {
		if s.String() == j.Side {
			iv.Side = s
		}
	}
	return nil
}

// Embedded stands beside an embedded [Interval] in a struct that is written as
// JSON. Go would promote the interval's own JSON methods to the struct, which
// would then be written as its interval and nothing else; two promoted methods
// of one name cancel each other.
type Embedded struct{}

// MarshalJSON is never called.
func (Embedded) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// UnmarshalJSON is never called.
func (*Embedded) UnmarshalJSON([]byte) error { return nil }

// A Warning says why a figure, though computed, is weaker than it looks.
type Warning string

// Warnings that results carry.
const (
	FewClusters       Warning = "fewer than 20 clusters: the interval may be too short"
	NoVariation       Warning = "every cluster has the same mean: the standard error is 0 and says nothing"
	UndefinedResample Warning = "some resamples had an empty denominator and were left out"
	PercentileInstead Warning = "BCa is not defined here; the interval is the plain percentile one"
	WeightedSample    Warning = "sampling weights: figures that assume equal weights are left out"
	SmallExpected     Warning = "an expected count is below 5: the chi-square p-value is not to be trusted"
)
