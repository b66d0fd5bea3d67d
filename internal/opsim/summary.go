package opsim

import (
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// team is all that a team did.
func (m *measured) team(t int) *des.ClassStats { return &m.totals[t] }

// losses are the cases that were lost, late or wrong, where that can be.
func (pl *plan) losses(out *DesignResult, runs []*measured) {
	of := func(count func(*measured) (part, of int64)) *stats.Interval {
		iv := share(runs, func(m *measured) float64 { return ratio(count(m)) })
		return &iv
	}
	for i := range pl.sc.Teams {
		t := &pl.sc.Teams[i]
		if t.Leaves() {
			out.Abandoned = of(func(m *measured) (int64, int64) { return m.abandoned, m.arrived })
		}
		if t.Room > 0 {
			out.TurnedAway = of(func(m *measured) (int64, int64) { return m.turnedAway, m.arrived })
		}
	}
	if len(pl.sc.Due) > 0 {
		out.Overdue = of(func(m *measured) (int64, int64) { return m.lates, m.timed })
	}
	if pl.errs() {
		out.Wrong = of(func(m *measured) (int64, int64) { return m.wrong, m.arrived })
	}
}

// errs says whether the scenario states errors.
func (pl *plan) errs() bool {
	if pl.sc.Cases != nil {
		for _, k := range pl.sc.Cases.Kinds {
			if k.Wrong > 0 || k.Sorted {
				return true
			}
		}
	}
	for t := range pl.sc.Teams {
		for _, m := range pl.sc.Teams[t].Entries(nil) {
			if m.ErrorRate > 0 {
				return true
			}
		}
	}
	return false
}

// backlog is the curve of the cases with people.
func (pl *plan) backlog(runs []*measured) []Point {
	var out []Point
	for i := range runs[0].backlog {
		out = append(out, Point{
			Hours: float64(i * pl.step()),
			Cases: over(runs, func(m *measured) float64 { return float64(m.backlog[i]) }),
		})
	}
	return out
}

// teamLosses are what a team did not take, and when it could not.
func (pl *plan) teamLosses(out *TeamResult, t int, runs []*measured) {
	team := &pl.sc.Teams[t]
	of := func(figure func(*measured) float64) *stats.Interval {
		iv := share(runs, figure)
		return &iv
	}
	if team.Leaves() {
		out.Abandoned = of(func(m *measured) float64 { return ratio(m.team(t).Abandoned, m.team(t).Arrived) })
	}
	if team.Room > 0 {
		out.TurnedAway = of(func(m *measured) float64 { return ratio(m.team(t).Rejected, m.team(t).Arrived) })
	}
	if len(team.Outages) > 0 {
		out.Available = of(func(m *measured) float64 {
			on, shift := 0.0, 0.0
			for i, s := range m.pools[t].Servers {
				on += s.OnDuty
				if of := m.shifts[t][i]; of != nil {
					shift += of.OnDuty(pl.from, pl.end)
				} else {
					shift += pl.end - pl.from
				}
			}
			return on / shift
		})
	}
	if team.Return != nil {
		out.Returns = &Returns{
			FirstTry: *of(func(m *measured) float64 { return ratio(m.teams[t].blocked, m.teams[t].tried) }),
			PerCase:  over(runs, func(m *measured) float64 { return ratio(m.teams[t].returned, m.teams[t].tried) }),
			Away:     over(runs, func(m *measured) float64 { return m.teams[t].awayTime / (pl.end - pl.from) }),
			Begun:    over(runs, func(m *measured) float64 { return m.teams[t].untilBegun.Mean() }),
		}
	}
}

// groups are the people of a team that are listed.
func (pl *plan) groups(t int, people []int, runs []*measured) []Group {
	if len(pl.sc.Teams[t].Members) == 0 {
		return nil
	}
	var out []Group
	for i, member := range pl.sc.Teams[t].Entries(people) {
		g := Group{Name: member.Name, People: member.People, Skills: member.Skills}
		g.Utilisation = share(runs, func(m *measured) float64 {
			var part des.PoolStats
			for s, of := range m.members[t] {
				if int(of) == i {
					part.Servers = append(part.Servers, m.pools[t].Servers[s])
				}
			}
			return part.Utilisation()
		})
		out = append(out, g)
	}
	return out
}

// meanHours is the mean work on a visit of some classes of a team.
func (pl *plan) meanHours(d *boundDesign, t int, of []int) float64 {
	c := &pl.classes[t]
	if len(c.names) == 1 || d.share[t] > 0 && len(pl.sc.Teams[t].Other) == 0 && pl.tightest(t, of) == nil {
		return d.hours[t]
	}
	hours, visits := 0.0, 0.0
	rate := bursting(&pl.sc.Arrivals) * meanRate(pl.timeline, pl.from, pl.end)
	all := pl.tightest(t, of) == nil
	for k, n := range d.visits[t] {
		if all || slices.Contains(of, c.of[k]) {
			hours += rate * d.work[t][k]
			visits += rate * n
		}
	}
	for i := range pl.sc.Teams[t].Other {
		if all || slices.Contains(of, c.other+i) {
			n := meanRate(pl.others[t][i], pl.from, pl.end)
			hours += n * pl.sc.Teams[t].Other[i].Minutes.Mean / 60
			visits += n
		}
	}
	return hours / visits
}

// tightest names the classes that overload a team, where skills make some; nil
// where it is all of them.
func (pl *plan) tightest(t int, of []int) []string {
	skilled := slices.ContainsFunc(pl.sc.Teams[t].Members, func(m scenario.Member) bool { return m.Skills != nil })
	if len(of) == len(pl.classes[t].names) || !skilled {
		return nil
	}
	var out []string
	for _, class := range of {
		out = append(out, pl.classes[t].names[class])
	}
	return out
}

// queue is the queue of one team.
func (pl *plan) queue(runs []*measured, t int) *Queue {
	of := func(figure func(*des.ClassStats) float64) stats.Interval {
		return over(runs, func(m *measured) float64 { return figure(m.team(t)) })
	}
	q := &Queue{
		Waited: share(runs, func(m *measured) float64 { return m.team(t).PWait() }),
		Wait:   of(func(c *des.ClassStats) float64 { return c.Wait.Mean() }),
		WaitAll: of(func(c *des.ClassStats) float64 {
			all := c.WaitOfAll()
			return all.Mean()
		}),
		WaitSD:  of(func(c *des.ClassStats) float64 { return c.Wait.SD() }),
		WaitP95: of(func(c *des.ClassStats) float64 { return c.Waits.Quantile(0.95) }),
		Stay:    of(func(c *des.ClassStats) float64 { return c.Sojourn.Mean() }),
		StayP95: of(func(c *des.ClassStats) float64 { return c.Sojourns.Quantile(0.95) }),
		Waiting: over(runs, func(m *measured) float64 { return m.pools[t].Lq() }),
		Inside:  over(runs, func(m *measured) float64 { return m.pools[t].L() }),
	}
	if pl.sc.Service != nil {
		kept := share(runs, func(m *measured) float64 { return ratio(m.teams[t].kept, m.teams[t].judged) })
		q.Kept = &kept
	}
	for hour := range scenario.WeekHours {
		q.ByHour = append(q.ByHour, over(runs, func(m *measured) float64 {
			if m.looked[hour] == 0 {
				return math.NaN()
			}
			return m.teams[t].byHour[hour] / m.looked[hour]
		}))
	}
	return q
}

// kindQueues are the queues of what a team tells apart.
func (pl *plan) kindQueues(runs []*measured, t int) []KindQueue {
	names := pl.classes[t].names
	if len(names) < 2 {
		return nil
	}
	var out []KindQueue
	span := pl.end - pl.from
	for k, name := range names {
		of := func(figure func(*des.ClassStats) float64) stats.Interval {
			return over(runs, func(m *measured) float64 { return figure(&m.pools[t].Classes[k]) })
		}
		if name == "" {
			name = restOfKinds
		}
		out = append(out, KindQueue{
			Name: name, Waited: share(runs, func(m *measured) float64 { return m.pools[t].Classes[k].PWait() }),
			Wait:    of(func(c *des.ClassStats) float64 { return c.Wait.Mean() }),
			Stay:    of(func(c *des.ClassStats) float64 { return c.Sojourn.Mean() }),
			Waiting: of(func(c *des.ClassStats) float64 { return c.InQueue / span }),
			Inside:  of(func(c *des.ClassStats) float64 { return c.InSystem / span }),
		})
	}
	return out
}
