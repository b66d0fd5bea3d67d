package drift

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// world draws cases; its fields are what can be planted.
type world struct {
	automated, forced, escalated, handoffs float64
	mean                                   float64 // of the amount
	paper                                  float64 // share of a channel
	fax                                    float64 // share of a channel that is new
	missing                                float64 // share without an amount
	confidence                             float64 // taken off it
	labels                                 bool
}

var asBefore = world{automated: 0.95, forced: 0.9, escalated: 0.2, handoffs: 0.05, paper: 0.2, missing: 0.02, labels: true}

func (w world) draw(n int, seed uint64) *Sample {
	rng := rand.New(rand.NewPCG(seed, 77))
	s := newSample(
		[]flow.Field{
			{Name: "amount", Type: flow.Type{Kind: flow.Number, Optional: true}},
			{Name: "channel", Type: flow.Type{Kind: flow.Enum}},
			{Name: "lines", Type: flow.Type{Kind: flow.Integer}},
			{Name: "received_at", Type: flow.Type{Kind: flow.Time}},
		},
		[]flow.Field{{Name: "decision", Type: flow.Type{Kind: flow.Enum}}})
	for i := range n {
		r := row{id: fmt.Sprint(seed, "-", i), weight: 1, flags: measured | answered | stated}
		var amount any = 100 + 20*(rng.NormFloat64()+w.mean)
		if rng.Float64() < w.missing {
			amount = nil
		}
		channel := "email"
		if u := rng.Float64(); u < w.fax {
			channel = "fax"
		} else if rng.Float64() < w.paper {
			channel = "paper"
		}
		r.inputs = []any{amount, channel, int64(rng.IntN(4)), nil}
		r.outcomes, r.labels = []any{[]any{"approve", "approve", "reject"}[rng.IntN(3)]}, []any{nil}
		r.confidence = 0.99 - w.confidence - 0.2*rng.Float64()*rng.Float64()
		r.set(escalated, rng.Float64() < w.escalated)
		r.set(automated, r.flags&escalated == 0)
		r.set(broken, rng.Float64() < w.handoffs)
		if w.labels {
			r.set(known, true)
			r.set(able, rng.Float64() < w.forced)
			if r.flags&automated != 0 {
				r.set(judged, true)
				r.set(right, rng.Float64() < w.automated)
			}
		}
		s.take(&r)
	}
	s.seal()
	return s
}

// newSample is an empty sample of these columns.
func newSample(inputs, outcomes []flow.Field) *Sample {
	s := &Sample{}
	for _, f := range inputs {
		s.Inputs = append(s.Inputs, newColumn(f.Name, f.Type, false))
	}
	for _, f := range outcomes {
		s.Outcomes = append(s.Outcomes, newColumn(f.Name, f.Type, false))
		s.Labels = append(s.Labels, newColumn("label "+f.Name, f.Type, false))
	}
	return s
}

