package opsim

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// TestCapacity holds what people do in their shifts against what can be reckoned.
func TestCapacity(t *testing.T) {
	days := func(hours float64) (out []des.Span) {
		for d := range 28 {
			out = append(out, des.Span{From: float64(24 * d), To: float64(24*d) + hours})
		}
		return out
	}
	long := make([]float64, 20_000) // exponential, in order: one of each quantile, mixed
	for i := range long {
		u := (float64((i*7919)%len(long)) + .5) / float64(len(long))
		long[i] = -math.Log(1-u) * .5
	}
	for _, c := range []struct {
		why    string
		spans  []des.Span
		quiet  float64
		policy des.ShiftEnd
		atOnce int
		hours  []float64
		want   float64
		within float64
	}{
		{"an hour takes two cases of 50 minutes, the second until 20 to", days(1), 0, des.Finish, 1, []float64{5. / 6}, 100. / 60, 1e-9},
		{"what is handed over at the end fills the hours, no more", days(1), 0, des.HandOver, 1, []float64{5. / 6}, 1, 1e-9},
		{"the rest of an exponential case is as long as a case: 8 h and one of 30 minutes", days(8), 0, des.Finish, 1, long, 8.5 / 8, .005},
		{"with two in hand both are finished", days(8), 0, des.Finish, 2, long, 9. / 8, .01},
		{"nothing is begun in the last two hours: the rest of a case is done in them", days(8), 2, des.Finish, 1, long, 6.5 / 8, .005},
		{"no shift is long enough to begin anything", days(1), 2, des.Finish, 1, []float64{.1}, 0, 0},
		{"a case that takes until the next shift leaves less of it", days(8), 0, des.Finish, 1, []float64{24}, 3, 1e-9},
	} {
		if got := capacity(c.spans, c.quiet, c.policy, c.atOnce, c.hours); math.Abs(got-c.want) > c.within {
			t.Errorf("%s: %v of the hours, want %v", c.why, got, c.want)
		}
	}
}

// TestKeepsUpAfterHours simulates teams that keep up with what comes because they
// finish what they have begun.
func TestKeepsUpAfterHours(t *testing.T) {
	const world = `
cases: {escalated: {desk: 1}}
arrivals: {per_week: %v, per_hour: 1}
teams: {desk: {people: 1, minutes: 50, hours: {daily: 08:00-09:00}%s}}
service_level: {turnaround: 72h, share: 0.9}
weeks: 100
replications: 5
`
	for _, c := range []struct {
		why     string
		perWeek float64
		policy  string
		grows   bool
	}{
		{"fourteen a week can be begun", 12, "", false},
		{"and no more", 15, "", true},
		{"handed over, 8.4 can be done", 12, ", shift_end: hand_over", true},
		{"nothing is ever begun", 3, ", shift_end: {no_start_within: 2h, then: finish}", true},
	} {
		res, err := Simulate(context.Background(), parsed(t, "scenario: reference\n"+fmt.Sprintf(world, c.perWeek, c.policy)), nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		d := res.Designs[0]
		if grows := len(d.Overloaded) > 0; grows != c.grows {
			t.Errorf("%s: overloaded %v, want %v (load %v)", c.why, grows, c.grows, d.Teams[0].Load)
		}
		// The backlog that was simulated says the same.
		if grew := d.BacklogEnd.Estimate.Value > 40; grew != c.grows {
			t.Errorf("%s: %v open at the end", c.why, d.BacklogEnd.Estimate)
		}
	}
}

// TestPromiseExactlyMet has every case take as long as is promised.
func TestPromiseExactlyMet(t *testing.T) {
	for _, minutes := range []string{"0.1", "5", "7", "15", "20", "40"} {
		res, err := Simulate(context.Background(), parsed(t, `scenario: reference
cases: {escalated: {desk: 1}}
arrivals: {per_hour: 3}
teams: {desk: {people: unlimited, minutes: `+minutes+`}}
service_level: {turnaround: `+minutes+`m, share: 0.99}
deadline: `+minutes+`m
weeks: 10
replications: 2
`), nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		if d := res.Designs[0]; d.Kept.Estimate.Value != 1 || d.Overdue.Estimate.Value != 0 {
			t.Errorf("%s minutes: %v within them, %v past the deadline", minutes, d.Kept.Estimate, d.Overdue.Estimate)
		}
	}
}

// TestImpossible refuses what would not end, or not fit into memory.
func TestImpossible(t *testing.T) {
	for _, c := range []struct{ why, world, want string }{
		{"as many cases as nobody has", "arrivals: {per_hour: 1000000}\nteams: {desk: {people: 9, minutes: 1}}\nweeks: 3", "cases would come"},
		{"growth that ends in infinity", "arrivals: {per_hour: 3, growth: 0.5}\nteams: {desk: {people: 1, minutes: 15}}\nweeks: 5000", "cases would come"},
		{"a backlog that fits into no memory", "arrivals: {per_hour: 100000}\nteams: {desk: {people: 1, minutes: 15}}\nweeks: 3", "the backlog of"},
		{"shifts beyond the clock's range", "arrivals: {per_week: 2, per_hour: 1}\nteams: {desk: {people: 1, minutes: 15, hours: {daily: 08:00-18:00}}}\nweeks: 15300", "weeks with hours of work"},
	} {
		_, err := Simulate(context.Background(), parsed(t, "scenario: reference\ncases: {escalated: {desk: 1}}\n"+c.world+"\n"), nil, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.why, err, c.want)
		}
	}
}
