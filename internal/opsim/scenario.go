package opsim

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Scenario is what a workflow's designs are put through: the world around
// them.
type Scenario struct {
	File     string
	Name     string
	Title    string
	Workflow *design.Workflow // nil where the scenario stands alone
	Run      string           // run that gives the profile, or "latest"; "" where Cases are stated
	Designs  []string         // of the run; none: all
	Cases    *StatedCases     // nil where a run gives them
	Arrivals Arrivals
	Teams    []Team
	Service  *ServiceLevel // nil: none is promised
	Start    time.Time     // the date of the first day; zero: the first Monday after the run's last case
	Weeks    int           // simulated, warm-up included
	WarmUp   int           // weeks at the start that are not measured
	// Replications are at least 2: one alone has no interval.
	Replications int
	Seed         uint64
}

// StatedCases says what a case is where no run does.
type StatedCases struct {
	Escalated []Share       // shares of the cases that go to teams; the rest needs nobody
	Latency   time.Duration // of the machines
	Cost      float64       // of a case, people's time aside
}

// Share is the share of the cases that a team gets.
type Share struct {
	Team  string
	Share float64
	Pos   flow.Pos
}

// Arrivals say when cases come. They are a Poisson process whose rate follows
// the week, as the case times of the run do, or as stated.
type Arrivals struct {
	Zone *time.Location
	Week []Piece // stated rates, in order; nil where the run's case times give them
	// PerWeek, where above 0, is the volume; the rates keep their shape. It is
	// the scenario's where Stated, else the workflow's: a dataset is often a
	// sample of what comes.
	PerWeek float64
	Stated  bool
	Volume  float64 // factor on the volume
	Growth  float64 // of the volume, each week upon the week before
	// DaySpread is the coefficient of variation of a factor that each day has
	// of its own (gamma distributed, mean 1): days differ by more than chance.
	DaySpread float64
}

// Piece is a rate that holds for part of the week.
type Piece struct {
	From, To int     // minutes since Monday 00:00
	PerHour  float64 // cases
}

// Team is people who take cases, in a scenario.
type Team struct {
	Name     string
	Pos      flow.Pos
	People   int
	Stated   bool // people are the scenario's, not the workflow's
	Wage     float64
	Calendar *des.Calendar // nil: around the clock
	HoursSet bool
	ShiftEnd des.ShiftEnd
	// SpeedSpread is the standard deviation of the logarithm of the people's
	// speeds, whose mean is 1.
	SpeedSpread float64
	// Minutes, where stated, replace those of the replayed cases.
	Minutes *Distribution
	// Usual are the workflow's minutes a case, for stated cases; 0: none.
	Usual float64
}

// ServiceLevel promises that a share of the cases is done (or, for waits,
// begun) within a time.
type ServiceLevel struct {
	Wait   bool // the time until a person begins, not until the case is done
	Within time.Duration
	Share  float64
	Stated bool // by the scenario, not the workflow
}

func (sc *Scenario) team(name string) int {
	for i := range sc.Teams {
		if sc.Teams[i].Name == name {
			return i
		}
	}
	return -1
}

// hours is the length of the horizon, and where measuring begins.
func (sc *Scenario) hours() (end, from float64) {
	const week = 7 * 24
	return float64(sc.Weeks) * week, float64(sc.WarmUp) * week
}
