package opsim

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// parameters is the union of the parameters of all models.
type parameters struct {
	C       int
	K       int `json:"K"`
	Lambda  float64
	Mu      float64
	Theta   float64
	T       *float64
	SL      float64
	D       float64 `json:"D"`
	Service *service
	Arrival *service
	Batch   *service
	Classes []struct {
		Lambda  float64
		Service service
	}
	Arrivals []float64
	Nodes    []struct {
		C  int
		Mu float64
	}
	Routing                 [][]float64
	Fail, Repair            float64
	Rate, Burst             float64
	C1, C2, C3              int
	LamA, LamB              float64
	Lam0, Amp, Mean, Period float64
	LamSteps                [][2]float64 `json:"lam_steps"`
	CSteps                  [][2]float64 `json:"c_steps"`
	CostError               float64      `json:"cost_error"`
	CostReview              float64      `json:"cost_review_hour"`
	CostWait                float64      `json:"cost_wait_hour"`
	ErrK                    float64      `json:"err_k"`

	metrics []string // that are wanted
}

// service is a distribution as the reference writes it, in hours.
type service struct {
	Dist      string
	Mean, SCV float64
	K         float64
	Low, High float64 // of uniform
	Means, P  []float64
}

// minutes writes it as a scenario does.
func (s *service) minutes() string {
	switch s.Dist {
	case "exp":
		return exponential(s.Mean)
	case "det":
		return fmt.Sprint(60 * s.Mean)
	case "erlang":
		return fmt.Sprintf("{distribution: gamma, mean: %v, scv: %v}", 60*s.Mean, 1/s.K)
	case "lognormal", "gamma":
		return fmt.Sprintf("{distribution: %s, mean: %v, scv: %v}", s.Dist, 60*s.Mean, s.SCV)
	case "uniform":
		return fmt.Sprintf("{distribution: uniform, from: %v, to: %v}", 60*s.Low, 60*s.High)
	case "hyperexp":
		var means, shares []string
		for i := range s.Means {
			means = append(means, fmt.Sprint(60*s.Means[i]))
			shares = append(shares, fmt.Sprint(s.P[i]))
		}
		return fmt.Sprintf("{distribution: hyperexponential, means: [%s], shares: [%s]}", strings.Join(means, ", "), strings.Join(shares, ", "))
	}
	return s.Dist
}

func (s *service) mean() float64 {
	switch s.Dist {
	case "hyperexp":
	case "uniform":
		return (s.Low + s.High) / 2
	default:
		return s.Mean
	}
	sum := 0.0
	for i, m := range s.Means {
		sum += m * s.P[i]
	}
	return sum
}

// exponential is an exponential distribution with a mean in hours.
func exponential(mean float64) string {
	return fmt.Sprintf("{distribution: exponential, mean: %v}", 60*mean)
}

// question is a family as a scenario, but for how long it is simulated.
type question struct {
	cases    string // by default, all go to the reviewers
	arrivals string
	teams    string
	service  string
	more     string
	perHour  float64 // cases
}

// text is the scenario with about so many cases, a sixth of them to warm up.
func (q question) text(cases int) string {
	if q.cases == "" {
		q.cases = "{escalated: {reviewers: 1}}"
	}
	if q.arrivals == "" {
		q.arrivals = fmt.Sprintf("{per_hour: %v}", q.perHour)
	}
	weeks := max(2, int(math.Ceil(float64(cases)*1.2/q.perHour/(7*24))))
	return fmt.Sprintf("scenario: reference\ncases: %s\narrivals: %s\nteams:\n  %s\n%s%s\nweeks: %d\nwarm_up: %d\nreplications: 20\n",
		q.cases, q.arrivals, strings.ReplaceAll(q.teams, "\n", "\n  "), q.service, q.more, weeks, max(1, weeks/6))
}

// waits is the service level of a reference: begun within its time.
func (p *parameters) waits() string {
	if p.T == nil {
		return ""
	}
	share := p.SL
	if share == 0 {
		share = 0.5
	}
	return fmt.Sprintf("service_level: {wait: %vh, share: %v}\n", *p.T, share)
}

// reviewers is one team in a line.
func reviewers(people int, minutes string, more ...string) string {
	return fmt.Sprintf("reviewers: {people: %d, minutes: %s%s}", max(1, people), minutes, strings.Join(append([]string{""}, more...), ", "))
}

