package opsim

import (
	"github.com/rehearse-dev/rehearse/internal/des"
)

// Events of the model.
const (
	tickArrive int32 = iota
	tickReady        // machines are done with a case that people take; arg: its slot
)

// model is one replication of one design.
type model struct {
	plan   *plan
	design *boundDesign
	rates  *des.Rates

	gaps, pick, minutes des.Draws

	arrived int64
	open    []openCase // cases on their way to people or with them
	free    []int32

	measuring bool
	from      float64
	out       measured
}

// openCase is a case that is not done.
type openCase struct {
	number int64
	arrive float64
	ready  float64 // when it reached its team
	hours  float64
	team   int32
	begun  bool
	live   bool
}

// measured is what one replication tells, of the cases that arrived in the
// measured weeks.
type measured struct {
	arrived, escalated, failed int64

	turnaround des.Sketch
	total      des.Tally // of turnaround
	kept       int64     // cases within the service level
	judged     int64     // cases of which it is known whether they were
	byTeam     []teamMeasured
	hours      float64 // of people's work that arrived
	cost       float64
	peak       int
	begin, end int // with people when measuring began, and at the end
	open       int64
	pools      []des.PoolStats
}

// teamMeasured is a team's part in the service level.
type teamMeasured struct{ kept, judged int64 }

// run simulates one replication with so many people in each team.
func (pl *plan) run(d *boundDesign, people []int, seed uint64) (*measured, error) {
	m := &model{
		plan: pl, design: d,
		gaps: des.NewDraws(seed, forGaps), pick: des.NewDraws(seed, forCases), minutes: des.NewDraws(seed, forMinutes),
	}
	var err error
	if m.rates, err = pl.sc.Arrivals.rates(pl.timeline, pl.end, des.NewDraws(seed, forDays)); err != nil {
		return nil, err
	}
	pools := make([]des.Pool, len(people))
	for t, n := range people {
		pools[t] = pl.pool(t, n, seed)
	}
	s, err := des.New(pools, m)
	if err != nil {
		return nil, err
	}
	m.out.byTeam = make([]teamMeasured, len(people))
	m.next(s)
	if pl.from > 0 {
		s.Run(pl.from)
		s.Observe()
	}
	m.measuring = true
	m.from = pl.from
	m.out.begin = m.withPeople(s)
	m.out.peak = m.out.begin
	s.Run(pl.end)
	m.close(s)
	return &m.out, nil
}

// next schedules the next arrival, if it comes before the end.
func (m *model) next(s *des.Sim) {
	gap := m.gaps.For(m.arrived, 0)
	if at := m.rates.Next(s.Now(), gap.Exp(1)); at <= m.plan.end {
		s.At(at, tickArrive, 0)
	}
}

// Tick takes up an arrival, or hands a case to its team.
func (m *model) Tick(s *des.Sim, e des.Event) {
	if e.Kind == tickReady {
		m.submit(s, e.Arg)
		return
	}
	m.arrive(s)
	m.arrived++
	m.next(s)
}

func (m *model) arrive(s *des.Sim) {
	e := &m.design.entries[m.plan.profile.pick(m.pick.For(m.arrived, 0))]
	hours := 0.0
	if e.team >= 0 {
		hours = e.hours
		if f := m.plan.sc.Teams[e.team].Minutes; f != nil {
			d := m.minutes.For(m.arrived, 0)
			hours = f.Draw(&d) / 60
		}
	}
	if m.measuring {
		m.out.arrived++
		m.out.cost += e.cost
		if e.team >= 0 {
			m.out.escalated++
			m.out.hours += hours
			m.out.cost += hours * m.plan.sc.Teams[e.team].Wage
		}
	}
	switch e.team {
	case lostCase:
		if m.measuring {
			m.out.failed++
			m.judge(nobody, false)
		}
	case nobody:
		m.automated(s, e.latency)
	default:
		slot := m.put(openCase{number: m.arrived, arrive: s.Now(), hours: hours, team: e.team, live: true})
		if e.latency > 0 {
			s.At(s.Now()+e.latency, tickReady, slot)
			return
		}
		m.submit(s, slot)
	}
}

