package des

import (
	"fmt"
	"math"
)

// A Load compares the work that arrives at a pool with what its servers can do,
// for the set of classes that is tightest.
type Load struct {
	Classes  []int   // the tightest set: with skills, one class can be overloaded while the pool is not
	Offered  float64 // work arriving per unit of time
	Capacity float64 // work that those who serve these classes can do per unit of time
}

// Ratio is offered load over capacity; +Inf when work arrives and nobody can do it.
// The backlog stays bounded below 1; at exactly 1 it does not, unless nothing is
// random.
func (l Load) Ratio() float64 {
	if l.Offered == 0 {
		return 0
	}
	return l.Offered / l.Capacity
}

// Growth is how much work the backlog grows by per unit of time; 0 below capacity.
func (l Load) Growth() float64 { return max(0, l.Offered-l.Capacity) }

// maxLoadClasses bounds the search of OfferedLoad, which looks at all sets.
const maxLoadClasses = 20

// OfferedLoad finds the tightest set of classes of a pool. work[k] is the mean
// work that arrives per unit of time in class k, returns and retries included;
// the servers' capacity is averaged over the cycle from one time to another (a
// week, say). Finishing in overtime is not counted as capacity: a caller that counts
// it puts it into the speed of the servers.
//
// A pool without abandonment and with enough room is stable when, for every set
// of classes, the work of the set is less than the capacity of all who serve any
// of it.
func OfferedLoad(p Pool, work []float64, from, to float64) (Load, error) {
	n := len(p.classes())
	if len(work) != n {
		return Load{}, fmt.Errorf("pool %q has %d classes, but %d amounts of work are given", p.Name, n, len(work))
	}
	if n > maxLoadClasses {
		return Load{}, fmt.Errorf("pool %q has %d classes, the offered load can be found for at most %d", p.Name, n, maxLoadClasses)
	}
	if !(to > from) {
		return Load{}, fmt.Errorf("cycle from %v to %v, want it to end after it starts", from, to)
	}
	skills, capacity := make([]uint64, len(p.Servers)), make([]float64, len(p.Servers))
	for i := range p.Servers {
		s := &p.Servers[i]
		skills[i], capacity[i] = p.skills(s), s.speed()
		if s.Shifts != nil {
			capacity[i] *= s.Shifts.OnDuty(from, to) / (to - from)
		}
	}
	tightest := Load{}
	best := -1.0
	for set := uint64(1); set < 1<<n; set++ {
		l := Load{}
		for k := range n {
			if set>>k&1 != 0 {
				l.Offered += work[k]
			}
		}
		for i := range skills {
			if skills[i]&set != 0 {
				l.Capacity += capacity[i]
			}
		}
		if p.Unlimited {
			l.Capacity = math.Inf(1)
		}
		if r := l.Ratio(); r > best {
			best, tightest = r, l
			tightest.Classes = members(set)
		}
	}
	return tightest, nil
}

// members lists the classes of a set.
func members(set uint64) []int {
	var list []int
	for k := range maxClasses {
		if set>>k&1 != 0 {
			list = append(list, k)
		}
	}
	return list
}
