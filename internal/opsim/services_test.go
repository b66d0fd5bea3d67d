package opsim

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// called simulates cases that call services and need nobody, but for what
// services fall back on.
func called(t *testing.T, services string, perHour float64, more string) *DesignResult {
	t.Helper()
	res := simulate(t, read(t, nil, fmt.Sprintf(`
cases: {services: [llm]}
arrivals: {per_hour: %v}
services: {%s}
replications: 10
%s`, perHour, services, more)), nil)
	return &res.Designs[0]
}

// TestRetries has attempts fail, be made again, be fallen back from and be lost
// as often as chance says.
func TestRetries(t *testing.T) {
	d := called(t, "llm: {latency: 6s, failures: 0.5, retry: {attempts: 3, wait: 10s, jitter: false}}", 60, "")
	s := d.Services[0]
	wantIn(t, "attempts", s.Attempts, 1.75)
	wantIn(t, "failed attempts", s.Failed, 0.5)
	wantIn(t, "lost", s.Lost, 0.125)
	wantIn(t, "cases that nobody receives", d.Failed, 0.125)
	// One attempt in 4/7 of the answered calls, two in 2/7 and three in 1/7.
	wantIn(t, "time of a call", s.Call, (4*6+2*(12+10)+1*(18+30))/7./3600)
	wantIn(t, "turnaround", d.Turnaround.Mean, (4*6+2*(12+10)+1*(18+30))/7./3600)

	d = called(t, "llm: {latency: 6s, failures: 0.5, fallback: spare}, spare: {latency: 60s, failures: 0.2, fallback: desk}", 60, "teams: {desk: {people: 20, minutes: 30}}\n")
	wantIn(t, "fell back on the spare", d.Services[0].FellBack, 0.5)
	wantIn(t, "calls of the spare", d.Services[1].PerWeek, 30*168)
	wantIn(t, "fell back on people", d.Escalated, 0.1)
	wantIn(t, "visits", stats.Interval{Estimate: stats.Num(d.Teams[0].PerWeek)}, 6*168)
	wantIn(t, "minutes", d.Minutes, 3)
	if load := d.Teams[0].Load; math.Abs(load-0.15) > 1e-9 {
		t.Errorf("load %v, want 0.15", load)
	}
}

// TestRetryBudget wants few retries where most attempts fail.
func TestRetryBudget(t *testing.T) {
	free := called(t, "llm: {failures: 0.9, retry: {attempts: 5, wait: 1s}}", 60, "").Services[0]
	held := called(t, "llm: {failures: 0.9, retry: {attempts: 5, wait: 1s, budget: 0.1}}", 60, "").Services[0]
	if free.Attempts.Estimate.Value < 4 || math.Abs(held.Attempts.Estimate.Value-1.1) > 0.01 {
		t.Errorf("%v attempts a call without a budget, %v with one of 10 %%", free.Attempts.Estimate, held.Attempts.Estimate)
	}
}

// TestConcurrency makes a service with three attempts at a time an M/M/3 queue.
func TestConcurrency(t *testing.T) {
	d := called(t, "llm: {latency: {distribution: exponential, mean: 60}, concurrency: 3}", 2.4, "weeks: 200\n")
	wantIn(t, "time of a call", d.Services[0].Call, 2.07865169)
	wantIn(t, "busy", *d.Services[0].Busy, 0.8)
	if load := d.Services[0].Load; math.Abs(load-0.8) > 1e-9 {
		t.Errorf("load %v", load)
	}
	d = called(t, "llm: {latency: 60, concurrency: 2}", 2.4, "")
	if len(d.Overloaded) != 1 || d.Overloaded[0] != "llm" || d.Turnaround != nil {
		t.Errorf("an overloaded service is not said to be so: %+v", d.Overloaded)
	}
}