// automated is a case that needs nobody.
func (m *model) automated(s *des.Sim, latency float64) {
	if !m.measuring {
		return
	}
	level := m.plan.sc.Service
	switch {
	case s.Now()+latency <= m.plan.end:
		m.out.turnaround.Add(latency)
		m.out.total.Add(latency)
	default:
		m.out.open++
		if level != nil && !level.Wait && m.plan.end-s.Now() <= level.Within.Hours() {
			return // not done, and not late yet
		}
	}
	if level != nil {
		m.judge(nobody, level.Wait || latency <= level.Within.Hours())
	}
}

// judge counts a case that kept the service level, or did not.
func (m *model) judge(team int32, kept bool) {
	m.out.judged++
	if kept {
		m.out.kept++
	}
	if team >= 0 {
		t := &m.out.byTeam[team]
		t.judged++
		if kept {
			t.kept++
		}
	}
}

// put gives an open case a slot.
func (m *model) put(c openCase) int32 {
	if n := len(m.free); n > 0 {
		slot := m.free[n-1]
		m.free = m.free[:n-1]
		m.open[slot] = c
		return slot
	}
	m.open = append(m.open, c)
	return int32(len(m.open) - 1)
}

func (m *model) submit(s *des.Sim, slot int32) {
	c := &m.open[slot]
	c.ready = s.Now()
	s.Submit(int(c.team), des.Visit{Case: c.number, Work: c.hours, Tag: int64(slot)})
	if m.measuring {
		m.out.peak = max(m.out.peak, m.withPeople(s))
	}
}

// withPeople is how many cases wait for people or are in their hands.
func (m *model) withPeople(s *des.Sim) int {
	n := 0
	for t := range m.plan.sc.Teams {
		n += s.InPool(t)
	}
	return n
}

// Start is when a person first takes a case up.
func (m *model) Start(_ *des.Sim, v *des.Visit) float64 {
	c := &m.open[v.Tag]
	c.begun = true
	if level := m.plan.sc.Service; level != nil && level.Wait && m.counts(c) {
		m.judge(c.team, v.Began-v.Arrive <= level.Within.Hours())
	}
	return v.Work
}

// counts says whether a case came in the measured weeks.
func (m *model) counts(c *openCase) bool { return m.measuring && c.arrive >= m.from }

// Done is when a person has finished a case.
func (m *model) Done(s *des.Sim, v *des.Visit) {
	c := &m.open[v.Tag]
	if m.counts(c) {
		turnaround := s.Now() - c.arrive
		m.out.turnaround.Add(turnaround)
		m.out.total.Add(turnaround)
		if level := m.plan.sc.Service; level != nil && !level.Wait {
			m.judge(c.team, turnaround <= level.Within.Hours())
		}
	}
	c.live = false
	m.free = append(m.free, int32(v.Tag))
}

// Left is never called: people take every case in the end, and nobody gives
// up waiting.
func (m *model) Left(*des.Sim, *des.Visit, des.Reason) {
	panic("opsim: a case left its team without being started")
}

// close takes stock at the end: an open case that is late already did not
// keep the service level; of one that is not late yet, nothing is known.
func (m *model) close(s *des.Sim) {
	m.out.end = m.withPeople(s)
	level := m.plan.sc.Service
	for i := range m.open {
		c := &m.open[i]
		if !c.live || !m.counts(c) {
			continue
		}
		m.out.open++
		if level == nil || level.Wait && c.begun {
			continue
		}
		since := c.arrive
		if level.Wait {
			since = max(c.ready, since)
		}
		if s.Now()-since > level.Within.Hours() {
			m.judge(c.team, false)
		}
	}
	for t := range m.plan.sc.Teams {
		m.out.pools = append(m.out.pools, s.Stats(t))
	}
}
