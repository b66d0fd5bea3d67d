package opsim

import (
	"context"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// Events of the model.
const (
	tickArrive  int32 = iota
	tickReady         // machines are done with a case that people take; arg: its slot
	tickBack          // a case that found no room comes back; arg: its slot
	tickOther         // other work comes; arg: its index in model.others
	tickOutage        // an outage begins or ends; arg: its index in model.outages
	tickLook          // the backlog is looked at
	tickCall          // a call is tried again; arg: its case's slot
	tickSend          // a rate limit lets an attempt through; arg: its case's slot
	tickTimeout       // an attempt is given up; arg: its case's slot
)

// model is one replication of one design.
type model struct {
	ctx    context.Context // ends a replication within a simulated hour
	plan   *plan
	design *boundDesign
	crews  []*crew
	rates  *des.Rates

	gaps, pick, minutes, patience, returns, routes, errors, latency, batches, attempts des.Draws

	arrivals int64 // so far; of a batch, one
	arrived  int64 // cases so far
	open     []openCase
	free     []int32 // slots of open
	others   []otherWork
	outages  []outage
	down     []int // outages that are on, by team
	looks    int
	services []serviceState
	sent     int64 // attempts so far

	skip *des.Span // of the burst whose arrivals are left out; nil: none

	measuring bool
	from      float64
	out       measured
}

// openCase is a case that is on its way to people or with them.
type openCase struct {
	number  int64
	arrive  float64
	ready   float64 // when it first reached the team that it is at
	own     float64 // hours that the case itself asks of its first team
	hours   float64 // of the visit in hand
	team    int32
	home    int32 // the team that it was escalated to
	kind    int32
	hop     int32
	returns int32
	begun   bool
	wrong   bool
	live    bool

	// Of a case that calls services.
	entry     int32
	call      int32 // which of the entry's calls is made
	service   int32 // that it is made to, which may be a fallback
	attempt   int32
	latency   float64   // of machines, after the calls
	callSince float64   // when the call was first tried
	sent      int64     // the attempt that is waited for; 0: none
	timeout   des.Stamp // when it is given up
}

// run simulates one replication with so many people in each team.
func (pl *plan) run(ctx context.Context, d *boundDesign, people roster, seed uint64) (*measured, error) {
	return pl.watched(ctx, d, people, seed, nil)
}

// watched is run with all that happens passed to trace, where it is not nil.
func (pl *plan) watched(ctx context.Context, d *boundDesign, people roster, seed uint64, trace func(des.Transition)) (*measured, error) {
	m := &model{
		ctx: ctx, plan: pl, design: d, down: make([]int, len(people)),
		gaps: des.NewDraws(seed, forGaps), pick: des.NewDraws(seed, forCases), minutes: des.NewDraws(seed, forMinutes),
		patience: des.NewDraws(seed, forPatience), returns: des.NewDraws(seed, forReturns), routes: des.NewDraws(seed, forRoutes),
		errors: des.NewDraws(seed, forErrors), latency: des.NewDraws(seed, forLatency), batches: des.NewDraws(seed, forBatches), attempts: des.NewDraws(seed, forAttempts),
	}
	var err error
	if m.rates, err = pl.rates(seed); err != nil {
		return nil, err
	}
	var pools []des.Pool
	for t := range people {
		c, err := pl.crew(t, people[t], seed)
		if err != nil {
			return nil, err
		}
		m.crews = append(m.crews, c)
		pools = append(pools, c.pool)
	}
	for i := range pl.sc.Services {
		pools = append(pools, servicePool(&pl.sc.Services[i]))
	}
	s, err := des.New(pools, m)
	if err != nil {
		return nil, err
	}
	if trace != nil {
		s.Trace(trace)
	}
	m.out.start(pl)
	if err := m.startOthers(s, seed); err != nil {
		return nil, err
	}
	m.startServices()
	m.startOutages(s, seed)
	m.startSkipping(seed)
	s.At(0, tickLook, 0)
	m.next(s)
	if pl.from > 0 {
		s.Run(pl.from)
		if err := ctx.Err(); err != nil {
			return nil, err // nothing would look for it in the next Run
		}
		s.Observe()
	}
	m.measuring = true
	m.from = pl.from
	m.out.begin = m.withPeople(s)
	m.out.peak = m.out.begin
	for t := range m.out.teams {
		m.moveAway(s, t, 0)
		m.out.teams[t].awayTime = 0
	}
	s.Run(pl.end)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.close(s)
	progressOf(ctx).did(m.arrived)
	return &m.out, nil
}

// Tick takes up what the model scheduled.
func (m *model) Tick(s *des.Sim, e des.Event) {
	switch e.Kind {
	case tickArrive:
		size := 1
		if b := m.plan.sc.Arrivals.Batch; b != nil {
			d := m.batches.For(m.arrivals, 0)
			size = b.Draw(&d)
		}
		skip := m.skipped(s)
		m.arrivals++
		for range size {
			if !skip {
				m.arrive(s)
			}
			m.arrived++
		}
		m.next(s)
	case tickReady:
		m.reach(s, e.Arg)
	case tickBack:
		m.moveAway(s, int(m.open[e.Arg].team), -1)
		m.submit(s, e.Arg)
	case tickOther:
		m.takeOther(s, int(e.Arg))
	case tickOutage:
		m.turn(s, int(e.Arg))
	case tickLook:
		m.look(s)
	case tickCall:
		m.request(s, e.Arg)
	case tickSend:
		m.send(s, e.Arg)
	case tickTimeout:
		m.timedOut(s, e)
	}
}

// submit hands a case to the team that it is at.
func (m *model) submit(s *des.Sim, slot int32) {
	c := &m.open[slot]
	v := des.Visit{Case: c.number, Class: m.plan.classes[c.team].of[c.kind], Work: c.hours, Tag: int64(slot)}
	team := &m.plan.sc.Teams[c.team]
	if team.ByDue {
		v.Due = c.arrive + m.plan.due[c.kind]
	}
	if p := m.plan.patience[c.team]; p != nil {
		d := m.patience.For(c.number, int(c.hop+c.returns))
		v.Patience = p.Draw(&d) / 60
	}
	if c.returns == 0 && m.counts(c) {
		m.out.teams[c.team].tried++
	}
	s.Submit(int(c.team), v)
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

// counts says whether a case came in the measured weeks.
func (m *model) counts(c *openCase) bool { return m.measuring && c.arrive >= m.from }

// Start is when a person first takes a case up.
func (m *model) Start(s *des.Sim, v *des.Visit) float64 {
	if v.Tag < 0 || v.Pool >= len(m.crews) {
		return v.Work
	}
	c := &m.open[v.Tag]
	if m.counts(c) {
		wait := s.Now() - c.ready
		m.out.cost += wait * m.plan.sc.WaitCost
		if m.plan.sc.Teams[c.team].Return != nil {
			m.out.teams[c.team].untilBegun.Add(wait)
		}
		if !c.begun {
			m.judge(c, true, wait)
		}
	}
	c.begun = true
	return v.Work
}

// Done is when a person has finished with a case: it goes on, or is done.
func (m *model) Done(s *des.Sim, v *des.Visit) {
	if v.Pool >= len(m.crews) {
		m.answered(s, v)
		return
	}
	if v.Tag < 0 {
		return
	}
	slot := int32(v.Tag)
	c := &m.open[slot]
	if v.Server >= 0 {
		crew := m.crews[c.team]
		by := crew.member[v.Server]
		if m.counts(c) {
			m.out.cost += c.hours * (crew.members[by].Wage - m.plan.sc.Teams[c.team].Wage)
		}
		if rate := crew.errors[by]; rate > 0 {
			d := m.errors.For(c.number, int(c.hop))
			c.wrong = d.Uniform() < rate
		}
	}
	if next := m.routeFrom(c); next >= 0 {
		c.hop++
		c.returns = 0
		c.team, c.ready = next, s.Now()
		own := c.own
		if usual := m.plan.sc.Teams[next].Usual; next != c.home {
			own = usual / 60
		}
		c.hours = m.work(next, c.kind, c.number, c.hop, own)
		if m.counts(c) {
			m.worked(next, c.hours)
		}
		m.submit(s, slot)
		return
	}
	m.finish(s, slot)
}

// routeFrom draws where a case goes on to; -1: nowhere.
func (m *model) routeFrom(c *openCase) int32 {
	routes := m.plan.routes[c.team]
	if len(routes) == 0 {
		return -1
	}
	d := m.routes.For(c.number, int(c.hop))
	u := d.Uniform()
	for _, r := range routes {
		if u < r.share {
			return r.team
		}
		u -= r.share
	}
	return -1
}

// finish ends a case that is done.
func (m *model) finish(s *des.Sim, slot int32) {
	c := &m.open[slot]
	if m.counts(c) {
		turnaround := s.Now() - c.arrive
		m.out.turnaround.Add(turnaround)
		m.out.total.Add(turnaround)
		m.judge(c, false, turnaround)
		m.late(c.kind, !within(s.Now(), turnaround, m.plan.due[c.kind]))
		m.decided(c.wrong)
	}
	m.release(slot)
}

func (m *model) release(slot int32) {
	m.open[slot].live = false
	m.free = append(m.free, slot)
}

// Left is when a case gives up waiting, or finds no room: it comes back later,
// or is lost.
func (m *model) Left(s *des.Sim, v *des.Visit, why des.Reason) {
	if v.Tag < 0 {
		return
	}
	slot := int32(v.Tag)
	c := &m.open[slot]
	t := &m.out.teams[c.team]
	if why == des.Rejected && m.counts(c) && c.returns == 0 {
		t.blocked++
	}
	if r := m.plan.sc.Teams[c.team].Return; why == des.Rejected && r != nil {
		d := m.returns.For(c.number, int(c.hop)<<20+int(c.returns))
		if d.Uniform() < r.Share {
			c.returns++
			if m.counts(c) {
				t.returned++
			}
			m.moveAway(s, int(c.team), 1)
			s.At(s.Now()+r.After.Draw(&d)/60, tickBack, slot)
			return
		}
	}
	if m.counts(c) {
		m.worked(c.team, -c.hours)
		m.out.cost += (s.Now() - c.ready) * m.plan.sc.WaitCost
		if why == des.Abandoned {
			m.out.abandoned++
		} else {
			m.out.turnedAway++
		}
		m.lose(c)
	}
	m.release(slot)
}

// lose judges a case that will never be done.
func (m *model) lose(c *openCase) {
	m.judgeLost(c)
	m.late(c.kind, true)
}
