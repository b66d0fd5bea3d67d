package des

import (
	"fmt"
	"math"
)

// single is one pool with one class.
func single(seed uint64, gap dist, work dist, pool Pool) *network {
	return &network{seed: seed, sources: []source{{gap: gap}}, pools: []Pool{pool}, work: [][]dist{{work}}}
}

// plain names what is measured of a pool with one class.
func plain(p PoolStats) map[string]float64 {
	c := p.Total()
	all := c.WaitOfAll()
	m := map[string]float64{
		"rho": p.Utilisation(), "util": p.Utilisation(), "P_wait": c.PWait(),
		"Wq": c.Wait.Mean(), "W": c.Sojourn.Mean(), "Lq": p.Lq(), "L": p.L(),
		"W_p95": c.Sojourns.Quantile(0.95), "Wq_p95": c.Waits.Quantile(0.95), "Wq_sd": c.Wait.SD(),
		"P_block":   float64(c.Rejected) / float64(c.Arrived),
		"P_abandon": float64(c.Abandoned) / float64(c.Arrived), "Wq_all": all.Mean(), "Wq_served": c.Wait.Mean(),
		"P_wait_accepted": c.PWait(), "Wq_accepted": c.Wait.Mean(),
		"throughput": float64(c.Done) / p.Span,
	}
	for i, t := range c.targets {
		m[fmt.Sprintf("P(Wq<=%g)", t)] = c.ServedWithin(i)
		m[fmt.Sprintf("P(served and Wq<=%g)", t)] = c.ServedWithin(i)
	}
	return m
}

func (p params) targets() []float64 {
	if p.T == nil {
		return nil
	}
	return []float64{*p.T}
}

// A family measures, in one replication, what the reference says of its model.
type family func(p params, seed uint64, customers int) map[string]float64

var families = map[string]family{
	"M/M/1": func(p params, seed uint64, n int) map[string]float64 {
		p.C = 1
		return mmcFamily(p, seed, n)
	},
	"M/M/c":              mmcFamily,
	"M/M/c+M (Erlang A)": mmcFamily,
	"M/M/c/c (Erlang B)": func(p params, seed uint64, n int) map[string]float64 {
		p.K = p.C
		return mmcFamily(p, seed, n)
	},
	"M/M/c/K": mmcFamily,
	"M/G/1": func(p params, seed uint64, n int) map[string]float64 {
		m := single(seed, exponential(1/p.Lambda), *p.Service, Pool{Servers: Team(1, Server{})})
		return plain(m.run(float64(n) / p.Lambda).Stats(0))
	},
	"M/D/c": func(p params, seed uint64, n int) map[string]float64 {
		m := single(seed, exponential(1/p.Lambda), dist{Dist: "det", Mean: p.D}, Pool{Servers: Team(p.C, Server{})})
		return plain(m.run(float64(n) / p.Lambda).Stats(0))
	},
	"GI/M/1": func(p params, seed uint64, n int) map[string]float64 {
		m := single(seed, *p.Arrival, exponential(1/p.Mu), Pool{Servers: Team(1, Server{})})
		return plain(m.run(float64(n)).Stats(0))
	},
	"M^X/M/1 (batch arrivals)": func(p params, seed uint64, n int) map[string]float64 {
		m := single(seed, exponential(1/p.Lambda), exponential(1/p.Mu), Pool{Servers: Team(1, Server{})})
		m.sources[0].batch = p.Batch
		return plain(m.run(float64(n) / p.Lambda / p.Batch.Mean).Stats(0))
	},
	"M/M/c with station outages": func(p params, seed uint64, n int) map[string]float64 {
		m := single(seed, exponential(1/p.Lambda), exponential(1/p.Mu), Pool{Servers: Team(p.C, Server{})})
		up, repair := exponential(1/p.Fail), exponential(1/p.Repair)
		m.up, m.repair = &up, &repair
		s := m.run(float64(n) / p.Lambda)
		st := s.Stats(0)
		out := plain(st)
		out["availability"] = st.Servers[0].OnDuty / st.Span
		out["rho_effective"] = st.Utilisation()
		return out
	},
	"M/G/1 non-preemptive priority (Cobham)":                  priorityFamily(false),
	"M/M/c non-preemptive priority (Cobham)":                  priorityFamily(false),
	"M/G/1 preemptive-resume priority":                        priorityFamily(true),
	"Jackson network":                                         jacksonFamily,
	"M/M/1/1 retrial":                                         retrialFamily,
	"skill pools A|B|both":                                    skillsFamily,
	"token bucket (M/D/1 based)":                              bucketFamily,
	"M_t/M/inf sinusoidal":                                    sinusFamily,
	"M_t/M/c_t periodic":                                      calendarFamily,
	"M/M/c staffing (Erlang C)":                               staffingFamily,
	"SLA break volume (Erlang C)":                             breakFamily,
	"escalation threshold (uniform confidence; M/M/c review)": cutoffFamily,
}

