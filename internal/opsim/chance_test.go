package opsim

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
)

// arrivalsOf draws the times of so many weeks of arrivals, most of them in
// office hours, as a scenario's model does.
func arrivalsOf(t *testing.T, weeks int, keys string, seed uint64, unit time.Duration) []time.Time {
	t.Helper()
	text := "scenario: reference\ncases: {escalated: {clerks: 1}}\narrivals: {per_hour: {mon-fri: {08:00-12:00: 6, 12:00-13:00: 2, 13:00-18:00: 5}, sat: {09:00-17:00: 0.5}}" + keys + "}\nteams: {clerks: {people: 1, minutes: 1}}\nreplications: 2\nstart: 2026-01-05\n"
	sc := parsed(t, text)
	sc.Weeks = weeks
	pl, err := newPlan(sc, nil)
	if err != nil {
		t.Fatal(err)
	}
	rates, err := pl.rates(seed)
	if err != nil {
		t.Fatal(err)
	}
	var out []time.Time
	m := &model{plan: pl, rates: rates, gaps: des.NewDraws(seed, forGaps)}
	batches := des.NewDraws(seed, forBatches)
	for at := 0.0; ; m.arrivals++ {
		d := m.gaps.For(m.arrivals, 0)
		amount := d.Exp(1)
		if g := sc.Arrivals.Gaps; g != nil {
			amount = g.Draw(&d) / g.Mean
		}
		if at = rates.Next(at, amount); at > pl.end {
			return out
		}
		size := 1
		if b := sc.Arrivals.Batch; b != nil {
			d := batches.For(m.arrivals, 0)
			size = b.Draw(&d)
		}
		for range size {
			out = append(out, pl.start.Add(time.Duration(at*float64(time.Hour))).Truncate(unit))
		}
	}
}

