package opsim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// visitsOf gives how often a case that goes to team i comes to team j, itself
// included: the inverse of I - P, where P are the shares of `then`.
func visitsOf(sc *scenario.Scenario) ([][]float64, error) {
	n := len(sc.Teams)
	out := make([][]float64, n)
	loops := false
	for i := range out {
		out[i] = make([]float64, n)
		out[i][i] = 1
		loops = loops || len(sc.Teams[i].Then) > 0
	}
	if !loops {
		return out, nil
	}
	m := mat.NewDense(n, n, nil)
	for i := range n {
		m.Set(i, i, 1)
		for _, s := range sc.Teams[i].Then {
			j := sc.TeamIndex(s.Team)
			m.Set(i, j, m.At(i, j)-s.Share)
		}
	}
	var inverse mat.Dense
	if err := inverse.Inverse(m); err != nil {
		return nil, errors.New("cases go on between teams for ever: the shares under then must let them end")
	}
	for i := range n {
		for j := range n {
			out[i][j] = max(0, inverse.At(i, j))
			if math.IsInf(out[i][j], 0) || out[i][j] > 1e9 {
				return nil, errors.New("cases go on between teams for ever: the shares under then must let them end")
			}
		}
	}
	return out, nil
}

// classes are what a team tells apart: kinds of cases, and its other work.
type classes struct {
	names []string // of the classes; other work last
	of    []int    // class by kind of case
	other int      // the first class of other work
	// set are the classes with the skills and priorities of the team.
	set []des.Class
}

// Kinds that a team names are classes of their own; all others are too, where
// they are few, so that what becomes of each is seen.
const (
	ownClasses   = 12
	maxSkilled   = 14 // classes, where people have skills: all sets of them are looked at
	restOfKinds  = "other"
	classesLimit = 60
)

// classify finds the classes of a team.
func (pl *plan) classify(t int) (classes, error) {
	team := &pl.sc.Teams[t]
	named := map[string]bool{}
	for _, p := range team.Priority {
		named[p] = true
	}
	for _, m := range team.Members {
		for _, s := range m.Skills {
			named[s] = true
		}
	}
	c := classes{of: make([]int, len(pl.kinds))}
	rest := -1
	for i, kind := range pl.kinds {
		if len(pl.kinds) > ownClasses && !named[kind] {
			if rest < 0 {
				rest = len(c.names)
				c.names = append(c.names, restOfKinds)
			}
			c.of[i] = rest
			continue
		}
		c.of[i] = len(c.names)
		c.names = append(c.names, kind)
	}
	c.other = len(c.names)
	for _, o := range team.Other {
		c.names = append(c.names, o.Name)
	}
	if len(c.names) > classesLimit {
		return c, fmt.Errorf("team %q tells %d kinds of cases and other work apart, want at most %d", team.Name, len(c.names), classesLimit)
	}
	for _, name := range c.names {
		priority := len(team.Priority)
		for p, kind := range team.Priority {
			if kind == name {
				priority = p
			}
		}
		c.set = append(c.set, des.Class{Name: name, Priority: priority})
	}
	return c, nil
}

// skills are the classes that a member takes; nil: all.
func (c *classes) skills(m *scenario.Member) []int {
	if m.Skills == nil {
		return nil
	}
	list := []int{}
	for i, name := range c.names {
		for _, s := range m.Skills {
			if s == name {
				list = append(list, i)
			}
		}
	}
	return list
}

// load compares the work that a design brings a team with what the team can
// do, in the weeks that are measured, or in the last of them where the volume
// grows. Speeds differ by chance around a mean of 1, which counts. Work is that
// of cases which all stay, and come back until they find room.
func (pl *plan) load(d *boundDesign, t int, people []int) (des.Load, error) {
	return pl.loadAt(d, t, people, 1)
}

// loadAt is load at a factor on the volume; other work stays as it is.
func (pl *plan) loadAt(d *boundDesign, t int, people []int, factor float64) (des.Load, error) {
	from := pl.from
	if pl.sc.Arrivals.Growth > 0 {
		from = pl.end - 7*24
	}
	team := &pl.sc.Teams[t]
	rate := factor * bursting(&pl.sc.Arrivals) * meanRate(pl.timeline, from, pl.end)
	work := make([]float64, len(pl.classes[t].names))
	for k, w := range d.work[t] {
		work[pl.classes[t].of[k]] += rate * w
	}
	for i := range team.Other {
		o := &team.Other[i]
		work[pl.classes[t].other+i] += meanRate(pl.others[t][i], from, pl.end) * o.Minutes.Mean / 60
	}
	pool := des.Pool{Name: team.Name, Classes: pl.classes[t].set, Unlimited: team.Unlimited}
	skilled := false
	shifts := pl.capacities(d, t)
	for i, m := range pl.sc.Teams[t].Entries(people) {
		if shifts[i] == 0 {
			continue // too short to begin anything
		}
		skilled = skilled || m.Skills != nil
		sv := des.Server{Skills: pl.classes[t].skills(&m), Shifts: pl.shifts[t][i], Speed: m.Speed * (1 - m.Absence) * team.Available() * shifts[i]}
		pool.Servers = append(pool.Servers, des.Team(m.People, sv)...)
	}
	switch {
	case !skilled:
		sum := 0.0
		for _, w := range work {
			sum += w
		}
		pool.Classes, work = nil, []float64{sum}
	case len(work) > maxSkilled:
		return des.Load{}, fmt.Errorf("team %q tells %d kinds of work apart, want at most %d where people have skills", team.Name, len(work), maxSkilled)
	}
	return des.OfferedLoad(pool, work, from, pl.end)
}

// onDuty is how many hours an entry of a team works in the measured weeks.
func (pl *plan) onDuty(t, entry int) float64 {
	if shifts := pl.shifts[t][entry]; shifts != nil {
		return shifts.OnDuty(pl.from, pl.end)
	}
	return pl.end - pl.from
}

// onDutyFor says whether anybody who takes one of some classes is ever on duty,
// whatever the shifts allow to be begun.
func (pl *plan) onDutyFor(t int, people, of []int) bool {
	for i, m := range pl.sc.Teams[t].Entries(people) {
		skills := pl.classes[t].skills(&m)
		takes := skills == nil || slices.ContainsFunc(of, func(k int) bool { return slices.Contains(skills, k) })
		if takes && m.People > 0 && pl.onDuty(t, i) > 0 {
			return true
		}
	}
	return false
}

// overloads names the teams and services that a design gives more than they can
// do, and by how many cases a week the backlog of those teams grows.
func (pl *plan) overloads(d *boundDesign, people roster) (names []string, growth float64, err error) {
	for t := range people {
		load, err := pl.load(d, t, people[t])
		if err != nil {
			return nil, 0, err
		}
		if pl.grows(t, load) {
			names = append(names, pl.sc.Teams[t].Name)
			growth += pl.growth(d, t, load)
		}
	}
	for i := range pl.sc.Services {
		if pl.serviceLoad(d, i) >= 1 {
			names = append(names, pl.sc.Services[i].Name)
		}
	}
	return names, growth, nil
}

// grows says whether the backlog of a team grows without end. A load of 1 may be
// a little less after all the sums.
func (pl *plan) grows(t int, load des.Load) bool {
	return load.Ratio() > 1-1e-9 && !pl.sc.Teams[t].Bounded()
}

// growth is by how many cases a week it does.
func (pl *plan) growth(d *boundDesign, t int, load des.Load) float64 {
	return load.Growth() / pl.meanHours(d, t, load.Classes) * 7 * 24
}
