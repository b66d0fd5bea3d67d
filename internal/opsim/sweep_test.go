package opsim

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// erlangDesk is a scenario in which the Erlang C formula holds.
const erlangDesk = `
cases: {escalated: {desk: 1}}
arrivals: {per_hour: 4}
teams: {desk: {people: 8, minutes: {distribution: exponential, mean: 60}}}
service_level: {wait: 30m, share: 0.8}
weeks: 10
replications: 10
seed: 2
`

// TestBreakErlang finds the volume at which the Erlang C formula says that the
// service level breaks, and the limit above which there is no steady state.
func TestBreakErlang(t *testing.T) {
	res, err := SweepOver(context.Background(), read(t, nil, erlangDesk), nil, SweepAsk{Volumes: []float64{1}, People: []int{8}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	b := res.Swept[0].Break
	const want = 6.37453852 * 7 * 24 // cases a week
	if b.PerWeek.Lower > want || b.PerWeek.Upper < want || b.PerWeek.Width() > 0.1*want {
		t.Errorf("breaks at %v (%v to %v) cases a week, want %v within a tenth", b.PerWeek.Estimate, b.PerWeek.Lower, b.PerWeek.Upper, want)
	}
	if math.Abs(b.Limit.Value-8*7*24) > 1e-6 || b.LimitTeam != "desk" || b.Binding != "desk" || b.AtLimit {
		t.Errorf("limit %v of %q, binding %q", b.Limit, b.LimitTeam, b.Binding)
	}
	// One person more at the break is worth what the formula says.
	exact := des.MMc{Servers: 9, Arrival: want / (7 * 24), Service: 1}.Within(0.5) - 0.8
	wantIn(t, "gain of one more", b.Gains[0].Kept, exact)
}

// TestBreakOutOfReach says why no volume is small, or large, enough.
func TestBreakOutOfReach(t *testing.T) {
	for _, c := range []struct{ why, change, with, want string }{
		{"the case alone takes longer than promised", "wait: 30m", "turnaround: 10m", "few cases do not keep it either"},
		{"nobody is there", "people: 8", "people: 0", `nobody of "desk" has time for a case`},
		{"no case needs anybody", "{desk: 1}", "{desk: 0}", "no case needs a team"},
	} {
		v := newVolumes(context.Background(), read(t, nil, strings.Replace(erlangDesk, c.change, c.with, 1)), nil, 2)
		b, err := v.breaks(0)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.Why, c.want) || b.PerWeek.Estimate.Valid {
			t.Errorf("%s: %+v, want %q", c.why, b, c.want)
		}
	}
}

const twoTeams = `
cases: {escalated: {desk: 0.7, experts: 0.2}}
arrivals: {per_hour: 10}
teams:
  desk: {people: 6, minutes: {distribution: exponential, mean: 30}}
  experts: {people: 3, minutes: {distribution: exponential, mean: 60}}
service_level: {turnaround: 4h, share: 0.9}
weeks: 6
replications: 6
seed: 2
`

// TestSweep holds the parts of a sweep against each other and against Staff.
func TestSweep(t *testing.T) {
	sc := read(t, nil, twoTeams)
	volumes := []float64{1.5, 0.5, 1, 1}
	res, err := SweepOver(context.Background(), sc, nil, SweepAsk{Volumes: volumes}, 2)
	if err != nil {
		t.Fatal(err)
	}
	d := res.Swept[0]
	if res.Team != "experts" || d.Break.LimitTeam != "experts" || d.Break.Binding != "experts" {
		t.Errorf("team %q, limit by %q, binding %q: want that with the highest load", res.Team, d.Break.LimitTeam, d.Break.Binding)
	}
	if len(d.Headcount) != 3 || d.Headcount[0].Factor != 0.5 {
		t.Fatalf("%+v", d.Headcount)
	}
	staffed, err := Staff(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, team := range staffed.Answers[0].Teams {
		if got := d.Headcount[1].Teams[i].People; got != team.People {
			t.Errorf("%d in %q at the scenario's volume, Staff says %d", got, team.Name, team.People)
		}
	}
	for i := 1; i < len(d.Headcount); i++ {
		if d.Headcount[i].People < d.Headcount[i-1].People {
			t.Errorf("more cases take fewer people: %+v", d.Headcount)
		}
	}
	// A larger team keeps no less, a larger volume no more; a cell that is
	// overloaded says so and is not simulated.
	at := map[string]*SweptCell{}
	for i := range d.Cells {
		c := &d.Cells[i]
		at[fmt.Sprint(c.People, c.Factor)] = c
		if (len(c.Overloaded) > 0) != (c.Kept == nil) || len(c.Overloaded) == 0 && c.Growth > 0 || c.Growth < 0 {
			t.Errorf("%+v", c)
		}
	}
	for i := range d.Cells {
		c := &d.Cells[i]
		if c.Kept == nil {
			continue
		}
		for _, other := range d.Cells {
			if other.Kept != nil && other.People >= c.People && other.Factor <= c.Factor && other.Kept.Estimate.Value < c.Kept.Estimate.Value-0.01 {
				t.Errorf("%d people at ×%v keep %v, %d at ×%v only %v", c.People, c.Factor, c.Kept.Estimate, other.People, other.Factor, other.Kept.Estimate)
			}
		}
	}
	now := simulate(t, sc, nil).Designs[0]
	if c := at["3 1"]; c == nil || c.Kept.Estimate != now.Kept.Estimate {
		t.Errorf("the cell of the scenario is %+v, Simulate says %+v", c, now.Kept)
	}
}

// TestSweepAsk refuses what cannot be swept.
func TestSweepAsk(t *testing.T) {
	for _, c := range []struct{ change, with, want string }{
		{"service_level: {wait: 30m, share: 0.8}", "title: none", "no service level"},
		{"{desk: 1}", "{desk: 0}", "no design gives a case to a team"},
	} {
		_, err := SweepOver(context.Background(), read(t, nil, strings.Replace(erlangDesk, c.change, c.with, 1)), nil, SweepAsk{}, 2)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.with, err, c.want)
		}
	}
	if _, err := SweepOver(context.Background(), read(t, nil, erlangDesk), nil, SweepAsk{Team: "nosuch"}, 2); err == nil {
		t.Error("a team that is not there is swept")
	}
}
