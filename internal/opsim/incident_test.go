package opsim

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rehearse-dev/rehearse/internal/des"
)

// incidents simulates a scenario that stands alone, with what its incidents do.
func incidents(t *testing.T, text string, workers int) *Result {
	t.Helper()
	sc := parsed(t, "scenario: reference\nstart: 2026-01-05\n"+text)
	res := simulate(t, sc, nil)
	if err := Incidents(context.Background(), sc, nil, res, workers); err != nil {
		t.Fatal(err)
	}
	return res
}

// TestMetastable is a service at 70 % of what it can do, whose callers give up
// after three times as long as it takes and try again. It is down for a while,
// once. Callers who try again at a fixed pace come at once when it is back, wait
// longer than they are willing to, and keep it busy with attempts that nobody
// waits for any more: it never recovers, though nothing is wrong with it. With a
// budget of retries, or with growing pauses that spread them, it does.
func TestMetastable(t *testing.T) {
	const perHour = 84
	world := func(retry string) string {
		return `
cases: {services: [llm]}
arrivals: {per_hour: 84}
services:
  llm: {latency: 5m, concurrency: 10, timeout: 15m, retry: ` + retry + `, outages: [{at: 2026-01-13T10:00:00Z, lasts: 150m}]}
service_level: {turnaround: 1h, share: 0.9}
weeks: 2
replications: 3
`
	}
	for _, test := range []struct {
		name, retry string
		recovers    bool
	}{
		{"a fixed pace", "{attempts: 6, wait: 25m, factor: 1}", false},
		{"a budget", "{attempts: 6, wait: 25m, factor: 1, budget: 0.1}", true},
		{"growing pauses with jitter", "{attempts: 6, wait: 12h, factor: 2, jitter: true}", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := incidents(t, world(test.retry), 2).Designs[0]
			if len(d.Incidents) != 1 || len(d.Overloaded) > 0 {
				t.Fatalf("%d incidents, overloaded %v: want one, and a service that can do its work", len(d.Incidents), d.Overloaded)
			}
			got := d.Incidents[0]
			if want := indicator(test.recovers); got.Recovered.Estimate.Value != want {
				t.Errorf("recovered in a share of %v, want %v", got.Recovered.Estimate, want)
			}
			late, comes := got.Late.Estimate.Value, 5.5*24*perHour // in the five and a half days that are left
			if test.recovers {
				if r := got.Recovery.Estimate; !r.Valid || r.Value > 48 {
					t.Errorf("recovered after %v hours, want two days at most", r)
				}
				if late < 1.5*perHour || late > 0.1*comes {
					t.Errorf("%v cases late, want those of the outage and of a while after it", late)
				}
			} else {
				if got.Recovery.Estimate.Valid {
					t.Errorf("recovered after %v hours, and it never does", got.Recovery)
				}
				if late < 0.5*comes {
					t.Errorf("%v cases late, want most of the %v that come", late, comes)
				}
			}
			t.Logf("late %.0f of %.0f, recovered %v after %v h", late, comes, got.Recovered.Estimate, got.Recovery.Estimate)
		})
	}
}

// TestIncidentOfATeam wants an outage of a team to show as a fluid makes it:
// what comes meanwhile waits, and is worked off at what the team can do more
// than what comes.
func TestIncidentOfATeam(t *testing.T) {
	text := `
cases: {escalated: {desk: 1}}
arrivals: {per_hour: 60}
teams: {desk: {people: 10, minutes: 5, outages: [{at: 2026-01-13T10:00:00Z, lasts: 5h}]}}
deadline: 1h
weeks: 2
replications: 6
`
	res := incidents(t, text, 2)
	got := res.Designs[0].Incidents[0]
	wantNear := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s %.4g, want %.4g", what, got, want)
		}
	}
	// 300 cases come in five hours; 60 an hour more than come are worked off.
	wantNear("most cases beyond what there would be", got.Extra.Estimate.Value, 300, 25)
	wantNear("hours until then", got.ExtraAfter.Estimate.Value, 5, 0.5)
	wantNear("hours to recover", got.Recovery.Estimate.Value, 5, 1.2)
	wantNear("recovered", got.Recovered.Estimate.Value, 1, 0)
	// Those that come in the first four hours are late on arrival of the team;
	// then a case that comes h hours after 14:00 waits less and less.
	if late := got.Late.Estimate.Value; late < 450 || late > 560 {
		t.Errorf("%v cases late, want about 500", late)
	}
	wantNear("lost", got.Lost.Estimate.Value, 0, 0)
	if got.What != "outage of desk" || got.At != "2026-01-13 10:00 UTC" || got.Hours != 202 {
		t.Errorf("%q at %q, %v hours from the start", got.What, got.At, got.Hours)
	}
	if diff := cmp.Diff(res, incidents(t, text, 1)); diff != "" {
		t.Errorf("other figures with one worker:\n%s", diff)
	}
}

