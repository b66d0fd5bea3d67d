package discover

import (
	"cmp"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/eventlog"
)

// Settings are what is estimated in one way or another. [Run] chooses among them
// by a split inside the cases that it estimates from.
type Settings struct {
	Arrivals  string `json:"arrivals"`  // DaysAgain or Poisson
	Hours     string `json:"hours"`     // Person or Role: whose hours a person has
	Durations string `json:"durations"` // Person or Activity: whose durations are drawn
	Delays    bool   `json:"delays"`    // whether waits that nothing explains are simulated
}

// Words of settings.
const (
	DaysAgain = "days"     // cases come as on a recorded day of the same weekday
	Poisson   = "poisson"  // cases come at random, at the rate of the hour of the week
	Person    = "person"   // those of the person, where enough are known
	Role      = "role"     // those of the person's role
	Activity  = "activity" // those of the activity, whoever does it
)

// Process is what a log says of how cases are worked on.
type Process struct {
	log      *eventlog.Log
	zone     *time.Location
	settings Settings
	origin   time.Time // midnight before the first event
	side     [][]bool
	cases    []run
	people   []person
	roles    []role
	all      *Calendar
	seen     *sightings

	durations map[[2]int32][]float64 // hours, by activity and person
	byAct     [][]float64            // hours, by activity
	delays    [][]float64            // hours on duty, by activity
	paused    int                    // activities that rested over night
	overtime  int                    // activities that went on after hours
}

// run is one case. Times are hours since the origin.
type run struct {
	arrive, end float64
	items       []item
}

// item is one activity on one case.
type item struct {
	activity, person    int32
	before              []int // in run.items
	enabled, start, end float64
	work                float64 // hours
	timed               bool    // work is known
	off, busy, unknown  float64 // parts of the wait from enabled to start
}

// person is somebody who works.
type person struct {
	name     string
	role     int
	events   int           // 0 for who is named in other parts of the log alone
	acts     map[int32]int // events by activity
	calendar *Calendar
	clock    *clock
	parallel int // how many things they do at a time
}

// role is people who do the same things.
type role struct {
	name     string
	people   []int32
	share    []float64 // of the role's work, by activity
	calendar *Calendar
	clock    *clock
}

// estimate makes a process of a log.
func estimate(l *eventlog.Log, zone *time.Location, granule int, s Settings) *Process {
	p := &Process{log: l, zone: zone, settings: s, side: sideBySide(l)}
	first := time.Unix(0, l.Events[0].Start).In(zone)
	for _, e := range l.Events {
		if t := time.Unix(0, e.Start); t.Before(first) {
			first = t.In(zone)
		}
	}
	y, m, d := first.Date()
	p.origin = time.Date(y, m, d, 0, 0, 0, 0, zone)
	p.follow()
	p.staff()
	p.hours(granule)
	p.measure()
	return p
}

// at is a time of the log in hours since the origin.
func (p *Process) at(ns int64) float64 {
	return float64(ns-p.origin.UnixNano()) / float64(time.Hour)
}

// follow finds what every activity waited for.
func (p *Process) follow() {
	for _, events := range p.log.Of() {
		r := run{items: make([]item, len(events))}
		for i, list := range before(events, p.side) {
			e := events[i]
			it := item{activity: e.Activity, person: e.Resource, before: list, start: p.at(e.Start), end: p.at(e.End), timed: true}
			it.enabled = it.start
			for k, b := range list {
				if end := r.items[b].end; k == 0 || end > it.enabled {
					it.enabled = end
				}
			}
			r.items[i] = it
			if i == 0 {
				r.arrive = it.start
			}
			r.arrive, r.end = min(r.arrive, it.start), max(r.end, it.end)
		}
		p.cases = append(p.cases, r)
	}
	if !p.log.Starts {
		p.begin()
	}
}

// begin estimates when work began where the log does not say: when it could,
// which is when the activity was enabled and its person was done with what they
// did before. The first activity of a case has no such time.
func (p *Process) begin() {
	last := map[int32]float64{} // until when a person was busy
	var all []*item
	for c := range p.cases {
		for i := range p.cases[c].items {
			all = append(all, &p.cases[c].items[i])
		}
	}
	slices.SortStableFunc(all, func(a, b *item) int { return cmp.Compare(a.end, b.end) })
	for _, it := range all {
		if len(it.before) == 0 {
			it.timed = false
		} else {
			it.start = it.enabled
			if t, ok := last[it.person]; ok && it.person >= 0 {
				it.start = min(it.end, max(it.start, t))
			}
		}
		last[it.person] = it.end
	}
}

// staff lists the people and what they do, and finds their roles.
func (p *Process) staff() {
	p.people = make([]person, len(p.log.Resources))
	for i, name := range p.log.Resources {
		p.people[i] = person{name: name, acts: map[int32]int{}, parallel: 1, role: -1}
	}
	for _, e := range p.log.Events {
		if e.Resource >= 0 {
			p.people[e.Resource].events++
			p.people[e.Resource].acts[e.Activity]++
		}
	}
	p.roles = rolesOf(p.people, p.log.Activities)
}

