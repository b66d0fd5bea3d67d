package opsim

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// measured is what one replication tells, of the cases that arrived in the
// measured weeks.
type measured struct {
	arrived, escalated, failed, abandoned, turnedAway int64

	turnaround des.Sketch
	total      des.Tally
	tallied                                // cases within the service level
	kinds      []tallied                   // by kind, each by its own service level
	arrivals   [scenario.WeekHours]tallied // by hour of the week in which they came
	lates      int64                       // cases past their deadline
	timed      int64                       // cases of which it is known whether they were
	wrong      int64
	decisions  int64
	hours      float64 // of people's work that arrived
	cost       float64
	peak       int
	begin, end int // with people when measuring began, and at the end
	open       int64
	teams      []teamMeasured
	services   []serviceMeasured
	pools      []des.PoolStats
	members    [][]int32                   // member of each server, by team
	totals     []des.ClassStats            // by team
	shifts     [][]*des.Shifts             // of each server, by team, where it has outages
	looked     [scenario.WeekHours]float64 // how often the backlog was looked at
	backlog    []int32
	under      []int32 // cases under way, every hour, where incidents are watched
}

// teamMeasured is what the model, and not its pool, knows of a team.
type teamMeasured struct {
	tallied                  // of its own cases, as for all
	tried, blocked, returned int64
	untilBegun               des.Tally // from first reaching the team, where cases come back
	away                     int       // on their way back
	awaySince, awayTime      float64
	byHour                   [scenario.WeekHours]float64 // cases inside, summed over looks
}

func (o *measured) start(pl *plan) {
	o.kinds = make([]tallied, len(pl.kinds))
	o.teams = make([]teamMeasured, len(pl.sc.Teams))
	o.backlog = make([]int32, 0, int(pl.end)/pl.step()+1)
}

// late counts a case that is past its deadline, or is not.
func (m *model) late(kind int32, late bool) {
	if math.IsInf(m.plan.due[kind], 1) {
		return
	}
	m.out.timed++
	if late {
		m.out.lates++
	}
}

// decided counts a decision that was wrong, or was not.
func (m *model) decided(wrong bool) {
	m.out.decisions++
	if wrong {
		m.out.wrong++
		m.out.cost += m.plan.sc.ErrorCost
	}
}

// moveAway counts cases that went away to come back.
func (m *model) moveAway(s *des.Sim, team, by int) {
	t := &m.out.teams[team]
	t.awayTime += float64(t.away) * (s.Now() - t.awaySince)
	t.awaySince = s.Now()
	t.away += by
}

// close takes stock at the end.
func (m *model) close(s *des.Sim) {
	m.out.end = m.withPeople(s)
	for i := range m.open {
		c := &m.open[i]
		if !c.live || !m.counts(c) {
			continue
		}
		m.out.open++
		if !within(s.Now(), s.Now()-c.arrive, m.plan.due[c.kind]) {
			m.late(c.kind, true)
		}
		m.judgeOpen(c)
	}
	for t := range m.plan.sc.Teams {
		m.moveAway(s, t, 0)
		st := s.Stats(t)
		m.out.pools = append(m.out.pools, st)
		m.out.totals = append(m.out.totals, st.Total())
		var shifts []*des.Shifts
		if len(m.plan.sc.Teams[t].Outages) > 0 {
			for i := range m.crews[t].pool.Servers {
				shifts = append(shifts, m.crews[t].pool.Servers[i].Shifts)
			}
		}
		m.out.shifts = append(m.out.shifts, shifts)
		m.out.members = append(m.out.members, m.crews[t].member)
	}
	for i := range m.services {
		m.out.pools = append(m.out.pools, s.Stats(len(m.crews)+i))
	}
}
