package opsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// monday is the first day of a traced year.
var monday = time.Date(2025, time.January, 6, 0, 0, 0, 0, time.UTC)

// history is a profile of so many cases, one an hour from 8 to 18 on weekdays:
// three in ten are hard, and go to the clerks under "rules", for an hour each;
// under "as-is" all go to them, the easy ones for ten minutes.
func history(t testing.TB, cases int) *Profile {
	t.Helper()
	b := NewProfileBuilder("r1", []string{"as-is", "rules"})
	at := monday.Add(8 * time.Hour)
	for i := range cases {
		minutes, cost := 10.0, 0.0
		rules := flow.Trial{Status: flow.Automated, Spans: []flow.Span{
			{Attempts: []flow.Attempt{{Latency: 30 * time.Second}}},
			{Attempts: []flow.Attempt{{Latency: time.Hour}}, Shadow: true},
		}}
		if i%10 < 3 {
			minutes, cost = 60, 5
			rules = flow.Trial{Status: flow.Escalated, Team: "clerks"}
		}
		asIs := flow.Trial{Status: flow.Escalated, Team: "clerks"}
		for name, tr := range map[string]*flow.Trial{"as-is": &asIs, "rules": &rules} {
			tr.Design, tr.Case, tr.Index, tr.Time, tr.Weight = name, fmt.Sprint("c", i), int64(i), at, 1
			b.Add(tr, Work{Minutes: minutes, Known: true, Cost: cost})
		}
		if at = at.Add(time.Hour); at.Hour() == 18 {
			at = at.Add(14 * time.Hour)
			for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
				at = at.AddDate(0, 0, 1)
			}
		}
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func simulate(t testing.TB, sc *scenario.Scenario, p *Profile) *Result {
	t.Helper()
	res, err := Simulate(context.Background(), sc, p, 2)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// wantIn checks that an interval holds a value.
func wantIn(t *testing.T, what string, iv stats.Interval, want float64) {
	t.Helper()
	// Five half-widths of 95 %: a test, not an experiment.
	slack := 2.5 * iv.Width()
	if !iv.Estimate.Valid || math.Abs(iv.Estimate.Value-want) > slack+1e-9 {
		t.Errorf("%s = %v (%v to %v), want %v", what, iv.Estimate, iv.Lower, iv.Upper, want)
	}
}

const officeHours = `
run: latest
teams: {clerks: {hours: {mon-fri: [08:00-18:00]}}}
weeks: 10
seed: 3
`

// TestWholeCases draws cases whole: what goes to people is what is hard.
func TestWholeCases(t *testing.T) {
	res := simulate(t, read(t, office(), officeHours), history(t, 500))
	if len(res.Designs) != 2 {
		t.Fatalf("%d designs", len(res.Designs))
	}
	asIs, rules := res.Designs[0], res.Designs[1]
	wantIn(t, "cases a week", stats.Interval{Estimate: stats.Num(res.PerWeek)}, 50)
	wantIn(t, "escalated", rules.Escalated, 0.3)
	wantIn(t, "minutes of as-is", asIs.Minutes, 0.3*60+0.7*10)
	wantIn(t, "minutes of rules", rules.Minutes, 0.3*60)
	wantIn(t, "cost of as-is", asIs.Cost, 0.3*5+30*25./60)
	wantIn(t, "cost of rules", rules.Cost, 0.3*5+30*18./60)
	if got := rules.Turnaround.P50.Estimate.Value; math.Abs(got-30./3600) > 1e-3*30./3600*20 {
		t.Errorf("median turnaround %v h, want the machine's half minute", got)
	}
	// A person with work at hand ends the last case of a day after hours: the rest
	// of a case that is cut by chance, E[S²] / 2E[S].
	utilisation := 50 * 25. / 60 / (4 * 50)
	hours := 10 + (0.3*60*60+0.7*10*10)/(2*25)/60
	if got, want := asIs.Teams[0].Load, utilisation*10/hours; math.Abs(got-want) > 2e-3*want {
		t.Errorf("load %v, want %v", got, want)
	}
	wantIn(t, "utilisation", asIs.Teams[0].Utilisation, utilisation)
}

// TestSameCases has both designs meet the same cases, so that their costs
// differ by what the design does, and not by luck.
func TestSameCases(t *testing.T) {
	sc, p := read(t, office(), officeHours), history(t, 500)
	pl, err := newPlan(sc, p)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		asIs, err1 := pl.run(context.Background(), &pl.designs[0], rosterOf(sc), seed)
		rules, err2 := pl.run(context.Background(), &pl.designs[1], rosterOf(sc), seed)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		easy := float64(rules.arrived - rules.escalated)
		if asIs.arrived != rules.arrived || math.Abs(asIs.hours-rules.hours-easy*10/60) > 1e-9 {
			t.Errorf("seed %d: %d and %d cases, %v and %v hours", seed, asIs.arrived, rules.arrived, asIs.hours, rules.hours)
		}
	}
}

// TestDeterminism wants the same bytes at any number of workers, and others
// with another seed.
func TestDeterminism(t *testing.T) {
	sc, p := read(t, office(), officeHours+"arrivals: {day_spread: 0.3}\n"), history(t, 500)
	sc.Teams[0].SpeedSpread = 0.3
	var first []byte
	for _, workers := range []int{1, 2, 8} {
		res, err := Simulate(context.Background(), sc, p, workers)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Errorf("%d workers give other bytes than one", workers)
		}
	}
	sc.Seed++
	other, err := json.Marshal(simulate(t, sc, p))
	if err != nil || bytes.Equal(first, other) {
		t.Errorf("another seed gives the same bytes (%v)", err)
	}
}