func mmcFamily(p params, seed uint64, n int) map[string]float64 {
	m := single(seed, exponential(1/p.Lambda), exponential(1/p.Mu),
		Pool{Servers: Team(p.C, Server{}), Room: p.K, Within: p.targets()})
	if p.Theta > 0 {
		patience := exponential(1 / p.Theta)
		m.patience = &patience
	}
	return plain(m.run(float64(n) / p.Lambda).Stats(0))
}

func priorityFamily(preempt bool) family {
	return func(p params, seed uint64, n int) map[string]float64 {
		m := &network{seed: seed, work: [][]dist{nil}}
		pool := Pool{Servers: Team(max(1, p.C), Server{}), Preempt: preempt}
		total := 0.0
		for i, c := range p.Classes {
			pool.Classes = append(pool.Classes, Class{Priority: i})
			m.sources = append(m.sources, source{class: i, gap: exponential(1 / c.Lambda)})
			m.work[0] = append(m.work[0], c.Service)
			total += c.Lambda
		}
		m.pools = []Pool{pool}
		st := m.run(float64(n) / total).Stats(0)
		all := st.Total()
		out := map[string]float64{"rho": st.Utilisation(), "Wq_mean": all.Wait.Mean(), "P_wait": all.PWait()}
		for i := range st.Classes {
			c := &st.Classes[i]
			out[fmt.Sprintf("Wq[%d]", i)] = c.Wait.Mean()
			out[fmt.Sprintf("W[%d]", i)] = c.Sojourn.Mean()
			out[fmt.Sprintf("Lq[%d]", i)] = c.InQueue / st.Span
			out[fmt.Sprintf("L[%d]", i)] = c.InSystem / st.Span
		}
		return out
	}
}

func jacksonFamily(p params, seed uint64, n int) map[string]float64 {
	m := &network{seed: seed, route: p.Routing}
	total := 0.0
	for i, node := range p.Nodes {
		m.pools = append(m.pools, Pool{Servers: Team(node.C, Server{})})
		m.work = append(m.work, []dist{exponential(1 / node.Mu)})
		if p.Arrivals[i] > 0 {
			m.sources = append(m.sources, source{pool: i, gap: exponential(1 / p.Arrivals[i])})
		}
		total += p.Arrivals[i]
	}
	s := m.run(float64(n) / total)
	out := map[string]float64{"W_total": m.through.Mean()}
	for i := range p.Nodes {
		st := s.Stats(i)
		c := st.Total()
		out[fmt.Sprintf("lambda[%d]", i)] = float64(c.Arrived) / st.Span
		out[fmt.Sprintf("rho[%d]", i)] = st.Utilisation()
		out[fmt.Sprintf("Wq[%d]", i)] = c.Wait.Mean()
		out[fmt.Sprintf("L[%d]", i)] = st.L()
		out["L_total"] += st.L()
	}
	return out
}

func retrialFamily(p params, seed uint64, n int) map[string]float64 {
	m := single(seed, exponential(1/p.Lambda), exponential(1/p.Mu), Pool{Servers: Team(1, Server{}), Room: 1})
	retry := exponential(1 / p.Theta)
	m.retry = &retry
	s := m.run(float64(n) / p.Lambda)
	st := s.Stats(0)
	retries, fresh, blocked := 0, 0, 0
	for id, born := range m.born {
		if born >= m.from {
			fresh++
			if m.hops[id] > 1 {
				blocked++
			}
		}
	}
	retries = m.tries - fresh
	return map[string]float64{
		"rho": st.Utilisation(), "orbit_mean": m.orbitArea / st.Span, "W_orbit": m.orbitTime.Mean(), "W": m.through.Mean(),
		"retries_per_arrival": float64(retries) / float64(fresh), "P_blocked_first_try": float64(blocked) / float64(fresh),
	}
}

