package opsim

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// staffing has simulate staff's search find the smallest team.
func staffing(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	p.C = 1
	sc := posed(t, erlang(p).text(cases), seed)
	res, err := Staff(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	a := res.Answers[0]
	if a.Unreachable != "" {
		t.Fatal(a.Unreachable)
	}
	fewer := exact(0) // where that is too few for the work, nobody is served in time in the end
	if iv := a.Teams[0].Groups[0].OneFewer; iv != nil {
		fewer = *iv
	}
	return map[string]stats.Interval{
		"min_c": exact(float64(a.Teams[0].People)), "P(Wq<=t)_at_min_c": *a.At.Kept,
		"Wq_at_min_c": a.At.Teams[0].Queue.Wait, "P(Wq<=t)_at_min_c_minus_1": fewer,
	}
}

// breakVolume has simulate sweep's search find the volume at which the service
// level breaks.
func breakVolume(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	p.Lambda = float64(p.C) * p.Mu / 2
	text := erlang(p).text(cases)
	sc := posed(t, text, seed)
	res, err := SweepOver(context.Background(), sc, nil, SweepAsk{Volumes: []float64{1. / 64}, People: []int{p.C}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	b := res.Swept[0].Break
	if b.Why != "" {
		t.Fatal(b.Why)
	}
	limit := b.Limit.Value / scenario.WeekHours
	if want := float64(p.C) * p.Mu; math.Abs(limit/want-1) > 1e-9 {
		t.Errorf("stability limit %v, want %v", limit, want)
	}
	// What the wait is there lies between the ends of the interval.
	wait := exact(0)
	for i, factor := range []float64{b.Factor.Lower, b.Factor.Estimate.Value, b.Factor.Upper} {
		at := posed(t, text, seed)
		at.Arrivals.Volume = factor
		res, err := Simulate(context.Background(), at, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		iv := plain(t, res)["Wq"]
		switch i {
		case 0:
			wait.Lower = iv.Lower
		case 1:
			wait.Estimate = iv.Estimate
		case 2:
			wait.Upper = iv.Upper
		}
	}
	return map[string]stats.Interval{
		"lambda_star": scaled(b.PerWeek, 1./scenario.WeekHours), "stability_limit": exact(limit),
		"rho_at_lambda_star": scaled(b.PerWeek, 1/b.Limit.Value), "Wq_at_lambda_star": wait,
	}
}

// reviewed states cases of a hundred confidences, evenly spread, of which those
// with confidence x are wrong with probability err_k (1-x)^2.
func reviewed(t *testing.T, p *parameters, cutoff float64, cases int, seed uint64) *scenario.Scenario {
	const bins = 100
	var list []string
	for i := range bins {
		from, to := float64(i)/bins, float64(i+1)/bins
		wrong := p.ErrK * (math.Pow(1-from, 3) - math.Pow(1-to, 3)) / 3 * bins
		list = append(list, fmt.Sprintf("{to: %v, share: %v, wrong: %v}", to, 1./bins, wrong))
	}
	q := question{
		cases: fmt.Sprintf("{confidence: {team: reviewers, cutoff: %v, bins: [%s]}}", cutoff, strings.Join(list, ", ")), perHour: p.Lambda,
		teams: fmt.Sprintf("reviewers: {people: %d, minutes: %s, wage: %v}", p.C, exponential(1/p.Mu), p.CostReview),
		more:  fmt.Sprintf("error_cost: %v\nwait_cost: %v\n", p.CostError, p.CostWait),
	}
	return posed(t, q.text(cases), seed)
}

// threshold has simulate cutoff's search find the cheapest cutoff.
func threshold(t *testing.T, p parameters, cases int, seed uint64) map[string]stats.Interval {
	c, values, err := StatedCutoffs(context.Background(), reviewed(t, &p, 0.5, cases, seed), nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	best, between := values[c.Best], c.Between(values)
	at := func(tau float64) *DesignResult {
		res, err := Simulate(context.Background(), reviewed(t, &p, tau, cases, seed), nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		return &res.Designs[0]
	}
	m := map[string]stats.Interval{
		"tau_opt":     {Estimate: stats.Num(best), Lower: between[0], Upper: between[1]},
		"cost_at_opt": c.Settings[c.Best].Cost,
	}
	// What holds at the best cutoff lies between what holds around it.
	low, here, high := at(between[0]), at(best), at(between[1])
	for tau := between[1]; len(high.Overloaded) > 0; {
		tau = (tau + best) / 2
		high = at(tau)
	}
	around := func(figure func(*DesignResult) stats.Interval) stats.Interval {
		iv, a, b := figure(here), figure(low), figure(high)
		iv.Lower, iv.Upper = min(a.Lower, b.Lower), max(a.Upper, b.Upper)
		return iv
	}
	m["Wq_at_opt"] = around(func(d *DesignResult) stats.Interval {
		if wait := d.Teams[0].Queue.Wait; wait.Estimate.Valid {
			return wait
		}
		return exact(0) // nobody comes
	})
	m["rho_at_opt"] = around(func(d *DesignResult) stats.Interval { return d.Teams[0].Utilisation })
	m["error_rate_at_opt"] = around(func(d *DesignResult) stats.Interval { return *d.Wrong })
	for _, name := range p.metrics {
		if digits, ok := strings.CutPrefix(name, "cost_at_tau_"); ok {
			tau, err := strconv.ParseFloat(strings.Replace(digits, "_", ".", 1), 64)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			m[name] = at(tau).Cost
		}
	}
	return m
}
