package des

import (
	"fmt"
	"math"
)

// A Pool is servers that share queues: a team, a machine, a service with
// limited concurrency.
//
// Each class has its own first-come-first-served queue. An arriving visit takes
// an idle server with the skill, of the group listed first, in it the one idle
// for longest; a server that becomes free takes, among the classes it has the
// skill for, the one with the lowest Priority, and among equals the visit that
// came first. Servers with the same skills form one group, in the order in
// which they are listed: list specialists before generalists.
type Pool struct {
	Name    string
	Classes []Class // none: one class
	Servers []Server
	// Unlimited pools have no queue: every visit starts on arrival.
	Unlimited bool
	// Room is the most visits inside, waiting and in service together; a visit
	// that finds no room is turned away. 0: unlimited.
	Room int
	// Preempt lets a visit of a more urgent class interrupt the least urgent,
	// last started one, which resumes later where it was left.
	Preempt bool
	// ByDue serves visits of classes with equal priorities by Visit.Due, the
	// earliest first, and only those of a class that are due at once by when they
	// came.
	ByDue    bool
	ShiftEnd ShiftEnd
	// NoStart is the time before the end of a shift in which a server takes
	// nothing up any more; what it has in hand follows ShiftEnd.
	NoStart float64
	// Within lists the waits up to which started visits are counted exactly, for
	// the share served within a target.
	Within []float64
}

// A Class is a kind of visit in one pool.
type Class struct {
	Name     string
	Priority int // lower is served first
}

// A Server does one visit at a time.
type Server struct {
	// Person, where it is above 0, is shared by servers that are one person
	// with several visits in hand: the person's time is divided evenly among
	// them. Such servers have the same speed, shifts and skills.
	Person int
	Name   string
	Skills []int   // indices of Pool.Classes; nil: all
	Speed  float64 // work done per unit of time; 0 stands for 1
	Shifts *Shifts // nil: always on duty
}

// Team is n servers alike.
func Team(n int, s Server) []Server {
	team := make([]Server, n)
	for i := range team {
		team[i] = s
	}
	return team
}

// ShiftEnd says what becomes of the visit in hand when a server's shift ends.
type ShiftEnd uint8

const (
	// HandOver puts the visit back at the head of its queue; what is left of its
	// work is done by whoever takes it next.
	HandOver ShiftEnd = iota
	// Finish keeps the server, in overtime, until the visit is done.
	Finish
)

// maxClasses bounds the classes of one pool: skills are a bit set.
const maxClasses = 64

// classes is the pool's classes with the default filled in.
func (p *Pool) classes() []Class {
	if len(p.Classes) == 0 {
		return []Class{{}}
	}
	return p.Classes
}

// check says what is wrong with a pool.
func (p *Pool) check() error {
	n := len(p.classes())
	switch {
	case n > maxClasses:
		return fmt.Errorf("pool %q has %d classes, want at most %d", p.Name, n, maxClasses)
	case p.Room < 0:
		return fmt.Errorf("pool %q has room for %d, want 0 (unlimited) or more", p.Name, p.Room)
	case p.Unlimited && len(p.Servers) > 0:
		return fmt.Errorf("pool %q is unlimited and lists %d servers, want one or the other", p.Name, len(p.Servers))
	case !(p.NoStart >= 0) || math.IsInf(p.NoStart, 1):
		return fmt.Errorf("pool %q starts nothing within %v of the end of a shift, want 0 or more", p.Name, p.NoStart)
	case p.ShiftEnd > Finish:
		return fmt.Errorf("pool %q has shift end %d, want HandOver or Finish", p.Name, p.ShiftEnd)
	}
	for i, s := range p.Servers {
		if s.Speed < 0 || math.IsNaN(s.Speed) || math.IsInf(s.Speed, 0) {
			return fmt.Errorf("pool %q, server %d %q: speed %v, want a positive number or 0 for 1", p.Name, i, s.Name, s.Speed)
		}
		for _, k := range s.Skills {
			if k < 0 || k >= n {
				return fmt.Errorf("pool %q, server %d %q: skill %d, want a class from 0 to %d", p.Name, i, s.Name, k, n-1)
			}
		}
	}
	return nil
}

// skills is the bit set of classes that server s of pool p can serve.
func (p *Pool) skills(s *Server) uint64 {
	if s.Skills == nil {
		return 1<<len(p.classes()) - 1 // 1<<64 is 0, so 64 classes give all ones
	}
	var set uint64
	for _, k := range s.Skills {
		set |= 1 << k
	}
	return set
}

// speed is the server's speed with the default filled in.
func (s *Server) speed() float64 {
	if s.Speed == 0 {
		return 1
	}
	return s.Speed
}
