package opsim

import (
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// otherWork is the arrivals of one team's other work.
type otherWork struct {
	team, class int
	minutes     *scenario.Distribution
	rates       *des.Rates
	draws       des.Draws
	came        int64
}

// startOthers schedules the first of every other work.
func (m *model) startOthers(s *des.Sim, seed uint64) error {
	for t := range m.plan.sc.Teams {
		for i := range m.plan.sc.Teams[t].Other {
			segments := m.plan.others[t][i]
			starts, rates := make([]float64, len(segments)), make([]float64, len(segments))
			for j, seg := range segments {
				starts[j], rates[j] = seg.from, seg.rate
			}
			r, err := des.NewRates(m.plan.end, starts, rates)
			if err != nil {
				return err
			}
			index := len(m.others)
			m.others = append(m.others, otherWork{
				team: t, class: m.plan.classes[t].other + i, minutes: m.plan.sc.Teams[t].Other[i].Minutes,
				rates: r, draws: des.NewDraws(seed, forOther+uint64(index)),
			})
			m.nextOther(s, index)
		}
	}
	return nil
}

func (m *model) nextOther(s *des.Sim, i int) {
	o := &m.others[i]
	d := o.draws.For(o.came, 0)
	if at := o.rates.Next(s.Now(), d.Exp(1)); at <= m.plan.end {
		s.At(at, tickOther, int32(i))
	}
}

func (m *model) takeOther(s *des.Sim, i int) {
	o := &m.others[i]
	d := o.draws.For(o.came, 1)
	o.came++
	v := des.Visit{Case: -int64(i) - 2, Class: o.class, Work: o.minutes.Draw(&d) / 60, Tag: -1}
	if m.plan.sc.Teams[o.team].ByDue {
		v.Due = m.plan.end // it has no deadline: what has one goes first
	}
	s.Submit(o.team, v)
	m.nextOther(s, i)
}

// outage is the stretches in which a team cannot work, or a service fails.
type outage struct {
	pool  int // a team's, or past those a service's
	spans []des.Span
	next  int
	on    bool
}

// startOutages schedules the first outages.
func (m *model) startOutages(s *des.Sim, seed uint64) {
	for t := range m.plan.sc.Teams {
		for i := range m.plan.sc.Teams[t].Outages {
			if m.plan.omits(happening{pool: t, index: i}) {
				continue
			}
			m.addOutage(s, t, m.plan.spells(&m.plan.sc.Teams[t].Outages[i], des.NewDraws(seed, forOutages+uint64(t)), i))
		}
	}
	for i := range m.plan.sc.Services {
		for j := range m.plan.sc.Services[i].Outages {
			pool := len(m.crews) + i
			if m.plan.omits(happening{pool: pool, index: j}) {
				continue
			}
			m.addOutage(s, pool, m.plan.spells(&m.plan.sc.Services[i].Outages[j], des.NewDraws(seed, forOutages+uint64(pool)), j))
		}
	}
}

func (m *model) addOutage(s *des.Sim, pool int, spans []des.Span) {
	if len(spans) > 0 {
		m.outages = append(m.outages, outage{pool: pool, spans: spans})
		s.At(spans[0].From, tickOutage, int32(len(m.outages)-1))
	}
}

// turn begins or ends an outage.
func (m *model) turn(s *des.Sim, i int) {
	o := &m.outages[i]
	down := m.outOf(o.pool)
	was := *down > 0
	if o.on {
		*down--
		if o.next++; o.next < len(o.spans) {
			s.At(o.spans[o.next].From, tickOutage, int32(i))
		}
	} else {
		*down++
		s.At(o.spans[o.next].To, tickOutage, int32(i))
	}
	o.on = !o.on
	if is := *down > 0; is != was && o.pool < len(m.crews) {
		for server := range m.crews[o.pool].pool.Servers {
			s.SetDown(o.pool, server, is)
		}
	}
}

// outOf counts the outages that are on.
func (m *model) outOf(pool int) *int {
	if pool < len(m.crews) {
		return &m.down[pool]
	}
	return &m.services[pool-len(m.crews)].down
}

// look notes the backlog, every hour, unless nobody waits for the answer any more.
func (m *model) look(s *des.Sim) {
	if m.ctx.Err() != nil {
		s.Stop()
		return
	}
	at := m.looks
	m.looks++
	if at%m.plan.step() == 0 {
		m.out.backlog = append(m.out.backlog, int32(m.withPeople(s)))
	}
	if m.plan.watching {
		m.out.under = append(m.out.under, int32(len(m.open)-len(m.free)))
	}
	if m.measuring {
		hour := m.plan.hourOfWeek(s.Now())
		m.out.looked[hour]++
		for t := range m.out.teams {
			m.out.teams[t].byHour[hour] += float64(s.InPool(t))
		}
	}
	if next := float64(m.looks); next <= m.plan.end {
		s.At(next, tickLook, 0)
	}
}

// step is how many hours lie between two points of the backlog's curve.
func (pl *plan) step() int {
	const points = 400
	return max(1, int(pl.end)/points)
}
