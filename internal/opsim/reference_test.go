package opsim

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// reference is one model of testdata/queueing: parameters and exact values.
type reference struct {
	model, raw string
	p          parameters
	metrics    []string // in the order of the file
	want       map[string]float64
}

// parameters is the union of the parameters of the models that are expressed.
type parameters struct {
	C        int
	Lambda   float64
	Mu       float64
	T        *float64
	SL       float64
	D        float64
	Service  *service
	LamSteps [][2]float64 `json:"lam_steps"`
	CSteps   [][2]float64 `json:"c_steps"`
}

// service is a distribution as the reference writes it, in hours.
type service struct {
	Dist      string
	Mean, SCV float64
	K         float64
	Low, High float64
	Means, P  []float64
}

// minutes writes it as a scenario does.
func (s *service) minutes() string {
	switch s.Dist {
	case "exp":
		return fmt.Sprintf("{distribution: exponential, mean: %v}", 60*s.Mean)
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

// queueing writes a family as a scenario of about so many cases, a sixth of
// them to warm up.
func queueing(p parameters, minutes, arrivals, team string, perHour float64, cases int) string {
	weeks := max(2, int(math.Ceil(float64(cases)*1.2/perHour/(7*24))))
	var b strings.Builder
	fmt.Fprintf(&b, "scenario: reference\ncases: {escalated: {reviewers: 1}}\n")
	fmt.Fprintf(&b, "arrivals: {per_hour: %s}\n", arrivals)
	fmt.Fprintf(&b, "teams: {reviewers: {people: %d, minutes: %s%s}}\n", max(1, p.C), minutes, team)
	if p.T != nil {
		share := p.SL
		if share == 0 {
			share = 0.5
		}
		fmt.Fprintf(&b, "service_level: {wait: %vh, share: %v}\n", *p.T, share)
	}
	fmt.Fprintf(&b, "weeks: %d\nwarm_up: %d\nreplications: 20\n", weeks, max(1, weeks/6))
	return b.String()
}

// measure runs a scenario and names what the reference names.
type measure func(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval

var expressed = map[string]measure{
	"M/M/1":                     exponentialWork,
	"M/M/c":                     exponentialWork,
	"M/M/c staffing (Erlang C)": staffing,
	"M/G/1": func(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
		return simulated(t, queueing(p, p.Service.minutes(), fmt.Sprint(p.Lambda), "", p.Lambda, cases), seed)
	},
	"M/D/c": func(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
		return simulated(t, queueing(p, fmt.Sprint(60*p.D), fmt.Sprint(p.Lambda), "", p.Lambda, cases), seed)
	},
	"M_t/M/c_t periodic": periodic,
}

// notExpressed are the models, or single metrics of them, that a scenario
// cannot say yet, and what it would take.
var notExpressed = map[string]string{
	"GI/M/1":                                 "arrivals that are not Poisson",
	"Jackson network":                        "cases that visit several teams",
	"M/G/1 non-preemptive priority (Cobham)": "priorities",
	"M/M/c non-preemptive priority (Cobham)": "priorities",
	"M/G/1 preemptive-resume priority":       "priorities",
	"M/M/1/1 retrial":                        "cases that come back",
	"M/M/c with station outages":             "outages",
	"M/M/c+M (Erlang A)":                     "abandonment",
	"M/M/c/K":                                "limited room",
	"M/M/c/c (Erlang B)":                     "limited room",
	"M^X/M/1 (batch arrivals)":               "batches",
	"M_t/M/inf sinusoidal":                   "unlimited teams",
	"SLA break volume (Erlang C)":            "a search over volume",
	"escalation threshold (uniform confidence; M/M/c review)": "a search over cutoffs",
	"skill pools A|B|both":        "skills",
	"token bucket (M/D/1 based)":  "rate limits",
	"M_t/M/c_t periodic: L(t=0)":  "the backlog by hour of the day",
	"M_t/M/c_t periodic: L(t=8)":  "the backlog by hour of the day",
	"M_t/M/c_t periodic: L(t=9)":  "the backlog by hour of the day",
	"M_t/M/c_t periodic: L(t=17)": "the backlog by hour of the day",
	"M_t/M/c_t periodic: L(t=18)": "the backlog by hour of the day",
}

func exponentialWork(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	minutes := fmt.Sprintf("{distribution: exponential, mean: %v}", 60/p.Mu)
	return simulated(t, queueing(p, minutes, fmt.Sprint(p.Lambda), "", p.Lambda, cases), seed)
}

// periodic has rates and people that follow the clock, and hands work over.
func periodic(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	steps := func(s [][2]float64, each func(span string, v float64) string) string {
		var parts []string
		for i, step := range s {
			end := 24.0
			if i+1 < len(s) {
				end = s[i+1][0]
			}
			if text := each(fmt.Sprintf("%02.0f:00-%02.0f:00", step[0], end), step[1]); text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, ", ")
	}
	mean := 0.0
	for i, step := range p.LamSteps {
		end := 24.0
		if i+1 < len(p.LamSteps) {
			end = p.LamSteps[i+1][0]
		}
		mean += step[1] * (end - step[0]) / 24
	}
	arrivals := "{daily: {" + steps(p.LamSteps, func(span string, v float64) string { return fmt.Sprintf("%s: %v", span, v) }) + "}}"
	hours := ", shift_end: hand_over, hours: {daily: [" + steps(p.CSteps, func(span string, v float64) string {
		if v == 0 {
			return ""
		}
		p.C = int(v)
		return span
	}) + "]}"
	m := simulated(t, queueing(p, fmt.Sprintf("{distribution: exponential, mean: %v}", 60/p.Mu), arrivals, hours, mean, cases), seed)
	m["L_mean"], m["W_mean"] = m["L"], m["W"]
	m["lambda_mean"] = stats.Interval{Estimate: stats.Num(mean), Lower: mean, Upper: mean}
	return m
}

// simulated runs a scenario through the public format.
func simulated(t *testing.T, text string, seed uint64) map[string]stats.Interval {
	t.Helper()
	sc := parsed(t, text)
	sc.Seed = seed
	res, err := Simulate(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	team := res.Designs[0].Teams[0]
	if team.Queue == nil {
		t.Fatalf("overloaded: %+v", team)
	}
	q := team.Queue
	m := map[string]stats.Interval{
		"rho": team.Utilisation, "P_wait": q.Waited, "Wq": q.Wait, "W": q.Stay, "Lq": q.Waiting, "L": q.Inside,
		"W_p95": q.StayP95, "Wq_p95": q.WaitP95, "Wq_sd": q.WaitSD,
	}
	if res.Service != nil {
		m[fmt.Sprintf("P(Wq<=%g)", res.Service.Hours)] = *q.Kept
	}
	return m
}

// staffing searches the smallest team.
func staffing(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	minutes := fmt.Sprintf("{distribution: exponential, mean: %v}", 60/p.Mu)
	sc := parsed(t, queueing(p, minutes, fmt.Sprint(p.Lambda), "", p.Lambda, cases))
	sc.Seed = seed
	res, err := Staff(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	a := res.Answers[0]
	n := float64(a.Teams[0].People)
	return map[string]stats.Interval{
		"min_c":                     {Estimate: stats.Num(n), Lower: n, Upper: n},
		"P(Wq<=t)_at_min_c":         *a.At.Kept,
		"Wq_at_min_c":               a.At.Teams[0].Queue.Wait,
		"P(Wq<=t)_at_min_c_minus_1": *a.Teams[0].OneFewer,
	}
}

func parsed(t *testing.T, text string) *Scenario {
	t.Helper()
	sc, problems := Parse("reference.yaml", []byte(text), nil)
	if err := problems.Err(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return sc
}

func readReferences(t *testing.T) []*reference {
	t.Helper()
	files, err := filepath.Glob("testdata/queueing/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no reference files: %v", err)
	}
	var list []*reference
	seen := map[string]*reference{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			ref := seen[row[0]+row[1]]
			if ref == nil {
				ref = &reference{model: row[0], raw: row[1], want: map[string]float64{}}
				seen[row[0]+row[1]] = ref
				list = append(list, ref)
				if notExpressed[ref.model] == "" {
					if err := json.Unmarshal([]byte(row[1]), &ref.p); err != nil {
						t.Fatalf("%s: %s: %v", name, row[1], err)
					}
				}
			}
			if ref.want[row[2]], err = strconv.ParseFloat(row[3], 64); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ref.metrics = append(ref.metrics, row[2])
		}
	}
	return list
}

// TestReference compares scenarios with exact values, small; the long test
// does the same at full size.
func TestReference(t *testing.T) {
	cases := 10_000
	if testing.Short() {
		cases = 3_000
	}
	checkReferences(t, cases)
}

// checkReferences wants every metric within four standard errors or 0.1 %,
// and not many beyond three.
func checkReferences(t *testing.T, cases int) {
	beyond, metrics := 0, 0
	for i, ref := range readReferences(t) {
		run, ok := expressed[ref.model]
		if !ok {
			why, known := notExpressed[ref.model]
			if !known {
				t.Errorf("model %q is neither expressed nor listed as not expressed", ref.model)
			}
			t.Logf("not expressed: %s %s: takes %s", ref.model, ref.raw, why)
			continue
		}
		t.Run(ref.model+" "+ref.raw, func(t *testing.T) {
			got := run(t, ref.p, cases, uint64(20260101+i))
			for _, metric := range ref.metrics {
				if why := notExpressed[ref.model+": "+metric]; why != "" {
					t.Logf("not expressed: %s takes %s", metric, why)
					continue
				}
				metrics++
				if far(t, metric, got, ref.want[metric]) {
					beyond++
				}
			}
		})
	}
	t.Logf("%d metrics, %d beyond three standard errors", metrics, beyond)
	if beyond > 4 {
		t.Errorf("%d of %d metrics are beyond three standard errors, want at most 4", beyond, metrics)
	}
}

// far checks one metric and says whether it is beyond three standard errors.
func far(t *testing.T, metric string, got map[string]stats.Interval, want float64) bool {
	iv, ok := got[metric]
	if !ok || !iv.Estimate.Valid {
		t.Errorf("%s is not measured", metric)
		return false
	}
	quantile := distuv.StudentsT{Sigma: 1, Nu: 19}.Quantile(0.975)
	se := max(iv.Upper-iv.Estimate.Value, iv.Estimate.Value-iv.Lower) / quantile
	off := math.Abs(iv.Estimate.Value - want)
	if !(off <= max(4*se, 1e-3*math.Abs(want))) {
		t.Errorf("%s = %.6g ± %.2g, want %.9g (z = %.1f)", metric, iv.Estimate.Value, se, want, (iv.Estimate.Value-want)/se)
	}
	return off > 3*se+1e-7*math.Abs(want) // the file has nine digits
}
