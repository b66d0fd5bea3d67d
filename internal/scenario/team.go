package scenario

import (
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
)

// Team is people who take cases, in a scenario.
type Team struct {
	Name      string
	Pos       flow.Pos
	People    int
	Unlimited bool     // nobody ever waits
	Members   []Member // the people, where they are listed
	Stated    bool     // people are the scenario's, not the workflow's
	Wage      float64
	WageKnown bool          // the wage is given, 0 where they work for nothing
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
	Away         []Away  // days on which people of the team are not there
	Other        []Other
	// Usual are the workflow's minutes a case, for stated cases; 0: none.
	Usual float64
}

// Available is the share of the time without outages that come again.
func (t *Team) Available() float64 {
	up := 1.0
	for _, o := range t.Outages {
		if o.Every != nil {
			up *= o.Every.Mean / (o.Every.Mean + o.Lasts.Mean)
		}
	}
	return up
}

// Leaves says that cases of the team lose patience.
func (t *Team) Leaves() bool { return t.Patience != nil || t.PatienceFrom != nil }

// Bounded says that a team's backlog cannot grow for ever, whatever comes:
// cases lose patience, or find no room and are lost.
func (t *Team) Bounded() bool {
	return t.Leaves() || t.Room > 0 && (t.Return == nil || t.Return.Share < 1)
}

// Member is a person of a team, or a group of people who are alike.
type Member struct {
	Name   string
	People int
	// Group says that the scenario states how many they are, so that Staff may
	// find another number; else they are one person, who exists.
	Group     bool
	Min, Max  int // of the numbers that may be found; Max 0: no limit
	Wage      float64
	WageKnown bool     // the wage is given, 0 where they work for nothing
	Skills    []string // kinds of cases and other work; nil: all
	Speed     float64
	Calendar  *des.Calendar // nil: around the clock
	Absence   float64
	AtOnce    int
	ErrorRate float64
	Away      []Away // days on which they are not there
}

// Entries are the people by entry of the team's list, as many of each as are
// given; nil: as many as the scenario has. A team whose people are not listed is
// one group.
func (t *Team) Entries(people []int) []Member {
	out := slices.Clone(t.Members)
	if len(out) == 0 {
		out = []Member{{
			People: t.People, Group: true, Speed: 1, Calendar: t.Calendar, Absence: t.Absence,
			AtOnce: max(1, t.AtOnce), ErrorRate: t.ErrorRate, Wage: t.Wage, WageKnown: t.WageKnown,
		}}
	}
	for i := range people {
		out[i].People = people[i]
	}
	return out
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
	Week    Week // by the clock of the arrivals' zone
	Minutes *Distribution
}
