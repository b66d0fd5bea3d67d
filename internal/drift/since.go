package drift

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// changeLevel is the level of the test for a change within a sample.
const changeLevel = 0.01

// Since says when a signal that moved began to move.
type Since struct {
	// Check is when the first of the checks in a row was made that saw it move;
	// zero where this is the first.
	Check time.Time `json:"check,omitzero"`
	// Case is the time of the case from which on the fresh sample differs from
	// its own earlier cases; zero where it does not: then all of it moved.
	Case time.Time `json:"case,omitzero"`
	// Before and After are the means on both sides of Case: of a rate, or of the
	// share above the baseline's median, or of the most moved category.
	Before stats.Number `json:"before"`
	After  stats.Number `json:"after"`
	P      stats.Number `json:"p"` // of no change within the sample
}

// timed is a value of a case at its time.
type timed struct {
	at    int64
	value float64
}

// since looks for one change of the mean within the fresh sample: the largest
// of the cumulative sums of what is above the mean, over its limit law, the
// largest distance of a Brownian bridge (Page 1954; Inclan and Tiao 1994). Cases
// count as independent.
func (s *Signal) since(fresh *Sample) *Since {
	list := s.scored
	if s.series != nil {
		for i, at := range fresh.times {
			if v, ok := s.series(i); ok && at != noTime {
				list = append(list, timed{at, v})
			}
		}
	}
	const least = 20
	if len(list) < least {
		return nil
	}
	slices.SortStableFunc(list, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	n, mean := float64(len(list)), 0.0
	for _, v := range list {
		mean += v.value / n
	}
	spread, sum, largest, place := 0.0, 0.0, 0.0, 0
	for i, v := range list {
		spread += (v.value - mean) * (v.value - mean)
		sum += v.value - mean
		// Cases of the same moment come together.
		if i+1 < len(list) && list[i+1].at != v.at && math.Abs(sum) > largest {
			largest, place = math.Abs(sum), i+1
		}
	}
	if spread <= 1e-12*n { // all alike
		return &Since{}
	}
	out := &Since{P: stats.Num(stats.KolmogorovTail(largest / math.Sqrt(spread)))}
	if place > 0 && out.P.Value <= changeLevel {
		out.Case = time.Unix(list[place].at, 0).UTC()
		var before, after stats.Moments
		for i, v := range list {
			if i < place {
				before.Add(v.value)
			} else {
				after.Add(v.value)
			}
		}
		out.Before, out.After = stats.Num(before.Mean), stats.Num(after.Mean)
	}
	return out
}
