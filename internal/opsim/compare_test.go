package opsim

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const promised = officeHours + "service_level: {turnaround: 24h, share: 0.9}\n"

// TestCompare holds designs against each other whose difference is known: of
// every case that is not hard, ten minutes of people and nothing else.
func TestCompare(t *testing.T) {
	res, err := Compare(context.Background(), read(t, office(), promised), history(t, 500), "as-is", 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Candidates) != 1 || res.Candidates[0].Design != "rules" || res.Level != 0.95 {
		t.Fatalf("%+v", res.Candidates)
	}
	by := map[string]Difference{}
	for _, d := range res.Candidates[0].Differences {
		by[d.Measure] = d
	}
	minutes := by["people's minutes per case"]
	wantIn(t, "difference of minutes", minutes.Paired, -7)
	for _, c := range []struct {
		measure, verdict string
	}{
		{"people's minutes per case", Better},
		{"cost per case", Better},
		{"mean turnaround", Better},
	} {
		if d := by[c.measure]; d.Verdict != c.verdict {
			t.Errorf("%s: %+v, want %q", c.measure, d, c.verdict)
		}
	}
	// The interval of the difference is that of the two designs' own figures
	// where those are taken replication by replication.
	own := res.Designs[1].Cost.Estimate.Value - res.Designs[0].Cost.Estimate.Value
	if got := by["cost per case"].Paired.Estimate.Value; math.Abs(got-own) > 1e-9 {
		t.Errorf("difference of cost %v, want %v", got, own)
	}
	if f := by["cost per case"].Unpaired; !(f.Value > 2) {
		t.Errorf("the same cases save replications %v times, want more than 2", f)
	}
}

// TestCompareSame has nothing to tell of a design against itself.
func TestCompareSame(t *testing.T) {
	p := history(t, 500)
	p.Designs[1].entries = p.Designs[0].entries
	res, err := Compare(context.Background(), read(t, office(), promised), p, "as-is", 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range res.Candidates[0].Differences {
		if d.Verdict != CannotTell || d.Paired.Estimate.Value != 0 || d.Paired.Width() != 0 || d.Replications.Valid {
			t.Errorf("%+v", d)
		}
	}
}

// TestCompareOverloaded compares no steady state with a design that has none.
func TestCompareOverloaded(t *testing.T) {
	res, err := Compare(context.Background(), read(t, office(), promised+"arrivals: {volume: 12}\n"), history(t, 500), "as-is", 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range res.Candidates[0].Differences {
		steady := d.Measure == "service level" || strings.HasSuffix(d.Measure, "turnaround")
		if steady != (d.Why == "as-is is overloaded: it has no steady state") || steady == d.Paired.Estimate.Valid {
			t.Errorf("%+v", d)
		}
	}
	if _, err := Compare(context.Background(), read(t, office(), promised), history(t, 500), "nosuch", 2); err == nil {
		t.Error("a baseline that is not there is taken")
	}
}

// TestCompareDeterminism wants the same bytes at any number of workers.
func TestCompareDeterminism(t *testing.T) {
	var first []byte
	for _, workers := range []int{1, 2, 8} {
		res, err := Compare(context.Background(), read(t, office(), promised), history(t, 500), "rules", workers)
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
		if string(first) != string(data) {
			t.Errorf("%d workers give another answer", workers)
		}
	}
}

// TestReplicationsFor has the power that it says, by trial.
func TestReplicationsFor(t *testing.T) {
	for _, c := range []struct {
		difference, sd, alpha float64
	}{{1, 1, 0.05}, {0.5, 1, 0.05}, {-0.3, 1, 0.025}, {2, 1, 0.05}} {
		n := replicationsFor(c.difference, c.sd, c.alpha)
		if !n.Valid {
			t.Fatalf("%+v: no number", c)
		}
		power := func(n int) float64 {
			const tries = 4000
			draws, found := des.NewDraws(1, 0), 0
			x := make([]float64, n)
			for i := range tries {
				d := draws.For(int64(i), 0)
				for k := range x {
					x[k] = c.difference + c.sd*d.Normal()
				}
				if iv := difference(x, 1-c.alpha); iv.Lower > 0 || iv.Upper < 0 {
					found++
				}
			}
			return float64(found) / tries
		}
		if got := power(int(n.Value)); got < 0.77 || got > 0.92 {
			t.Errorf("%+v: %v replications find it %.3f of the time, want 0.8 or a little more", c, n.Value, got)
		}
	}
	if n := replicationsFor(1e-9, 1, 0.05); n.Valid {
		t.Errorf("a difference of nothing takes %v replications", n)
	}
	if n := replicationsFor(0, 1, 0.05); n != (stats.Number{}) {
		t.Errorf("no difference takes %v replications", n)
	}
}
