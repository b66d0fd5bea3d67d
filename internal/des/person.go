package des

// person is what servers share that are one person.
type person struct {
	servers []int32 // in Sim.servers
	busy    int     // visits in hand
}

// share finds the servers of a new pool that are one person.
func (s *Sim) share(p *pool) {
	index := map[int]int32{}
	for i := range p.config.Servers {
		id := p.config.Servers[i].Person
		if id <= 0 {
			continue
		}
		at, known := index[id]
		if !known {
			at = int32(len(s.persons))
			index[id] = at
			s.persons = append(s.persons, person{})
			p.shared = true
		}
		server := p.first + int32(i)
		s.servers[server].person = at
		s.persons[at].servers = append(s.persons[at].servers, server)
	}
}

// join is called before one of a person's servers takes a visit: the visits in
// hand go on at a smaller part of the person's speed.
func (s *Sim) join(sv *server) { s.divide(sv, 1) }

// part is called when one of a person's servers lets its visit go: those left
// in hand go on at a larger part of the person's speed.
func (s *Sim) part(sv *server, v *Visit) {
	s.settle(sv, v)
	sv.visit = -1
	v.serving = false
	s.divide(sv, -1)
}

// divide shares a person's time among one visit more or fewer.
func (s *Sim) divide(of *server, by int) {
	p := &s.persons[of.person]
	for _, i := range p.servers {
		if sv := &s.servers[i]; sv.visit >= 0 {
			s.settle(sv, s.visits.at(sv.visit))
		}
	}
	p.busy += by
	for _, i := range p.servers {
		sv := &s.servers[i]
		sv.rate = sv.speed / float64(max(1, p.busy))
		if sv.visit >= 0 {
			s.promise(sv.visit, s.visits.at(sv.visit), sv.rate)
		}
	}
}

// leastBusy is, of the idle servers of a group, the one whose person has the
// fewest visits in hand, and among equals the one idle for longest. Where somebody
// has none, who has been idle for long is asked first: most are not looked at.
func (s *Sim) leastBusy(g *group) int32 {
	best, fewest := g.head, int(^uint(0)>>1)
	for i := g.head; i >= 0 && fewest > 0; i = s.servers[i].next {
		busy := 0
		if person := s.servers[i].person; person >= 0 {
			busy = s.persons[person].busy
		}
		if busy < fewest {
			best, fewest = i, busy
		}
	}
	return best
}
