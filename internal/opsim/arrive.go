package opsim

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// next schedules the next arrival, if it comes before the end.
func (m *model) next(s *des.Sim) {
	d := m.gaps.For(m.arrivals, 0)
	amount := 0.0
	if gaps := m.plan.sc.Arrivals.Gaps; gaps != nil {
		amount = max(gaps.Draw(&d)/gaps.Mean, math.SmallestNonzeroFloat64)
	} else {
		amount = d.Exp(1)
	}
	if at := m.rates.Next(s.Now(), amount); at <= m.plan.end {
		s.At(at, tickArrive, 0)
	}
}

func (m *model) arrive(s *des.Sim) {
	index := 0
	if st := m.plan.strata; st != nil {
		index = st.pick(m.pick, m.arrived, m.plan.hourOfWeek(s.Now()))
	} else {
		index = m.plan.profile.pick(m.pick.For(m.arrived, 0))
	}
	e := &m.design.entries[index]
	hours := 0.0
	if e.team >= 0 {
		hours = m.work(e.team, e.kind, m.arrived, 0, e.hours)
	}
	latency := e.latency
	if e.stated != nil {
		d := m.latency.For(m.arrived, 0)
		latency = e.stated.Draw(&d) / 60
	}
	if m.measuring {
		m.out.arrived++
		m.out.cost += e.cost
		if e.team >= 0 {
			m.out.escalated++
			m.worked(e.team, hours)
		}
	}
	if len(e.calls) > 0 && e.team != lostCase {
		slot := m.put(openCase{number: m.arrived, arrive: s.Now(), ready: s.Now(), own: hours, hours: hours, team: e.team, home: e.team, kind: e.kind, live: true, entry: int32(index), latency: latency})
		if e.wrong > 0 {
			d := m.errors.For(m.arrived, 0)
			m.open[slot].wrong = d.Uniform() < e.wrong
		}
		m.nextCall(s, slot)
		return
	}
	switch e.team {
	case lostCase:
		if m.measuring {
			m.out.failed++
			m.judgeLost(&openCase{arrive: s.Now(), home: nobody, kind: e.kind})
			m.late(e.kind, true)
		}
	case nobody:
		m.automated(s, e, latency)
	default:
		slot := m.put(openCase{number: m.arrived, arrive: s.Now(), ready: s.Now(), own: hours, hours: hours, team: e.team, home: e.team, kind: e.kind, live: true})
		if latency > 0 {
			s.At(s.Now()+latency, tickReady, slot)
			return
		}
		m.submit(s, slot)
	}
}

// work is how many hours a team needs for a case, the n-th time it goes on.
func (m *model) work(team, kind int32, number int64, n int32, own float64) float64 {
	if f := m.plan.minutes(team, kind); f != nil {
		d := m.minutes.For(number, int(n))
		return f.Draw(&d) / 60
	}
	return own
}

// worked counts people's work on a case that counts.
func (m *model) worked(team int32, hours float64) {
	m.out.hours += hours
	m.out.cost += hours * m.plan.sc.Teams[team].Wage
}

// automated is a case that needs nobody.
func (m *model) automated(s *des.Sim, e *boundEntry, latency float64) {
	if !m.measuring {
		return
	}
	if e.wrong > 0 {
		d := m.errors.For(m.arrived, 0)
		m.decided(d.Uniform() < e.wrong)
	}
	c := &openCase{arrive: s.Now(), ready: s.Now(), home: nobody, kind: e.kind}
	m.judge(c, true, 0)
	due := m.plan.due[e.kind]
	switch {
	case s.Now()+latency <= m.plan.end:
		m.out.turnaround.Add(latency)
		m.out.total.Add(latency)
		m.late(e.kind, !within(s.Now(), latency, due))
		m.judge(c, false, latency)
	default:
		m.out.open++
		if !within(s.Now(), m.plan.end-s.Now(), due) {
			m.late(e.kind, true)
		}
		m.judgeOpen(c)
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
