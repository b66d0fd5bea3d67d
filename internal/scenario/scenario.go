package scenario

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/business"
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

// ServiceIndex is the place of a service in the list; -1: there is none.
func (sc *Scenario) ServiceIndex(name string) int {
	for i := range sc.Services {
		if sc.Services[i].Name == name {
			return i
		}
	}
	return -1
}

// TeamIndex is the place of a team in the list; -1: there is none.
func (sc *Scenario) TeamIndex(name string) int {
	for i := range sc.Teams {
		if sc.Teams[i].Name == name {
			return i
		}
	}
	return -1
}

// Horizon is how many hours are simulated, and from which on they are measured.
func (sc *Scenario) Horizon() (end, from float64) {
	const week = 7 * 24
	return float64(sc.Weeks) * week, float64(sc.WarmUp) * week
}
