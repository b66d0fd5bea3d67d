package opsim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// foundMix is where a search ended.
type foundMix struct {
	mix         mix
	unreachable string // why no mix is large enough; "" where there is one
	least       string
}

// find searches the cheapest mix that keeps what is promised: from one that
// does, people are taken away as long as it does, in ever smaller steps; then
// every cheaper mix is ruled out, or, where they are too many, the near ones.
func (s *search) find() (*foundMix, error) {
	best, why, err := s.start()
	if err != nil || why != "" {
		return &foundMix{mix: best, unreachable: why}, err
	}
	if len(s.groups) == 0 {
		return &foundMix{least: AmongAll}, nil
	}
	if err = s.boundUnpaid(best); err != nil {
		return nil, err
	}
	if best, err = s.shrink(best); err != nil {
		return nil, err
	}
	if wide := s.spread(best); wide != nil {
		other, err := s.shrinkIfKept(wide)
		if err != nil {
			return nil, err
		}
		if other != nil && s.cheaper(other, best) {
			best = other
		}
	}
	for {
		better, ruledOut, err := s.ruleOut(best)
		if err != nil {
			return nil, err
		}
		if ruledOut {
			return &foundMix{mix: best, least: AmongAll}, nil
		}
		least := AmongFewer
		if better == nil {
			if better, ruledOut, err = s.exchange(best); err != nil {
				return nil, err
			}
			if ruledOut {
				least = AmongNear
			}
		}
		if better == nil {
			return &foundMix{mix: best, least: least}, nil
		}
		if best, err = s.shrink(better); err != nil {
			return nil, err
		}
	}
}

// stated is the mix of the scenario.
func (s *search) stated() mix {
	r := rosterOf(s.plan.sc)
	m := make(mix, len(s.groups))
	for i, g := range s.groups {
		m[i] = r[g.team][g.entry]
	}
	return m
}

// start is a mix that keeps what is promised, or the largest that was tried and
// why it does not. Listed people begin as they are, other teams with what the
// Erlang C formula gives; all groups then grow together.
func (s *search) start() (m mix, why string, err error) {
	for i := range s.plan.sc.Services {
		if s.plan.serviceLoad(s.design, i) >= 1 {
			return s.stated(), fmt.Sprintf("%q gets more than its limits allow: more people do not help", s.plan.sc.Services[i].Name), nil
		}
	}
	m = s.stated()
	for i, g := range s.groups {
		if n := s.erlang[g.team]; n > 0 {
			m[i] = n
		}
	}
	m = s.clamped(m)
	was, idle := math.Inf(-1), 0
	for {
		v, err := s.try(m)
		if err != nil || v.keeps {
			return m, "", err
		}
		if v.overloaded {
			if why, err = s.relieved(m); err != nil || why != "" {
				return m, why, err
			}
		} else {
			// Far more people, and hardly a case is done any sooner.
			if v.margin-was < 1e-3 {
				idle++
			}
			was = v.margin
		}
		nothing := !v.overloaded && !v.kept.Estimate.Valid // came
		if nothing || idle == 2 || s.full(-1, m) {
			return m, s.unreachable(v, m), nil
		}
		more := s.clamped(m.doubled())
		if s.crowded(more) {
			return m, fmt.Sprintf("twice as many people would be more than can be simulated: %d in a team, who have %d cases in hand in all teams", scenario.MaxPeople, scenario.MaxInHand), nil
		}
		m = more
	}
}

func (s *search) unreachable(v *verdict, m mix) string {
	if !v.overloaded && !v.kept.Estimate.Valid {
		return "no case came by which it can be judged: state more volume, weeks or replications"
	}
	team := s.plan.sc.Teams[v.worst].Name
	if !slices.ContainsFunc(s.groups, func(g group) bool { return g.team == v.worst }) {
		return fmt.Sprintf("the people of %q are listed one by one, and do not keep it: add a group whose number can be found, such as {people: 0, skills: [...]}", team)
	}
	if s.full(v.worst, m) {
		return fmt.Sprintf("as many people in %q as max allows do not keep it", team)
	}
	turned := ""
	if s.plan.sc.Teams[v.worst].Room > 0 {
		turned = fmt.Sprintf(", or find no room (room: %d)", s.plan.sc.Teams[v.worst].Room)
	}
	return fmt.Sprintf("more people in %q do not help: their working hours, the time that a case takes, or cases that nobody receives%s keep the service level out of reach", team, turned)
}

