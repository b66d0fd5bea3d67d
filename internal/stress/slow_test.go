package stress

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
)

func TestSlowTries(t *testing.T) {
	const s = time.Second
	of := func(latency time.Duration, class flow.ErrorClass) flow.Attempt {
		return flow.Attempt{Latency: latency, Class: class}
	}
	down := flow.ErrUnavailable
	three := flow.Patience{Tries: 3, Try: 10 * s, All: 25 * s}
	for _, row := range []struct {
		why      string
		patience flow.Patience
		give     []flow.Attempt // three times as slow
		want     []flow.Attempt
		late     int
		over     bool
	}{
		{"what is in time takes longer", three, []flow.Attempt{of(2*s, "")}, []flow.Attempt{of(6*s, "")}, 0, false},
		{"a step without limits waits", flow.Patience{}, []flow.Attempt{of(time.Hour, down), of(time.Hour, "")}, []flow.Attempt{of(3*time.Hour, down), of(3*time.Hour, "")}, 0, false},
		{"what comes too late is asked again, till the time for all is up", three, []flow.Attempt{of(4*s, "")}, []flow.Attempt{of(10*s, down), of(10*s, down), of(5*s, down)}, 3, true},
		{"or no try is left", flow.Patience{Tries: 2, Try: 10 * s}, []flow.Attempt{of(4*s, "")}, []flow.Attempt{of(10*s, down), of(10*s, down)}, 2, true},
		{"a try that failed takes longer too, and leaves less", three, []flow.Attempt{of(8*s, down), of(3*s, down), of(2*s, "")}, []flow.Attempt{of(10*s, down), of(9*s, down), of(6*s, "")}, 1, false},
		{"a second question has time of its own", three, []flow.Attempt{of(3*s, ""), of(3*s, ""), of(3*s, "")}, []flow.Attempt{of(9*s, ""), of(9*s, ""), of(9*s, "")}, 0, false},
		{"what is given up is not asked further", three, []flow.Attempt{of(4*s, ""), of(s, "")}, []flow.Attempt{of(10*s, down), of(10*s, down), of(5*s, down)}, 3, true},
		{"an answer that was no good is an answer", flow.Patience{Tries: 1, Try: 10 * s}, []flow.Attempt{of(s, flow.ErrMalformed), of(s, "")}, []flow.Attempt{of(3*s, flow.ErrMalformed), of(3*s, "")}, 0, false},
		{"a time that is not known stays so", three, []flow.Attempt{of(0, "")}, []flow.Attempt{of(0, "")}, 0, false},
	} {
		got := slowly{factor: 3, patience: row.patience}
		for _, a := range row.give {
			if !got.take(a) {
				break
			}
		}
		if diff := cmp.Diff(row.want, got.attempts); diff != "" || got.late != row.late || got.over != row.over {
			t.Errorf("%s: %d late, given up %v (-want +got):\n%s", row.why, got.late, got.over, diff)
		}
	}
}

// Whatever the tries were, none is waited for longer than the step does, and all of
// a question no longer than it does for all.
func TestSlowTriesEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "d"))
		})
		s := slowly{factor: 1 + rapid.Float64Range(0, maxLonger).Draw(t, "strength"), patience: flow.Patience{Tries: rapid.IntRange(1, 5).Draw(t, "tries"), Try: d.Draw(t, "try"), All: d.Draw(t, "all")}}
		for range rapid.IntRange(0, 6).Draw(t, "attempts") {
			if !s.take(flow.Attempt{Latency: d.Draw(t, "latency"), Class: rapid.SampledFrom([]flow.ErrorClass{"", flow.ErrUnavailable}).Draw(t, "class")}) {
				break
			}
		}
		var passed time.Duration
		for _, a := range s.attempts {
			if passed += a.Latency; a.Latency > s.patience.Try || passed > s.patience.All {
				t.Fatalf("%v of %v: %v", a, s.patience, s.attempts)
			}
			if a.Class == "" {
				passed = 0
			}
		}
	})
}

// TestSlowSystems: a case waits 4 to 4.9 seconds clean. Twice as long is in time;
// four times as long is past the deadline of the step that follows, and the desk
// takes it; six times as long is longer than the model is waited for, twice.
func TestSlowSystems(t *testing.T) {
	const n = 100
	job, r := world(t, t.TempDir(), asking, coded(n, 0.2, rand.New(rand.NewPCG(1, 1))))
	got := under(t, job, r, "slow-systems", 1, 3, 5)
	mean := 4.45 // of the ids' last figures
	for i, want := range []struct {
		mean           float64
		p50, p95       float64
		late, givenUp  int
		beyond, people int
	}{
		{2 * mean, 2 * 4.45, 2 * 4.9, 0, 0, 0, 0},
		{4 * mean, 4 * 4.45, 4 * 4.9, n, 0, 0, n},
		{40, 40, 40, 0, n, n, n},
	} {
		l := &got.Levels[i]
		if l.Touched != n || l.Latency == nil || l.Latency.Cases != n {
			t.Fatalf("at %v: %d touched, latency %+v", l.Strength, l.Touched, l.Latency)
		}
		w := l.Latency
		same(t, "mean clean", l.Strength, round(w.Clean.Mean.Value), mean)
		same(t, "mean", l.Strength, round(w.Fault.Mean.Value), want.mean)
		same(t, "median", l.Strength, round(w.Fault.Median.Value), want.p50)
		same(t, "95 of 100", l.Strength, round(w.Fault.P95.Value), want.p95)
		same(t, "change", l.Strength, round(w.Change.Estimate.Value), round(want.mean-mean))
		if w.Change.Lower > w.Change.Estimate.Value || w.Change.Upper-w.Change.Lower > 1 {
			t.Errorf("at %v: change %+v", l.Strength, w.Change)
		}
		if late := l.Kind(flow.Late); late.Clean != 0 || late.Fault != want.late || l.GivenUp != want.givenUp || l.FailedTries != 2*want.givenUp {
			t.Errorf("at %v: %d late, %d given up after %d tries, want %d and %d after %d", l.Strength, late.Fault, l.GivenUp, l.FailedTries, want.late, want.givenUp, 2*want.givenUp)
		}
		if w.Turnaround != 30 || w.Clean.Beyond.X != 0 || w.Fault.Beyond.X != want.beyond || int(l.Figures.Escalated.Numerator) != want.people {
			t.Errorf("at %v: %d beyond %v s, %v to people, want %d and %d", l.Strength, w.Fault.Beyond.X, w.Turnaround, l.Figures.Escalated.Numerator, want.beyond, want.people)
		}
	}
	if d := got.Levels[0].Difference(score.SystemAccuracy); d.Estimate.Value != 0 {
		t.Errorf("what is slow and in time changes accuracy by %v", d.Estimate)
	}
	// Where no call has a time, nothing can be longer.
	job, r = world(t, t.TempDir(), looking, coded(20, 0, rand.New(rand.NewPCG(1, 1))))
	for _, f := range builtin(r.Plan()) {
		if f.Name == "slow-systems" {
			job.Faults = []Fault{f}
		}
	}
	silent, err := job.Run(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Untouched{{Name: "slow-systems", Why: "no call of these cases took a time that is known", Tried: true}}, silent.Untouched, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("untouched (-want +got):\n%s", diff)
	}
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
