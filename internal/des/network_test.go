package des

import "math"

// network is the model behind most reference families: Poisson or renewal
// sources, pools, work and routing by chance.
type network struct {
	seed    uint64
	sources []source
	pools   []Pool
	// work is by pool and class, patience of all; either may be nil.
	work     [][]dist
	patience *dist
	route    [][]float64

	gaps, works, patiences, routes, batches, orbits Draws

	born    []float64 // arrival of each case at the network
	hops    []int
	through Tally // time in the network of cases that arrived in the window
	from    float64

	// Retrials: rejected visits come back after retry.
	retry      *dist
	orbit      int
	orbitSince float64
	orbitArea  float64
	orbitTime  Tally // time of a case from arrival to its start
	tries      int

	// Outages take all servers of pool 0 down and up.
	up, repair *dist
	outages    int64

	watch []float64 // times within a period at which the number inside is noted
	every float64
	seen  []Tally
}

// A source sends cases to one pool.
type source struct {
	pool, class int
	gap         dist
	batch       *dist
	rates       *Rates // instead of gap
	sent        int64
}

const (
	tickArrival int32 = iota
	tickRetry
	tickOutage
	tickWatch
)

// start makes the simulation with its first events.
func (n *network) start() *Sim {
	for i, d := range []*Draws{&n.gaps, &n.works, &n.patiences, &n.routes, &n.batches, &n.orbits} {
		*d = NewDraws(n.seed, uint64(i))
	}
	s, err := New(n.pools, n)
	if err != nil {
		panic(err)
	}
	for i := range n.sources {
		n.nextArrival(s, int32(i))
	}
	if n.up != nil {
		d := n.orbits.For(-1, 0)
		s.At(n.up.sample(&d), tickOutage, 1)
	}
	return s
}

// run simulates up to a time and measures after the first fifth of it.
func (n *network) run(end float64) *Sim {
	s := n.start()
	n.seen = make([]Tally, len(n.watch))
	n.from = end / 5
	if n.every > 0 {
		n.from = math.Ceil(n.from/n.every) * n.every
		end = math.Ceil(end/n.every) * n.every
	}
	s.Run(n.from)
	s.Observe()
	n.orbitArea, n.orbitSince, n.tries = 0, s.Now(), 0
	for i, at := range n.watch {
		s.At(s.Now()+at, tickWatch, int32(i))
	}
	s.Run(end)
	n.moveOrbit(s, 0)
	return s
}

func (n *network) nextArrival(s *Sim, i int32) {
	src := &n.sources[i]
	d := n.gaps.For(src.sent, int(i))
	src.sent++
	if src.rates != nil {
		s.At(src.rates.Next(s.Now(), d.Exp(1)), tickArrival, i)
		return
	}
	s.At(s.Now()+src.gap.sample(&d), tickArrival, i)
}

func (n *network) Tick(s *Sim, e Event) {
	switch e.Kind {
	case tickArrival:
		src := &n.sources[e.Arg]
		size := 1
		if src.batch != nil {
			d := n.batches.For(src.sent, int(e.Arg))
			size = int(src.batch.sample(&d))
		}
		for range size {
			n.born = append(n.born, s.Now())
			n.hops = append(n.hops, 0)
			n.visit(s, src.pool, src.class, int64(len(n.born)-1))
		}
		n.nextArrival(s, e.Arg)
	case tickRetry:
		n.moveOrbit(s, -1)
		n.visit(s, 0, 0, int64(e.Arg))
	case tickOutage:
		for i := range n.pools[0].Servers {
			s.SetDown(0, i, e.Arg == 1)
		}
		n.outages++
		d := n.orbits.For(-1, int(n.outages))
		if e.Arg == 1 {
			s.At(s.Now()+n.repair.sample(&d), tickOutage, 0)
		} else {
			s.At(s.Now()+n.up.sample(&d), tickOutage, 1)
		}
	case tickWatch:
		n.seen[e.Arg].Add(float64(s.InPool(0)))
		s.At(s.Now()+n.every, tickWatch, e.Arg)
	}
}

func (n *network) visit(s *Sim, pool, class int, id int64) {
	hop := n.hops[id]
	n.hops[id]++
	if pool == 0 && s.Now() >= n.from {
		n.tries++
	}
	v := Visit{Case: id, Class: class}
	d := n.works.For(id, hop)
	v.Work = n.work[pool][class].sample(&d)
	if n.patience != nil {
		d := n.patiences.For(id, hop)
		v.Patience = n.patience.sample(&d)
	}
	s.Submit(pool, v)
}

func (n *network) Start(s *Sim, v *Visit) float64 {
	if n.retry != nil && n.born[v.Case] >= n.from {
		n.orbitTime.Add(s.Now() - n.born[v.Case])
	}
	return v.Work
}

func (n *network) Done(s *Sim, v *Visit) {
	if n.route != nil {
		d := n.routes.For(v.Case, n.hops[v.Case])
		u := d.Uniform()
		for to, p := range n.route[v.Pool] {
			if u < p {
				n.visit(s, to, 0, v.Case)
				return
			}
			u -= p
		}
	}
	if n.born[v.Case] >= n.from {
		n.through.Add(s.Now() - n.born[v.Case])
	}
}

func (n *network) Left(s *Sim, v *Visit, why Reason) {
	if n.retry != nil && why == Rejected {
		n.moveOrbit(s, 1)
		d := n.orbits.For(v.Case, n.hops[v.Case])
		s.At(s.Now()+n.retry.sample(&d), tickRetry, int32(v.Case))
	}
}

func (n *network) moveOrbit(s *Sim, by int) {
	n.orbitArea += float64(n.orbit) * (s.Now() - n.orbitSince)
	n.orbit += by
	n.orbitSince = s.Now()
}
