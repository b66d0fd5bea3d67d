package opsim

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// confidence of every interval.
const confidence = 0.95

// Result says how designs behave in a scenario. Every interval is a 95 % t
// interval over the replications: it tells how sure the simulation is of its
// own figures, not how sure anybody is of what it was told.
type Result struct {
	Scenario     string         `json:"scenario"`
	Title        string         `json:"title,omitempty"`
	Workflow     string         `json:"workflow,omitempty"`
	Run          string         `json:"run,omitempty"`
	Currency     string         `json:"currency,omitempty"`
	Start        string         `json:"start"`
	Weeks        int            `json:"weeks"`
	WarmUp       int            `json:"warm_up"`
	Replications int            `json:"replications"`
	Seed         uint64         `json:"seed"`
	PerWeek      float64        `json:"cases_per_week"` // in an ordinary week
	Service      *Promise       `json:"service_level,omitempty"`
	Origins      []Origin       `json:"origins"`
	Warnings     []string       `json:"warnings,omitempty"`
	Designs      []DesignResult `json:"designs"`
}

// Promise is the service level.
type Promise struct {
	Measure string  `json:"measure"` // "turnaround" or "wait"
	Hours   float64 `json:"hours"`
	Share   float64 `json:"share"`
	// Of are the promises for single kinds of cases, which hold besides.
	Of []KindPromise `json:"of,omitempty"`
}

// KindPromise is what is promised for one kind of cases.
type KindPromise struct {
	Kind    string  `json:"kind"`
	Measure string  `json:"measure"`
	Hours   float64 `json:"hours"`
	Share   float64 `json:"share"`
}

// How a quantity is known.
const (
	Assumed = "assumed" // nobody said; a default
	Stated  = "stated"  // by the scenario or the workflow
	Traced  = "traced"  // measured in the run
	Fitted  = "fitted"  // a curve through what was measured
)

// Origin says where one quantity came from.
type Origin struct {
	Quantity string `json:"quantity"`
	How      string `json:"how"` // Assumed, Fitted, Stated or Traced
	What     string `json:"what"`
}

// DesignResult is one design in operation.
type DesignResult struct {
	Name string `json:"name"`
	// Overloaded names the teams and services that get more work than they can do. There is
	// then no steady state: Turnaround and Kept are nil.
	Overloaded []string       `json:"overloaded,omitempty"`
	Escalated  stats.Interval `json:"escalated"` // share of the cases
	Failed     stats.Interval `json:"failed"`    // share of the cases: nobody received them
	Turnaround *Turnaround    `json:"turnaround,omitempty"`
	// Kept is the share of the cases within the service level; open cases that
	// are late already are not, nor are failed ones.
	Kept *stats.Interval `json:"kept,omitempty"`
	// KeptByKind and KeptByArrival are that share by kind of case, where kinds
	// are told apart, and by when cases came.
	KeptByKind    []KindKept     `json:"kept_by_kind,omitempty"`
	KeptByArrival []ArrivalKept  `json:"kept_by_arrival,omitempty"`
	BacklogEnd    stats.Interval `json:"backlog_end"`  // cases with people or waiting for them
	BacklogPeak   stats.Interval `json:"backlog_peak"` // the most at any time
	Unfinished    stats.Interval `json:"unfinished"`   // cases of the measured weeks that are open at the end
	// Abandoned, TurnedAway, Overdue and Wrong are shares of the cases that
	// lost patience, found no room, were past their deadline, and were decided
	// wrongly, where the scenario has such a thing. The wrong are those that it
	// states, beyond what the replayed cases got wrong.
	Abandoned  *stats.Interval `json:"abandoned,omitempty"`
	TurnedAway *stats.Interval `json:"turned_away,omitempty"`
	Overdue    *stats.Interval `json:"overdue,omitempty"`
	Wrong      *stats.Interval `json:"wrong,omitempty"`
	// Inputs is the uncertainty that comes with the run's cases; nil where
	// Uncertain was not asked, or nothing is traced.
	Inputs *Inputs `json:"input_uncertainty,omitempty"`
	// Incidents are what stated outages, bursts and absences do; nil where Incidents was
	// not asked, or the design is overloaded without any.
	Incidents []Incident `json:"incidents,omitempty"`
	// Drivers are what the quantities do that nobody measured, the one that moves the
	// design most first; nil where Drivers was not asked, or the design is overloaded.
	Drivers []Driver       `json:"drivers,omitempty"`
	Cost    stats.Interval `json:"cost_per_case"`
	Minutes stats.Interval `json:"minutes_per_case"` // of people
	// Warnings say why these figures are weaker than they look.
	Warnings []string        `json:"warnings,omitempty"`
	Teams    []TeamResult    `json:"teams"`
	Services []ServiceResult `json:"services,omitempty"`
	// Backlog is how many cases are with people or wait for them, over the
	// whole horizon.
	Backlog []Point `json:"backlog,omitempty"`
}

