package des

import (
	"fmt"
	"math"
	"slices"
)

// A Span is the time from From up to To.
type Span struct{ From, To float64 }

// Shifts says when a server is on duty: spans in order, without overlap, that
// repeat after Period, or end with the last one when Period is 0. Shifts are
// never changed, and shared by servers and replications.
type Shifts struct {
	spans  []Span
	period float64
}

// NewShifts makes shifts from spans in any order; those that touch or overlap
// become one. With a period, the spans must lie between 0 and the period.
func NewShifts(period float64, spans ...Span) (*Shifts, error) {
	if !(period >= 0) || math.IsInf(period, 1) {
		return nil, fmt.Errorf("shift period %v, want a positive number or 0 for none", period)
	}
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b Span) int {
		switch {
		case a.From < b.From:
			return -1
		case a.From > b.From:
			return 1
		}
		return 0
	})
	sh := &Shifts{period: period}
	for _, sp := range sorted {
		if !(sp.From < sp.To) {
			return nil, fmt.Errorf("shift from %v to %v, want it to end after it starts", sp.From, sp.To)
		}
		if period > 0 && (sp.From < 0 || sp.To > period) {
			return nil, fmt.Errorf("shift from %v to %v, want it between 0 and the period %v", sp.From, sp.To, period)
		}
		if n := len(sh.spans); n > 0 && sp.From <= sh.spans[n-1].To {
			sh.spans[n-1].To = max(sh.spans[n-1].To, sp.To)
			continue
		}
		sh.spans = append(sh.spans, sp)
	}
	return sh, nil
}

// count is how many spans there are; the largest int when they repeat.
func (s *Shifts) count() int {
	if s.period > 0 && len(s.spans) > 0 {
		return math.MaxInt
	}
	return len(s.spans)
}

// at gives span i, counted through the repetitions.
func (s *Shifts) at(i int) Span {
	if s.period == 0 {
		return s.spans[i]
	}
	shift := float64(i/len(s.spans)) * s.period
	sp := s.spans[i%len(s.spans)]
	return Span{sp.From + shift, sp.To + shift}
}

// Spans lists the shifts between two times, cut to fit.
func (s *Shifts) Spans(from, to float64) []Span {
	var out []Span
	i := 0
	if s.period > 0 && len(s.spans) > 0 {
		i = max(0, int(from/s.period)-1) * len(s.spans)
	}
	for ; i < s.count(); i++ {
		sp := s.at(i)
		if sp.From >= to {
			break
		}
		if sp.To > from {
			out = append(out, Span{max(sp.From, from), min(sp.To, to)})
		}
	}
	return out
}

// OnDuty is the time on duty between two times.
func (s *Shifts) OnDuty(from, to float64) float64 {
	sum := 0.0
	for _, sp := range s.Spans(from, to) {
		sum += sp.To - sp.From
	}
	return sum
}