// hours finds the calendars of all, of roles and of people.
func (p *Process) hours(granule int) {
	s := &sightings{granule: granule, zone: p.zone, people: map[int32]*seen{}}
	edges := 0
	for _, e := range p.log.Events {
		for _, at := range []int64{e.Start, e.End} {
			if _, _, edge := s.wall(at); edge {
				edges++
			}
		}
	}
	s.coarse = edges > len(p.log.Events) // of twice as many stamps
	everyone := make([]int32, 0, len(p.people)+1)
	for _, e := range p.log.Events {
		s.see(e.Resource, e.Start, e.End, p.log.Starts)
	}
	for id := range s.people {
		everyone = append(everyone, id)
	}
	slices.Sort(everyone)
	p.seen = s
	calendar, week := s.calendar(everyone, nil)
	calendar.Of = "all"
	if calendar.Support < calendarSupport {
		calendar, week = around(calendar, granule)
	}
	p.all = calendar
	end := p.end() + 24
	clocks := map[*Calendar]*clock{}
	clockOf := func(c *Calendar) *clock {
		if clocks[c] == nil {
			clocks[c] = newClock(spansOf(c, p.zone, p.origin, end))
		}
		return clocks[c]
	}
	for i := range p.roles {
		r := &p.roles[i]
		own, inside := s.calendar(r.people, week)
		own.Of = Role
		if own.Support < calendarSupport || own.Days < ownDays {
			own, inside = calendar, week
		}
		r.calendar, r.clock = own, clockOf(own)
		for _, id := range r.people {
			c := own
			if mine, _ := s.calendar([]int32{id}, inside); p.settings.Hours == Person && mine.Days >= ownDays && mine.Seen >= ownSeen*mine.Days && mine.Support >= calendarSupport {
				c = mine
				c.Of = Person
			}
			p.people[id].calendar, p.people[id].clock = c, clockOf(c)
		}
	}
}

// spansOf are a calendar's hours from a start, in hours since it.
func spansOf(c *Calendar, zone *time.Location, start time.Time, hours float64) []des.Span {
	shifts, err := c.des(zone).Shifts(start, hours)
	if err != nil {
		panic(err) // calendars are made of whole granules of a day
	}
	return shifts.Spans(0, hours)
}

// end is when the last event ended.
func (p *Process) end() float64 {
	last := 0.0
	for _, c := range p.cases {
		last = max(last, c.end)
	}
	return last
}

// measure finds how long people worked and what cases waited for.
func (p *Process) measure() {
	idle := p.busy()
	p.durations = map[[2]int32][]float64{}
	p.byAct = make([][]float64, len(p.log.Activities))
	p.delays = make([][]float64, len(p.log.Activities))
	for c := range p.cases {
		for i := range p.cases[c].items {
			it := &p.cases[c].items[i]
			p.worked(it)
			if it.timed {
				k := [2]int32{it.activity, it.person}
				p.durations[k] = append(p.durations[k], it.work)
				p.byAct[it.activity] = append(p.byAct[it.activity], it.work)
			}
			if len(it.before) == 0 {
				continue
			}
			wait := it.start - it.enabled
			it.unknown = wait
			if it.person >= 0 {
				on := p.people[it.person].clock.between(it.enabled, it.start)
				it.unknown = idle[it.person].between(it.enabled, it.start)
				it.off, it.busy = wait-on, on-it.unknown
			}
			p.delays[it.activity] = append(p.delays[it.activity], it.unknown)
		}
	}
}

// worked is how long somebody worked: the time on duty, and where they began or
// ended outside their hours on one day, all the time.
func (p *Process) worked(it *item) {
	it.work = it.end - it.start
	if it.person < 0 || it.work == 0 {
		return
	}
	c := p.people[it.person].clock
	on := c.between(it.start, it.end)
	oneDay := p.day(it.start) == p.day(it.end)
	switch {
	case oneDay && !(c.open(it.start) && c.open(it.end)):
		if on < it.work {
			p.overtime++
		}
	case on > 0:
		it.work = on
		if !oneDay {
			p.paused++
		}
	}
}

// busy finds when people had nothing in hand, and how many things they do at a
// time. Who does several at a time is never too busy to begin another.
func (p *Process) busy() []*clock {
	spans := make([][]des.Span, len(p.people))
	for _, c := range p.cases {
		for _, it := range c.items {
			if it.person >= 0 && it.end > it.start {
				spans[it.person] = append(spans[it.person], des.Span{From: it.start, To: it.end})
			}
		}
	}
	idle := make([]*clock, len(p.people))
	for i := range p.people {
		who := &p.people[i]
		if who.events == 0 {
			continue
		}
		slices.SortFunc(spans[i], func(a, b des.Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
		if p.log.Starts {
			who.parallel = atATime(spans[i], who.clock)
		}
		idle[i] = who.clock
		if who.parallel == 1 {
			idle[i] = who.clock.without(union(spans[i]))
		}
	}
	return idle
}

// mostAtATime bounds what one person is taken to do at a time.
const mostAtATime = 50

// atATime is how many things somebody has in hand at most in 95 % of the time on
// duty in which they have any.
func atATime(spans []des.Span, c *clock) int {
	type change struct {
		at float64
		by int
	}
	var changes []change
	for _, s := range spans {
		changes = append(changes, change{c.until(s.From), 1}, change{c.until(s.To), -1})
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.by, b.by)) })
	var time [mostAtATime + 1]float64
	total, now := 0.0, 0
	for i, x := range changes {
		if i > 0 && now > 0 {
			time[min(now, mostAtATime)] += x.at - changes[i-1].at
			total += x.at - changes[i-1].at
		}
		now += x.by
	}
	sum := 0.0
	for k := 1; k <= mostAtATime; k++ {
		if sum += time[k]; sum >= 0.95*total {
			return k
		}
	}
	return 1
}
