package drift

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/ledger"
)

func TestBudget(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	days := func(each time.Duration, n int, alpha float64) (out []ledger.Check) {
		for i := range n {
			out = append(out, ledger.Check{At: now.Add(-each * time.Duration(n-i)), Alpha: alpha})
		}
		return out
	}
	const day = 24 * time.Hour
	for _, row := range []struct {
		why    string
		checks float64
		past   []ledger.Check
		from   string
		alpha  float64
		spent  bool
	}{
		{"nothing is known: a check a week", 0, nil, "assumed", 1.0 / 52, false},
		{"stated", 365, nil, "stated", 1.0 / 365, false},
		{"the ledger tells of a check a day", 0, days(day, 100, 1.0/365), "ledger", 1.0 / 365, false},
		{"and of one a month", 0, days(30*day, 6, 0.05), "ledger", 1 / 12.1666667, false},
		{"three in an hour are no thousands a year", 0, days(time.Minute, 3, 0.01), "ledger", 7.0 / 3 / 365, false},
		{"checks of the year before count no more", 0, days(400*day, 5, 0.9), "assumed", 1.0 / 52, false},
		{"as many as were stated", 52, days(2*day, 51, 1.0/52), "stated", 1.0 / 52, false},
		{"one more gets a tenth of what is left", 52, append(days(2*day, 51, 1.0/52), ledger.Check{At: now.Add(-time.Hour), Alpha: 0.012}), "stated", 0.1 * (1 - 51.0/52 - 0.012), true},
		{"a check of the same cases spent nothing", 52, append(days(2*day, 51, 1.0/52), ledger.Check{At: now.Add(-time.Hour), Alpha: 0.012, Again: true}), "stated", 1.0 / 52, false},
	} {
		b, err := NewBudget(1, row.checks, row.past, now)
		if err != nil {
			t.Fatalf("%s: %v", row.why, err)
		}
		if b.ChecksFrom != row.from || b.Alpha < row.alpha*0.999 || b.Alpha > row.alpha*1.001 || b.Exhausted != row.spent {
			t.Errorf("%s: %+v, want %s, %v", row.why, b, row.from, row.alpha)
		}
	}
}

// However often one looks, 365 days never spend more than the budget.
func TestBudgetIsNeverOverspent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		alarms := rapid.Float64Range(0.1, 5).Draw(t, "alarms")
		stated := rapid.SampledFrom([]float64{0, 12, 52, 365}).Draw(t, "stated")
		var past []ledger.Check
		for range rapid.IntRange(1, 300).Draw(t, "checks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(t, "hours")) * time.Hour)
			b, err := NewBudget(alarms, stated, past, now)
			if err != nil {
				t.Fatal(err)
			}
			past = append(past, ledger.Check{At: now, Alpha: b.Alpha})
			sum := 0.0
			for _, c := range past {
				if now.Sub(c.At) <= year {
					sum += c.Alpha
				}
			}
			if sum > alarms*(1+1e-9)+1e-9 {
				t.Fatalf("%v of %v spent", sum, alarms)
			}
		}
	})
}

func TestOverlap(t *testing.T) {
	draw := func(from, to int) *Sample {
		s := newSample(nil, nil)
		for i := from; i < to; i++ {
			s.take(&row{id: time.Duration(i).String(), weight: 1, flags: measured})
		}
		s.seal()
		return s
	}
	for _, row := range []struct{ from, to, want, within int }{
		{0, 2000, 2000, 0}, {1000, 3000, 1000, 300}, {2000, 4000, 0, 0}, {1900, 2000, 100, 60},
	} {
		a, b := draw(row.from, row.to), draw(0, 2000)
		got := overlap(a.sketch(), b.sketch(), a.Cases, b.Cases)
		if d := got - row.want; d < -row.within || d > row.within {
			t.Errorf("cases %d to %d: about %d shared, want %d", row.from, row.to, got, row.want)
		}
	}
}

// A signal has moved since the first check of those in a row that saw it.
func TestSinceWhichCheck(t *testing.T) {
	at := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	past := func(n int, moved bool) ledger.Check {
		return ledger.Check{At: at(n), Signals: []ledger.Signal{{Name: "escalated", Moved: moved, Floor: 0.03}}}
	}
	for _, row := range []struct {
		why  string
		past []ledger.Check
		want time.Time
	}{
		{"the first check", nil, time.Time{}},
		{"not before", []ledger.Check{past(1, true), past(2, false)}, time.Time{}},
		{"twice before, after a pause", []ledger.Check{past(1, true), past(2, false), past(3, true), past(4, true)}, at(3)},
	} {
		r := &Result{Signals: []Signal{{Name: "escalated", Moved: true}}}
		r.Remember(row.past, past(5, true))
		got := time.Time{}
		if s := r.Signals[0].Since; s != nil {
			got = s.Check
		}
		if !got.Equal(row.want) || len(r.History) != len(row.past)+1 {
			t.Errorf("%s: since %v, %d in the history; want %v", row.why, got, len(r.History), row.want)
		}
	}
}
