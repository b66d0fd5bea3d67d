package opsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// TestStaffErlang finds the team that the Erlang C formula gives, where its
// assumptions hold, and prints intervals that hold the formula's values.
func TestStaffErlang(t *testing.T) {
	for _, c := range []struct {
		arrival, minutes, within, share float64
	}{
		{20, 15, 0.1, 0.8},
		{6, 40, 0.5, 0.9},
		{1, 30, 0.05, 0.7},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			sc := read(t, nil, fmt.Sprintf(`
cases: {escalated: {clerks: 1}}
arrivals: {per_hour: %v}
teams: {clerks: {people: 3, minutes: {distribution: exponential, mean: %v}}}
service_level: {wait: %vh, share: %v}
weeks: 26
seed: 5
`, c.arrival, c.minutes, c.within, c.share))
			res, err := Staff(context.Background(), sc, nil, 2)
			if err != nil {
				t.Fatal(err)
			}
			a := res.Answers[0]
			want := des.ServersFor(c.arrival, 60/c.minutes, c.within, c.share)
			if a.Teams[0].People != want || a.Unreachable != "" {
				t.Fatalf("%d people, want %d: %+v", a.Teams[0].People, want, a)
			}
			exact := func(n int) float64 {
				return des.MMc{Servers: n, Arrival: c.arrival, Service: 60 / c.minutes}.Within(c.within)
			}
			wantIn(t, "share kept", *a.At.Kept, exact(want))
			if fewer := a.Teams[0].Groups[0]; fewer.Overloaded {
				if c.arrival*c.minutes/60 < float64(want-1) {
					t.Error("one fewer is not overloaded")
				}
			} else {
				wantIn(t, "share kept with one fewer", *fewer.OneFewer, exact(want-1))
				if fewer.OneFewer.Lower >= c.share {
					t.Errorf("one fewer keeps the service level too: %+v", fewer.OneFewer)
				}
			}
			if a.At.Kept.Lower < c.share {
				t.Errorf("the service level is not kept: %+v", a.At.Kept)
			}
		})
	}
}

// TestStaffTeams staffs two teams at once: none can be made smaller.
func TestStaffTeams(t *testing.T) {
	sc := read(t, nil, `
cases: {escalated: {clerks: 0.5, seniors: 0.2}}
arrivals: {per_hour: 12}
teams:
  clerks: {people: 9, minutes: {distribution: exponential, mean: 20}}
  seniors: {people: 9, minutes: {distribution: gamma, mean: 40, scv: 0.5}}
service_level: {turnaround: 2h, share: 0.97}
weeks: 10
`)
	res, err := Staff(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	a := res.Answers[0]
	if a.At.Kept.Lower < 0.97 {
		t.Errorf("the service level is not kept: %+v", a.At.Kept)
	}
	for _, team := range a.Teams {
		if team.People < 1 || team.People >= 9 {
			t.Errorf("%+v", team)
		}
		if g := team.Groups[0]; !g.Overloaded && g.OneFewer.Lower >= 0.97 {
			t.Errorf("%s can be made smaller: %+v", team.Name, team)
		}
	}
	again, err := Staff(context.Background(), sc, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	x, err1 := json.Marshal(res)
	y, err2 := json.Marshal(again)
	if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
		t.Error("the number of workers changes the answer", err1, err2)
	}
}

func TestStaffUnreachable(t *testing.T) {
	for _, c := range []struct{ team, level, why string }{
		{"{people: 1, minutes: 10, hours: {mon-fri: [09:00-17:00]}}", "{turnaround: 4h, share: 0.9}", "nobody works at night, when half of the cases come"},
		{"{people: 1, minutes: 600}", "{turnaround: 1h, share: 0.9}", "a case takes ten hours"},
	} {
		sc := read(t, nil, "cases: {escalated: {clerks: 1}}\narrivals: {per_hour: 4}\nweeks: 4\nteams: {clerks: "+c.team+"}\nservice_level: "+c.level+"\n")
		res, err := Staff(context.Background(), sc, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		if a := res.Answers[0]; !strings.HasPrefix(a.Unreachable, `more people in "clerks" do not help`) || a.At == nil {
			t.Errorf("%s: %+v", c.why, a)
		}
	}
}

func TestStaffRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"cases: {escalated: {clerks: 1}}\narrivals: {per_hour: 4}\nteams: {clerks: {people: 1, minutes: 5}}\n", "the scenario has no service level to staff for: state service_level: {turnaround: 24h, share: 0.95} in it or in the workflow"},
		{"cases: {escalated: {clerks: 1}}\narrivals: {per_hour: 4}\nteams: {clerks: {people: 1, minutes: 5, hours: {}}}\nservice_level: {turnaround: 1h, share: 0.5}\n", `team "clerks" is never on duty in the weeks that are measured`},
		{"cases: {escalated: {clerks: 1}}\narrivals: {per_hour: 4}\nteams: {clerks: {people: 1, minutes: 5, hours: {mon: 09:00-09:10}, shift_end: {no_start_within: 1h}}}\nservice_level: {turnaround: 1h, share: 0.5}\n", `the shifts of team "clerks" are too short to begin anything in: nothing is begun within 1h0m0s of their end`},
	} {
		if _, err := Staff(context.Background(), read(t, nil, c.text), nil, 1); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
