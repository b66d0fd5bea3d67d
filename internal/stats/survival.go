package stats

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Survival is the product-limit estimate of how long things last, from times of
// which some were cut short by something else (Kaplan & Meier, JASA 53, 1958,
// 457). Of those it is known only that they would have lasted longer.
type Survival struct {
	N     float64   // times, by weight
	Ended float64   // of these, those that ended by themselves, by weight
	Times []float64 // at which something ended, in order
	// Left is the share that lasts longer than the time, and SE its standard
	// error by Greenwood's formula, both aligned with Times.
	Left, SE []float64
	Last     float64 // the longest time, ended or cut short
	// Hazard is how many end in a unit of time, over all times: beyond Last, the
	// rest is taken to end at this rate (exponentially).
	Hazard float64
}

// KaplanMeier estimates survival from times, of which those that are ended
// ended by themselves; the others were cut short. Weights say how many times
// each stands for, nil for once. Where one time is both, the ended come first.
func KaplanMeier(times []float64, ended []bool, weights []float64) (*Survival, error) {
	if len(ended) != len(times) || weights != nil && len(weights) != len(times) {
		return nil, refuse(LengthMismatch, "%d times, %d ends and %d weights, want as many of each", len(times), len(ended), len(weights))
	}
	weight := func(i int) float64 {
		if weights == nil {
			return 1
		}
		return weights[i]
	}
	s := &Survival{}
	total := 0.0
	order := make([]int, len(times))
	for i, t := range times {
		if w := weight(i); !(t >= 0) || math.IsInf(t, 0) || !(w >= 0) || math.IsInf(w, 0) {
			return nil, refuse(OutOfRange, "time %v with weight %v, want both from 0 up", t, w)
		}
		order[i] = i
		s.N += weight(i)
		total += weight(i) * t
		if weight(i) > 0 {
			s.Last = math.Max(s.Last, t)
		}
		if ended[i] {
			s.Ended += weight(i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(times[i], times[j]) })
	if total > 0 {
		s.Hazard = s.Ended / total
	}
	left, greenwood, atRisk := 1.0, 0.0, s.N
	for i := 0; i < len(order); {
		t, ends, gone := times[order[i]], 0.0, 0.0
		for ; i < len(order) && times[order[i]] == t; i++ {
			gone += weight(order[i])
			if ended[order[i]] {
				ends += weight(order[i])
			}
		}
		if ends > 0 {
			left *= math.Max(0, 1-ends/atRisk)
			greenwood += ends / (atRisk * (atRisk - ends))
			s.Times, s.Left = append(s.Times, t), append(s.Left, left)
			se := 0.0
			if left > 0 {
				se = left * math.Sqrt(greenwood)
			}
			s.SE = append(s.SE, se)
		}
		atRisk -= gone
	}
	return s, nil
}

// Beyond is the share that is not known to end within the times: it lasts
// longer than all at which something ended.
func (s *Survival) Beyond() float64 {
	if len(s.Left) == 0 {
		return 1
	}
	return s.Left[len(s.Left)-1]
}

// Time is when a share of no more than p is left, for p above 0 and up to 1;
// infinite where nothing ends.
func (s *Survival) Time(p float64) float64 {
	i := sort.Search(len(s.Left), func(i int) bool { return s.Left[i] <= p })
	if i < len(s.Left) {
		return s.Times[i]
	}
	return s.Last + math.Log(s.Beyond()/p)/s.Hazard
}

// Mean is the mean time, with what lies beyond the longest one; infinite where
// nothing ends.
func (s *Survival) Mean() float64 {
	sum, left, before := 0.0, 1.0, 0.0
	for i, t := range s.Times {
		sum += left * (t - before)
		left, before = s.Left[i], t
	}
	if left == 0 {
		return sum
	}
	return sum + left*(s.Last-before) + left/s.Hazard
}