// measure runs a scenario and names what the reference names.
type measure func(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval

// asked has a question answered, and the one team's figures named.
func asked(ask func(p parameters) question) measure {
	return func(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
		return plain(t, answer(t, ask(p).text(cases), seed))
	}
}

func answer(t *testing.T, text string, seed uint64) *Result {
	t.Helper()
	res, err := Simulate(context.Background(), posed(t, text, seed), nil, 2)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return res
}

// posed is a scenario whose warm-up is long enough to forget that it began
// empty, and whose measured weeks see long waits come and go: several times the
// relaxation time of its slowest team or service, that of M/M/c being
// 1/(c mu (1-sqrt(rho))^2).
func posed(t *testing.T, text string, seed uint64) *scenario.Scenario {
	t.Helper()
	const forgotten, seen = 5, 60 // relaxation times
	sc := parsed(t, text)
	sc.Seed = seed
	pl, err := newPlan(sc, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	hours := 0.0
	slow := func(busy, rho float64) { // busy: hours until somebody is free
		if rho < 1 {
			hours = max(hours, busy/math.Pow(1-math.Sqrt(rho), 2))
		}
	}
	for i, people := range rosterOf(sc) {
		load, err := pl.load(&pl.designs[0], i, people)
		if err != nil {
			t.Fatal(err)
		}
		slow(pl.designs[0].hours[i]/float64(max(1, rosterOf(sc).people(i))), load.Ratio())
	}
	for i, s := range sc.Services {
		slow(1/s.Requests.PerHour, pl.serviceLoad(&pl.designs[0], i))
	}
	measured := max(sc.Weeks-sc.WarmUp, int(math.Ceil(seen*hours/scenario.WeekHours)))
	sc.WarmUp = max(sc.WarmUp, int(math.Ceil(forgotten*hours/scenario.WeekHours)))
	sc.Weeks = sc.WarmUp + measured
	return sc
}

// plain names what is measured of one team.
func plain(t *testing.T, res *Result) map[string]stats.Interval {
	t.Helper()
	d := &res.Designs[0]
	team := d.Teams[0]
	if team.Queue == nil {
		t.Fatalf("overloaded: %+v", team)
	}
	q := team.Queue
	m := map[string]stats.Interval{
		"rho": team.Utilisation, "util": team.Utilisation, "rho_effective": team.Utilisation,
		"P_wait": q.Waited, "P_wait_accepted": q.Waited, "Wq": q.Wait, "Wq_served": q.Wait, "Wq_accepted": q.Wait, "Wq_mean": q.Wait, "Wq_all": q.WaitAll,
		"W": q.Stay, "Lq": q.Waiting, "L": q.Inside, "W_p95": q.StayP95, "Wq_p95": q.WaitP95, "Wq_sd": q.WaitSD,
		"throughput": scaled(team.Finished, 1./168),
	}
	for name, iv := range map[string]*stats.Interval{"P_block": team.TurnedAway, "P_abandon": team.Abandoned, "availability": team.Available} {
		if iv != nil {
			m[name] = *iv
		}
	}
	if res.Service != nil {
		m[fmt.Sprintf("P(Wq<=%g)", res.Service.Hours)] = *q.Kept
		m[fmt.Sprintf("P(served and Wq<=%g)", res.Service.Hours)] = *q.Kept
	}
	for i, k := range team.Kinds {
		m[fmt.Sprintf("Wq[%d]", i)], m[fmt.Sprintf("W[%d]", i)] = k.Wait, k.Stay
		m[fmt.Sprintf("Lq[%d]", i)], m[fmt.Sprintf("L[%d]", i)], m[fmt.Sprintf("P_wait[%d]", i)] = k.Waiting, k.Inside, k.Waited
	}
	return m
}

func scaled(iv stats.Interval, by float64) stats.Interval {
	iv.Estimate.Value *= by
	iv.Lower, iv.Upper = iv.Lower*by, iv.Upper*by
	return iv
}

func exact(x float64) stats.Interval {
	return stats.Interval{Estimate: stats.Num(x), Lower: x, Upper: x}
}

var expressed = map[string]measure{
	"M/M/1":              asked(erlang),
	"M/M/c":              asked(erlang),
	"M/M/c+M (Erlang A)": asked(erlang),
	"M/M/c/K":            asked(erlang),
	"M/M/c/c (Erlang B)": asked(func(p parameters) question {
		p.K = p.C
		return erlang(p)
	}),
	"M/M/c staffing (Erlang C)": staffing,
	"M/G/1": asked(func(p parameters) question {
		return question{perHour: p.Lambda, teams: reviewers(1, p.Service.minutes())}
	}),
	"M/D/c": asked(func(p parameters) question {
		return question{perHour: p.Lambda, teams: reviewers(p.C, fmt.Sprint(60*p.D))}
	}),
	"GI/M/1": asked(func(p parameters) question {
		rate := 1 / p.Arrival.mean()
		return question{perHour: rate, arrivals: fmt.Sprintf("{per_hour: %v, gaps: %s}", rate, gaps(p.Arrival)), teams: reviewers(1, exponential(1/p.Mu))}
	}),
	"M^X/M/1 (batch arrivals)": asked(func(p parameters) question {
		rate := p.Lambda * p.Batch.Mean
		return question{perHour: rate, arrivals: fmt.Sprintf("{per_hour: %v, batch: {distribution: geometric, mean: %v}}", rate, p.Batch.Mean), teams: reviewers(1, exponential(1/p.Mu))}
	}),
	"M/M/c with station outages":                              outages,
	"M/G/1 non-preemptive priority (Cobham)":                  asked(func(p parameters) question { return priorities(p, false) }),
	"M/M/c non-preemptive priority (Cobham)":                  asked(func(p parameters) question { return priorities(p, false) }),
	"M/G/1 preemptive-resume priority":                        asked(func(p parameters) question { return priorities(p, true) }),
	"skill pools A|B|both":                                    skills,
	"Jackson network":                                         jackson,
	"M/M/1/1 retrial":                                         retrial,
	"token bucket (M/D/1 based)":                              bucket,
	"M_t/M/inf sinusoidal":                                    sinus,
	"M_t/M/c_t periodic":                                      periodic,
	"SLA break volume (Erlang C)":                             breakVolume,
	"escalation threshold (uniform confidence; M/M/c review)": threshold,
}

// gaps are gaps between arrivals: only their shape counts.
func gaps(s *service) string {
	if s.Dist == "det" {
		return "{distribution: fixed}"
	}
	return s.minutes()
}

// erlang is exponential work, with patience and room where they are given.
func erlang(p parameters) question {
	var more []string
	if p.Theta > 0 {
		more = append(more, "patience: "+exponential(1/p.Theta))
	}
	if p.K > 0 {
		more = append(more, fmt.Sprintf("room: %d", p.K))
	}
	return question{perHour: p.Lambda, teams: reviewers(p.C, exponential(1/p.Mu), more...), service: p.waits()}
}

func priorities(p parameters, preempt bool) question {
	var shares, minutes, names []string
	total := 0.0
	for _, c := range p.Classes {
		total += c.Lambda
	}
	for i, c := range p.Classes {
		name := fmt.Sprintf("k%d", i)
		names = append(names, name)
		shares = append(shares, fmt.Sprintf("%s: %.12f", name, c.Lambda/total))
		minutes = append(minutes, fmt.Sprintf("%s: %s", name, c.Service.minutes()))
	}
	return question{
		cases: fmt.Sprintf("{kinds: {%s}, escalated: {reviewers: 1}}", strings.Join(shares, ", ")), perHour: total,
		teams: reviewers(p.C, "{"+strings.Join(minutes, ", ")+"}", fmt.Sprintf("priority: [%s], preempt: %v", strings.Join(names, ", "), preempt)),
	}
}

// outages has so few cases that the outages meanwhile are no more than a
// scenario may have.
func outages(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	most := maxSpells * (1/p.Fail + 1/p.Repair) * p.Lambda
	return asked(func(p parameters) question {
		return question{perHour: p.Lambda, teams: reviewers(p.C, exponential(1/p.Mu), fmt.Sprintf("outages: [{every: %s, lasts: %s}]", exponential(1/p.Fail), exponential(1/p.Repair)))}
	})(t, p, min(cases, int(0.8*most)), seed) // text adds a fifth to warm up
}

func skills(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	q := question{
		cases:   fmt.Sprintf("{kinds: {a: %.12f, b: %.12f}, escalated: {reviewers: 1}}", p.LamA/(p.LamA+p.LamB), p.LamB/(p.LamA+p.LamB)),
		perHour: p.LamA + p.LamB,
		teams: fmt.Sprintf("reviewers: {people: [{people: %d, skills: [a]}, {people: %d, skills: [b]}, {people: %d}], priority: [a, b], minutes: %s}",
			p.C1, p.C2, p.C3, exponential(1/p.Mu)),
	}
	res := answer(t, q.text(cases), seed)
	m := plain(t, res)
	for i, name := range []string{"util_A_only", "util_B_only", "util_both"} {
		m[name] = res.Designs[0].Teams[0].Groups[i].Utilisation
	}
	return m
}

func jackson(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	total := 0.0
	for _, a := range p.Arrivals {
		total += a
	}
	q := question{perHour: total}
	var shares, teams []string
	for i, n := range p.Nodes {
		if p.Arrivals[i] > 0 {
			shares = append(shares, fmt.Sprintf("n%d: %.12f", i, p.Arrivals[i]/total))
		}
		var then []string
		for j, r := range p.Routing[i] {
			if r > 0 {
				then = append(then, fmt.Sprintf("n%d: %v", j, r))
			}
		}
		teams = append(teams, fmt.Sprintf("n%d: {people: %d, minutes: %s, then: {%s}}", i, n.C, exponential(1/n.Mu), strings.Join(then, ", ")))
	}
	q.cases, q.teams = fmt.Sprintf("{escalated: {%s}}", strings.Join(shares, ", ")), strings.Join(teams, "\n")
	d := answer(t, q.text(cases), seed).Designs[0]
	m := map[string]stats.Interval{"W_total": d.Turnaround.Mean}
	var inside []stats.Interval
	for i, team := range d.Teams {
		m[fmt.Sprintf("lambda[%d]", i)], m[fmt.Sprintf("rho[%d]", i)] = scaled(team.Visits, 1./168), team.Utilisation
		m[fmt.Sprintf("Wq[%d]", i)], m[fmt.Sprintf("L[%d]", i)] = team.Queue.Wait, team.Queue.Inside
		inside = append(inside, team.Queue.Inside)
	}
	m["L_total"] = sum(inside...)
	return m
}

// sum is a sum of figures, whose intervals add up.
func sum(of ...stats.Interval) stats.Interval {
	out := exact(0)
	for _, iv := range of {
		out.Estimate.Value += iv.Estimate.Value
		out.Lower += iv.Lower
		out.Upper += iv.Upper
	}
	return out
}

func retrial(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	q := question{perHour: p.Lambda, teams: reviewers(1, exponential(1/p.Mu), fmt.Sprintf("room: 1, turned_away: {back: 1, after: %s}", exponential(1/p.Theta)))}
	d := answer(t, q.text(cases), seed).Designs[0]
	r := d.Teams[0].Returns
	return map[string]stats.Interval{
		"rho": d.Teams[0].Utilisation, "P_blocked_first_try": r.FirstTry, "orbit_mean": r.Away,
		"W_orbit": r.Begun, "W": d.Turnaround.Mean, "retries_per_arrival": r.PerCase,
	}
}

// bucket is a service with a rate limit.
func bucket(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	q := question{cases: "{services: [llm]}", perHour: p.Lambda, teams: "nobody: {people: 0}", more: fmt.Sprintf("services: {llm: {requests: {per_hour: %v, burst: %v}}}\n", p.Rate, p.Burst)}
	s := answer(t, q.text(cases), seed).Designs[0].Services[0]
	late := s.Delay
	late.Estimate.Value /= s.Delayed.Estimate.Value
	late.Lower, late.Upper = late.Lower/s.Delayed.Upper, late.Upper/s.Delayed.Lower
	return map[string]stats.Interval{"utilisation": *s.LimitUse, "P_delayed": s.Delayed, "delay_mean": s.Delay, "delay_mean_if_delayed": late}
}

// sinus has rates that follow a sine over the day, and people without limit.
// Another period is told in other units of time, of which it has 24.
func sinus(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	const pieces = 96
	unit := p.Period / 24
	lam0, amp := p.Lam0*unit, p.Amp*unit
	omega := 2 * math.Pi / 24
	var spans []string
	clock := func(i int) string { return fmt.Sprintf("%02d:%02d", i*15/60, i*15%60) }
	for i := range pieces {
		from, to := 24*float64(i)/pieces, 24*float64(i+1)/pieces
		spans = append(spans, fmt.Sprintf("%s-%s: %v", clock(i), clock(i+1), lam0+amp*(math.Cos(omega*from)-math.Cos(omega*to))/omega/(to-from)))
	}
	q := question{perHour: lam0, arrivals: "{per_hour: {daily: {" + strings.Join(spans, ", ") + "}}}", teams: "reviewers: {people: unlimited, minutes: " + exponential(p.Mean/unit) + "}"}
	res := answer(t, q.text(cases), seed)
	m := map[string]stats.Interval{"L_mean": res.Designs[0].Teams[0].Queue.Inside}
	byHour := daily(res.Designs[0].Teams[0].Queue)
	for i := range 4 {
		m[fmt.Sprintf("L(t=%g*period)", float64(i)/4)] = byHour[6*i]
	}
	// The response of this linear system to a sine is a sine: fit it.
	in, quad := exact(0), exact(0)
	for hour, iv := range byHour {
		in = sum(in, weighed(iv, math.Sin(omega*float64(hour))/12))
		quad = sum(quad, weighed(iv, math.Cos(omega*float64(hour))/12))
	}
	a, b := in.Estimate.Value, quad.Estimate.Value
	se := math.Hypot(in.Width(), quad.Width()) / 2 / math.Sqrt(12) // the hours of a day are nearly independent of each other's noise
	peak := math.Hypot(a, b)
	m["L_max"] = sum(m["L_mean"], stats.Interval{Estimate: stats.Num(peak), Lower: peak - se, Upper: peak + se})
	lag := math.Atan2(-b, a) / omega
	m["lag_of_peak"] = scaled(stats.Interval{Estimate: stats.Num(lag), Lower: lag - se/peak/omega, Upper: lag + se/peak/omega}, unit)
	return m
}

// weighed is a figure times a weight that may be negative.
func weighed(iv stats.Interval, by float64) stats.Interval {
	out := scaled(iv, by)
	out.Lower, out.Upper = min(out.Lower, out.Upper), max(out.Lower, out.Upper)
	return out
}

// daily is the backlog by hour of the day: the mean over the days of the week.
func daily(q *Queue) [24]stats.Interval {
	var out [24]stats.Interval
	for hour := range out {
		var days []stats.Interval
		for day := range 7 {
			days = append(days, q.ByHour[day*24+hour])
		}
		out[hour] = scaled(sum(days...), 1./7)
	}
	return out
}

// periodic has rates and people that follow the clock, and hands work over.
func periodic(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	span := func(s [][2]float64, i int) string {
		end := 24.0
		if i+1 < len(s) {
			end = s[i+1][0]
		}
		return fmt.Sprintf("%02.0f:00-%02.0f:00", s[i][0], end)
	}
	mean, most := 0.0, 0.0
	var rates []string
	for i, step := range p.LamSteps {
		rates = append(rates, fmt.Sprintf("%s: %v", span(p.LamSteps, i), step[1]))
		end := 24.0
		if i+1 < len(p.LamSteps) {
			end = p.LamSteps[i+1][0]
		}
		mean += step[1] * (end - step[0]) / 24
	}
	for _, step := range p.CSteps {
		most = max(most, step[1])
	}
	// One entry a person, who works while at least so many do.
	var people []string
	for n := range int(most) {
		var hours []string
		for i, step := range p.CSteps {
			if float64(n) < step[1] {
				hours = append(hours, span(p.CSteps, i))
			}
		}
		people = append(people, fmt.Sprintf("{hours: {daily: [%s]}}", strings.Join(hours, ", ")))
	}
	q := question{
		perHour: mean, arrivals: "{per_hour: {daily: {" + strings.Join(rates, ", ") + "}}}",
		teams: fmt.Sprintf("reviewers: {people: [%s], minutes: %s, shift_end: hand_over}", strings.Join(people, ", "), exponential(1/p.Mu)),
	}
	res := answer(t, q.text(cases), seed)
	m := plain(t, res)
	m["L_mean"], m["W_mean"] = m["L"], m["W"]
	m["lambda_mean"] = scaled(stats.Interval{Estimate: stats.Num(res.PerWeek), Lower: res.PerWeek, Upper: res.PerWeek}, 1./168)
	for hour, iv := range daily(res.Designs[0].Teams[0].Queue) {
		m[fmt.Sprintf("L(t=%d)", hour)] = iv
	}
	return m
}
