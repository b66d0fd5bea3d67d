package opsim

import (
	"context"
	"fmt"
	"math"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// search is the search for the people of one design.
type search struct {
	ctx     context.Context
	plan    *plan
	design  *boundDesign
	workers int
	most    int // mixes to simulate, where the search has a choice

	groups  []group
	fixed   roster // who is there whatever is found; 0 in the groups
	measure string // of cost
	erlang  []int  // where the search begins for a team that is not listed

	tried  int // mixes that were simulated
	done   map[string]*verdict
	failed []mix
}

// verdict is what became of a mix.
type verdict struct {
	keeps      bool
	overloaded bool
	// margin is by how much the mean shares are above what is promised, where
	// that is least; of the replications that were run.
	margin float64
	kept   *stats.Interval // nil where overloaded
	breaks []string        // kinds whose own promise is broken
	worst  int             // the team whose own cases are within the service level least
	all    bool            // all replications were run
}

func newSearch(ctx context.Context, pl *plan, d *boundDesign, workers, most int) (*search, error) {
	s := &search{ctx: ctx, plan: pl, design: d, workers: workers, most: most, done: map[string]*verdict{}}
	s.erlang = make([]int, len(pl.sc.Teams))
	for t := range pl.sc.Teams {
		if len(pl.sc.Teams[t].Members) == 0 && !pl.sc.Teams[t].Unlimited && s.needed(t) {
			if err := s.formula(t); err != nil {
				return nil, err
			}
		}
	}
	return s, s.gather()
}

// try says whether a mix keeps what is promised. It is simulated once at most,
// and given up when no further replication could save it.
func (s *search) try(m mix) (*verdict, error) {
	if v := s.done[fmt.Sprint(m)]; v != nil {
		return v, nil
	}
	return s.simulate(m, false)
}

// whole is try with all replications.
func (s *search) whole(m mix) (*verdict, error) {
	if v := s.done[fmt.Sprint(m)]; v != nil && v.all {
		return v, nil
	}
	return s.simulate(m, true)
}

// batch is how many replications are run before looking at them.
const batch = 5

func (s *search) simulate(m mix, whole bool) (*verdict, error) {
	pl, key, people := s.plan, fmt.Sprint(m), s.roster(m)
	over, _, err := pl.overloads(s.design, people)
	if err != nil {
		return nil, err
	}
	known := s.done[key] != nil
	if len(over) > 0 {
		v := &verdict{overloaded: true, margin: math.Inf(-1), all: true}
		s.note(key, m, v)
		return v, nil
	}
	if !known {
		s.tried++
	}
	var runs []*measured
	for n := pl.sc.Replications; len(runs) < n; {
		to := min(n, len(runs)+batch)
		if whole {
			to = n
		}
		more, err := pl.replicate(s.ctx, s.design, people, len(runs), to, s.workers)
		if err != nil {
			return nil, err
		}
		if runs = append(runs, more...); pl.beyond(runs) {
			break
		}
	}
	v := &verdict{all: len(runs) == pl.sc.Replications, worst: pl.worst(runs)}
	kept := pl.kept(runs)
	v.margin = pl.margin(kept, estimate)
	v.keeps = v.all && pl.margin(kept, lowerEnd) >= 0
	for i, p := range pl.promises() {
		iv := kept[i]
		if p.kind < 0 {
			v.kept = &iv
		} else if iv.Estimate.Valid && iv.Lower < p.level.Share {
			v.breaks = append(v.breaks, pl.kinds[p.kind])
		}
	}
	s.note(key, m, v)
	return v, nil
}

func (s *search) note(key string, m mix, v *verdict) {
	if !v.keeps && s.done[key] == nil {
		s.failed = append(s.failed, m)
	}
	s.done[key] = v
}

// beyond says that a promise cannot be kept any more, even if every case of the
// replications to come were within it.
func (pl *plan) beyond(runs []*measured) bool {
	to := float64(pl.sc.Replications - len(runs))
	for _, p := range pl.promises() {
		sum := to
		for _, m := range runs {
			sum += ratio(p.counted(m))
		}
		if sum/float64(pl.sc.Replications) < p.level.Share {
			return true
		}
	}
	return false
}

// worst is the team whose own cases are within the service level least.
func (pl *plan) worst(runs []*measured) int {
	worst, least := 0, math.Inf(1)
	for t := range pl.sc.Teams {
		var c tallied
		for _, m := range runs {
			c.kept += m.teams[t].kept
			c.judged += m.teams[t].judged
		}
		if share := ratio(c.kept, c.judged); share < least {
			worst, least = t, share
		}
	}
	return worst
}

// hopeless says that a mix failed, or that one with nobody fewer did.
func (s *search) hopeless(m mix) bool {
	for _, f := range s.failed {
		if m.within(f) {
			return true
		}
	}
	return false
}