// budget is that of alarms in checks a year.
func budget(t *testing.T, alarms, checks float64) Settings {
	t.Helper()
	b, err := NewBudget(alarms, checks, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return Settings{Budget: b, Seed: 1}
}

func TestVerdicts(t *testing.T) {
	change := func(f func(*world)) world { w := asBefore; f(&w); return w }
	for _, row := range []struct {
		why     string
		fresh   world
		n       int
		verdict Verdict
		first   string // the first signal that moved; "" for none
	}{
		{"the same world", asBefore, 1000, NoDrift, ""},
		{"too few cases to say so", asBefore, 60, NotEnough, ""},
		{"a change so large that few cases show it", change(func(w *world) { w.escalated = 0.8 }), 60, Drift, "escalated"},
		{"what it automates got worse", change(func(w *world) { w.automated = 0.85 }), 1000, Drift, "automated accuracy, as promised"},
		{"better is no alarm", change(func(w *world) { w.automated, w.forced = 1, 1 }), 1000, NoDrift, ""},
		{"the relation changed, and nothing else: only labels tell", change(func(w *world) { w.forced = 0.75 }), 1000, Drift, "accuracy without people"},
		{"the same without labels is blind", change(func(w *world) { w.forced, w.labels = 0.75, false }), 1000, NoDrift, ""},
		{"more escalations", change(func(w *world) { w.escalated = 0.35 }), 1000, Drift, "escalated"},
		{"less sure", change(func(w *world) { w.confidence = 0.05 }), 1000, Drift, "confidence"},
		{"more broken handoffs", change(func(w *world) { w.handoffs = 0.15 }), 1000, Drift, "broken handoffs"},
		{"inputs moved, labels show that accuracy holds", change(func(w *world) { w.mean = 0.5 }), 1000, NoDrift, "amount"},
		{"inputs moved, nothing shows that accuracy holds", change(func(w *world) { w.mean, w.labels = 0.5, false }), 1000, Drift, "amount"},
		{"a share moved", change(func(w *world) { w.paper, w.labels = 0.4, false }), 1000, Drift, "channel"},
		{"a new category", change(func(w *world) { w.fax, w.labels = 0.1, false }), 1000, Drift, "channel"},
		{"values go missing", change(func(w *world) { w.missing, w.labels = 0.15, false }), 1000, Drift, "amount missing"},
		{"a small real change does not matter", change(func(w *world) { w.mean, w.labels = 0.05, false }), 20_000, NoDrift, ""},
	} {
		r, err := Check(t.Context(), asBefore.draw(10_000, 1), row.fresh.draw(row.n, 2), budget(t, 1, 52))
		if err != nil {
			t.Fatalf("%s: %v", row.why, err)
		}
		first := ""
		if r.Signals[0].Moved {
			first = r.Signals[0].Name
		}
		if r.Verdict != row.verdict || first != row.first {
			t.Errorf("%s: %s (%s), first to move %q; want %s, %q", row.why, r.Verdict, r.Why, first, row.verdict, row.first)
		}
		if len(r.NotCompared) != 1 || !strings.HasPrefix(r.NotCompared[0], "received_at") {
			t.Errorf("%s: not compared: %v, want the time alone", row.why, r.NotCompared)
		}
	}
}

// Without drift a check alarms at most as often as the budget says, effect
// floors apart.
func TestFalseAlarms(t *testing.T) {
	often := budget(t, 1, 10)
	const checks = 200
	moved, alarms := 0, 0
	for i := range uint64(checks) {
		r, err := Check(t.Context(), asBefore.draw(2000, 2*i+1), asBefore.draw(200, 2*i+2), often)
		if err != nil {
			t.Fatal(err)
		}
		least := 1.0
		for _, s := range r.Signals {
			least = min(least, s.Adjust.Or(1))
		}
		if least <= r.Alpha {
			moved++
		}
		if r.Verdict == Drift {
			alarms++
		}
	}
	// Three standard errors above 20 of 200.
	if moved > 33 || alarms > moved {
		t.Errorf("%d of %d checks found something, %d alarms: want at most 20 expected", moved, checks, alarms)
	}
	if moved < 4 {
		t.Errorf("%d of %d checks found something: the tests are far from their size", moved, checks)
	}
	t.Logf("%d of %d checks found something, %d alarms", moved, checks, alarms)
}

func TestNeededFollowsTheBaseline(t *testing.T) {
	fresh := asBefore.draw(150, 9)
	last := 0
	for _, n := range []int{100, 400, 1000, 10_000} {
		r, err := Check(t.Context(), asBefore.draw(n, 8), fresh, budget(t, 1, 52))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case n == 100 && (r.Needed != 0 || r.Verdict != NotEnough):
			t.Errorf("a baseline of 100: %d needed, %s; want none to be enough", r.Needed, r.Verdict)
		case n == 1000 && r.Needed >= last, n == 10_000 && r.Needed >= last:
			t.Errorf("a baseline of %d needs %d fresh cases, a smaller one %d", n, r.Needed, last)
		}
		last = r.Needed
	}
	if _, err := Check(t.Context(), asBefore.draw(10, 1), &Sample{}, budget(t, 1, 52)); err == nil {
		t.Error("no fresh cases: want an error")
	}
	if _, err := NewBudget(60, 52, nil, time.Now()); err == nil {
		t.Error("more alarms than checks: want an error")
	}
}
