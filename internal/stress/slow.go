package stress

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// slow has calls take longer than they did when they were really made, by the
// strength as a share of their time. Nobody waits: the longer time is noted, as
// every call's is. What a step would not have waited for, it does not get.
func slow(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
	out, err := work(in)
	if !isService(n) {
		return out, err
	}
	var patience flow.Patience // without limits, of a step that does not say
	if again, ok := n.Step.(flow.Retrier); ok {
		patience = again.Patience()
	}
	slowed := slowly{factor: 1 + x.strength, patience: patience}
	for _, a := range out.Attempts {
		if !slowed.take(a) {
			break
		}
	}
	if slowed.known {
		x.touched.Store(true)
	}
	out.Attempts = slowed.attempts
	x.failedTries.Add(int32(slowed.late))
	if slowed.over {
		x.givenUp.Add(1)
		out.Values, out.Confidence = nil, nil
		return out, unavailable("timeout", "the answer takes longer than the step waits")
	}
	return out, err
}

// slowly goes through the tries of a call, one question after the other.
type slowly struct {
	factor   float64
	patience flow.Patience
	attempts []flow.Attempt
	known    bool          // a try took a time that is known
	late     int           // tries of which the answer came too late
	over     bool          // a question is given up, and the call with it
	tried    int           // for the question at hand
	passed   time.Duration // with it
}

// take goes through one try, and says whether there is a next.
func (s *slowly) take(a flow.Attempt) bool {
	took := time.Duration(min(float64(a.Latency)*s.factor, 1<<62))
	s.known = s.known || took > a.Latency
	answered := a.Class != flow.ErrUnavailable // or asked again for another reason
	for {
		limit := s.limit()
		if limit <= 0 {
			s.over = true
			return false
		}
		late := took > limit
		s.tried++
		if late {
			// What was answered is not heard, and not known to be paid for.
			s.attempts = append(s.attempts, flow.Attempt{Latency: limit, Class: flow.ErrUnavailable})
			s.passed += limit
			s.late++
		} else {
			a.Latency = took
			s.attempts = append(s.attempts, a)
			s.passed += took
		}
		switch {
		case answered && !late:
			s.tried, s.passed = 0, 0
			return true
		case late && s.left() <= 0:
			s.over = true
			return false
		case !answered:
			return true // and asked again, as it was then
		}
	}
}

// limit is how long the try at hand is waited for.
func (s *slowly) limit() time.Duration {
	limit := time.Duration(1<<63 - 1)
	if s.patience.Try > 0 {
		limit = s.patience.Try
	}
	if s.patience.All > 0 {
		limit = min(limit, s.patience.All-s.passed)
	}
	return limit
}

// left is how many tries there are.
func (s *slowly) left() int {
	if s.patience.All > 0 && s.passed >= s.patience.All {
		return 0
	}
	return s.patience.Tries - s.tried
}
