package opsim

import "slices"

// roster is how many people work: by team, and by entry of a team's list. A
// team whose people are not listed is one entry.
type roster [][]int

// roster is the people of the scenario.
func (sc *Scenario) roster() roster {
	r := make(roster, len(sc.Teams))
	for t := range r {
		for _, m := range sc.members(t, nil) {
			r[t] = append(r[t], m.People)
		}
	}
	return r
}

// sized is the roster of the scenario with so many people in one team. Of a
// list, the last group grows; groups shrink first, from the end, and then the
// people who are listed one by one.
func (sc *Scenario) sized(t, people int) roster {
	r := sc.roster()
	members := sc.members(t, nil)
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

// members are a team's people, by entry of its list, as many as are given; nil:
// as many as the scenario has.
func (sc *Scenario) members(t int, people []int) []Member {
	team := &sc.Teams[t]
	out := slices.Clone(team.Members)
	if len(out) == 0 {
		out = []Member{{
			People: team.People, Group: true, Speed: 1, Calendar: team.Calendar, Absence: team.Absence,
			AtOnce: max(1, team.AtOnce), ErrorRate: team.ErrorRate, Wage: team.Wage,
		}}
	}
	for i := range people {
		out[i].People = people[i]
	}
	return out
}
