package des

import "math"

// ErlangB is the share of arrivals that find all servers busy when nobody waits,
// by the usual recursion; load is arrival rate times mean work.
func ErlangB(servers int, load float64) float64 {
	b := 1.0
	for k := 1; k <= servers; k++ {
		b = load * b / (float64(k) + load*b)
	}
	return b
}

// ErlangC is the share of arrivals that must wait when all are patient; 1 when
// the load is not below the number of servers.
func ErlangC(servers int, load float64) float64 {
	c := float64(servers)
	if load >= c {
		return 1
	}
	b := ErlangB(servers, load)
	return c * b / (c - load*(1-b))
}

// MMc is the queue with Poisson arrivals, exponential work, c servers and
// unlimited patience (Erlang C), in steady state.
type MMc struct {
	Servers int
	Arrival float64 // cases per unit of time
	Service float64 // cases per unit of time and server
}

// PWait is the share of cases that wait.
func (q MMc) PWait() float64 { return ErlangC(q.Servers, q.Arrival/q.Service) }

// spare is the service rate that is not used.
func (q MMc) spare() float64 { return float64(q.Servers)*q.Service - q.Arrival }

// Wait is the mean wait of all cases; +Inf when overloaded.
func (q MMc) Wait() float64 {
	if q.spare() <= 0 {
		return math.Inf(1)
	}
	return q.PWait() / q.spare()
}

// Within is the share of cases that wait at most t; 0 when overloaded.
func (q MMc) Within(t float64) float64 {
	if q.spare() <= 0 {
		return 0
	}
	return 1 - q.PWait()*math.Exp(-q.spare()*t)
}

// ServersFor is the smallest number of servers at which at least the share of
// cases waits at most t: where a search for a team by simulation starts.
// The share must be below 1.
func ServersFor(arrival, service, t, share float64) int {
	c := int(arrival/service) + 1
	for (MMc{c, arrival, service}).Within(t) < share {
		c++
	}
	return c
}
