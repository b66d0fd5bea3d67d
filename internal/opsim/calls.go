package opsim

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// serviceState is a service in one replication.
type serviceState struct {
	requests, tokens *des.Bucket
	down             int     // outages that are on
	retries          float64 // that the budget allows
}

// serviceMeasured is what a replication tells of a service.
type serviceMeasured struct {
	calls, attempts, failed, limited, timedOut, fellBack, lost int64

	delay   des.Tally // of attempts, until a rate limit lets them through
	delayed int64
	call    des.Tally // hours from first attempt to an answer, of calls that got one
	calling des.Sketch
}

// retryReserve is how many retries a budget saves up at most. It is full at
// first, so that a quiet service has some.
const retryReserve = 10

// servicePool is a service as a pool of the simulator.
func servicePool(s *scenario.Service) des.Pool {
	if s.Concurrency == 0 {
		return des.Pool{Name: s.Name, Unlimited: true}
	}
	return des.Pool{Name: s.Name, Servers: des.Team(s.Concurrency, des.Server{})}
}

func (m *model) startServices() {
	bucket := func(l *scenario.Limit) *des.Bucket {
		if l == nil {
			return nil
		}
		return &des.Bucket{Rate: l.PerHour, Burst: l.Burst}
	}
	m.services = make([]serviceState, len(m.plan.sc.Services))
	m.out.services = make([]serviceMeasured, len(m.plan.sc.Services))
	for i := range m.services {
		s := &m.plan.sc.Services[i]
		m.services[i] = serviceState{requests: bucket(s.Requests), tokens: bucket(s.Tokens), retries: retryReserve}
	}
}

// nextCall makes a case's next call, or lets it go on where it has made all.
func (m *model) nextCall(s *des.Sim, slot int32) {
	c := &m.open[slot]
	calls := m.design.entries[c.entry].calls
	if int(c.call) == len(calls) {
		m.called(s, slot)
		return
	}
	c.service = calls[c.call].service
	m.call(s, slot)
}

// call makes the first attempt of a call.
func (m *model) call(s *des.Sim, slot int32) {
	c := &m.open[slot]
	c.attempt, c.callSince = 0, s.Now()
	st := &m.services[c.service]
	st.retries = min(retryReserve, st.retries+m.plan.sc.Services[c.service].Retry.Budget)
	if m.counts(c) {
		m.out.services[c.service].calls++
	}
	m.request(s, slot)
}

// called is a case all of whose calls are answered: the rest of the machines'
// time, then people or the end.
func (m *model) called(s *des.Sim, slot int32) {
	c := &m.open[slot]
	if c.latency > 0 {
		latency := c.latency
		c.latency = 0
		s.At(s.Now()+latency, tickReady, slot)
		return
	}
	m.reach(s, slot)
}

// reach hands a case to its team, or ends it where it needs nobody.
func (m *model) reach(s *des.Sim, slot int32) {
	c := &m.open[slot]
	c.ready = s.Now()
	if c.team >= 0 {
		m.submit(s, slot)
		return
	}
	if m.counts(c) {
		m.judge(c, true, 0)
	}
	m.finish(s, slot)
}

// request asks the limits for an attempt.
func (m *model) request(s *des.Sim, slot int32) {
	c := &m.open[slot]
	st := &m.services[c.service]
	config := &m.plan.sc.Services[c.service]
	if m.counts(c) {
		m.out.services[c.service].attempts++
	}
	if st.down > 0 {
		m.failed(s, slot)
		return
	}
	now := s.Now()
	tokens := m.design.entries[c.entry].calls[c.call].tokens
	if config.FailOver && (st.requests != nil && !st.requests.Has(now, 1) || st.tokens != nil && !st.tokens.Has(now, tokens)) {
		if m.counts(c) {
			m.out.services[c.service].limited++
		}
		m.failed(s, slot)
		return
	}
	at := now
	if st.requests != nil {
		at = max(at, st.requests.Take(now, 1))
	}
	if st.tokens != nil && tokens > 0 {
		at = max(at, st.tokens.Take(now, tokens))
	}
	if m.counts(c) {
		m.out.services[c.service].delay.Add(at - now)
		if at > now {
			m.out.services[c.service].delayed++
		}
	}
	if at > now {
		s.At(at, tickSend, slot)
		return
	}
	m.send(s, slot)
}

