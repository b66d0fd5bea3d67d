package opsim

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Staffing is the smallest teams with which a design keeps the service level:
// the lower end of its interval is not below what is promised.
type Staffing struct {
	*Result                 // of the scenario, without designs
	Answers []StaffedDesign `json:"answers"`
}

// StaffedDesign is the answer for one design.
type StaffedDesign struct {
	Name string `json:"name"`
	// Unreachable says why no team is large enough; "" where there is one.
	Unreachable string        `json:"unreachable,omitempty"`
	Teams       []StaffedTeam `json:"teams"`
	// At is the design with the teams found, or with the largest ones that
	// were tried where none is large enough.
	At    *DesignResult `json:"at"`
	Tried int           `json:"tried"` // sizes that were simulated
}

// StaffedTeam is the answer for one team.
type StaffedTeam struct {
	Name   string `json:"name"`
	People int    `json:"people"`
	Now    int    `json:"people_now"` // in the scenario
	Erlang int    `json:"erlang"`     // where the search began: by the Erlang C formula
	// OneFewer is the share within the service level with one person fewer,
	// the other teams as found; nil where that team would be overloaded.
	OneFewer   *stats.Interval `json:"one_fewer,omitempty"`
	Overloaded bool            `json:"one_fewer_overloaded,omitempty"`
}

// Staff finds the smallest teams for every design. All sizes meet the same
// cases at the same times (common random numbers), so that one person more
// never looks worse by chance. With several teams, each is first found so that
// its own cases keep the service level, and is then made smaller, in the order
// of the scenario, as far as all cases together keep it.
func Staff(ctx context.Context, sc *Scenario, p *Profile, workers int) (*Staffing, error) {
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
		s := &search{newMemo(ctx, pl, i, workers)}
		a, err := s.answer()
		if err != nil {
			return nil, err
		}
		out.Answers = append(out.Answers, *a)
	}
	return out, nil
}

// search is the search for the teams of one design.
type search struct{ *memo }

func (s *search) answer() (*StaffedDesign, error) {
	sc := s.plan.sc
	a := &StaffedDesign{Name: s.design.name}
	people := make([]int, len(sc.Teams))
	fewest := make([]int, len(sc.Teams)) // that are not overloaded
	for t := range sc.Teams {
		team := StaffedTeam{Name: sc.Teams[t].Name, Now: sc.Teams[t].People}
		var err error
		if fewest[t], team.Erlang, err = s.start(t); err != nil {
			return nil, err
		}
		people[t] = team.Erlang
		a.Teams = append(a.Teams, team)
	}
	last, err := s.find(people, fewest)
	if err != nil {
		return nil, err
	}
	if last >= 0 {
		return s.unreachable(a, people, last)
	}
	for t := range a.Teams {
		a.Teams[t].People = people[t]
		if people[t] == 0 {
			continue
		}
		fewer := slices.Clone(people)
		if fewer[t]--; fewer[t] < fewest[t] {
			a.Teams[t].Overloaded = true
			continue
		}
		r, err := s.at(fewer)
		if err != nil {
			return nil, err
		}
		a.Teams[t].OneFewer = r.Kept
	}
	return a, s.settle(a, people)
}

// find sets people to the smallest teams; it gives -1, or the last team of
// which more people did not help.
func (s *search) find(people, fewest []int) (int, error) {
	all := func(r *DesignResult) *stats.Interval { return r.Kept }
	for t := range people {
		if fewest[t] == 0 {
			continue
		}
		own := func(r *DesignResult) *stats.Interval {
			if q := r.Teams[t].Queue; q != nil {
				return q.Kept
			}
			return nil
		}
		// Where its own cases cannot keep it, the team is as large as helps, and
		// all cases together may still.
		if _, err := s.smallest(people, t, fewest[t], own); err != nil {
			return 0, err
		}
	}
	last := -1
	// A team may be found while one before it was too small: twice.
	for range 2 {
		for t := range people {
			if fewest[t] == 0 {
				continue
			}
			found, err := s.smallest(people, t, fewest[t], all)
			if err != nil {
				return 0, err
			}
			last = t
			if found {
				last = -1
			}
		}
		if last >= 0 {
			break
		}
	}
	return last, nil
}

// settle takes the answer from the teams that the search ended at.
func (s *search) settle(a *StaffedDesign, people []int) error {
	r, err := s.at(people)
	if err != nil {
		return err
	}
	a.At, a.Tried = r.DesignResult, len(s.done)
	return nil
}