// cameAt is a run whose cases came at these times.
func cameAt(t *testing.T, times []time.Time) *Profile {
	t.Helper()
	b := NewProfileBuilder("r1", []string{"as-is"})
	for i, at := range times {
		b.Add(&flow.Trial{Design: "as-is", Index: int64(i), Time: at, Weight: 1, Status: flow.Escalated, Team: "clerks"}, Work{Minutes: 5, Known: true})
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestChance draws arrivals of every kind and wants those that are no Poisson
// process to be found, with what to write, and no more than 5 % of the others.
func TestChance(t *testing.T) {
	for _, test := range []struct {
		name, keys, why string
		unit            time.Duration
		weeks           int
		finds           string // of what is written; "": nothing
		atLeast         float64
	}{
		{"chance", "", "false alarms are 5 % at most", time.Second, 12, "", 0},
		{"rounded chance", "", "times rounded to the minute are spread over it", time.Minute, 12, "", 0},
		{"few", "", "half a year at a low volume", time.Second, 26, "", 0},
		{"hours only", "", "nothing is said of gaps within an hour", time.Hour, 12, "", 0},
		{"days", ", day_spread: 0.3", "", time.Second, 12, "day_spread: traced", 0.95},
		{"batches", ", batch: {distribution: geometric, mean: 2}", "", time.Second, 8, "batch: {distribution: geometric", 0.95},
		{"clumps", ", gaps: {distribution: gamma, scv: 3}", "", time.Second, 12, "gaps: {distribution: gamma, scv: ", 0.95},
		{"a beat", ", gaps: {distribution: gamma, scv: 0.3}", "", time.Second, 12, "gaps: {distribution: gamma, scv: 0.", 0.95},
		{"bursts", ", bursts: [{every: {distribution: exponential, mean: 30h}, lasts: 3h, factor: 3}]", "", time.Second, 20, "bursts: [...]", 0.9},
	} {
		t.Run(test.name, func(t *testing.T) {
			experiments := 25
			if test.finds == "" {
				experiments = 100
			}
			found, said := 0, 0
			for seed := range experiments {
				sc := read(t, office(), "run: latest\nteams: {clerks: {people: 3}}\n")
				pl, err := newPlan(sc, cameAt(t, arrivalsOf(t, test.weeks, test.keys, uint64(seed), test.unit)))
				if err != nil {
					t.Fatal(err)
				}
				warnings := strings.Join(pl.chanceWarnings(), "\n")
				if warnings != "" {
					said++
				}
				if test.finds != "" && strings.Contains(warnings, test.finds) {
					found++
				} else if test.finds != "" {
					t.Log(warnings)
				}
			}
			n := float64(experiments)
			if level := 0.05 + 2*math.Sqrt(0.05*0.95/n); test.finds == "" && float64(said) > level*n {
				t.Errorf("warnings in %d of %d, want at most %.0f", said, experiments, level*n)
			}
			if float64(found) < test.atLeast*n {
				t.Errorf("found in %d of %d, want at least %.0f", found, experiments, test.atLeast*n)
			}
		})
	}
}

// TestChanceSaid wants what case times contradict to come first in the answer,
// to be called assumed, and to be gone once the scenario says it.
func TestChanceSaid(t *testing.T) {
	p := cameAt(t, arrivalsOf(t, 12, ", day_spread: 0.4", 1, time.Second))
	run := func(arrivals string) *Result {
		return simulate(t, read(t, office(), "run: latest\nteams: {clerks: {people: 3}}\nreplications: 2\n"+arrivals), p)
	}
	origin := func(r *Result, quantity string) Origin {
		for _, o := range r.Origins {
			if o.Quantity == quantity {
				return o
			}
		}
		return Origin{}
	}
	plain := run("")
	if len(plain.Warnings) == 0 || !strings.Contains(plain.Warnings[0], "write arrivals: {day_spread: traced}") {
		t.Errorf("warnings %q, want that of days first", plain.Warnings)
	}
	if o := origin(plain, "difference between days"); o.How != Assumed || !strings.Contains(o.What, "contradict") {
		t.Errorf("difference between days: %+v, want it assumed against what the case times say", o)
	}
	if o := origin(plain, "gaps between arrivals"); o.How != Traced {
		t.Errorf("gaps between arrivals: %+v, want them traced", o)
	}
	for _, arrivals := range []string{"arrivals: {day_spread: traced}", "arrivals: {day_spread: 0.4}", "arrivals: {per_hour: 5}"} {
		if r := run(arrivals); strings.Contains(strings.Join(r.Warnings, "\n"), "Poisson") {
			t.Errorf("%s: %q, want nothing of days", arrivals, r.Warnings)
		}
	}
	var dates []time.Time
	for _, at := range p.times {
		dates = append(dates, at.Truncate(24*time.Hour))
	}
	p = cameAt(t, dates)
	if r := run(""); len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "dates without hours") {
		t.Errorf("%q, want it said that cases have dates only", r.Warnings)
	}
}

// TestTracedSpreadBesideBatches wants the spread of days to be estimated without
// what batches make days differ by.
func TestTracedSpreadBesideBatches(t *testing.T) {
	keys := ", day_spread: 0.3, batch: {distribution: geometric, mean: 4}"
	mean, alone := 0.0, 0.0
	const experiments = 10
	for seed := range uint64(experiments) {
		p := cameAt(t, arrivalsOf(t, 40, keys, seed, time.Second))
		for arrivals, to := range map[string]*float64{"batch: {distribution: geometric, mean: 4}, ": &mean, "": &alone} {
			pl, err := newPlan(read(t, office(), "run: latest\nteams: {clerks: {people: 3}}\narrivals: {"+arrivals+"day_spread: traced}\n"), p)
			if err != nil {
				t.Fatal(err)
			}
			*to += pl.daySpread / experiments
		}
	}
	if math.Abs(mean-0.3) > 0.04 || alone < 0.34 {
		t.Errorf("spread of days %.3f, and %.3f without the batches; want 0.3, and more", mean, alone)
	}
}
