package discover

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// Purposes of random draws.
const (
	forArrivals = iota
	forRoutes
	forWork
	forDelays
)

// Events of the model.
const (
	tickArrive int32 = iota
	tickReady        // a wait that nothing explains is over; arg: ticket
)

// fewDurations is below how many of their own a person's durations are those of
// the activity.
const fewDurations = 10

// maxShared is the most activities that people who share work can have between
// them: the classes of a pool of the simulator.
const maxShared = 64

// simulated is one simulated case: times in hours since the origin.
type simulated struct{ arrive, end float64 }

// network is a process as pools of people. Every activity is a class of one pool;
// who can do it is a server with that skill. Activities that nobody is named for
// have a pool without queue of their own.
type network struct {
	p     *Process
	pool  []int     // of every activity
	class []int     // of every activity, in its pool
	who   [][]int32 // of every pool, the person behind each server
	act   [][]int32 // of every pool, the activity of each class
	next  [][][]int // of every recorded case, by item: those that wait for it
}

// newNetwork lays out the pools.
func (p *Process) newNetwork() (*network, error) {
	n := &network{p: p, pool: make([]int, len(p.log.Activities)), class: make([]int, len(p.log.Activities))}
	alone := p.alone()
	group := p.shared(alone)
	for a := range n.pool {
		n.pool[a] = -1
	}
	for a := range n.pool {
		if n.pool[a] >= 0 {
			continue
		}
		pool := len(n.act)
		var acts []int32
		for b := a; b < len(n.pool); b++ {
			if group[b] == group[a] {
				n.pool[b], n.class[b] = pool, len(acts)
				acts = append(acts, int32(b))
			}
		}
		if len(acts) > maxShared {
			return nil, fmt.Errorf("people who share work do %d activities between them, and at most %d can be simulated", len(acts), maxShared)
		}
		var who []int32
		for id := range p.people {
			if !alone[a] && slices.ContainsFunc(acts, func(x int32) bool { return p.people[id].acts[x] > 0 }) {
				for range p.people[id].parallel {
					who = append(who, int32(id))
				}
			}
		}
		n.act, n.who = append(n.act, acts), append(n.who, who)
	}
	n.next = make([][][]int, len(p.cases))
	for c := range p.cases {
		n.next[c] = make([][]int, len(p.cases[c].items))
		for i, it := range p.cases[c].items {
			for _, b := range it.before {
				n.next[c][b] = append(n.next[c][b], i)
			}
		}
	}
	return n, nil
}

// alone are the activities that are mostly done by nobody who is named: there is
// no queue for them.
func (p *Process) alone() []bool {
	named, all := make([]int, len(p.log.Activities)), make([]int, len(p.log.Activities))
	for _, e := range p.log.Events {
		all[e.Activity]++
		if e.Resource >= 0 {
			named[e.Activity]++
		}
	}
	out := make([]bool, len(all))
	for a := range out {
		out[a] = 2*named[a] < all[a] || all[a] == 0
	}
	return out
}

// shared gives activities that people have in common one number.
func (p *Process) shared(alone []bool) []int {
	group := make([]int, len(p.log.Activities))
	for a := range group {
		group[a] = a
	}
	var find func(a int) int
	find = func(a int) int {
		if group[a] != a {
			group[a] = find(group[a])
		}
		return group[a]
	}
	for i := range p.people {
		first := -1
		for a := range group {
			if p.people[i].acts[int32(a)] == 0 || alone[a] {
				continue
			}
			if first >= 0 {
				group[find(a)] = find(first)
			} else {
				first = a
			}
		}
	}
	for a := range group {
		group[a] = find(a)
	}
	return group
}

