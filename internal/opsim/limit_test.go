package opsim

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// TestLimit holds the stability limit against the numbers, in cases an hour.
func TestLimit(t *testing.T) {
	for _, c := range []struct {
		why, change, with, by string
		want                  float64
	}{
		{"eight people, an hour a case", "", "", "desk", 8},
		{"other work takes two of them, at any volume", "mean: 60}}", "mean: 60}, other_work: {phone: {per_hour: 4, minutes: 30}}}", "desk", 6},
		{"other work takes all of them", "mean: 60}}", "mean: 60}, other_work: {phone: {per_hour: 16, minutes: 30}}}", "desk", 0},
		{"half away half of the days", "mean: 60}}", "mean: 60}, absence: 0.25}", "desk", 6},
		{"a service gives less than people", "{escalated: {desk: 1}}", "{escalated: {desk: 1}, services: [llm]}\nservices: {llm: {requests: {per_hour: 5}}}", "llm", 5},
		{"who waits too long goes away", "mean: 60}}", "mean: 60}, patience: 10}", "", math.Inf(1)},
	} {
		text := erlangDesk
		if c.change != "" {
			text = strings.Replace(text, c.change, c.with, 1)
		}
		pl, err := newPlan(read(t, nil, text), nil)
		if err != nil {
			t.Fatalf("%s: %v", c.why, err)
		}
		limit, by, err := pl.limit(&pl.designs[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := limit * 4; math.Abs(got-c.want) > 1e-9*c.want || by != c.by || math.IsInf(got, 1) != math.IsInf(c.want, 1) {
			t.Errorf("%s: %v an hour, by %q, want %v by %q", c.why, got, by, c.want, c.by)
		}
	}
}

// TestBreakWithoutLimit finds the break of a team whose backlog cannot grow for
// ever, above what it can do: half may go away.
func TestBreakWithoutLimit(t *testing.T) {
	text := strings.Replace(erlangDesk, "mean: 60}}", "mean: 60}, patience: {distribution: exponential, mean: 60}}", 1)
	sc := read(t, nil, strings.Replace(text, "wait: 30m, share: 0.8", "wait: 10h, share: 0.5", 1))
	res, err := SweepOver(context.Background(), sc, nil, SweepAsk{Volumes: []float64{0.1}, People: []int{8}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	// Nobody waits ten hours: of twice what eight can do, half is served.
	b := res.Swept[0].Break
	if got := b.PerWeek.Estimate.Value / scenario.WeekHours; b.Why != "" || b.Limit.Valid || b.AtLimit || math.Abs(got-16) > 0.5 {
		t.Errorf("breaks at %v an hour, want about 16: %+v", got, b)
	}
	c := res.Swept[0].Cells[0]
	if len(c.Overloaded) > 0 || c.Kept == nil {
		t.Errorf("%+v", c)
	}
}

// TestBreakSmall finds a break far below the limit.
func TestBreakSmall(t *testing.T) {
	text := strings.Replace(erlangDesk, "people: 8", "people: 1", 1)
	sc := read(t, nil, strings.Replace(text, "wait: 30m, share: 0.8", "wait: 0s, share: 0.98", 1))
	sc.Weeks = 100
	v := newVolumes(context.Background(), sc, nil, 2)
	b, err := v.breaks(0)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.02 * scenario.WeekHours // as many find the one person busy
	if kept := (des.MMc{Servers: 1, Arrival: 0.02, Service: 1}).Within(0); math.Abs(kept-0.98) > 1e-9 {
		t.Fatal(kept)
	}
	if b.Why != "" || b.PerWeek.Lower > want || b.PerWeek.Upper < want {
		t.Errorf("breaks at %+v, want %v in it", b.PerWeek, want)
	}
}

// TestShortened gives large volumes fewer replications, and says so.
func TestShortened(t *testing.T) {
	v := newVolumes(context.Background(), read(t, nil, erlangDesk), nil, 2)
	for _, c := range []struct {
		factor       float64
		replications int
	}{{1, 10}, {400, 7}, {4000, 5}} {
		pl, err := v.plan(c.factor)
		if err != nil {
			t.Fatal(err)
		}
		if pl.sc.Replications != c.replications {
			t.Errorf("%d replications at %v times the volume, want %d", pl.sc.Replications, c.factor, c.replications)
		}
	}
	if said := v.shortened([]float64{1, 400, 4000}); len(said) != 1 || !strings.Contains(said[0], "from 400 times") {
		t.Errorf("%q", said)
	}
	if said := v.shortened([]float64{1}); said != nil {
		t.Errorf("%q", said)
	}
	if _, err := v.plan(1e6); err == nil || !strings.Contains(err.Error(), "state less volume or growth, or fewer weeks") {
		t.Errorf("%v", err)
	}
}