func (s *search) unreachable(a *StaffedDesign, people []int, t int) (*StaffedDesign, error) {
	if err := s.settle(a, people); err != nil {
		return nil, err
	}
	for i := range a.Teams {
		a.Teams[i].People = people[i]
	}
	a.Unreachable = fmt.Sprintf("more people in %q do not help: their working hours, the time that a case takes, or cases that nobody receives keep the service level out of reach", a.Teams[t].Name)
	return a, nil
}

// start gives the fewest people of a team that are not overloaded, and how
// many the Erlang C formula asks for while they are on duty.
func (s *search) start(t int) (fewest, erlang int, err error) {
	team := &s.plan.sc.Teams[t]
	if s.design.share[t] == 0 || team.Unlimited {
		return 0, 0, nil
	}
	if len(team.Members) > 0 {
		return s.startListed(t)
	}
	one, err := s.plan.load(s.design, t, 1)
	if err != nil {
		return 0, 0, err
	}
	if one.Offered == 0 {
		return 0, 0, nil
	}
	if one.Capacity == 0 {
		return 0, 0, fmt.Errorf("team %q is never on duty in the weeks that are measured", s.plan.sc.Teams[t].Name)
	}
	for fewest = max(1, int(one.Ratio())); float64(fewest) <= one.Ratio(); {
		fewest++
	}
	if team.bounded() {
		fewest = 1
	}
	if fewest > maxPeople {
		return 0, 0, fmt.Errorf("team %q would need more than %d people for the work alone", s.plan.sc.Teams[t].Name, maxPeople)
	}
	work := s.design.hours[t]
	within := s.plan.sc.Service.Within.Hours()
	if !s.plan.sc.Service.Wait {
		within -= work
	}
	arrival := one.Offered / one.Capacity / work // while on duty
	erlang = max(fewest, des.ServersFor(arrival, 1/work, max(0, within), s.plan.sc.Service.Share))
	return fewest, erlang, nil
}

// startListed is start for people who are listed: of whom the last entry grows.
func (s *search) startListed(t int) (fewest, erlang int, err error) {
	team := &s.plan.sc.Teams[t]
	if team.bounded() {
		return 1, 1, nil
	}
	stable := func(n int) (bool, error) {
		l, err := s.plan.load(s.design, t, n)
		return l.Stable(), err
	}
	keeps := 1
	for {
		ok, err := stable(keeps)
		if err != nil {
			return 0, 0, err
		}
		if ok {
			break
		}
		if keeps *= 2; keeps > maxPeople {
			return 0, 0, fmt.Errorf("team %q: more people like those listed last do not take the load off: it needs others' skills or hours", team.Name)
		}
	}
	fewest = keeps/2 + 1
	for fewest < keeps {
		mid := (fewest + keeps) / 2
		ok, err := stable(mid)
		if err != nil {
			return 0, 0, err
		}
		if ok {
			keeps = mid
		} else {
			fewest = mid + 1
		}
	}
	return keeps, keeps, nil
}

// smallest sets people[t] to the smallest number from fewest up at which the
// measure's lower end keeps the service level; false where no number does, and
// people[t] is then the largest that was tried.
func (s *search) smallest(people []int, t, fewest int, measure func(*DesignResult) *stats.Interval) (bool, error) {
	try := func(n int) (keeps bool, share float64, err error) {
		at := slices.Clone(people)
		at[t] = n
		r, err := s.at(at)
		if err != nil {
			return false, 0, err
		}
		iv := measure(r.DesignResult)
		if iv == nil || !iv.Estimate.Valid {
			return false, 0, nil
		}
		return iv.Lower >= s.plan.sc.Service.Share, iv.Estimate.Value, nil
	}
	begin := max(people[t], fewest)
	fails, keeps := fewest-1, begin // fails: too few, by its load or by trial
	ok, best, err := try(keeps)
	if err != nil {
		return false, err
	}
	for step := 1; !ok; step *= 2 {
		fails = keeps
		keeps += step
		was := best
		if ok, best, err = try(keeps); err != nil {
			return false, err
		}
		// Far more people, and hardly a case is done any sooner.
		if !ok && (keeps >= 2*begin && best-was < 1e-3 || keeps > maxPeople) {
			people[t] = keeps
			return false, nil
		}
	}
	for step := 1; keeps-fails > 1; {
		// First down in growing steps from where it began, then by halves.
		n := max(fails+1, keeps-step)
		if fails >= fewest {
			n = (fails + keeps) / 2
		}
		if ok, _, err = try(n); err != nil {
			return false, err
		}
		if ok {
			keeps = n
			step *= 2
		} else {
			fails = n
		}
	}
	people[t] = keeps
	return true, nil
}
