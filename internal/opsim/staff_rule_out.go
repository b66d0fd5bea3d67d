package opsim

import (
	"cmp"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// ruleOut looks at all mixes that cost less than the best so far. Taking people
// away does not help, so a mix that fails rules out all that have nobody more:
// only those need trying to which nobody can be added without their costing as
// much as the best (the frontier of what is cheaper). It gives the first that
// keeps what is promised; or that none does; or neither, where they are too many.
func (s *search) ruleOut(best mix) (better mix, ruledOut bool, err error) {
	least, err := s.leasts(best)
	if err != nil || least == nil {
		return nil, false, err
	}
	points, ok := s.frontier(best, least)
	if !ok {
		return nil, false, nil
	}
	return s.firstKept(best, points)
}

// leasts finds for every group how few are enough where the others are as many
// as a cheaper mix could have; nil: not within what may be tried.
func (s *search) leasts(best mix) (mix, error) {
	least := s.clamped(make(mix, len(best)))
	for range 2 { // the least of one group bounds the most of the others
		for i := range best {
			others := s.mosts(best, least)
			low, high := least[i]-1, best[i] // fails, or is out of the question; keeps
			for high-low > 1 {
				if s.tried >= s.most {
					return nil, nil
				}
				others[i] = (low + high) / 2
				keeps := false
				if !s.hopeless(others) {
					v, err := s.try(slices.Clone(others))
					if err != nil {
						return nil, err
					}
					keeps = v.keeps
				}
				if keeps {
					high = others[i]
				} else {
					low = others[i]
				}
			}
			least[i] = high
		}
	}
	return least, nil
}

// mosts are the most people that each group can have in a mix that costs less
// than the best and has no group below the least.
func (s *search) mosts(best, least mix) mix {
	most := make(mix, len(best))
	spare := s.cost(best) - s.cost(least)
	for i := range most {
		most[i] = s.groups[i].most
		if c := s.groups[i].cost; c > 0 {
			most[i] = min(most[i], max(best[i], least[i]+int(min(spare/c+1e-9, scenario.MaxPeople))))
		}
	}
	return most
}

// mostPoints is how many mixes of the frontier are laid out at most.
const mostPoints = 5000

// frontier lists the mixes that cost less than the best, have no group below
// the least, are not known to fail, and become as dear as the best with anybody
// more; false where they are too many.
func (s *search) frontier(best, least mix) ([]mix, bool) {
	const rounding = 1e-9
	whole := s.cost(best)
	var out []mix
	looked := 0
	var lay func(m mix, from int, spare float64) bool
	lay = func(m mix, from int, spare float64) bool {
		if looked++; looked > 100*mostPoints {
			return false
		}
		if from == len(m) {
			// Of those that leave room for somebody, another one has him.
			if spare <= s.cheapestMore(m)+rounding*whole && !s.hopeless(m) {
				out = append(out, slices.Clone(m))
			}
			return len(out) <= mostPoints
		}
		c := s.groups[from].cost
		fits := s.groups[from].most - least[from]
		if c > 0 {
			fits = int(min((spare-2*rounding*whole)/c, float64(fits)))
		}
		first := 0
		if c == 0 || from == len(m)-1 {
			first = fits
		}
		for more := first; more <= fits; more++ {
			m[from] = least[from] + more
			if !lay(m, from+1, spare-float64(more)*c) {
				return false
			}
		}
		m[from] = least[from]
		return true
	}
	spare := whole - s.cost(least)
	if spare <= 2*rounding*whole {
		return nil, true // the best is the least of every group
	}
	ok := lay(slices.Clone(least), 0, spare)
	return out, ok
}

// cheapestMore is what one person more costs at least; +Inf where no group can
// grow.
func (s *search) cheapestMore(m mix) float64 {
	cheapest := math.Inf(1)
	for i, g := range s.groups {
		if m[i] < g.most {
			cheapest = min(cheapest, g.cost)
		}
	}
	return cheapest
}

// firstKept tries mixes, the most promising first, until one keeps what is
// promised; it says whether all were tried.
func (s *search) firstKept(best mix, points []mix) (kept mix, all bool, err error) {
	if points, err = s.ordered(best, points); err != nil {
		return nil, false, err
	}
	for _, p := range points {
		if s.hopeless(p) {
			continue
		}
		if s.tried >= s.most {
			return nil, false, nil
		}
		v, err := s.try(p)
		if err != nil {
			return nil, false, err
		}
		if v.keeps {
			return p, false, nil
		}
	}
	return nil, true, nil
}

// ordered puts first the mixes that should lose least, if every person is worth
// what one fewer in the group loses at the best. Overloaded ones are left out.
func (s *search) ordered(best mix, points []mix) ([]mix, error) {
	base, err := s.try(best)
	if err != nil {
		return nil, err
	}
	worth := make([]float64, len(best))
	for i := range best {
		if best[i] == 0 {
			continue
		}
		v, err := s.try(best.with(i, -1))
		if err != nil {
			return nil, err
		}
		worth[i] = min(1, base.margin-v.margin)
	}
	type rated struct {
		mix  mix
		loss float64
	}
	var all []rated
	for _, p := range points {
		over, _, err := s.plan.overloads(s.design, s.roster(p))
		if err != nil {
			return nil, err
		}
		if len(over) > 0 {
			continue
		}
		r := rated{mix: p}
		for i := range p {
			r.loss += worth[i] * float64(best[i]-p[i])
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b rated) int { return cmp.Compare(a.loss, b.loss) })
	out := make([]mix, len(all))
	for i := range all {
		out[i] = all[i].mix
	}
	return out, nil
}

// exchange tries the cheaper mixes with one or two people fewer and none to two
// others more. It gives the first that keeps what is promised, or says that none
// does.
func (s *search) exchange(best mix) (better mix, none bool, err error) {
	var points []mix
	for _, less := range handfuls(len(best)) {
		for _, more := range handfuls(len(best)) {
			m := slices.Clone(best)
			for i := range m {
				m[i] += more[i] - less[i]
			}
			if s.may(m) && s.cheaper(m, best) && !s.hopeless(m) {
				points = append(points, m)
			}
		}
	}
	few := points[:min(len(points), mostPoints)]
	better, none, err = s.firstKept(best, few)
	return better, none && len(few) == len(points), err
}

// handfuls are none, one or two people of the groups.
func handfuls(groups int) []mix {
	out := []mix{make(mix, groups)}
	for i := range groups {
		one := out[0].with(i, 1)
		out = append(out, one)
		for j := i; j < groups; j++ {
			out = append(out, one.with(j, 1))
		}
	}
	return out
}
