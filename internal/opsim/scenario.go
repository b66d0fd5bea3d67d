package opsim

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/business"
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
	// Stratify are tags of the dataset by whose values cases are told apart that
	// come at hours of their own.
	Stratify []flow.Text
	Arrivals Arrivals
	Teams    []Team
	Services []Service
	Service  *ServiceLevel // nil: none is promised
	// Business is what only the user knows of money; nil where nothing is stated.
	Business *business.Terms
	Due      []Deadline
	// WaitCost is what an hour costs in which a case waits for people, and
	// ErrorCost what a case costs that is decided wrongly, beyond what the
	// replayed cases cost already.
	WaitCost, ErrorCost float64
	Assumed             []flow.Text // quantities, as the report names them, that are assumptions
	Start               time.Time   // the date of the first day; zero: the first Monday after the run's last case
	Weeks               int         // simulated, warm-up included
	WarmUp              int         // weeks at the start that are not measured
	// Replications are at least 2: one alone has no interval.
	Replications int
	Seed         uint64
}

// StatedCases says what a case is where no run does: one kind without a name,
// or several that differ.
type StatedCases struct {
	Kinds []StatedKind
	// Confidence says who takes a case of those kinds that are Sorted by it; nil:
	// there are none.
	Confidence *Confidence
}

// Confidence is how sure a design is of cases, how often it is right then, and
// from where on it decides them alone.
type Confidence struct {
	Team   string  // takes the cases below the cutoff
	Cutoff float64 // from 0 to 1
	Bins   []Bin   // ascending; the first begins at 0, the last ends at 1
	Pos    flow.Pos
}

// Bin is the cases with a confidence in one range, evenly spread over it.
type Bin struct {
	To    float64 // the range begins where the bin before it ends
	Share float64 // of the cases
	Wrong float64 // share of its cases that would be decided wrongly without people
}

// StatedKind is cases that are alike. Where a run gives the cases, a case's
// kind is the reason for which it is escalated.
type StatedKind struct {
	Name      string
	Share     float64       // of the cases
	Escalated []Share       // shares of its cases that go to teams; the rest needs nobody
	Latency   *Distribution // of the machines; nil: none
	Cost      float64       // of a case, people's time aside
	Wrong     float64       // share of the cases that need nobody and are decided wrongly
	Sorted    bool          // by confidence, in place of Escalated and Wrong
	Calls     []string      // services that a case calls, in order, before anything else
}

// Deadline is by when cases are to be done, counted from their arrival.
type Deadline struct {
	Kind   string // "" for all that have none of their own
	Within time.Duration
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
	// DaysTraced has DaySpread estimated from the run's case times.
	DaysTraced bool
	// Gaps are the times between arrivals where they are not exponential: its
	// shape alone counts, the mean follows from the volume.
	Gaps *Distribution
	// Batch is how many cases come at once; nil: one.
	Batch  *Batch
	Bursts []Burst
}

// Batch is how many cases come at once.
type Batch struct {
	Name   string // "fixed", "geometric" (1, 2, ...) or "sizes"
	Mean   float64
	Sizes  []int
	Shares []float64 // of the sizes, adding up to 1
}

// Spell is a time that comes again, or is stated.
type Spell struct {
	At    time.Time     // where it is stated
	Every *Distribution // minutes between the end of one and the start of the next
	Lasts *Distribution // minutes
}

// Burst is a spell in which more cases come.
type Burst struct {
	Spell
	Factor float64 // on the rate
}

// Piece is a rate that holds for part of the week.
type Piece struct {
	From, To int     // minutes since Monday 00:00
	PerHour  float64 // cases
}

// Team is people who take cases, in a scenario.
type Team struct {
	Name      string
	Pos       flow.Pos
	People    int
	Unlimited bool     // nobody ever waits
	Members   []Member // the people, where they are listed
	Stated    bool     // people are the scenario's, not the workflow's
	Wage      float64
	Calendar  *des.Calendar // nil: around the clock
	HoursSet  bool
	ShiftEnd  des.ShiftEnd
	// NoStart is how long before the end of a shift nothing is begun any more.
	NoStart time.Duration
	Absence float64 // share of the days on which a person is absent
	AtOnce  int     // cases that a person has in hand at most
	// ErrorRate is the share of its cases that a person decides wrongly.
	ErrorRate float64
	// SpeedSpread is the standard deviation of the logarithm of the people's
	// speeds, whose mean is 1.
	SpeedSpread float64
	// Minutes, where stated, replace those of the replayed cases.
	Minutes *Distribution
	// Fit is the family that is fitted to the replayed cases' minutes, "" where
	// they are resampled.
	Fit string
	// MinutesOf are those of single kinds of cases.
	MinutesOf map[string]*Distribution
	Priority  []string // kinds of cases and other work, most urgent first; the rest comes last
	Preempt   bool     // the more urgent interrupt
	ByDue     bool     // equals are taken by deadline, not by when they came
	Room      int      // cases inside at most; 0: no limit
	// Patience is how long a case waits in its queue before it leaves.
	Patience *Distribution
	// PatienceFrom has it estimated from the dataset; nil: it is not.
	PatienceFrom *WaitColumns
	Return       *Return // of cases that found no room; nil: they are lost
	Then         []Share // of the cases done, where they go next: rework, a second team
	Outages      []Spell // in which nobody of the team can work
	Other        []Other
	// Usual are the workflow's minutes a case, for stated cases; 0: none.
	Usual float64
}

// Member is a person of a team, or a group of people who are alike.
type Member struct {
	Name   string
	People int
	// Group says that the scenario states how many they are, so that Staff may
	// find another number; else they are one person, who exists.
	Group     bool
	Wage      float64
	Skills    []string // kinds of cases and other work; nil: all
	Speed     float64
	Calendar  *des.Calendar // nil: around the clock
	Absence   float64
	AtOnce    int
	ErrorRate float64
}

// Return is how cases that found no room come back.
type Return struct {
	Share float64
	After *Distribution // minutes
}

// Other is work that a team has besides the workflow's cases, such as another
// workflow's.
type Other struct {
	Name    string
	Week    []Piece // by the clock of the arrivals' zone
	Minutes *Distribution
}

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

// ServiceLevel promises that a share of the cases is done (or, for waits,
// begun) within a time.
type ServiceLevel struct {
	Wait   bool // the time until a person begins, not until the case is done
	Within time.Duration
	Share  float64
	Stated bool // by the scenario, not the workflow
	Of     []KindLevel
}

// KindLevel is what is promised for the cases of one kind besides.
type KindLevel struct {
	Kind string
	ServiceLevel
}

func (sc *Scenario) service(name string) int {
	for i := range sc.Services {
		if sc.Services[i].Name == name {
			return i
		}
	}
	return -1
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