// Point is the backlog at one time.
type Point struct {
	Hours float64        `json:"hours"` // since the start
	Cases stats.Interval `json:"cases"`
}

// Turnaround is the time from a case's arrival to its end, in hours, over
// the cases that were finished.
type Turnaround struct {
	Mean stats.Interval `json:"mean"`
	P50  stats.Interval `json:"p50"`
	P90  stats.Interval `json:"p90"`
	P95  stats.Interval `json:"p95"`
}

// TeamResult is one team under one design.
type TeamResult struct {
	Name   string  `json:"name"`
	People int     `json:"people"`
	Load   float64 `json:"load"` // work that comes over work that can be done; +Inf has no number
	// NoOne says that nobody can do the work: nobody is on duty, or where TooShort,
	// all shifts are too short to begin anything.
	NoOne    bool `json:"no_one,omitempty"`
	TooShort bool `json:"too_short,omitempty"`
	// Unlimited teams have as many people as there is work.
	Unlimited bool `json:"unlimited,omitempty"`
	// Tightest are the kinds of work that overload those who have the skill.
	Tightest []string `json:"tightest,omitempty"`
	// Growth is the backlog's growth in cases a week where the team is
	// overloaded.
	Growth      float64        `json:"growth_per_week,omitempty"`
	PerWeek     float64        `json:"cases_per_week"`
	Utilisation stats.Interval `json:"utilisation"`     // time at work over time on duty, overtime in both
	Overtime    stats.Interval `json:"overtime"`        // hours a week, all people together
	Visits      stats.Interval `json:"visits_per_week"` // simulated; rework and other work in it
	Finished    stats.Interval `json:"finished_per_week"`
	// Abandoned and TurnedAway are shares of the visits.
	Abandoned  *stats.Interval `json:"abandoned,omitempty"`
	TurnedAway *stats.Interval `json:"turned_away,omitempty"`
	Available  *stats.Interval `json:"available,omitempty"` // share of the time on shift without outages
	Returns    *Returns        `json:"returns,omitempty"`
	Queue      *Queue          `json:"queue,omitempty"`
	Kinds      []KindQueue     `json:"kinds,omitempty"`  // where a team tells kinds of work apart
	Groups     []Group         `json:"groups,omitempty"` // where people are listed
}