// TestIncidentOfAnAbsence wants people who are away for a day to show as a fluid
// makes it, and the scenario without it to be one that never had it.
func TestIncidentOfAnAbsence(t *testing.T) {
	text := func(away string) string {
		return "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 60}\nteams: {desk: {people: 10, minutes: 5, speed_spread: 0.1" + away + "}}\nweeks: 2\nreplications: 6\n"
	}
	const days = ", away: [{from: 2026-01-13, people: 6}]"
	res := incidents(t, text(days), 2)
	got := res.Designs[0].Incidents[0]
	// Four people work off 48 an hour of the 60 that come, for 24 hours; then 60
	// more are worked off than come.
	if x := got.Extra.Estimate.Value; math.Abs(x-288) > 40 {
		t.Errorf("%v cases more, want 288", x)
	}
	if x := got.Recovery.Estimate.Value; math.Abs(x-4.8) > 1.5 || got.Recovered.Estimate.Value != 1 {
		t.Errorf("recovered after %v hours in %v of the runs, want 4.8 in all", x, got.Recovered.Estimate)
	}
	if got.What != "6 of desk away" || got.At != "2026-01-13 00:00 UTC" || got.Hours != 192 {
		t.Errorf("%q at %q, %v hours from the start", got.What, got.At, got.Hours)
	}

	plan := func(away string) *plan {
		pl, err := newPlan(parsed(t, "scenario: reference\nstart: 2026-01-05\n"+text(away)), nil)
		if err != nil {
			t.Fatal(err)
		}
		return pl
	}
	without, never := plan(days), plan("")
	without.without = &happening{away: true, entry: everybody}
	for seed := range uint64(3) {
		a, b := transitions(t, without, seed), transitions(t, never, seed)
		if n := commonPrefix(a, b); n != len(a) || n != len(b) {
			t.Fatalf("without the absence, event %d is another one", n)
		}
		if n := commonPrefix(a, transitions(t, plan(days), seed)); n == len(a) {
			t.Error("an absence changes nothing")
		}
	}
}