// TestLimits has attempts over a limit wait, or be refused.
func TestLimits(t *testing.T) {
	waits := called(t, "llm: {requests: {per_minute: 1, burst: 1}}", 40, "").Services[0]
	fails := called(t, "llm: {requests: {per_minute: 1, burst: 1}, over_limit: fail, retry: {attempts: 8, wait: 1m}}", 40, "").Services[0]
	if waits.Delayed.Estimate.Value < 0.5 || waits.Failed.Estimate.Value != 0 || fails.Limited.Estimate.Value < 0.2 || fails.Delayed.Estimate.Value != 0 {
		t.Errorf("waits: %+v\nfails: %+v", waits, fails)
	}
	tokens := called(t, "llm: {tokens: {per_minute: 1000, burst: 1000, each: 1000}}", 40, "").Services[0]
	if tokens.Delay.Estimate.Value != waits.Delay.Estimate.Value {
		t.Errorf("a thousand tokens of a thousand a minute wait %v, one request of one a minute %v", tokens.Delay.Estimate, waits.Delay.Estimate)
	}
}

// TestTracedCalls queues the calls of the steps that are named, and leaves the
// rest of the machines' time as it was.
func TestTracedCalls(t *testing.T) {
	b := NewProfileBuilder("r1", []string{"rules"})
	for i := range 10 {
		b.Add(&flow.Trial{Design: "rules", Index: int64(i), Weight: 1, Status: flow.Automated, Spans: []flow.Span{
			{Step: "read", Attempts: []flow.Attempt{{Latency: time.Hour}, {Latency: 30 * time.Second, TokensIn: 900, TokensOut: 100}}},
			{Step: "look", Attempts: []flow.Attempt{{Latency: 10 * time.Second}}},
		}}, Work{Known: true})
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	sc := read(t, office(), "run: latest\narrivals: {per_hour: 10}\nservices: {llm: {steps: [read], concurrency: 100, tokens: {per_hour: 1e6}}}\nweeks: 3\n")
	d := simulate(t, sc, p).Designs[0]
	wantIn(t, "turnaround", d.Turnaround.Mean, 40./3600)
	if math.Abs(d.Services[0].Load-0.01) > 1e-9 {
		t.Errorf("load %v, want that of the tokens, 0.01", d.Services[0].Load)
	}
	if _, err := Simulate(context.Background(), sc, p, 1); err != nil {
		t.Error(err)
	}
}

// TestRetryStorm: without a timeout an outage of a service is over when it is
// over; where callers give up and try again, the service works on what nobody
// waits for, and never recovers. Backoff with a budget recovers.
func TestRetryStorm(t *testing.T) {
	// A call takes ten minutes of one of ten places: a load of 0.75.
	const service = "llm: {latency: 10m, concurrency: 10, outages: [{at: 2024-01-09T12:00:00Z, lasts: 2h}], %s}"
	for _, c := range []struct {
		why, policy string
		recovers    bool
	}{
		{"nobody gives up", "retry: {attempts: 99, wait: 10m, factor: 1}", true},
		{"callers give up after twenty minutes and try again at once, without end", "timeout: 20m, retry: {attempts: 100, wait: 1m, factor: 1, jitter: false}", false},
		{"the same with a budget for retries", "timeout: 20m, retry: {attempts: 100, wait: 1m, factor: 1, jitter: false, budget: 0.1}", true},
	} {
		res := simulate(t, read(t, nil, fmt.Sprintf("cases: {services: [llm]}\narrivals: {per_hour: 45, bursts: [{at: 2024-01-09T14:00:00Z, lasts: 2h, factor: 4}]}\nservices: {%s}\nweeks: 2\nreplications: 2\nstart: 2024-01-01\n", fmt.Sprintf(service, c.policy))), nil)
		d := res.Designs[0]
		if open := d.Unfinished.Estimate.Value; (open < 100) != c.recovers {
			t.Errorf("%s: %v cases are open at the end, %+v", c.why, open, d.Services[0].Attempts.Estimate)
		}
	}
}
