package opsim

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// roster is how many people work: by team, and by entry of a team's list. A
// team whose people are not listed is one entry.
type roster [][]int

// rosterOf is the people of the scenario.
func rosterOf(sc *scenario.Scenario) roster {
	r := make(roster, len(sc.Teams))
	for t := range r {
		for _, m := range sc.Teams[t].Entries(nil) {
			r[t] = append(r[t], m.People)
		}
	}
	return r
}

// sized is the roster of the scenario with so many people in one team. Of a
// list, the last group grows; groups shrink first, from the end, and then the
// people who are listed one by one.
func sized(sc *scenario.Scenario, t, people int) roster {
	r := rosterOf(sc)
	members := sc.Teams[t].Entries(nil)
	grows := len(members) - 1
	for i := range members {
		if members[i].Group {
			grows = i
		}
	}
	if more := people - r.people(t); more > 0 {
		r[t][grows] += more
		return r
	}
	for _, group := range []bool{true, false} {
		for i := len(members) - 1; i >= 0; i-- {
			if members[i].Group == group {
				r[t][i] -= min(r[t][i], r.people(t)-people)
			}
		}
	}
	return r
}

// people is how many a team has.
func (r roster) people(t int) int {
	sum := 0
	for _, n := range r[t] {
		sum += n
	}
	return sum
}

// all is how many people there are.
func (r roster) all() int {
	sum := 0
	for t := range r {
		sum += r.people(t)
	}
	return sum
}

func (r roster) clone() roster {
	out := make(roster, len(r))
	for t := range r {
		out[t] = slices.Clone(r[t])
	}
	return out
}
