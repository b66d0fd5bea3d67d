package opsim

import (
	"context"
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// memo simulates a design with teams of several sizes, each once.
type memo struct {
	ctx     context.Context
	plan    *plan
	design  *boundDesign
	workers int
	done    map[string]*simulated // by the sizes of the teams
}

// simulated is what came of one size of the teams.
type simulated struct {
	*DesignResult
	shares []float64        // within the service level, by replication; NaN where no case was judged
	kept   []stats.Interval // the share within every promise; nil where overloaded
}

func newMemo(ctx context.Context, pl *plan, design, workers int) *memo {
	return &memo{ctx: ctx, plan: pl, design: &pl.designs[design], workers: workers, done: map[string]*simulated{}}
}

// at simulates the design with so many people in each team.
func (m *memo) at(people roster) (*simulated, error) {
	key := fmt.Sprint(people)
	if r := m.done[key]; r != nil {
		return r, nil
	}
	d, runs, err := m.plan.observe(m.ctx, m.design, people, m.workers)
	if err != nil {
		return nil, err
	}
	r := &simulated{DesignResult: d}
	for _, run := range runs {
		r.shares = append(r.shares, ratio(run.kept, run.judged))
	}
	if len(d.Overloaded) == 0 {
		r.kept = m.plan.kept(runs)
	}
	m.done[key] = r
	return r, nil
}

// forget drops the curves over time, by far the most of what is remembered.
func (m *memo) forget() {
	for _, r := range m.done {
		r.Backlog = nil
		for t := range r.Teams {
			if q := r.Teams[t].Queue; q != nil {
				q.ByHour = nil
			}
		}
	}
}