func skillsFamily(p params, seed uint64, n int) map[string]float64 {
	servers := Team(p.C1, Server{Skills: []int{0}})
	servers = append(servers, Team(p.C2, Server{Skills: []int{1}})...)
	servers = append(servers, Team(p.C3, Server{})...)
	work := exponential(1 / p.Mu)
	m := &network{
		seed: seed, work: [][]dist{{work, work}},
		sources: []source{{class: 0, gap: exponential(1 / p.LamA)}, {class: 1, gap: exponential(1 / p.LamB)}},
		pools:   []Pool{{Classes: []Class{{Name: "A"}, {Name: "B", Priority: 1}}, Servers: servers}},
	}
	st := m.run(float64(n) / (p.LamA + p.LamB)).Stats(0)
	util := func(list []ServerStats) float64 {
		part := PoolStats{Servers: list}
		return part.Utilisation()
	}
	out := map[string]float64{
		"rho": st.Utilisation(), "util_A_only": util(st.Servers[:p.C1]),
		"util_B_only": util(st.Servers[p.C1 : p.C1+p.C2]), "util_both": util(st.Servers[p.C1+p.C2:]),
	}
	for i := range st.Classes {
		c := &st.Classes[i]
		out[fmt.Sprintf("P_wait[%d]", i)] = c.PWait()
		out[fmt.Sprintf("Wq[%d]", i)] = c.Wait.Mean()
		out[fmt.Sprintf("Lq[%d]", i)] = c.InQueue / st.Span
	}
	return out
}

func bucketFamily(p params, seed uint64, n int) map[string]float64 {
	gaps := NewDraws(seed, 0)
	b := Bucket{Rate: p.Rate, Burst: p.Burst}
	now, delayed, start := 0.0, 0, 0.0
	var all, late Tally
	for i := range n {
		d := gaps.For(int64(i), 0)
		now += d.Exp(1 / p.Lambda)
		wait := b.Take(now, 1) - now
		if i < n/5 {
			start = now
			continue
		}
		all.Add(wait)
		if wait > 0 {
			delayed++
			late.Add(wait)
		}
	}
	return map[string]float64{
		"utilisation": float64(all.N) / (now - start) / p.Rate, "P_delayed": float64(delayed) / float64(all.N),
		"delay_mean": all.Mean(), "delay_mean_if_delayed": late.Mean(),
	}
}

func sinusFamily(p params, seed uint64, n int) map[string]float64 {
	const pieces, looks = 480, 24
	starts, rates := make([]float64, pieces), make([]float64, pieces)
	omega := 2 * math.Pi / p.Period
	for i := range starts {
		from, to := p.Period*float64(i)/pieces, p.Period*float64(i+1)/pieces
		starts[i] = from
		rates[i] = p.Lam0 + p.Amp*(math.Cos(omega*from)-math.Cos(omega*to))/omega/(to-from)
	}
	r, err := NewRates(p.Period, starts, rates)
	if err != nil {
		panic(err)
	}
	m := single(seed, dist{}, exponential(p.Mean), Pool{Unlimited: true})
	m.sources[0].rates = r
	m.every = p.Period
	for i := range looks {
		m.watch = append(m.watch, p.Period*float64(i)/looks)
	}
	st := m.run(float64(n) / p.Lam0).Stats(0)
	// The response of this linear system to a sine is a sine: fit it.
	var in, quad float64
	for i := range looks {
		l := m.seen[i].Mean()
		in += 2 * l * math.Sin(omega*m.watch[i]) / looks
		quad += 2 * l * math.Cos(omega*m.watch[i]) / looks
	}
	out := map[string]float64{
		"L_mean": st.L(), "L_max": st.L() + math.Hypot(in, quad), "lag_of_peak": math.Atan2(-quad, in) / omega,
	}
	for i := range 4 {
		out[fmt.Sprintf("L(t=%g*period)", float64(i)/4)] = m.seen[i*looks/4].Mean()
	}
	return out
}

