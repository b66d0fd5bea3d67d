package opsim

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// services are the figures of what cases call.
func (pl *plan) services(d *boundDesign, runs []*measured) []ServiceResult {
	var out []ServiceResult
	weeks := float64(pl.sc.Weeks - pl.sc.WarmUp)
	for i := range pl.sc.Services {
		s := &pl.sc.Services[i]
		of := func(figure func(*serviceMeasured) float64) stats.Interval {
			return over(runs, func(m *measured) float64 { return figure(&m.services[i]) })
		}
		part := func(n, of func(*serviceMeasured) int64) stats.Interval {
			return share(runs, func(m *measured) float64 {
				if of(&m.services[i]) == 0 {
					return math.NaN()
				}
				return ratio(n(&m.services[i]), of(&m.services[i]))
			})
		}
		calls := func(m *serviceMeasured) int64 { return m.calls }
		attempts := func(m *serviceMeasured) int64 { return m.attempts }
		r := ServiceResult{
			Name: s.Name, Load: pl.serviceLoad(d, i),
			PerWeek:  of(func(m *serviceMeasured) float64 { return float64(m.calls) / weeks }),
			Attempts: of(func(m *serviceMeasured) float64 { return float64(m.attempts) / float64(m.calls) }),
			Delayed:  part(func(m *serviceMeasured) int64 { return m.delayed }, func(m *serviceMeasured) int64 { return m.delay.N }),
			Delay:    of(func(m *serviceMeasured) float64 { return m.delay.Mean() }),
			Failed:   part(func(m *serviceMeasured) int64 { return m.failed }, attempts),
			Limited:  part(func(m *serviceMeasured) int64 { return m.limited }, attempts),
			TimedOut: part(func(m *serviceMeasured) int64 { return m.timedOut }, attempts),
			FellBack: part(func(m *serviceMeasured) int64 { return m.fellBack }, calls),
			Lost:     part(func(m *serviceMeasured) int64 { return m.lost }, calls),
			Call:     of(func(m *serviceMeasured) float64 { return m.call.Mean() }),
			CallP95:  of(func(m *serviceMeasured) float64 { return m.calling.Quantile(0.95) }),
		}
		if s.Requests != nil {
			use := of(func(m *serviceMeasured) float64 {
				return float64(m.attempts) / weeks / scenario.WeekHours / s.Requests.PerHour
			})
			r.LimitUse = &use
		}
		if s.Concurrency > 0 {
			busy := share(runs, func(m *measured) float64 { return m.pools[len(m.teams)+i].Utilisation() })
			r.Busy = &busy
		}
		out = append(out, r)
	}
	return out
}