// TestOverload says that a team is overloaded before it averages anything, and
// by how much the backlog grows.
func TestOverload(t *testing.T) {
	sc := read(t, nil, `
cases: {escalated: {clerks: 0.5}}
arrivals: {per_hour: 6}
teams: {clerks: {people: 2, minutes: {distribution: exponential, mean: 60}}}
service_level: {turnaround: 4h, share: 0.9}
weeks: 6
warm_up: 2
`)
	d := simulate(t, sc, nil).Designs[0]
	if len(d.Overloaded) != 1 || d.Overloaded[0] != "clerks" || d.Turnaround != nil || d.Kept != nil || d.Teams[0].Queue != nil {
		t.Fatalf("overload 1.5 is not said to be one: %+v", d)
	}
	team := d.Teams[0]
	if math.Abs(team.Load-1.5) > 1e-12 || math.Abs(team.Growth-168) > 1e-9 {
		t.Errorf("load %v, growth %v a week, want 1.5 and 168", team.Load, team.Growth)
	}
	wantIn(t, "backlog after six weeks", d.BacklogEnd, 6*168)
}

// TestUnsteady warns where a queue near its limit has not settled, and not
// where it has.
func TestUnsteady(t *testing.T) {
	for _, c := range []struct {
		minutes float64
		warns   bool
		why     string
	}{
		{59.9, true, "a load of 0.998 takes thousands of hours to settle"},
		{40, false, "a load of 0.67 settles within a day"},
	} {
		sc := read(t, nil, fmt.Sprintf("cases: {escalated: {clerks: 1}}\narrivals: {per_hour: 8}\nteams: {clerks: {people: 8, minutes: {distribution: exponential, mean: %v}}}\nweeks: 6\nwarm_up: 1\nreplications: 40\n", c.minutes))
		d := simulate(t, sc, nil).Designs[0]
		if got := len(d.Warnings) > 0; got != c.warns || d.Turnaround == nil {
			t.Errorf("mean work of %v minutes: warnings %q: %s", c.minutes, d.Warnings, c.why)
		}
	}
}