// ServiceResult is an AI service or a system under one design. Shares are of
// its calls, where nothing else is said; a call is made in one attempt or more.
type ServiceResult struct {
	Name     string         `json:"name"`
	Load     float64        `json:"load"` // the largest of what is asked over what it gives, nothing being down
	PerWeek  stats.Interval `json:"calls_per_week"`
	Attempts stats.Interval `json:"attempts_per_call"`
	Delayed  stats.Interval `json:"delayed"` // share of the attempts that a rate limit made wait
	Delay    stats.Interval `json:"delay"`   // hours, of all attempts that were let through
	Failed   stats.Interval `json:"failed"`  // share of the attempts, refused and given up ones among them
	Limited  stats.Interval `json:"limited"` // share of the attempts that were refused, over a limit
	TimedOut stats.Interval `json:"timed_out"`
	FellBack stats.Interval `json:"fell_back"`
	Lost     stats.Interval `json:"lost"` // their cases end there
	Call     stats.Interval `json:"call"` // hours from the first attempt to an answer
	CallP95  stats.Interval `json:"call_p95"`
	// LimitUse is attempts over what the request limit allows, Busy the share
	// of its concurrent attempts that is in use; nil without such a limit.
	LimitUse *stats.Interval `json:"limit_use,omitempty"`
	Busy     *stats.Interval `json:"busy,omitempty"`
}

// Returns are cases that find no room and come back.
type Returns struct {
	FirstTry stats.Interval `json:"blocked_first_try"` // share of the cases that find no room at first
	PerCase  stats.Interval `json:"per_case"`          // times that a case comes back
	Away     stats.Interval `json:"away"`              // time average of the cases on their way back
	Begun    stats.Interval `json:"until_begun"`       // hours from first coming until a person begins
}

// Group is people of a team who are alike.
type Group struct {
	Name        string         `json:"name,omitempty"`
	People      int            `json:"people"`
	Skills      []string       `json:"skills,omitempty"`
	Utilisation stats.Interval `json:"utilisation"`
}

// KindQueue is the queue of one kind of cases, or of a team's other work.
type KindQueue struct {
	Name    string         `json:"name"`
	Waited  stats.Interval `json:"waited"`
	Wait    stats.Interval `json:"wait"`
	Stay    stats.Interval `json:"stay"`
	Waiting stats.Interval `json:"waiting"`
	Inside  stats.Interval `json:"inside"`
}

// Queue is a team's queue in its steady state; times in hours.
type Queue struct {
	Waited  stats.Interval `json:"waited"`      // share of the cases that had to wait
	Wait    stats.Interval `json:"wait"`        // of those that were begun
	WaitAll stats.Interval `json:"wait_of_all"` // those that lost patience in it
	WaitSD  stats.Interval `json:"wait_sd"`
	WaitP95 stats.Interval `json:"wait_p95"`
	Stay    stats.Interval `json:"stay"` // wait and work
	StayP95 stats.Interval `json:"stay_p95"`
	Waiting stats.Interval `json:"waiting"` // time average of the cases waiting
	Inside  stats.Interval `json:"inside"`  // time average of the cases waiting and in hand
	// Kept is the share of the team's own cases within the service level.
	Kept *stats.Interval `json:"kept,omitempty"`
	// ByHour is the mean number inside by the clock of the arrivals' zone, at
	// each full hour of the week from Monday.
	ByHour []stats.Interval `json:"by_hour,omitempty"`
}

// over is the interval of a figure that every replication has one of; those
// where it cannot be measured, such as the wait of no cases, are left out.
func over(runs []*measured, figure func(*measured) float64) stats.Interval {
	var values []float64
	for _, r := range runs {
		if v := figure(r); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return interval(values)
}

// interval is that of the mean of one number a replication.
func interval(values []float64) stats.Interval {
	iv := stats.Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: confidence, Method: "t"}
	if len(values) == 0 {
		return iv
	}
	t := des.TInterval(values, confidence)
	iv.Estimate, iv.Lower, iv.Upper = stats.Num(t.Mean), t.Low, t.High
	return iv
}

// share is over, for a figure between 0 and 1.
func share(runs []*measured, figure func(*measured) float64) stats.Interval {
	return within01(over(runs, figure))
}

func within01(iv stats.Interval) stats.Interval {
	iv.Lower, iv.Upper = max(0, iv.Lower), min(1, iv.Upper)
	return iv
}

func ratio(a, b int64) float64 { return float64(a) / float64(b) }
