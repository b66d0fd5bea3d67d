package discover

import (
	"cmp"
	"slices"
)

// shownPairs are the handoffs between people that a result lists.
const shownPairs = 100

// handoffs says between which roles, and which people, cases go.
func (p *Process) handoffs() ([]Handoff, []Pair) {
	type between struct{ from, to int }
	type sums struct {
		count, cases, same int
		waits              []float64
	}
	roles, pairs := map[between]*sums{}, map[between]*sums{}
	take := func(m map[between]*sums, from, to int, wait float64) *sums {
		s := m[between{from, to}]
		if s == nil {
			s = &sums{}
			m[between{from, to}] = s
		}
		s.count++
		s.waits = append(s.waits, wait)
		return s
	}
	for _, c := range p.cases {
		seen := map[between]bool{}
		for _, it := range c.items {
			for _, b := range it.before {
				from := c.items[b]
				if from.person < 0 || it.person < 0 {
					continue
				}
				r := between{p.people[from.person].role, p.people[it.person].role}
				s := take(roles, r.from, r.to, it.start-it.enabled)
				if !seen[r] {
					seen[r] = true
					s.cases++
				}
				if from.person == it.person {
					s.same++
					continue
				}
				take(pairs, int(from.person), int(it.person), it.start-it.enabled)
			}
		}
	}
	var out []Handoff
	for k, s := range roles {
		out = append(out, Handoff{
			From: p.roles[k.from].name, To: p.roles[k.to].name, Count: s.count,
			Cases: float64(s.cases) / float64(len(p.cases)), Same: float64(s.same) / float64(s.count), Wait: spread(s.waits),
		})
	}
	slices.SortFunc(out, func(a, b Handoff) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	var list []Pair
	for k, s := range pairs {
		list = append(list, Pair{p.people[k.from].name, p.people[k.to].name, s.count, mean(s.waits)})
	}
	slices.SortFunc(list, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out, list[:min(len(list), shownPairs)]
}

// roleResults says of every role and its people what they do, when, and how busy
// they are.
func (p *Process) roleResults() []RoleResult {
	work := make([]float64, len(p.people)) // hours
	minutes := make([][]float64, len(p.roles))
	for _, c := range p.cases {
		for _, it := range c.items {
			if it.person >= 0 && it.timed {
				work[it.person] += it.work
				r := p.people[it.person].role
				minutes[r] = append(minutes[r], 60*it.work)
			}
		}
	}
	from, to := p.cases[0].arrive, p.end()
	var out []RoleResult
	for i := range p.roles {
		r := &p.roles[i]
		res := RoleResult{Name: r.name, Calendar: r.calendar, Minutes: spread(minutes[i])}
		acts := map[string]int{}
		worked, duty := 0.0, 0.0
		for _, id := range r.people {
			who := &p.people[id]
			mine := map[string]int{}
			for a, n := range who.acts {
				mine[p.log.Activities[a]] += n
				acts[p.log.Activities[a]] += n
			}
			on := who.clock.between(from, to) * float64(who.parallel)
			person := PersonResult{Name: who.name, Events: who.events, Activities: parts(mine), Calendar: who.calendar, Parallel: who.parallel}
			if on > 0 {
				person.Busy = work[id] / on
			}
			worked, duty = worked+work[id], duty+on
			res.People = append(res.People, person)
		}
		res.Activities = parts(acts)
		if duty > 0 {
			res.Busy = worked / duty
		}
		slices.SortStableFunc(res.People, func(a, b PersonResult) int { return cmp.Compare(a.Name, b.Name) })
		out = append(out, res)
	}
	return out
}

// arrivalResult says when cases come.
func (p *Process) arrivalResult() ArrivalResult {
	var out ArrivalResult
	came := p.arrivals()
	first, last := p.daysOf(came)
	out.PerHour = p.perHour(came, first, last)
	counts := map[int]int{}
	for _, t := range came {
		counts[p.day(t)]++
	}
	// Days of one weekday, without the first and the last, which are seldom whole.
	squares, freedom, total, n := 0.0, 0.0, 0.0, 0.0
	var of [7][]float64
	for day := first + 1; day < last; day++ {
		of[weekdayOf(day)] = append(of[weekdayOf(day)], float64(counts[day]))
	}
	for _, x := range of {
		m := mean(x)
		for _, v := range x {
			squares += (v - m) * (v - m)
			total += v
			n++
		}
		freedom += max(0, float64(len(x)-1))
	}
	if freedom > 0 && total > 0 {
		out.Dispersion = squares / freedom / (total / n)
	}
	return out
}