// TestNobodyOnDuty tells a team of which nobody is there from one whose shifts are
// too short to begin anything.
func TestNobodyOnDuty(t *testing.T) {
	for _, c := range []struct {
		desk     string
		growth   float64
		tooShort bool
		tightest string
		why      string
	}{
		{"people: 0", 168, false, "", "there are no people"},
		{"people: 2, hours: {}", 168, false, "", "they have no hours"},
		{"people: 2, hours: {mon: 09:00-09:10}, shift_end: {no_start_within: 1h}", 168, true, "", "the hour before the end is longer than the shift"},
		{"people: [{people: 2, skills: [a]}, {people: 0, skills: [b]}]", 84, false, "b", "nobody takes b"},
		{"people: [{people: 2, skills: [a]}, {people: 2, skills: [b], hours: {mon: 09:00-09:10}}], shift_end: {no_start_within: 1h}", 84, true, "b", "those who take b have no time to begin"},
		{"people: [{people: 2, skills: [a]}, {people: 0, skills: [a, b]}, {people: 2, skills: [a], hours: {mon: 09:00-09:10}}], shift_end: {no_start_within: 1h}", 84, false, "b", "those whose shifts are short do not take b"},
	} {
		sc := read(t, nil, "cases: {kinds: {a: 0.5, b: 0.5}, escalated: {desk: 1}}\narrivals: {per_hour: 1}\nweeks: 2\nreplications: 2\nteams: {desk: {minutes: 5, "+c.desk+"}}\n")
		res := simulate(t, sc, nil)
		team := res.Designs[0].Teams[0]
		if !team.NoOne || math.Abs(team.Growth-c.growth) > 1e-9 || team.TooShort != c.tooShort || strings.Join(team.Tightest, ", ") != c.tightest {
			t.Errorf("%s: %+v", c.why, team)
		}
		if _, err := json.Marshal(res); err != nil {
			t.Error(err)
		}
	}
}

