package synth

import (
	"math"
	"time"
)

// Units is an amount of money, given in hundredths, in whole units.
func Units(cents int64) float64 { return float64(cents) / 100 }

// OptionalUnits is Units where there is an amount.
func OptionalUnits(cents *int64) *float64 {
	if cents == nil {
		return nil
	}
	f := Units(*cents)
	return &f
}

// Share is a share of an amount in hundredths, rounded.
func Share(amount int64, share float64) int64 { return int64(math.Round(float64(amount) * share)) }

// Optional is nil for the empty string.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// OptionalDay is the day in days since 1970, as a Parquet date column holds
// it: an optional time would be cut to 32 bits.
func OptionalDay(t *time.Time) *int32 {
	if t == nil {
		return nil
	}
	d := int32(t.Unix() / (24 * 60 * 60))
	return &d
}