// pools are the pools with their people's hours from a start, for so many hours.
func (n *network) pools(start time.Time, hours float64) ([]des.Pool, error) {
	shifts := map[*Calendar]*des.Shifts{}
	out := make([]des.Pool, len(n.act))
	for i, acts := range n.act {
		out[i].Name = n.p.log.Activities[acts[0]]
		out[i].Unlimited = len(n.who[i]) == 0
		out[i].ShiftEnd = des.HandOver
		if n.p.overtime > n.p.paused {
			out[i].ShiftEnd = des.Finish
		}
		for _, a := range acts {
			out[i].Classes = append(out[i].Classes, des.Class{Name: n.p.log.Activities[a]})
		}
		for _, id := range n.who[i] {
			who := &n.p.people[id]
			if shifts[who.calendar] == nil {
				s, err := who.calendar.des(n.p.zone).Shifts(start, hours)
				if err != nil {
					return nil, err
				}
				shifts[who.calendar] = s
			}
			sv := des.Server{Name: who.name, Shifts: shifts[who.calendar]}
			for k, a := range acts {
				if who.acts[a] > 0 {
					sv.Skills = append(sv.Skills, k)
				}
			}
			out[i].Servers = append(out[i].Servers, sv)
		}
	}
	return out, nil
}

// replication is one simulated log.
type replication struct {
	*network
	horizon            float64
	arrivals           []float64 // since the start of the simulation
	route, work, delay des.Draws
	roleClock          []*clock // by activity, since the start of the simulation
	cases              []caseState
	tickets            []ticket
	came, done         int
}

// caseState is where a case is on its route.
type caseState struct {
	route   int   // a recorded case
	waiting []int // by item: how many it still waits for
	left    int
	end     float64
}

// ticket is an activity that begins to queue after a delay.
type ticket struct{ c, item int }

// halfYear is in hours.
const halfYear = 183 * 24

// patience is for how long a simulation goes on beyond its last arrival before
// what is left counts as never done: half a year longer than any recorded case
// took.
func (p *Process) patience() float64 {
	longest := 0.0
	for _, c := range p.cases {
		longest = max(longest, c.end-c.arrive)
	}
	return longest + halfYear
}

// simulate lets n cases come from a time on, and gives when each came and ended,
// in hours since the origin; cases that are not done within its patience of the
// last arrival are left out, and counted.
func (n *network) simulate(from float64, cases int, seed uint64) (out []simulated, open int, err error) {
	p := n.p
	day := p.day(from)
	begin := p.midnight(day) // of the simulation, in hours since the origin
	arrivals, err := p.arrive(from, cases, seed)
	if err != nil || len(arrivals) == 0 {
		return nil, 0, err
	}
	horizon := arrivals[len(arrivals)-1] - begin + p.patience()
	start := p.origin.Add(time.Duration(begin * float64(time.Hour)))
	pools, err := n.pools(start, horizon)
	if err != nil {
		return nil, 0, err
	}
	r := &replication{
		network: n, horizon: horizon, arrivals: make([]float64, len(arrivals)), cases: make([]caseState, len(arrivals)),
		route: des.NewDraws(seed, forRoutes), work: des.NewDraws(seed, forWork), delay: des.NewDraws(seed, forDelays),
	}
	for i, t := range arrivals {
		r.arrivals[i] = t - begin
	}
	if p.settings.Delays {
		r.clocks(start, horizon)
	}
	s, err := des.New(pools, r)
	if err != nil {
		return nil, 0, err
	}
	s.At(r.arrivals[0], tickArrive, 0)
	s.Run(horizon)
	for i := range r.cases {
		if r.cases[i].left > 0 {
			open++
			continue
		}
		out = append(out, simulated{arrivals[i], begin + r.cases[i].end})
	}
	return out, open, nil
}

// clocks are the hours in which delays pass: those of the role that does most of
// an activity.
func (r *replication) clocks(start time.Time, hours float64) {
	made := map[*Calendar]*clock{}
	r.roleClock = make([]*clock, len(r.p.log.Activities))
	for a := range r.roleClock {
		best, most := -1, 0.0
		for i := range r.p.roles {
			role := &r.p.roles[i]
			work := 0.0
			for _, id := range role.people {
				work += float64(r.p.people[id].acts[int32(a)])
			}
			if work > most {
				best, most = i, work
			}
		}
		if best < 0 {
			continue
		}
		c := r.p.roles[best].calendar
		if made[c] == nil {
			made[c] = newClock(spansOf(c, r.p.zone, start, hours))
		}
		r.roleClock[a] = made[c]
	}
}