// TestCalendar has cases that come on Saturday wait until Monday, by the clock
// on the wall.
func TestCalendar(t *testing.T) {
	for _, c := range []struct {
		start string
		low   float64
		why   string
	}{
		{"2026-03-02", 44, "an ordinary weekend"},
		{"2026-03-23", 43, "summer time begins on Sunday: the night is an hour shorter"},
		{"2026-10-19", 45, "summer time ends on Sunday: the night is an hour longer"},
		{"2026-04-27", 92, "the Monday is a holiday: on Wednesday, the next day of work"},
	} {
		sc := read(t, nil, fmt.Sprintf(`
cases: {escalated: {clerks: 1}}
arrivals: {zone: Europe/Berlin, per_hour: {sat: {12:00-13:00: 20}}}
teams: {clerks: {people: 90, minutes: 1, zone: Europe/Berlin, hours: {mon: 09:00-17:00, wed: 09:00-17:00}, closed: [2026-05-04]}}
start: %s
weeks: 2
warm_up: 0
`, c.start))
		pl, err := newPlan(sc, nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := pl.run(context.Background(), &pl.designs[0], rosterOf(sc), 1)
		if err != nil {
			t.Fatal(err)
		}
		wait := m.pools[0].Classes[0].Wait
		if wait.N == 0 || wait.Min < c.low || wait.Max > c.low+1 {
			t.Errorf("start %s: %d waits from %v to %v hours, want them between %v and %v: %s", c.start, wait.N, wait.Min, wait.Max, c.low, c.low+1, c.why)
		}
	}
}

// TestLateAtTheEnd counts open cases that are late already as late, and leaves
// out those of which nothing is known yet.
func TestLateAtTheEnd(t *testing.T) {
	for _, c := range []struct {
		level     string
		all, none bool
		why       string
	}{
		{"{turnaround: 1h, share: 0.9}", false, true, "nobody finishes: who came over an hour ago is late"},
		{"{wait: 1h, share: 0.9}", false, true, "all but the first wait for ever"},
		{"{turnaround: 400h, share: 0.9}", true, true, "nothing is known of cases that may still be in time"},
	} {
		sc := read(t, nil, `
cases: {escalated: {clerks: 1}}
arrivals: {per_hour: 2}
teams: {clerks: {people: 1, minutes: 1000000}}
weeks: 2
warm_up: 1
service_level: `+c.level)
		pl, err := newPlan(sc, nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := pl.run(context.Background(), &pl.designs[0], rosterOf(sc), 1)
		if err != nil {
			t.Fatal(err)
		}
		if (m.judged == 0) != c.all || (m.kept == 0) != c.none || m.open != m.arrived {
			t.Errorf("%s: %d kept of %d judged, %d open of %d: %s", c.level, m.kept, m.judged, m.open, m.arrived, c.why)
		}
	}
}

// TestFailed counts cases that nobody receives as outside the service level.
func TestFailed(t *testing.T) {
	b := NewProfileBuilder("r1", []string{"rules"})
	for i := range 10 {
		tr := &flow.Trial{Design: "rules", Index: int64(i), Weight: 1, Status: flow.Automated}
		if i == 0 {
			tr.Status = flow.Failed
		}
		b.Add(tr, Work{Known: true})
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	res := simulate(t, read(t, office(), "run: latest\narrivals: {per_hour: 10}\n"), p)
	d := res.Designs[0]
	wantIn(t, "failed", d.Failed, 0.1)
	wantIn(t, "kept", *d.Kept, 0.9)
	if text := strings.Join(res.Warnings, "\n"); !strings.Contains(text, "only 10 traced cases") || !strings.Contains(text, "nobody receives 10.0% of the cases") {
		t.Errorf("warnings: %s", text)
	}
}

func TestProfile(t *testing.T) {
	escalated := func(index int64, design string) *flow.Trial {
		return &flow.Trial{Design: design, Index: index, Weight: 1, Status: flow.Escalated, Team: "clerks"}
	}
	t.Run("a case without minutes has those of another", func(t *testing.T) {
		b := NewProfileBuilder("r1", []string{"a"})
		b.Add(escalated(0, "a"), Work{Minutes: 30, Known: true})
		b.Add(escalated(1, "a"), Work{})
		p, err := b.Profile()
		if err != nil || p.Designs[0].Guessed != 1 || p.Designs[0].entries[1].hours != 0.5 {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("a case that was not tried everywhere is left out", func(t *testing.T) {
		b := NewProfileBuilder("r1", []string{"a", "b"})
		for i := range int64(3) {
			b.Add(escalated(i, "a"), Work{Minutes: 30, Known: true})
			other := escalated(i, "b")
			if i == 1 {
				other.Status = flow.NotMeasured
			}
			b.Add(other, Work{Minutes: 30, Known: true})
		}
		p, err := b.Profile()
		if err != nil || p.Cases != 2 || p.Left != 1 || len(p.Designs[1].entries) != 2 {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("repeats are cases, and come once", func(t *testing.T) {
		b := NewProfileBuilder("r1", []string{"a", "b"})
		for i := range int64(3) {
			for _, design := range []string{"a", "b"} { // as the record has them: design by design
				for repeat := range 2 {
					tr := escalated(i, design)
					tr.Repeat, tr.Time = repeat, monday
					b.Add(tr, Work{Minutes: 60 * float64(repeat), Known: true})
				}
			}
		}
		p, err := b.Profile()
		if err != nil || p.Cases != 3 || len(p.sum) != 6 || p.Left != 0 || len(p.times) != 3 {
			t.Fatalf("%+v, %v", p, err)
		}
		for i := range 6 {
			if x, y := p.Designs[0].entries[i].hours, p.Designs[1].entries[i].hours; x != y || x != float64(i%2) {
				t.Errorf("entry %d: %v and %v hours, want the same repeat's", i, x, y)
			}
		}
	})
	t.Run("variants and other designs are passed over", func(t *testing.T) {
		b := NewProfileBuilder("r1", []string{"a"})
		variant := escalated(0, "a")
		variant.Variant = "oracle"
		b.Add(variant, Work{})
		b.Add(escalated(0, "b"), Work{})
		if _, err := b.Profile(); err == nil || err.Error() != "run r1 has no case that was tried under every design" {
			t.Error(err)
		}
	})
	t.Run("minutes that nobody knows", func(t *testing.T) {
		b := NewProfileBuilder("r1", []string{"a"})
		b.Add(escalated(0, "a"), Work{})
		p, err := b.Profile()
		if err != nil {
			t.Fatal(err)
		}
		_, err = Simulate(context.Background(), read(t, office(), "run: latest\narrivals: {per_hour: 1}\n"), p, 1)
		want := `nothing says how long team "clerks" works on the cases of design "a": state the team's minutes in the scenario or the workflow`
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	})
	t.Run("weights", func(t *testing.T) {
		b := NewProfileBuilder("r1", []string{"a"})
		for i, weight := range []float64{1, 3} {
			tr := escalated(int64(i), "a")
			tr.Weight = weight
			b.Add(tr, Work{Minutes: 60 * float64(i), Known: true})
		}
		p, err := b.Profile()
		if err != nil {
			t.Fatal(err)
		}
		draws, heavy := des.NewDraws(1, 1), 0
		const n = 10_000
		for i := range n {
			heavy += p.pick(draws.For(int64(i), 0))
		}
		if share := float64(heavy) / n; math.Abs(share-0.75) > 0.02 {
			t.Errorf("the case of weight 3 is drawn in %v of all draws, want 0.75", share)
		}
	})
}

// TestDaySpread has days differ by more than chance, and the volume stay.
func TestDaySpread(t *testing.T) {
	for _, spread := range []float64{0, 0.5} {
		sc := read(t, nil, fmt.Sprintf("cases: {}\narrivals: {per_hour: 10, day_spread: %v}\nweeks: 1\n", spread))
		pl, err := newPlan(sc, nil)
		if err != nil {
			t.Fatal(err)
		}
		var weeks des.Tally
		for seed := range uint64(400) {
			m, err := pl.run(context.Background(), &pl.designs[0], nil, seed)
			if err != nil {
				t.Fatal(err)
			}
			weeks.Add(float64(m.arrived))
		}
		variance := 1680 + 7*240*240*spread*spread // Poisson, and seven days of their own
		if got := weeks.SD() * weeks.SD(); got < 0.75*variance || got > 1.3*variance {
			t.Errorf("spread %v: variance %v, want %v", spread, got, variance)
		}
		if math.Abs(weeks.Mean()-1680) > 5*math.Sqrt(variance/400) {
			t.Errorf("spread %v: %v cases a week, want 1680", spread, weeks.Mean())
		}
	}
}

func TestGrowth(t *testing.T) {
	sc := read(t, nil, "cases: {}\narrivals: {per_hour: 10, growth: 0.1}\nweeks: 3\n")
	pl, err := newPlan(sc, nil)
	if err != nil {
		t.Fatal(err)
	}
	for week, want := range []float64{10, 11, 12.1} {
		if got := meanRate(pl.timeline, float64(week)*168, float64(week+1)*168); math.Abs(got-want) > 1e-9 {
			t.Errorf("week %d: %v cases an hour, want %v", week, got, want)
		}
	}
}

// TestZoneSpans wants every hour to be shown as the clocks on the wall do, also
// past 2037, where most zones end their list of changes and go on by a rule, and
// over the last day of a leap year.
func TestZoneSpans(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2028, time.February, 28, 0, 0, 0, 0, zone)
	const weeks = 1_000
	pl := &plan{clock: zoneSpans(zone, start, weeks*scenario.WeekHours)}
	if n := len(pl.clock); n != 40 {
		t.Errorf("%d stretches between changes of the clocks in 1,000 weeks, want 40: two changes a year", n)
	}
	for h := 0; h < weeks*scenario.WeekHours; h += 5 {
		at := start.Add(time.Duration(h) * time.Hour)
		want := (int(at.Weekday())+6)%7*24 + at.Hour()
		if got := pl.hourOfWeek(float64(h)); got != want {
			t.Fatalf("%v is hour %d of the week, want %d", at, got, want)
		}
	}
}
