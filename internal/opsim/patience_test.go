package opsim

import (
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

const callers = "run: latest\narrivals: {per_hour: 9}\nteams: {clerks: {people: 8, minutes: {distribution: exponential, mean: 60}, patience: {from: {wait: waited, left: gave_up}}}}\nweeks: 40\nreplications: 8\n"

// waiting is a run whose cases waited: with an exponential patience, cut short
// when a person came, and all of them by the clerks.
func waiting(t *testing.T, cases int, patience, offered float64) *Profile {
	t.Helper()
	b := NewProfileBuilder("r1", []string{"as-is"})
	d := des.NewDraws(3, 0).For(0, 0)
	for i := range cases {
		b.Add(&flow.Trial{Design: "as-is", Index: int64(i), Weight: 1, Status: flow.Escalated, Team: "clerks"}, Work{Minutes: 60, Known: true})
		p, w := d.Exp(patience), d.Exp(offered)
		b.Waited(scenario.WaitColumns{Wait: "waited", Left: "gave_up"}, math.Min(p, w), p < w, 1)
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTracedPatience wants patience that is estimated from waits, of which most
// were cut short, to give the abandonment of Erlang A with the true patience.
func TestTracedPatience(t *testing.T) {
	const exact = 0.169597 // λ=9, μ=1, 8 servers, θ=0.5 an hour: patience of 120 minutes
	sc := read(t, office(), callers)
	res := simulate(t, sc, waiting(t, 20_000, 120, 40))
	got := res.Designs[0].Abandoned
	if math.Abs(got.Estimate.Value-exact) > 0.004 {
		t.Errorf("abandoned %v, want %v", got, exact)
	}
	said := func(r *Result) string {
		for _, o := range r.Origins {
			if o.Quantity == "clerks: patience" {
				return o.How + ": " + o.What
			}
		}
		return ""
	}
	if got, want := said(res), "traced: Kaplan-Meier, n=20000, 74.5% cut short, mean "; !strings.HasPrefix(got, want) {
		t.Errorf("origin %q, want %q", got, want)
	}
	few := simulate(t, sc, waiting(t, 100, 120, 40))
	if !strings.Contains(strings.Join(few.Warnings, "\n"), "patience is known roughly") || !strings.Contains(said(few), "are exponential with the mean hazard of all") {
		t.Errorf("few left: warnings %q, origin %q", few.Warnings, said(few))
	}
	if in := uncertain(t, read(t, office(), strings.Replace(callers, "weeks: 40", "weeks: 2", 1)), waiting(t, 300, 120, 40), 2); in.Designs[0].Inputs == nil {
		t.Error("no uncertainty of the inputs")
	}
}

func TestTracedPatienceRefuses(t *testing.T) {
	sc := read(t, office(), callers)
	for _, test := range []struct{ why, want string }{
		{"no case has the columns", "no case of the run has a value in the columns"},
		{"nobody left", "of 50 cases none was given up"},
		{"a negative wait", "minutes that cannot be"},
	} {
		p := waiting(t, 50, 1e9, 40)
		switch test.why {
		case "no case has the columns":
			p.waited = nil
		case "a negative wait":
			p.waited[scenario.WaitColumns{Wait: "waited", Left: "gave_up"}].Minutes[7] = -1
		}
		if _, err := newPlan(sc, p); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.why, err, test.want)
		}
	}
}