// Tick takes up an arrival, or the end of a delay.
func (r *replication) Tick(s *des.Sim, e des.Event) {
	if e.Kind == tickReady {
		t := r.tickets[e.Arg]
		r.submit(s, t.c, t.item)
		return
	}
	c := r.came
	r.came++
	if r.came < len(r.arrivals) {
		s.At(r.arrivals[r.came], tickArrive, 0)
	}
	d := r.route.For(int64(c), 0)
	st := &r.cases[c]
	st.route = d.Index(len(r.p.cases))
	items := r.p.cases[st.route].items
	st.left = len(items)
	st.waiting = make([]int, len(items))
	for i := range items {
		st.waiting[i] = len(items[i].before)
	}
	for i := range items {
		if st.waiting[i] == 0 {
			r.submit(s, c, i)
		}
	}
}

// enable makes an activity wait for its delay, if it has one.
func (r *replication) enable(s *des.Sim, c, item int) {
	a := r.p.cases[r.cases[c].route].items[item].activity
	if known := r.p.delays[a]; r.p.settings.Delays && len(known) > 0 {
		d := r.delay.For(int64(c), item)
		if wait := known[d.Index(len(known))]; wait > 0 {
			if at := r.roleClock[a].after(s.Now(), wait); at > s.Now() && at < r.horizon {
				r.tickets = append(r.tickets, ticket{c, item})
				s.At(at, tickReady, int32(len(r.tickets)-1))
				return
			}
		}
	}
	r.submit(s, c, item)
}

func (r *replication) submit(s *des.Sim, c, item int) {
	a := r.p.cases[r.cases[c].route].items[item].activity
	s.Submit(r.pool[a], des.Visit{Case: int64(c), Class: r.class[a], Tag: int64(item), Work: r.drawWork(c, item, a, -1)})
}

// Start draws how long whoever takes an activity up works on it.
func (r *replication) Start(_ *des.Sim, v *des.Visit) float64 {
	if v.Server < 0 {
		return v.Work
	}
	a := r.act[v.Pool][v.Class]
	return r.drawWork(int(v.Case), int(v.Tag), a, r.who[v.Pool][v.Server])
}

// drawWork draws one of the recorded durations.
func (r *replication) drawWork(c, item int, a, person int32) float64 {
	known := r.p.byAct[a]
	if own := r.p.durations[[2]int32{a, person}]; r.p.settings.Durations == Person && len(own) >= fewDurations {
		known = own
	}
	if len(known) == 0 {
		return 0
	}
	d := r.work.For(int64(c), item)
	return known[d.Index(len(known))]
}

// Done enables what waited for an activity.
func (r *replication) Done(s *des.Sim, v *des.Visit) {
	c, item := int(v.Case), int(v.Tag)
	st := &r.cases[c]
	st.left--
	st.end = max(st.end, s.Now())
	if st.left == 0 {
		if r.done++; r.done == len(r.cases) {
			s.Stop()
		}
		return
	}
	for _, i := range r.next[st.route][item] {
		if st.waiting[i]--; st.waiting[i] == 0 {
			r.enable(s, c, i)
		}
	}
}

// Left is never called: nobody gives up waiting.
func (r *replication) Left(*des.Sim, *des.Visit, des.Reason) {
	panic("discover: a case left without being worked on")
}

// replicate simulates several logs, the same at any number of workers.
func (n *network) replicate(ctx context.Context, from float64, cases, replications, workers int, seed uint64) ([][]simulated, int, error) {
	type log struct {
		cases []simulated
		open  int
	}
	logs, err := des.Replicate(ctx, replications, workers, seed, func(_ int, seed uint64) (log, error) {
		done, open, err := n.simulate(from, cases, seed)
		return log{done, open}, err
	})
	if err != nil {
		return nil, 0, err
	}
	var out [][]simulated
	open := 0
	for _, l := range logs {
		out, open = append(out, l.cases), open+l.open
	}
	return out, open, nil
}
