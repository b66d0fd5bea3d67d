package opsim

import (
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// bindCalls finds the services that a case calls. What its steps took is no
// longer part of its latency.
func (pl *plan) bindCalls(b *boundEntry) {
	for _, c := range b.entry.calls {
		i := pl.sc.ServiceIndex(c.name)
		if pl.sc.Cases == nil {
			i = slices.IndexFunc(pl.sc.Services, func(s scenario.Service) bool { return slices.Contains(s.Steps, c.name) })
		}
		if i < 0 {
			continue
		}
		b.latency = max(0, b.latency-c.all)
		bound := boundCall{service: int32(i), latency: c.latency, tokens: c.tokens}
		if bound.tokens == 0 {
			bound.tokens = pl.sc.Services[i].TokensEach
		}
		b.calls = append(b.calls, bound)
	}
}

// demand is what a design asks of a service, a case.
type demand struct {
	calls, attempts float64
	tokens, hours   float64 // of all attempts
}

// called adds up what a design's cases ask of services when nothing is down,
// and the work of teams that are fallen back on.
func (pl *plan) called(d *boundDesign, visits [][]float64) error {
	d.demand = make([]demand, len(pl.sc.Services))
	for i := range d.entries {
		e := &d.entries[i]
		weight := pl.profile.weight(i)
		for _, c := range e.calls {
			latency := c.latency
			share := weight
			for at := c.service; at >= 0; {
				s := &pl.sc.Services[at]
				if s.Latency != nil {
					latency = s.Latency.Mean / 60
				}
				n := attemptsOf(s)
				of := &d.demand[at]
				of.calls += share
				of.attempts += share * n
				of.tokens += share * n * c.tokens
				of.hours += share * n * latency
				share *= math.Pow(s.Failures, float64(s.Retry.Attempts))
				if t := pl.sc.TeamIndex(s.Fallback); t >= 0 {
					if err := pl.fallBack(d, t, e, share, visits); err != nil {
						return err
					}
				}
				at = int32(pl.sc.ServiceIndex(s.Fallback))
			}
		}
	}
	for t := range pl.sc.Teams {
		hours := 0.0
		for _, w := range d.work[t] {
			hours += w
		}
		if d.share[t] > 0 {
			d.hours[t] = hours / d.share[t]
		}
	}
	return nil
}

// fallBack adds the work of cases that come to a team because a service failed.
func (pl *plan) fallBack(d *boundDesign, t int, e *boundEntry, share float64, visits [][]float64) error {
	for u, n := range visits[t] {
		if n == 0 {
			continue
		}
		hours, err := pl.handedOn(int32(u), e.kind)
		if err != nil {
			return fmt.Errorf("service that falls back on team %q: %w", pl.sc.Teams[t].Name, err)
		}
		d.share[u] += share * n
		d.visits[u][e.kind] += share * n
		d.work[u][e.kind] += share * n * hours
	}
	return nil
}

// attemptsOf is how many a call makes, on average, when nothing is down.
func attemptsOf(s *scenario.Service) float64 {
	switch s.Failures {
	case 0:
		return 1
	case 1:
		return float64(s.Retry.Attempts)
	}
	return (1 - math.Pow(s.Failures, float64(s.Retry.Attempts))) / (1 - s.Failures)
}

// serviceLoad is the largest of what is asked of a service over what it gives:
// requests, tokens, and time of its concurrent attempts.
func (pl *plan) serviceLoad(d *boundDesign, i int) float64 {
	s := &pl.sc.Services[i]
	rate := bursting(&pl.sc.Arrivals) * meanRate(pl.timeline, pl.from, pl.end)
	of := d.demand[i]
	load := 0.0
	if s.Requests != nil {
		load = max(load, rate*of.attempts/s.Requests.PerHour)
	}
	if s.Tokens != nil {
		load = max(load, rate*of.tokens/s.Tokens.PerHour)
	}
	if s.FailOver {
		load = 0 // what is over a limit does not wait
	}
	if s.Concurrency > 0 {
		load = max(load, rate*of.hours/float64(s.Concurrency))
	}
	return load
}