// relieved says which team stays overloaded however many people there are in
// its groups; "": none.
func (s *search) relieved(m mix) (string, error) {
	for t, people := range s.roster(m) {
		load, err := s.plan.load(s.design, t, people)
		if err != nil {
			return "", err
		}
		takes, room := s.takes(t, load.Classes, m)
		if !s.plan.grows(t, load) || room {
			continue
		}
		of := ""
		if kinds := s.plan.tightest(t, load.Classes); kinds != nil {
			of = " of " + strings.Join(kinds, ", ")
		}
		if takes {
			return fmt.Sprintf("team %q gets more work%s than as many people as max allows can do", s.plan.sc.Teams[t].Name, of), nil
		}
		return fmt.Sprintf("team %q gets more work%s than it can do, and has no group of people who take it and whose number can be found: it needs others' skills or hours", s.plan.sc.Teams[t].Name, of), nil
	}
	return "", nil
}

// takes says whether a group of a team takes any of these classes, and whether
// one that does can grow.
func (s *search) takes(t int, of []int, m mix) (takes, room bool) {
	for i, g := range s.groups {
		if g.team != t {
			continue
		}
		skills := s.plan.classes[t].skills(&s.plan.sc.Teams[t].Entries(nil)[g.entry])
		if skills == nil || slices.ContainsFunc(of, func(k int) bool { return slices.Contains(skills, k) }) {
			takes, room = true, room || m[i] < g.most
		}
	}
	return takes, room
}

// shrink takes people away as long as what is promised is kept: from the
// dearest group first, in ever smaller parts of each.
func (s *search) shrink(m mix) (mix, error) {
	order := make([]int, len(m))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.groups[b].cost, s.groups[a].cost) })
	for part := 2; ; {
		moved, single := false, true
		for _, i := range order {
			most := m[i] - s.groups[i].least
			if most == 0 {
				continue
			}
			step := min(most, max(1, m[i]/part))
			single = single && step == 1
			fewer := m.with(i, -step)
			if step > 1 && s.hopeless(fewer) {
				continue
			}
			v, err := s.try(fewer)
			if err != nil {
				return nil, err
			}
			if v.keeps {
				m, moved = fewer, true
			}
		}
		switch {
		case single && !moved:
			return m, nil
		case !single:
			part *= 2
		}
	}
}

// shrinkIfKept is shrink; nil where the mix does not keep what is promised.
func (s *search) shrinkIfKept(m mix) (mix, error) {
	if v, err := s.try(m); err != nil || !v.keeps {
		return nil, err
	}
	return s.shrink(m)
}

// spread is a mix with people in the groups of listed teams that have none, so
// that a search from there meets those too; nil where there are no such groups.
func (s *search) spread(m mix) mix {
	wide := slices.Clone(m)
	for i, g := range s.groups {
		if m[i] > 0 {
			continue
		}
		for j, other := range s.groups {
			if other.team == g.team {
				wide[i] = max(wide[i], m[j])
			}
		}
	}
	if wide = s.clamped(wide); slices.Equal(wide, m) || s.crowded(wide) {
		return nil
	}
	return wide
}

// cheaper says whether one mix costs less than another.
func (s *search) cheaper(m, than mix) bool {
	c := s.cost(than)
	return s.cost(m) < c-1e-9*c
}

// formula finds how many people the Erlang C formula asks for while they are on
// duty, and as many as are not overloaded, for a team without a list.
func (s *search) formula(t int) error {
	team := &s.plan.sc.Teams[t]
	one, err := s.plan.load(s.design, t, []int{1})
	if err != nil || one.Offered == 0 {
		return err
	}
	if one.Capacity == 0 && s.plan.onDuty(t, 0) > 0 {
		return fmt.Errorf("the shifts of team %q are too short to begin anything in: nothing is begun within %v of their end", team.Name, team.NoStart)
	}
	if one.Capacity == 0 {
		return fmt.Errorf("team %q is never on duty in the weeks that are measured", team.Name)
	}
	fewest := max(1, int(one.Ratio()))
	for float64(fewest) <= one.Ratio() {
		fewest++
	}
	if team.Bounded() {
		fewest = 1
	}
	if fewest > scenario.MaxPeople {
		return fmt.Errorf("team %q would need more than %d people for the work alone", team.Name, scenario.MaxPeople)
	}
	work := s.design.hours[t]
	within := s.plan.sc.Service.Within.Hours()
	if !s.plan.sc.Service.Wait {
		within -= work
	}
	arrival := one.Offered / one.Capacity / work // while on duty
	s.erlang[t] = max(fewest, des.ServersFor(arrival, 1/work, max(0, within), s.plan.sc.Service.Share))
	return nil
}
