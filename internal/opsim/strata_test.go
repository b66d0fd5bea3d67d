package opsim

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// mixed is a run of four weeks with cases at every hour: claims are a share of
// them that hangs on the hour of the day, and take 27 minutes, the others 2.
func mixed(t *testing.T, claims func(hour int) float64) *Profile {
	t.Helper()
	b := NewProfileBuilder("r1", []string{"as-is", "other"})
	b.Tags([]string{"channel", "type"})
	d := des.NewDraws(9, 0).For(0, 0)
	start := time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)
	for h := range 4 * scenario.WeekHours {
		for i := range 4 {
			kind, minutes := "question", 2.0
			if d.Uniform() < claims(h%24) {
				kind, minutes = "claim", 27
			}
			for _, design := range []string{"as-is", "other"} {
				b.Add(&flow.Trial{
					Design: design, Index: int64(4*h + i), Time: start.Add(time.Duration(h)*time.Hour + time.Duration(i)*17*time.Minute), Tags: []string{"mail", kind},
					Weight: 1, Status: flow.Escalated, Team: "clerks",
				}, Work{Minutes: minutes, Known: true})
			}
		}
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const stratified = "run: latest\narrivals: {per_hour: 6}\nteams: {clerks: {people: 1}}\nstratify: [type]\nstart: 2026-03-02\nwarm_up: 0\nweeks: 4\nreplications: 60\n"

// TestMix wants claims to come when they did, and all of them to keep their
// share; and the same mix at every hour where hours differ by chance alone.
func TestMix(t *testing.T) {
	sc := read(t, office(), stratified)
	share := func(pl *plan, hour int) float64 {
		claims := 0
		const n = 20_000
		draws := des.NewDraws(uint64(hour), forCases)
		for i := range int64(n) {
			if pl.designs[0].entries[pl.strata.pick(draws, i, hour)].hours > 0.1 {
				claims++
			}
		}
		return float64(claims) / n
	}
	by := func(hour int) float64 {
		if hour < 12 {
			return 0.1
		}
		return 0.5
	}
	pl, err := newPlan(sc, mixed(t, by))
	if err != nil {
		t.Fatal(err)
	}
	early, late := 0.0, 0.0
	for hour := range 24 {
		if x := share(pl, hour); hour < 12 {
			early += x / 12
		} else {
			late += x / 12
		}
	}
	if math.Abs(early-0.1) > 0.03 || math.Abs(late-0.5) > 0.03 {
		t.Errorf("claims are %.3f before noon and %.3f after, want 0.1 and 0.5", early, late)
	}
	traced := 0.0
	for i, e := range pl.profile.Designs[0].entries {
		if e.hours > 0.1 {
			traced += pl.profile.weight(i)
		}
	}
	if got := (early + late) / 2; math.Abs(got-traced) > 0.01 {
		t.Errorf("claims are %.4f of all cases, and of the run's %.4f", got, traced)
	}
	if !strings.Contains(pl.strata.mix.Said, "their mix differs by hour of the day, n=2688") {
		t.Errorf("origin %q", pl.strata.mix.Said)
	}

	pl, err = newPlan(sc, mixed(t, func(int) float64 { return 0.3 }))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := share(pl, 3), share(pl, 15); math.Abs(a-b) > 0.015 || !strings.Contains(pl.strata.mix.Said, "the same mix at every hour") {
		t.Errorf("claims are %.3f and %.3f at two hours, where hours differ by chance alone: %q", a, b, pl.strata.mix.Said)
	}
}

// TestStratified wants the mean work to be what it is without strata, and to
// vary far less; and the wait to be that of the queue (Pollaczek-Khinchine), as
// kinds still come in any order.
func TestStratified(t *testing.T) {
	p := mixed(t, func(int) float64 { return 0.2 })
	claims := 0.0
	for i, e := range p.Designs[0].entries {
		if e.hours > 0.1 {
			claims += p.weight(i)
		}
	}
	mean, square := 2+25*claims, (1-claims)*4+claims*27*27
	rate := 6. / 60
	wait := rate * square / 2 / (1 - rate*mean) / 60
	plain := simulate(t, read(t, office(), strings.Replace(stratified, "stratify: [type]\n", "", 1)), p).Designs[0]
	res := simulate(t, read(t, office(), stratified), p)
	strata := res.Designs[0]
	for _, d := range []struct {
		what string
		*DesignResult
	}{{"plain", &plain}, {"stratified", &strata}} {
		// The 95 % intervals, made as wide as those of 99.9 %.
		if m := d.Minutes; math.Abs(m.Estimate.Value-mean) > 1.7*m.Width()/2 {
			t.Errorf("%s: %v minutes a case, want %.3f", d.what, m, mean)
		}
		if w := d.Teams[0].Queue.Wait; math.Abs(w.Estimate.Value-wait) > 1.7*w.Width()/2 {
			t.Errorf("%s: wait %v, want %.4f", d.what, w, wait)
		}
	}
	if a, b := strata.Minutes.Width(), plain.Minutes.Width(); a > b/5 {
		t.Errorf("minutes a case are known to %.4f with strata and %.4f without, want a fifth at most", a, b)
	}

	// A case keeps its draw under every design, at any number of workers.
	if strata.Minutes != res.Designs[1].Minutes || strata.Turnaround.P95 != res.Designs[1].Turnaround.P95 {
		t.Errorf("designs that do the same differ: %+v and %+v", strata.Turnaround, res.Designs[1].Turnaround)
	}
	one, err := Simulate(context.Background(), read(t, office(), stratified), p, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(res)
	b, _ := json.Marshal(one)
	if string(a) != string(b) {
		t.Error("other figures with one worker")
	}
}

// TestShuffled wants every number to go somewhere else, and not where it was.
func TestShuffled(t *testing.T) {
	for _, n := range []int64{1, 2, 3, 7, 64, 1000} {
		seen, fixed := map[int64]bool{}, 0
		for i := range n {
			x := shuffled(i, n, 5)
			if x < 0 || x >= n || seen[x] {
				t.Fatalf("%d of %d goes to %d, which is taken or outside", i, n, x)
			}
			seen[x] = true
			if x == i {
				fixed++
			}
		}
		if n == 1000 && fixed > 8 {
			t.Errorf("%d of %d stay where they are", fixed, n)
		}
	}
}

func TestStratifyRefuses(t *testing.T) {
	p := mixed(t, func(int) float64 { return 0.2 })
	_, err := newPlan(read(t, office(), strings.Replace(stratified, "[type]", "[typ]", 1)), p)
	if err == nil || !strings.Contains(err.Error(), `the run's dataset has no tag "typ" (did you mean "type"?)`) {
		t.Errorf("%v", err)
	}
	p.times, p.counts = nil, nil
	if _, err := newPlan(read(t, office(), stratified), p); err == nil || !strings.Contains(err.Error(), "no times") {
		t.Errorf("%v", err)
	}
	// Rare values are one stratum.
	p = mixed(t, func(int) float64 { return 0.002 })
	pl, err := newPlan(read(t, office(), stratified), p)
	if err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(pl.strata.names, "; "); names != "question; "+fewStrata {
		t.Errorf("strata %q", names)
	}
}