// TestAway wants people not to work on the days on which they are away, by the
// clock of their zone, and to be named.
func TestAway(t *testing.T) {
	res := incidents(t, `
cases: {escalated: {desk: 1}}
arrivals: {per_hour: 10}
teams:
  desk:
    minutes: 5
    shift_end: hand_over
    people:
      - {name: Ana, away: [{from: 2026-01-14, to: 2026-01-15}, {from: 2026-01-01, to: 2026-01-06}]}
      - {people: 2, zone: Asia/Tokyo, hours: {daily: 00:00-24:00}, away: [{from: 2026-01-17, people: 1}]}
    away: [{from: 2026-01-16}]
weeks: 2
warm_up: 0
replications: 2
`, 2)
	var got []string
	for _, x := range res.Designs[0].Incidents {
		got = append(got, x.What+" at "+x.At+fmt.Sprintf(", hour %v", x.Hours))
	}
	want := []string{
		"desk away at 2026-01-16 00:00 UTC, hour 264",
		"Ana of desk away at 2026-01-14 00:00 UTC, hour 216",
		"Ana of desk away at 2026-01-01 00:00 UTC, hour 0",
		"1 of entry 2 of desk away at 2026-01-17 00:00 JST, hour 279",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("incidents (-want +got):\n%s", diff)
	}
	if w := strings.Join(res.Warnings, "\n"); strings.Contains(w, "not within") || !strings.Contains(w, "1 of entry 2 of desk away at 2026-01-17 00:00 JST ends 33 hours before") {
		t.Errorf("warnings %q", w)
	}
	pl, err := newPlan(parsed(t, "scenario: reference\nstart: 2026-01-05\ncases: {escalated: {desk: 1}}\narrivals: {per_hour: 1}\nteams: {desk: {minutes: 5, people: [{}, {people: 2, hours: {mon-fri: [22:00-06:00]}, away: [{from: 2026-01-06, people: 1}]}]}}\nweeks: 1\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pl.crew(0, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	// The night of Tuesday is one of Tuesday's hours, and Monday's goes on to 6.
	spans := c.pool.Servers[1].Shifts.Spans(0, 72)
	if diff := cmp.Diff([]des.Span{{From: 22, To: 30}, {From: 70, To: 72}}, spans); diff != "" {
		t.Errorf("shifts (-want +got):\n%s", diff)
	}
	if c.pool.Servers[0].Shifts != nil || len(c.pool.Servers[2].Shifts.Spans(0, 72)) != 3 {
		t.Error("others are away too")
	}
}

// TestIncidentOfABurst wants the scenario without a burst to be the
// scenario that never had it, and the one with it to have the same cases besides.
func TestIncidentOfABurst(t *testing.T) {
	text := func(bursts string) string {
		return "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 30" + bursts + "}\nteams: {desk: {people: 4, minutes: 6}}\nservice_level: {wait: 5m, share: 0.8}\nweeks: 2\nreplications: 12\n"
	}
	res := incidents(t, text(", bursts: [{at: 2026-01-14T12:00:00Z, lasts: 4h, factor: 3}]"), 2)
	got := res.Designs[0].Incidents[0]
	// 90 an hour come and 40 are worked off; then 10 an hour more than come.
	if x := got.Extra.Estimate.Value; math.Abs(x-200) > 25 {
		t.Errorf("%v cases more, want 200", x)
	}
	if x := got.Recovery.Estimate.Value; math.Abs(x-20) > 4 {
		t.Errorf("recovered after %v hours, want about 20", x)
	}
	if w := got.Late.Width() / got.Late.Estimate.Value; w > 0.3 {
		t.Errorf("late %v: the interval is wide, as if other cases came without the burst", *got.Late)
	}
	if got.What != "3 times the cases" {
		t.Errorf("%q", got.What)
	}

	// A plan that leaves the burst out has as many cases as one without any.
	pl, err := newPlan(parsed(t, "scenario: reference\n"+text(", bursts: [{at: 2024-01-10T12:00:00Z, lasts: 40h, factor: 5}]")), nil)
	if err != nil {
		t.Fatal(err)
	}
	pl.without = &happening{burst: true}
	arrived := 0.0
	const runs = 40
	for seed := range uint64(runs) {
		m, err := pl.run(context.Background(), &pl.designs[0], roster{{4}}, seed)
		if err != nil {
			t.Fatal(err)
		}
		arrived += float64(m.arrived) / runs
	}
	if want := 30. * 168; math.Abs(arrived-want) > 4*math.Sqrt(want/runs) {
		t.Errorf("%v cases without the burst, want %v", arrived, want)
	}
}

// TestIncidentsOutside wants those that cannot be seen to be said.
func TestIncidentsOutside(t *testing.T) {
	res := incidents(t, `
cases: {escalated: {desk: 1}}
arrivals: {per_hour: 3, bursts: [{at: 2027-01-14T12:00:00Z, lasts: 4h, factor: 3}, {at: 2026-01-12T12:00:00Z, lasts: 4h, factor: 0.5}]}
teams: {desk: {people: 4, minutes: 6, outages: [{at: 2026-01-18T12:00:00Z, lasts: 1h}, {at: 2026-01-06T12:00:00Z, lasts: 1h}]}}
weeks: 2
replications: 2
`, 2)
	said := strings.Join(res.Warnings, "\n")
	for _, want := range []string{
		"3 times the cases at 2027-01-14 12:00 UTC is not within the simulated weeks",
		"outage of desk at 2026-01-18 12:00 UTC ends 11 hours before the simulated weeks do",
		"outage of desk at 2026-01-06 12:00 UTC begins in the warm-up",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("warnings %q, want %q", said, want)
		}
	}
	if n := len(res.Designs[0].Incidents); n != 2 {
		t.Errorf("%d incidents, want the two outages", n)
	}
}
