package discover

import (
	"time"

	"github.com/rehearse-dev/rehearse/internal/eventlog"
)

// Result is an existing process as its log shows it. Times are in hours unless a
// name says otherwise; shares are from 0 to 1.
type Result struct {
	Log        string           `json:"log"`
	Columns    eventlog.Columns `json:"columns"`
	Zone       string           `json:"zone"` // whose clock hours of work are by
	From       time.Time        `json:"from"`
	To         time.Time        `json:"to"`
	Cases      int              `json:"cases"`
	Events     int              `json:"events"`
	Starts     bool             `json:"starts"` // the log tells when work began
	Left       []eventlog.Left  `json:"left,omitempty"`
	Cycle      Spread           `json:"cycle_hours"` // from the first start of a case to its last end
	Work       Spread           `json:"work_minutes_per_case"`
	PerWeek    float64          `json:"cases_per_week"`
	Activities []ActivityResult `json:"activities"`
	Flows      []Flow           `json:"flows"`
	SideBySide [][2]string      `json:"side_by_side,omitempty"`
	Variants   []Variant        `json:"variants"`
	Ways       int              `json:"ways"` // different variants
	Loops      []Loop           `json:"loops,omitempty"`
	Roles      []RoleResult     `json:"roles"`
	Handoffs   []Handoff        `json:"handoffs"`
	Pairs      []Pair           `json:"pairs"` // handoffs between people, most frequent first
	Calendar   *Calendar        `json:"calendar"`
	Arrivals   ArrivalResult    `json:"arrivals"`
	Check      *Check           `json:"check,omitempty"`
	Unchecked  string           `json:"unchecked,omitempty"` // why there is no check
	Warnings   []string         `json:"warnings,omitempty"`
	process    *Process
}

// Spread is how values are spread; without values all are 0.
type Spread struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	P10  float64 `json:"p10"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	Max  float64 `json:"max"`
}

// ActivityResult is one activity.
type ActivityResult struct {
	Name string `json:"name"`
	// Cases is the share of the cases that have it, Again of those the share that
	// have it more than once.
	Events  int     `json:"events"`
	Cases   float64 `json:"cases"`
	Again   float64 `json:"again"`
	Minutes Spread  `json:"work_minutes"`
	Wait    Wait    `json:"wait"`
	// Roles and People are who does it, most first.
	Roles  []Part `json:"roles"`
	People []Part `json:"people"`
}

// Wait is the time between what comes before an activity and its start, and what
// its mean is made of.
type Wait struct {
	Spread
	Off     float64 `json:"off_duty"`    // nobody's hours: nights, weekends
	Busy    float64 `json:"busy"`        // the person was on duty and did something else
	Unknown float64 `json:"unexplained"` // the person was on duty and did nothing that the log has
}

// Part is a share of something.
type Part struct {
	Name  string  `json:"name"`
	Count int     `json:"count"`
	Share float64 `json:"share"`
}

// Flow is one activity that waits for another; "" stands for where cases begin
// and end.
type Flow struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Count int     `json:"count"`
	Cases float64 `json:"cases"` // share of the cases that take it
	// Share is the share of what leaves From that goes this way.
	Share float64 `json:"share"`
}

// Variant is one way through the process. Activities side by side stand in one
// order, whichever was first.
type Variant struct {
	Path  []string `json:"path"`
	Cases int      `json:"cases"`
	Share float64  `json:"share"`
	Cycle float64  `json:"mean_cycle_hours"`
}

// Loop is work that is done again: from an activity by others back to it.
type Loop struct {
	Path  []string `json:"path"` // the first follows the last again
	Times int      `json:"times"`
	Cases float64  `json:"cases"` // share of the cases in which it happens
	Hours float64  `json:"mean_hours"`
}

// RoleResult is people who do the same things.
type RoleResult struct {
	Name       string         `json:"name"`
	Activities []Part         `json:"activities"`
	Minutes    Spread         `json:"work_minutes"` // of an activity
	Calendar   *Calendar      `json:"calendar"`
	Busy       float64        `json:"busy"` // time at work over time on duty
	People     []PersonResult `json:"people"`
}

// PersonResult is one person.
type PersonResult struct {
	Name       string    `json:"name"`
	Events     int       `json:"events"`
	Activities []Part    `json:"activities"`
	Calendar   *Calendar `json:"calendar"`
	Busy       float64   `json:"busy"`
	Parallel   int       `json:"at_a_time"` // things in hand at a time
}

// Handoff is cases going from one role to another, or within one to somebody
// else.
type Handoff struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Count int     `json:"count"`
	Cases float64 `json:"cases"`
	// Same is the share that the same person went on with: no handoff at all.
	Same float64 `json:"same_person"`
	Wait Spread  `json:"wait_hours"`
}

// Pair is one person handing cases to another.
type Pair struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Count int     `json:"count"`
	Wait  float64 `json:"mean_wait_hours"`
}

// ArrivalResult is when cases come.
type ArrivalResult struct {
	// PerHour are cases an hour by weekday, from Monday, and hour.
	PerHour [7][24]float64 `json:"per_hour"`
	// Dispersion is the variance over the mean of the cases of a day, among days
	// of one weekday: 1 where they come at random (Poisson), 0 where by the clock.
	Dispersion float64 `json:"dispersion"`
}
