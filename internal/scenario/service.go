package scenario

import (
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// Service is an AI service or a system that cases call.
type Service struct {
	Name  string
	Pos   flow.Pos
	Steps []string // of the designs, whose calls these are; of a run's cases
	// Latency is how long an attempt takes, in minutes, once it is begun; nil:
	// as traced, that of the step's last attempt.
	Latency     *Distribution
	Concurrency int // attempts at a time; 0: no limit
	Requests    *Limit
	Tokens      *Limit
	TokensEach  float64 // of an attempt, where the cases do not say
	// FailOver has an attempt fail that is over a limit; else it waits.
	FailOver    bool
	Failures    float64       // share of the attempts that fail
	Timeout     time.Duration // after which an attempt is given up; the service works on; 0: never
	Outages     []Spell       // in which every attempt fails at once
	Retry       Retry
	Fallback    string // a service, or a team; "": the case is lost
	FallbackPos flow.Pos
}

// String says what limits a service and how it fails, for a report.
func (s *Service) String() string {
	var parts []string
	say := func(given bool, format string, args ...any) {
		if given {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	say(s.Concurrency > 0, "%d attempts at a time", s.Concurrency)
	if l := s.Requests; l != nil {
		say(true, "%.4g requests an hour, %.4g at once", l.PerHour, l.Burst)
	}
	if l := s.Tokens; l != nil {
		say(true, "%.4g tokens an hour, %.4g at once", l.PerHour, l.Burst)
	}
	say(s.FailOver, "refused over the limit")
	say(s.Failures > 0, "%.3g%% of the attempts fail", 100*s.Failures)
	say(s.Timeout > 0, "given up after %v", s.Timeout)
	for i := range s.Outages {
		say(true, "down %s", s.Outages[i].String())
	}
	r := &s.Retry
	say(r.Attempts > 1, "%d attempts, the second after %v, times %g", r.Attempts, r.Wait, r.Factor)
	say(r.Attempts > 1 && r.Jitter, "with jitter")
	say(r.Attempts > 1 && r.Budget < 1, "retries at most %.3g%% of the calls", 100*r.Budget)
	say(s.Fallback != "", "then %s", s.Fallback)
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// Limit is a bucket of tokens: how many come an hour, and how many it holds.
type Limit struct{ PerHour, Burst float64 }

// Retry is when a failed attempt is made again.
type Retry struct {
	Attempts int           // at most, the first included
	Wait     time.Duration // before the second attempt
	Factor   float64       // on the wait, from attempt to attempt
	Most     time.Duration // the longest wait; 0: no limit
	Jitter   bool          // the wait is drawn between 0 and what it would be
	// Budget is the share of the calls that retries may come to: every call adds
	// it to what is left, and every retry takes one.
	Budget float64
}