// send begins an attempt.
func (m *model) send(s *des.Sim, slot int32) {
	c := &m.open[slot]
	config := &m.plan.sc.Services[c.service]
	work := m.design.entries[c.entry].calls[c.call].latency
	if config.Latency != nil {
		d := m.attempts.For(c.number, c.draw(0))
		work = config.Latency.Draw(&d) / 60
	}
	m.sent++
	c.sent = m.sent
	c.timeout = 0
	if config.Timeout > 0 {
		c.timeout = s.At(s.Now()+config.Timeout.Hours(), tickTimeout, slot)
	}
	s.Submit(len(m.plan.sc.Teams)+int(c.service), des.Visit{Case: c.number, Work: work, Tag: int64(slot) | m.sent<<32})
}

// draw numbers the draws of an attempt: what they are for, and which it is.
func (c *openCase) draw(purpose int) int {
	return int(c.call)<<32 + int(c.service)<<16 + int(c.attempt)<<8 + purpose
}

// answered is the end of an attempt that the service has worked on; it may be
// one that nobody waits for any more.
func (m *model) answered(s *des.Sim, v *des.Visit) {
	slot, sent := int32(v.Tag&math.MaxInt32), v.Tag>>32
	c := &m.open[slot]
	if !c.live || c.sent != sent {
		return
	}
	c.sent, c.timeout = 0, 0
	if p := m.plan.sc.Services[c.service].Failures; p > 0 {
		d := m.attempts.For(c.number, c.draw(1))
		if d.Uniform() < p {
			m.failed(s, slot)
			return
		}
	}
	if m.counts(c) {
		of := &m.out.services[c.service]
		of.call.Add(s.Now() - c.callSince)
		of.calling.Add(s.Now() - c.callSince)
	}
	c.call++
	m.nextCall(s, slot)
}

// timedOut gives an attempt up.
func (m *model) timedOut(s *des.Sim, e des.Event) {
	c := &m.open[e.Arg]
	if !c.live || c.timeout != e.Stamp {
		return
	}
	c.sent, c.timeout = 0, 0
	if m.counts(c) {
		m.out.services[c.service].timedOut++
	}
	m.failed(s, e.Arg)
}

// failed is an attempt that came to nothing: it is made again, or fallen back
// from, or the case is lost.
func (m *model) failed(s *des.Sim, slot int32) {
	c := &m.open[slot]
	st := &m.services[c.service]
	config := &m.plan.sc.Services[c.service]
	of := &m.out.services[c.service]
	counts := m.counts(c)
	if counts {
		of.failed++
	}
	c.attempt++
	r := &config.Retry
	if int(c.attempt) < r.Attempts && (r.Budget >= 1 || st.retries >= 1) {
		st.retries--
		wait := r.Wait.Hours() * math.Pow(r.Factor, float64(c.attempt-1))
		if r.Most > 0 {
			wait = min(wait, r.Most.Hours())
		}
		if r.Jitter {
			d := m.attempts.For(c.number, c.draw(2))
			wait *= d.Uniform()
		}
		s.At(s.Now()+wait, tickCall, slot)
		return
	}
	if counts && config.Fallback != "" {
		of.fellBack++
	}
	if i := m.plan.sc.ServiceIndex(config.Fallback); i >= 0 {
		c.service = int32(i)
		m.call(s, slot)
		return
	}
	if t := m.plan.sc.TeamIndex(config.Fallback); t >= 0 {
		m.fallBack(s, slot, int32(t))
		return
	}
	if counts {
		of.lost++
		m.out.failed++
		m.lose(c)
	}
	m.release(slot)
}

// fallBack hands a case to a team because a service failed.
func (m *model) fallBack(s *des.Sim, slot, t int32) {
	c := &m.open[slot]
	was := c.team
	own := m.plan.sc.Teams[t].Usual / 60
	if was == t {
		own = c.own
	}
	if m.counts(c) {
		if was >= 0 {
			m.worked(was, -c.hours)
		} else {
			m.out.escalated++
		}
	}
	c.team, c.home = t, t
	c.hours = m.work(t, c.kind, c.number, 0, own)
	if m.counts(c) {
		m.worked(t, c.hours)
	}
	m.reach(s, slot)
}
