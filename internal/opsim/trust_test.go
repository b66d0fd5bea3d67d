package opsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// full is a scenario with everything in it, for so many weeks.
const full = `
cases:
  kinds: {urgent: {share: 0.2, latency: 1m}, usual: 0.8}
  escalated: {desk: 0.7}
  services: [llm]
arrivals: {zone: Europe/Berlin, per_hour: {mon-fri: {08:00-18:00: 9, 18:00-08:00: 1}, sat: {10:00-12:00: 4}}, batch: {distribution: geometric, mean: 1.5}, day_spread: 0.2}
teams:
  desk:
    people: [{people: 1, skills: [urgent]}, {people: 4, hours: {mon-fri: [08:00-12:00, 13:00-18:00]}, zone: Europe/Berlin, closed: [2028-02-29]}, {people: 1, at_once: 2}]
    minutes: {urgent: {distribution: exponential, mean: 30}, usual: {distribution: gamma, mean: 20, scv: 0.5}}
    shift_end: {no_start_within: 15m, then: hand_over}
    speed_spread: 0.2
    absence: 0.05
    error_rate: 0.02
    priority: [urgent, phone]
    preempt: true
    room: 14
    turned_away: {back: 0.9, after: {distribution: exponential, mean: 60}}
    patience: {distribution: exponential, mean: 12h}
    then: {desk: 0.1, experts: 0.1}
    other_work: {phone: {per_hour: 2, minutes: {distribution: exponential, mean: 6}}}
    outages: [{every: {distribution: exponential, mean: 60h}, lasts: 1h}]
  experts: {people: 2, minutes: {distribution: exponential, mean: 40}, zone: Europe/Berlin, hours: {mon-fri: [09:00-17:00]}, shift_end: finish}
services:
  llm: {latency: {distribution: exponential, mean: 20s}, concurrency: 3, requests: {per_minute: 3, burst: 3}, failures: 0.1, timeout: 2m, retry: {attempts: 3}, fallback: experts}
deadline: {urgent: 4h, usual: 3d}
service_level: {turnaround: 48h, share: 0.9}
start: 2028-02-28
warm_up: 0
seed: 5
`

func fullPlan(t testing.TB, more string) *plan {
	t.Helper()
	pl, err := newPlan(read(t, nil, full+more), nil)
	if err != nil {
		t.Fatal(err)
	}
	return pl
}

