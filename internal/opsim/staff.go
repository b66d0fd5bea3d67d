package opsim

import (
	"context"
	"errors"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Staffing is the cheapest mix of people with which a design keeps the service
// level: the lower end of the interval of every promised share is not below
// what is promised.
type Staffing struct {
	*Result                 // of the scenario, without designs
	Answers []StaffedDesign `json:"answers"`
}

// StaffedDesign is the answer for one design.
type StaffedDesign struct {
	Name string `json:"name"`
	// Unreachable says why no mix is large enough; "" where there is one.
	Unreachable string `json:"unreachable,omitempty"`
	// Measure is what makes one mix cheaper than another, Cost how much of it
	// the mix found takes a week: all people, those listed one by one too.
	Measure string      `json:"cost_measure"` // Wages, Hours or Heads
	Cost    float64     `json:"cost_per_week"`
	People  int         `json:"people"` // all of them
	Now     *StaffedNow `json:"now"`
	// Least says among which mixes none is cheaper: AmongAll, AmongNear or
	// AmongFewer, of those between the least and the most that groups may be.
	Least string        `json:"least_among,omitempty"`
	Teams []StaffedTeam `json:"teams"`
	// At is the design with the mix found, or with the largest one that was
	// tried where none is large enough.
	At    *DesignResult `json:"at"`
	Tried int           `json:"tried"` // mixes that were simulated
}

// What makes a mix cheap.
const (
	Wages = "wages" // paid hours times wage, in the workflow's currency
	Hours = "hours" // paid hours
	Heads = "heads" // people
)

// Among which mixes none that keeps the service level is cheaper than the one
// found.
const (
	// AmongAll is all mixes, provided that taking people away never helps.
	AmongAll = "all"
	// AmongNear is those with up to two people fewer and up to two others more.
	AmongNear = "near"
	// AmongFewer is those with one person fewer.
	AmongFewer = "fewer"
)

// StaffedNow is the people of the scenario.
type StaffedNow struct {
	People int     `json:"people"`
	Cost   float64 `json:"cost_per_week"`
	// Kept is the share within the service level; nil where a team is
	// overloaded.
	Kept  *stats.Interval `json:"kept,omitempty"`
	Keeps bool            `json:"keeps"` // every promise
	// Breaks names the kinds of cases whose own service level breaks.
	Breaks []string `json:"breaks,omitempty"`
}

// StaffedTeam is the answer for one team.
type StaffedTeam struct {
	Name   string `json:"name"`
	People int    `json:"people"`
	Now    int    `json:"people_now"` // in the scenario
	// Erlang is where the search began for a team that is not listed: by the
	// Erlang C formula.
	Erlang int `json:"erlang,omitempty"`
	// Groups are the entries of the team's list; of a team without one, the team.
	Groups []StaffedGroup `json:"groups"`
}

// StaffedGroup is people who are alike: an entry of a team's list, or a team.
type StaffedGroup struct {
	Name   string   `json:"name,omitempty"` // of the entry
	Skills []string `json:"skills,omitempty"`
	Hours  string   `json:"hours"` // of an ordinary week, in words
	// Paid is the hours that one person is paid for in an ordinary week.
	Paid   float64 `json:"paid_hours"`
	Wage   float64 `json:"wage,omitempty"` // an hour
	People int     `json:"people"`
	Now    int     `json:"people_now"`
	// Min and Max are between which the scenario wants the number; 0: it does
	// not say.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Fixed says that the entry is a person, who exists: there is nothing to
	// find.
	Fixed bool    `json:"fixed,omitempty"`
	Cost  float64 `json:"cost_per_week"` // of all of them
	// OneFewer is the share within the service level with one person fewer in
	// the group, all others as found; nil where a team would be overloaded, or
	// the group is the least already.
	OneFewer   *stats.Interval `json:"one_fewer,omitempty"`
	Overloaded bool            `json:"one_fewer_overloaded,omitempty"`
	// Breaks names the kinds of cases whose own service level breaks then.
	Breaks []string `json:"one_fewer_breaks,omitempty"`
}

// mostTried is how many mixes are simulated for a design before the search
// contents itself with fewer comparisons.
const mostTried = 400

// Staff finds the cheapest mix for every design. All mixes meet the same cases
// at the same times (common random numbers), so that one person more hardly
// ever looks worse by chance.
func Staff(ctx context.Context, sc *scenario.Scenario, p *Profile, workers int) (*Staffing, error) {
	if sc.Service == nil {
		return nil, errors.New("the scenario has no service level to staff for: state service_level: {turnaround: 24h, share: 0.95} in it or in the workflow")
	}
	pl, err := newPlan(sc, p)
	if err != nil {
		return nil, err
	}
	out := &Staffing{Result: pl.head()}
	for i := range pl.designs {
		progressOf(ctx).at(pl.designs[i].name)
		a, err := pl.staffed(ctx, &pl.designs[i], workers, mostTried)
		if err != nil {
			return nil, err
		}
		out.Answers = append(out.Answers, *a)
	}
	return out, nil
}

// staffed finds the cheapest mix for one design, and shows what it does.
func (pl *plan) staffed(ctx context.Context, d *boundDesign, workers, most int) (*StaffedDesign, error) {
	s, err := newSearch(ctx, pl, d, workers, most)
	if err != nil {
		return nil, err
	}
	now, err := s.whole(s.stated())
	if err != nil {
		return nil, err
	}
	found, err := s.find()
	if err != nil {
		return nil, err
	}
	people := s.roster(found.mix)
	a := &StaffedDesign{
		Name: d.name, Unreachable: found.unreachable, Measure: s.measure, People: people.all(), Cost: s.costOf(people), Least: found.least,
		Now:   &StaffedNow{People: rosterOf(pl.sc).all(), Cost: s.costOf(rosterOf(pl.sc)), Kept: now.kept, Keeps: now.keeps, Breaks: now.breaks},
		Teams: s.teams(people), Tried: s.tried,
	}
	if found.unreachable == "" {
		for at, g := range s.groups {
			if found.mix[at] == g.least {
				continue
			}
			v, err := s.whole(found.mix.with(at, -1))
			if err != nil {
				return nil, err
			}
			shown := &a.Teams[g.team].Groups[g.entry]
			shown.OneFewer, shown.Overloaded, shown.Breaks = v.kept, v.overloaded, v.breaks
		}
	}
	a.At, err = pl.simulate(ctx, d, people, workers)
	return a, err
}

// teams are all teams with so many people, as an answer has them.
func (s *search) teams(people roster) []StaffedTeam {
	var out []StaffedTeam
	for t := range s.plan.sc.Teams {
		team := StaffedTeam{Name: s.plan.sc.Teams[t].Name, People: people.people(t), Now: s.plan.sc.Teams[t].People, Erlang: s.erlang[t]}
		now := s.plan.sc.Teams[t].Entries(nil)
		for i, m := range s.plan.sc.Teams[t].Entries(people[t]) {
			team.Groups = append(team.Groups, StaffedGroup{
				Name: m.Name, Skills: m.Skills, Hours: inWords(m.Calendar), Paid: paidHours(m.Calendar), Wage: m.Wage,
				People: m.People, Now: now[i].People, Min: m.Min, Max: m.Max, Fixed: !m.Group, Cost: float64(m.People) * s.price(&m),
			})
		}
		out = append(out, team)
	}
	return out
}
