package opsim

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// promise is a service level and the cases that it is for.
type promise struct {
	kind  int // -1: all cases
	level *scenario.ServiceLevel
}

// promises are what is promised for all cases, and for kinds of their own.
func (pl *plan) promises() []promise {
	level := pl.sc.Service
	if level == nil {
		return nil
	}
	out := []promise{{kind: -1, level: level}}
	for k, own := range pl.levels {
		if own != level {
			out = append(out, promise{kind: k, level: own})
		}
	}
	return out
}

// bindLevels finds the service level by which each kind of cases is judged.
func (pl *plan) bindLevels() {
	pl.levels = make([]*scenario.ServiceLevel, len(pl.kinds))
	level := pl.sc.Service
	if level == nil {
		return
	}
	for k, name := range pl.kinds {
		pl.levels[k] = level
		for i := range level.Of {
			if level.Of[i].Kind == name {
				pl.levels[k] = &level.Of[i].ServiceLevel
			}
		}
	}
}

// kept is the share of the cases within a promise.
func (p promise) kept(runs []*measured) stats.Interval {
	return share(runs, func(m *measured) float64 { return ratio(p.counted(m)) })
}

func (p promise) counted(m *measured) (kept, judged int64) {
	if p.kind < 0 {
		return m.kept, m.judged
	}
	c := m.kinds[p.kind]
	return c.kept, c.judged
}

// kept are the shares within every promise.
func (pl *plan) kept(runs []*measured) []stats.Interval {
	var out []stats.Interval
	for _, p := range pl.promises() {
		out = append(out, p.kept(runs))
	}
	return out
}

// margin is by how much a figure of the shares is above what is promised, where
// that is least; -Inf where nothing was judged. A promise for a kind that never
// comes is kept.
func (pl *plan) margin(kept []stats.Interval, figure func(stats.Interval) float64) float64 {
	least := math.Inf(1)
	for i, p := range pl.promises() {
		iv := kept[i]
		switch {
		case iv.Estimate.Valid:
			least = min(least, figure(iv)-p.level.Share)
		case p.kind < 0:
			least = math.Inf(-1)
		}
	}
	return least
}

func lowerEnd(iv stats.Interval) float64 { return iv.Lower }
func estimate(iv stats.Interval) float64 { return iv.Estimate.Value }

// tallied counts cases of which it is known whether they kept a promise.
type tallied struct{ kept, judged int64 }

func (c *tallied) add(kept bool) {
	c.judged++
	if kept {
		c.kept++
	}
}

// judge holds how long a case took, until a person began or until it was done,
// against what is promised of it.
func (m *model) judge(c *openCase, wait bool, took float64) {
	m.hold(c, func(level *scenario.ServiceLevel) (known, kept bool) {
		return level.Wait == wait, within(c.ready+took, took, level.Within.Hours())
	})
}

// within says whether a length of time in hours is at most what is promised. It is
// a difference of times on the clock, which have been rounded: what lies beyond the
// promise by no more than that is within it.
func within(now, hours, promised float64) bool {
	const rounded = 16 * 0x1p-52 // of some additions, of the time on the clock
	return hours <= promised*(1+1e-9)+now*rounded
}

// judgeLost judges a case that will never be done.
func (m *model) judgeLost(c *openCase) {
	m.hold(c, func(level *scenario.ServiceLevel) (known, kept bool) { return !level.Wait || !c.begun, false })
}

// judgeOpen judges a case that is open at the end: one that is late already did
// not keep what is promised; of one that is not late yet, nothing is known.
func (m *model) judgeOpen(c *openCase) {
	m.hold(c, func(level *scenario.ServiceLevel) (known, kept bool) {
		if level.Wait && (c.begun || c.home < 0) {
			return false, false
		}
		since := c.arrive
		if level.Wait {
			since = c.ready
		}
		return !within(m.plan.end, m.plan.end-since, level.Within.Hours()), false
	})
}

// hold counts a case under what is promised for all, and under what is promised
// for its kind.
func (m *model) hold(c *openCase, verdict func(*scenario.ServiceLevel) (known, kept bool)) {
	level := m.plan.sc.Service
	if level == nil {
		return
	}
	if known, kept := verdict(level); known {
		m.out.tallied.add(kept)
		m.out.arrivals[m.plan.hourOfWeek(c.arrive)].add(kept)
		if c.home >= 0 {
			m.out.teams[c.home].add(kept)
		}
	}
	if known, kept := verdict(m.plan.levels[c.kind]); known {
		m.out.kinds[c.kind].add(kept)
	}
}