// transitions are all that happens in one replication.
func transitions(t testing.TB, pl *plan, seed uint64) []des.Transition {
	t.Helper()
	var out []des.Transition
	if _, err := pl.watched(context.Background(), &pl.designs[0], rosterOf(pl.sc), seed, func(tr des.Transition) { out = append(out, tr) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestScenarioCausality wants what happens in the first week to be the same
// whether or not a second one follows.
func TestScenarioCausality(t *testing.T) {
	one, two := transitions(t, fullPlan(t, "weeks: 1\n"), 3), transitions(t, fullPlan(t, "weeks: 2\n"), 3)
	week := slices.IndexFunc(two, func(tr des.Transition) bool { return tr.Time >= 168 })
	n := slices.IndexFunc(one, func(tr des.Transition) bool { return tr.Time >= 168 })
	if n < 0 {
		n = len(one)
	}
	if week < 1000 || !slices.Equal(one[:n], two[:week]) {
		t.Errorf("%d transitions in the first week, %d of them as where a second follows", n, commonPrefix(one, two))
	}
}

func commonPrefix(a, b []des.Transition) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// TestScenarioConservation wants every case that came to be done, lost or open,
// and the integral of the number inside each team and service to be the sum of
// the stays, exactly but for rounding (Little's law), whatever the scenario.
func TestScenarioConservation(t *testing.T) {
	for _, c := range []string{"weeks: 1\n", "weeks: 3\n"} {
		pl := fullPlan(t, c)
		for seed := range uint64(5) {
			m, err := pl.run(context.Background(), &pl.designs[0], rosterOf(pl.sc), seed)
			if err != nil {
				t.Fatal(err)
			}
			if ended := m.total.N + m.failed + m.abandoned + m.turnedAway + m.open; ended != m.arrived || m.arrived == 0 || m.abandoned == 0 || m.turnedAway == 0 {
				t.Errorf("%d cases came: %d done, %d failed, %d lost patience, %d turned away, %d open", m.arrived, m.total.N, m.failed, m.abandoned, m.turnedAway, m.open)
			}
			for _, p := range m.pools {
				for k := range p.Classes {
					if gap := p.Classes[k].LittleGap(); gap > 1e-9 {
						t.Errorf("%s: Little's law is off by %v", p.Name, gap)
					}
				}
			}
		}
	}
}

// TestScenarioCalendar wants nobody of the experts to be at work outside their
// hours but for the case in hand, and nothing to be begun there, over a leap day
// and a change of the clocks.
func TestScenarioCalendar(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	pl := fullPlan(t, "weeks: 5\n") // to 2 April 2028; summer time begins on 26 March
	begun, desk := 0, 0
	for _, tr := range transitions(t, pl, 1) {
		if tr.What != des.Started && tr.What != des.Resumed || tr.Pool > 1 {
			continue
		}
		at := pl.start.Add(time.Duration(math.Round(tr.Time * float64(time.Hour)))).In(berlin)
		hour := float64(at.Hour()) + float64(at.Minute())/60 + float64(at.Second())/3600
		weekday := at.Weekday() >= time.Monday && at.Weekday() <= time.Friday
		switch {
		case tr.Pool == 1:
			begun++
			if !weekday || hour < 9 || hour >= 17 {
				t.Errorf("an expert begins on %v", at)
			}
		case tr.Server >= 1 && tr.Server <= 4: // the four with office hours
			desk++
			if free := at.Format(time.DateOnly) == "2028-02-29"; free || !weekday || hour < 8 || hour >= 11.75+1e-3 && hour < 13 || hour >= 17.75+1e-3 {
				t.Errorf("the desk begins on %v", at)
			}
		}
	}
	if begun < 100 || desk < 1000 {
		t.Errorf("%d and %d begun: the test tried nothing", begun, desk)
	}
}

// TestScenarioWorkConservation wants nobody to wait while somebody who is on
// shift, has the skill and may still begin is free: at random sizes and hours.
func TestScenarioWorkConservation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.IntRange(0, 20).Draw(rt, "from")
		people := rapid.IntRange(1, 3).Draw(rt, "people")
		skilled := rapid.IntRange(0, 2).Draw(rt, "skilled")
		finish := rapid.SampledFrom([]string{"finish", "hand_over"}).Draw(rt, "shift end")
		text := fmt.Sprintf(`
cases: {kinds: {a: 0.5, b: 0.5}, escalated: {desk: 1}}
arrivals: {per_hour: 2}
teams: {desk: {people: [{people: %d, skills: [a]}, {people: %d, hours: {daily: %02d:00-%02d:00}}], minutes: {distribution: exponential, mean: 40}, shift_end: %s}}
weeks: 1
warm_up: 0
`, skilled, people, from, from+4, finish)
		sc, problems := scenario.Parse("test.yaml", []byte("scenario: test\n"+text), nil)
		if problems.Err() != nil {
			rt.Fatal(problems)
		}
		pl, err := newPlan(sc, nil)
		if err != nil {
			rt.Fatal(err)
		}
		waiting := [2]int{}
		free := map[int]bool{}
		for i := range skilled {
			free[i] = true
		}
		last := -1.0
		check := func() {
			for server := range free {
				if server < skilled && waiting[0] > 0 || server >= skilled && waiting[0]+waiting[1] > 0 {
					rt.Fatalf("at %v %v wait while server %d is free", last, waiting, server)
				}
			}
		}
		on := map[int]bool{}
		for i := range skilled {
			on[i] = true
		}
		_, err = pl.watched(context.Background(), &pl.designs[0], rosterOf(sc), 1, func(tr des.Transition) {
			if tr.Time > last { // all that happens at one time has happened
				check()
			}
			last = tr.Time
			switch tr.What {
			case des.Arrived, des.Interrupted:
				waiting[tr.Class]++
				if tr.What == des.Interrupted && on[tr.Server] {
					free[tr.Server] = true
				}
			case des.Started, des.Resumed:
				waiting[tr.Class]--
				delete(free, tr.Server)
			case des.Done:
				if on[tr.Server] {
					free[tr.Server] = true
				}
			case des.ShiftOn:
				on[tr.Server], free[tr.Server] = true, true
			case des.ShiftOff:
				delete(on, tr.Server)
				delete(free, tr.Server)
			}
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// TestScenarioDeterminism wants the same figures at 1, 2 and 8 workers, with
// everything in the scenario.
func TestScenarioDeterminism(t *testing.T) {
	sc := read(t, nil, full+"weeks: 2\nreplications: 8\n")
	var first []byte
	for _, workers := range []int{1, 2, 8} {
		res, err := Simulate(context.Background(), sc, nil, workers)
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
			t.Errorf("%d workers give other figures than one", workers)
		}
	}
}

// TestScenarioMetamorphic holds scenarios against others that say the same.
func TestScenarioMetamorphic(t *testing.T) {
	figures := func(text string) (wait, stay float64) {
		d := simulate(t, read(t, nil, text), nil).Designs[0]
		return d.Teams[0].Queue.Wait.Estimate.Value, d.Turnaround.Mean.Estimate.Value
	}
	const one = "arrivals: {per_hour: 5}\nteams: {desk: {people: 6, minutes: {distribution: exponential, mean: 60}}}\ncases: {escalated: {desk: 1}}\nweeks: 10\nreplications: 4\n"
	wait, stay := figures(one)
	for _, c := range []struct {
		why, text string
		factor    float64
		within    float64
	}{
		{"an hour called sixty minutes", strings.Replace(one, "mean: 60", "mean: 1h", 1), 1, 0},
		{"a class split into two that are alike", strings.Replace(one, "{escalated", "{kinds: {a: 0.4, b: 0.6}, escalated", 1), 1, 1e-9},
		{"people counted or listed", strings.Replace(one, "people: 6", "people: [{people: 2}, {name: Ana}, {people: 3}]", 1), 1, 0},
		{"a team by another name", strings.ReplaceAll(one, "desk", "zebra"), 1, 0},
		{"a deadline that all have is the order of arrival", strings.Replace(one, "people: 6", "people: 6, dispatch: deadline", 1) + "deadline: 9h\n", 1, 0},
		{"patience without end", strings.Replace(one, "people: 6", "people: 6, patience: 1000000", 1), 1, 0},
		{"room for all", strings.Replace(one, "people: 6", "people: 6, room: 1000000", 1), 1, 0},
		{"twice the speed in half the work", strings.Replace(strings.Replace(one, "people: 6", "people: [{people: 6, speed: 2}]", 1), "mean: 60", "mean: 120", 1), 1, 1e-9},
		{"half the speed of all, half the volume: the clock runs at half its pace", strings.Replace(strings.Replace(strings.Replace(one, "per_hour: 5", "per_hour: 2.5", 1), "mean: 60", "mean: 120", 1), "weeks: 10", "weeks: 20\nwarm_up: 2", 1), 2, 1e-6},
	} {
		w, s := figures(c.text)
		if math.Abs(w-c.factor*wait) > c.within*wait || math.Abs(s-c.factor*stay) > c.within*stay {
			t.Errorf("%s: wait %v and turnaround %v, want %v times %v and %v", c.why, w, s, c.factor, wait, stay)
		}
	}
	before := wait
	for people := 7; people < 12; people++ {
		w, _ := figures(strings.Replace(one, "people: 6", fmt.Sprintf("people: %d", people), 1))
		if w > before {
			t.Errorf("with %d people cases wait %v, with one fewer %v", people, w, before)
		}
		before = w
	}
}

// TestScenarioTrace pins every transition of a day with everything in it.
func TestScenarioTrace(t *testing.T) {
	var b strings.Builder
	for _, tr := range transitions(t, fullPlan(t, "weeks: 1\n"), 7) {
		if tr.Time > 33 { // the morning of the second day
			break
		}
		if tr.Time >= 31 {
			fmt.Fprintf(&b, "%.6f %v pool %d server %d case %d class %d\n", tr.Time, tr.What, tr.Pool, tr.Server, tr.Case, tr.Class)
		}
	}
	golden(t, "testdata/trace.golden", b.String())
}

// TestScenarioCoverage wants the intervals that are printed to hold the exact
// wait of an M/M/3 queue about as often as they say.
func TestScenarioCoverage(t *testing.T) { checkCoverage(t, 60, 5) }

func checkCoverage(t *testing.T, experiments, weeks int) {
	const exact = 1.07865169
	sc := read(t, nil, fmt.Sprintf("cases: {escalated: {desk: 1}}\narrivals: {per_hour: 2.4}\nteams: {desk: {people: 3, minutes: {distribution: exponential, mean: 60}}}\nweeks: %d\nreplications: 10\n", weeks))
	held := 0
	for i := range experiments {
		sc.Seed = uint64(1000 + i)
		if iv := simulate(t, sc, nil).Designs[0].Teams[0].Queue.Wait; iv.Lower <= exact && exact <= iv.Upper {
			held++
		}
	}
	share := float64(held) / float64(experiments)
	slack := 3 * math.Sqrt(0.95*0.05/float64(experiments))
	t.Logf("%d of %d intervals hold the exact wait", held, experiments)
	if share < 0.93-slack || share > 0.97+slack {
		t.Errorf("%.3f of %d intervals hold the exact wait, want 0.93 to 0.97", share, experiments)
	}
}

// TestScenarioDegenerate runs scenarios in which hardly anything happens.
func TestScenarioDegenerate(t *testing.T) {
	for _, c := range []struct{ why, text string }{
		{"nobody comes", "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 0}\nteams: {desk: {people: 2, minutes: 5}}\n"},
		{"nobody serves", "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 1}\nteams: {desk: {people: 0, minutes: 5, patience: 5}}\n"},
		{"nobody has the skill", "cases: {kinds: {a: 0.5, b: 0.5}, escalated: {desk: 1}}\narrivals: {per_hour: 1}\nteams: {desk: {people: [{skills: [a]}], minutes: 5}}\n"},
		{"no room at all but one place", "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 100}\nteams: {desk: {people: 1, minutes: 60, room: 1}}\n"},
		{"all at once", "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 1, batch: 1000}\nteams: {desk: {people: 30, minutes: 5}}\n"},
		{"a service that always fails", "cases: {services: [llm]}\narrivals: {per_hour: 5}\nservices: {llm: {failures: 1, retry: {attempts: 3}}}\n"},
		{"a service that is down for ever", "cases: {services: [llm]}\narrivals: {per_hour: 5}\nservices: {llm: {outages: [{at: 2020-01-01T00:00:00Z, lasts: 9000h}, {at: 2024-01-01T00:00:00Z, lasts: 9000h}]}}\n"},
		{"bursts that stop all", "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 5, bursts: [{at: 2023-12-01T00:00:00Z, lasts: 9000h, factor: 0}]}\nteams: {desk: {people: 1, minutes: 5}}\n"},
		{"never on duty", "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 1}\nteams: {desk: {people: 3, minutes: 5, hours: {mon: 09:00-09:10}, shift_end: {no_start_within: 1h}}}\n"},
	} {
		res := simulate(t, read(t, nil, c.text+"weeks: 2\nreplications: 3\n"), nil)
		d := res.Designs[0]
		if d.Teams == nil && d.Services == nil {
			t.Errorf("%s: %+v", c.why, d)
		}
	}
	sc := read(t, nil, "cases: {escalated: {a: 1}}\narrivals: {per_hour: 1}\nteams: {a: {people: 1, minutes: 5, then: {b: 1}}, b: {people: 1, minutes: 5, then: {a: 1}}}\n")
	if _, err := Simulate(context.Background(), sc, nil, 1); err == nil || !strings.Contains(err.Error(), "for ever") {
		t.Errorf("cases that never end: %v", err)
	}
}

// TestScenarioReplay simulates the traced period itself: with the people and
// hours of the history, cycle times come out as they were. The history is a
// scenario's own simulation.
func TestScenarioReplay(t *testing.T) {
	history := read(t, nil, "cases: {escalated: {desk: 1}}\narrivals: {per_hour: {mon-fri: {08:00-18:00: 10}}}\nteams: {desk: {people: 4, minutes: {distribution: gamma, mean: 20, scv: 0.5}, hours: {mon-fri: [08:00-18:00]}}}\nweeks: 12\nwarm_up: 0\nreplications: 2\n")
	was, err := newPlan(history, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, cycle := traceOf(t, was, 11)
	again := read(t, office(), "run: latest\nteams: {clerks: {people: 4, hours: {mon-fri: [08:00-18:00]}}}\nweeks: 12\nwarm_up: 0\nservice_level: {turnaround: 24h, share: 0.9}\n")
	d := simulate(t, again, p).Designs[0]
	if math.Abs(d.Turnaround.Mean.Estimate.Value-cycle.Mean()) > 0.15*cycle.Mean() {
		t.Errorf("mean turnaround %v h, in the history %v h", d.Turnaround.Mean.Estimate, cycle.Mean())
	}
}

// traceOf is one replication of a plan as a run's profile, and its cycle times.
func traceOf(t *testing.T, pl *plan, seed uint64) (*Profile, *des.Tally) {
	t.Helper()
	type visit struct{ arrived, started float64 }
	open := map[int64]visit{}
	var cycle des.Tally
	b := NewProfileBuilder("r1", []string{"as-is"})
	_, err := pl.watched(context.Background(), &pl.designs[0], rosterOf(pl.sc), seed, func(tr des.Transition) {
		v := open[tr.Case]
		switch tr.What {
		case des.Arrived:
			v.arrived = tr.Time
		case des.Started:
			v.started = tr.Time
		case des.Done:
			cycle.Add(tr.Time - v.arrived)
			b.Add(&flow.Trial{
				Design: "as-is", Index: tr.Case, Weight: 1, Status: flow.Escalated, Team: "clerks",
				Time: pl.start.Add(time.Duration(v.arrived * float64(time.Hour))),
			}, Work{Minutes: 60 * (tr.Time - v.started), Known: true})
		}
		open[tr.Case] = v
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p, &cycle
}

// TestScenarioChaos disturbs a steady desk, and wants the backlog to rise and
// to fall again, later the worse the disturbance is.
func TestScenarioChaos(t *testing.T) {
	const calm = "cases: {escalated: {desk: 1}}\narrivals: {per_hour: 6%s}\nteams: {desk: {people: 10, minutes: {distribution: exponential, mean: 60}%s}}\nservice_level: {turnaround: 12h, share: 0.9}\nweeks: 3\nreplications: 20\n"
	base := recovery(t, fmt.Sprintf(calm, "", ""))
	for _, c := range []struct {
		why, arrivals, team string
		peak                float64 // backlog that it reaches, at least
		within              float64 // hours after its end in which it is over
	}{
		{"an outage of four hours", "", ", outages: [{at: 2024-01-10T12:00:00Z, lasts: 4h}]", 24, 24},
		{"a burst of four times the cases for four hours", ", bursts: [{at: 2024-01-10T12:00:00Z, lasts: 4h, factor: 4}]", "", 60, 48},
	} {
		got := recovery(t, fmt.Sprintf(calm, c.arrivals, c.team))
		if got.peak < c.peak || got.peak < 1.5*base.peak {
			t.Errorf("%s: backlog of %v at most, want at least %v", c.why, got.peak, c.peak)
		}
		if got.hours < 1 || got.hours > c.within {
			t.Errorf("%s: over after %v hours, want within %v", c.why, got.hours, c.within)
		}
		t.Logf("%s: backlog of up to %.0f cases, over %.0f hours after its end, %.1f%% within the service level (%.1f%% without)", c.why, got.peak, got.hours, 100*got.kept, 100*base.kept)
	}
	sick := recovery(t, fmt.Sprintf(calm, "", ", absence: 0.3"))
	if sick.peak < base.peak {
		t.Errorf("with three in ten absent the backlog is %v at most, with all there %v", sick.peak, base.peak)
	}
}

// disturbed is what a disturbance did to the backlog.
type disturbed struct {
	peak, hours, kept float64
}

// recovery finds the highest backlog of the second week, and how long after
// 10 January, 16:00, it is back to what it was the day before.
func recovery(t *testing.T, text string) disturbed {
	t.Helper()
	d := simulate(t, read(t, nil, text), nil).Designs[0]
	out := disturbed{kept: d.Kept.Estimate.Value, hours: math.Inf(1)}
	const end = 9*24 + 16
	usual := 0.0
	for h := 8 * 24; h < 9*24; h++ {
		usual += d.Backlog[h].Cases.Estimate.Value / 24
	}
	for h := 9 * 24; h < 14*24; h++ {
		cases := d.Backlog[h].Cases.Estimate.Value
		out.peak = max(out.peak, cases)
		if h > end && cases <= 1.2*usual && math.IsInf(out.hours, 1) {
			out.hours = float64(h - end)
		}
	}
	return out
}

// TestScenarioMemory wants a replication of thirty times the weeks to take not
// much more memory: what is measured is streamed, and what is done is forgotten.
func TestScenarioMemory(t *testing.T) {
	taken := func(weeks int) uint64 {
		sc := read(t, nil, fmt.Sprintf("cases: {escalated: {desk: 1}}\narrivals: {per_hour: 20}\nteams: {desk: {people: 4, minutes: {distribution: exponential, mean: 10}, patience: 1h}}\nweeks: %d\n", weeks))
		pl, err := newPlan(sc, nil)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := pl.run(context.Background(), &pl.designs[0], rosterOf(sc), 1); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if few, many := taken(10), taken(300); many > 2*few {
		t.Errorf("300 weeks take %d bytes, 10 weeks %d", many, few)
	}
}