func calendarFamily(p params, seed uint64, n int) map[string]float64 {
	var starts, rates []float64
	for _, step := range p.LamSteps {
		starts, rates = append(starts, step[0]), append(rates, step[1])
	}
	r, err := NewRates(p.Period, starts, rates)
	if err != nil {
		panic(err)
	}
	var servers []Server
	for id := 0; ; id++ {
		var spans []Span
		for i, step := range p.CSteps {
			end := p.Period
			if i+1 < len(p.CSteps) {
				end = p.CSteps[i+1][0]
			}
			if id < int(step[1]) {
				spans = append(spans, Span{step[0], end})
			}
		}
		if len(spans) == 0 {
			break
		}
		shifts, err := NewShifts(p.Period, spans...)
		if err != nil {
			panic(err)
		}
		servers = append(servers, Server{Shifts: shifts})
	}
	m := single(seed, dist{}, exponential(1/p.Mu), Pool{Servers: servers})
	m.sources[0].rates = r
	m.every = p.Period
	m.watch = []float64{0, 8, 9, 17, 18}
	st := m.run(float64(n) / r.Mean()).Stats(0)
	c := st.Total()
	out := map[string]float64{"lambda_mean": float64(c.Arrived) / st.Span, "L_mean": st.L(), "W_mean": c.Sojourn.Mean()}
	for i, t := range m.watch {
		out[fmt.Sprintf("L(t=%g)", t)] = m.seen[i].Mean()
	}
	return out
}

func staffingFamily(p params, seed uint64, n int) map[string]float64 {
	c := ServersFor(p.Lambda, p.Mu, *p.T, p.SL)
	at := func(c int) map[string]float64 {
		q := p
		q.C = c
		return mmcFamily(q, seed, n)
	}
	name := fmt.Sprintf("P(Wq<=%g)", *p.T)
	enough, short := at(c), at(c-1)
	return map[string]float64{
		"min_c": float64(c), "P(Wq<=t)_at_min_c": enough[name],
		"Wq_at_min_c": enough["Wq"], "P(Wq<=t)_at_min_c_minus_1": short[name],
	}
}

// breakFamily finds the volume by the closed form and checks it by simulation.
func breakFamily(p params, seed uint64, n int) map[string]float64 {
	limit := float64(p.C) * p.Mu
	low, high := 0.0, limit
	for range 100 {
		p.Lambda = (low + high) / 2
		if (MMc{p.C, p.Lambda, p.Mu}).Within(*p.T) >= p.SL {
			low = p.Lambda
		} else {
			high = p.Lambda
		}
	}
	m := mmcFamily(p, seed, n)
	return map[string]float64{
		"lambda_star": p.Lambda, "stability_limit": limit,
		"rho_at_lambda_star": m["rho"], "Wq_at_lambda_star": m["Wq"],
	}
}

// cutoffFamily: confidence is uniform; below the cutoff people review, above it
// a case is wrong with probability k(1-u)².
func cutoffFamily(p params, seed uint64, n int) map[string]float64 {
	wrong := func(tau float64) float64 { return p.ErrK * math.Pow(1-tau, 3) / 3 }
	wait := func(tau float64) float64 { return MMc{p.C, p.Lambda * tau, p.Mu}.Wait() }
	cost := func(tau, wait, wrong float64) float64 {
		return tau*(p.CostReview/p.Mu+p.CostWait*wait) + p.CostError*wrong
	}
	low, high := 0.0, min(1, float64(p.C)*p.Mu/p.Lambda)
	for range 200 {
		a, b := low+(high-low)/3, high-(high-low)/3
		if cost(a, wait(a), wrong(a)) < cost(b, wait(b), wrong(b)) {
			high = b
		} else {
			low = a
		}
	}
	tau := (low + high) / 2
	at := func(tau float64) (cost_, wait, rho, wrong float64) {
		confidence := NewDraws(seed, 100)
		errors := 0
		for i := range n {
			d := confidence.For(int64(i), 0)
			if u := d.Uniform(); u >= tau && d.Uniform() < p.ErrK*(1-u)*(1-u) {
				errors++
			}
		}
		q := p
		q.Lambda *= tau
		m := mmcFamily(q, seed, n)
		wrong = float64(errors) / float64(n)
		return cost(tau, m["Wq"], wrong), m["Wq"], m["rho"], wrong
	}
	best, wq, rho, wrongs := at(tau)
	low25, _, _, _ := at(0.25)
	high45, _, _, _ := at(0.45)
	return map[string]float64{
		"tau_opt": tau, "cost_at_opt": best, "Wq_at_opt": wq, "rho_at_opt": rho, "error_rate_at_opt": wrongs,
		"cost_at_tau_0_25": low25, "cost_at_tau_0_45": high45,
	}
}
