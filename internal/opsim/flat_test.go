package opsim

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// curve is what a case costs at a cutoff, exactly: confidences are evenly spread,
// of those with confidence x a share of k(1-x)² is wrong, and what is below the
// cutoff waits for reviewers (Erlang C).
type curve struct {
	perHour, served    float64 // cases an hour that come, and that one reviewer does
	reviewers          int
	k                  float64
	wrong, wage, hours float64 // what a wrong decision, and an hour of work and of waiting cost
}

// desk is the curve of a model of testdata/queueing, ten times slower. Its cheapest
// cutoff is 0.3015.
var desk = curve{perHour: 6, served: 1, reviewers: 3, k: 0.25, wrong: 60, wage: 4.5, hours: 2}

func (c curve) at(cutoff float64) float64 {
	wait := des.MMc{Servers: c.reviewers, Arrival: c.perHour * cutoff, Service: c.served}.Wait()
	return c.wrong*c.k*math.Pow(1-cutoff, 3)/3 + cutoff*(c.wage/c.served+c.hours*wait)
}

func (c curve) scenario(t *testing.T, weeks int, seed uint64) *scenario.Scenario {
	w := office()
	w.ServiceLevel = nil
	w.Teams[0].Wage = c.wage
	return read(t, w, fmt.Sprintf(`
run: latest
arrivals: {per_hour: %v}
teams: {clerks: {people: %d, minutes: {distribution: exponential, mean: %v}}}
wait_cost: %v
weeks: %d
warm_up: 1
replications: 10
seed: %d
`, c.perHour, c.reviewers, 60/c.served, c.hours, 1+weeks, seed))
}

// sample draws cases of the curve, each under every cutoff.
func (c curve) sample(t *testing.T, cases int, cutoffs []float64, seed uint64) *Profile {
	t.Helper()
	names := make([]string, len(cutoffs))
	for i, x := range cutoffs {
		names[i] = fmt.Sprintf("cutoff %v", x)
	}
	b := NewProfileBuilder("r1", names)
	draws := des.NewDraws(seed, 0)
	for i := range cases {
		d := draws.For(int64(i), 0)
		sure := d.Uniform()
		wrong := d.Uniform() < c.k*(1-sure)*(1-sure)
		for k, cutoff := range cutoffs {
			tr := flow.Trial{Design: names[k], Index: int64(i), Time: time.Unix(int64(i), 0).UTC(), Weight: 1, Status: flow.Automated}
			var w Work
			switch {
			case sure < cutoff:
				tr.Status, tr.Team = flow.Escalated, "clerks"
			case wrong:
				w.Cost = c.wrong
			}
			b.Add(&tr, w)
		}
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// flatRegions counts what the answers about many worlds of one curve are worth.
type flatRegions struct {
	worlds   int
	cheapest int     // hold the cheapest of the settings
	all      int     // all intervals over the best hold what is so
	bracket  int     // the cheapest cutoff lies between the settings next to the region
	flat     float64 // settings in the region, in the mean
	excess   float64 // mean cost of its dearest setting above the cheapest, as a share
	most     float64 // the most of it
}

// regions asks for the cheapest cutoff of as many worlds, each with a sample of
// cases of its own.
func (c curve) regions(t *testing.T, worlds, cases, weeks int, cutoffs []float64) *flatRegions {
	t.Helper()
	f := &flatRegions{worlds: worlds}
	least, best := 0, 0.0 // of the settings, and of all cutoffs
	for i, x := range cutoffs {
		if c.at(x) < c.at(cutoffs[least]) {
			least = i
		}
	}
	for x := 0.0; x < 1; x += 1e-4 {
		if c.at(x) < c.at(best) {
			best = x
		}
	}
	for i := range worlds {
		seed := uint64(1 + i)
		got, err := Cutoffs(context.Background(), c.scenario(t, weeks, seed), c.sample(t, cases, cutoffs, seed), nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		if got.Settings[least].Flat {
			f.cheapest++
		}
		if between := got.Between(cutoffs); between[0] <= best && best <= between[1] {
			f.bracket++
		}
		all, dearest := true, 0.0
		for k, s := range got.Settings {
			if over := c.at(cutoffs[k]) - c.at(cutoffs[got.Best]); s.Over != nil && (over < s.Over.Lower || over > s.Over.Upper) {
				all = false
			}
			if s.Flat {
				f.flat += 1 / float64(worlds)
				dearest = max(dearest, c.at(cutoffs[k])/c.at(best)-1)
			}
		}
		if all {
			f.all++
		}
		f.excess += dearest / float64(worlds)
		f.most = max(f.most, dearest)
	}
	t.Logf("%d cases: of %d worlds the flat region holds the cheapest setting in %d, all intervals hold in %d, the cheapest cutoff is bracketed in %d; %.1f settings are flat, the dearest costs %.1f %% more than the least, %.1f %% at most",
		cases, worlds, f.cheapest, f.all, f.bracket, f.flat, 100*f.excess, 100*f.most)
	return f
}

// keeps wants a share of the worlds, but for three Monte-Carlo errors.
func (f *flatRegions) keeps(t *testing.T, what string, held int, share float64) {
	t.Helper()
	n := float64(f.worlds)
	if got := float64(held) / n; got < share-3*math.Sqrt(share*(1-share)/n) {
		t.Errorf("%s in %.3f of %d worlds, want %v", what, got, f.worlds, share)
	}
}

// TestFlatCoverage holds a short form of what the long one does.
func TestFlatCoverage(t *testing.T) {
	if got := desk.at(0.25); math.Abs(got-3.31332237) > 1e-8 {
		t.Fatalf("a case costs %.9g at a cutoff of 0.25, want 3.31332237", got)
	}
	f := desk.regions(t, 10, 1_000, 1, []float64{0.2, 0.25, 0.3, 0.35, 0.4})
	f.keeps(t, "the flat region holds the cheapest setting", f.cheapest, confidence)
	f.keeps(t, "all intervals hold", f.all, confidence)
}
