package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// sure draws cases whose answers are right as often as link says of their
// confidence, which is the larger the easier they are.
func sure(n int, seed uint64, harder float64, link func(float64) float64, labels bool) *Sample {
	rng := rand.New(rand.NewPCG(seed, 3))
	s := newSample([]flow.Field{{Name: "pages", Type: flow.Type{Kind: flow.Number}}}, nil)
	for i := range n {
		pages := 5*rng.Float64() + harder
		confidence := 1 / (1 + math.Exp(-3.5+0.5*pages+0.3*rng.NormFloat64()))
		r := row{id: fmt.Sprint(seed, "-", i), weight: 1, flags: measured | stated | automated, confidence: confidence, inputs: []any{pages}, time: day(i * 30 / n)}
		yes := rng.Float64() < link(confidence)
		if labels {
			r.set(judged, true)
			r.set(known, true)
			r.set(right, yes)
			r.set(able, yes)
		}
		s.take(&r)
	}
	s.seal()
	return s
}

func day(n int) time.Time { return time.Date(2026, 1, 1+n, 12, 0, 0, 0, time.UTC) }

func TestKindsAreKeptApart(t *testing.T) {
	as := func(c float64) float64 { return c }
	over := func(c float64) float64 { return c * c } // says more than is so, and the curve mends it
	worse := func(c float64) float64 { return max(0, c-0.12) }
	for _, row := range []struct {
		why      string
		base     func(float64) float64
		fresh    *Sample
		estimate float64 // expected, within 2.5 points
		kinds    [3]Seen // covariate, label, concept
		cause    string
	}{
		{"the same world", as, sure(2000, 2, 0, as, true), 0.882, [3]Seen{No, CannotTell, No}, ""},
		{"overconfident in both: the curve mends it", over, sure(2000, 2, 0, over, true), 0.795, [3]Seen{No, CannotTell, No}, ""},
		{"harder inputs, without labels: the estimate sees it", as, sure(2000, 2, 2, as, false), 0.756, [3]Seen{Yes, CannotTell, CannotTell}, "pages: "},
		{"harder inputs, with labels: confidence explains the fall", as, sure(2000, 2, 2, as, true), 0.756, [3]Seen{Yes, CannotTell, No}, "pages: "},
		{"concept alone, without labels: the estimate is blind", as, sure(2000, 2, 0, worse, false), 0.882, [3]Seen{No, CannotTell, CannotTell}, ""},
		{"concept alone, with labels", as, sure(2000, 2, 0, worse, true), 0.882, [3]Seen{No, CannotTell, Yes}, "concept drift"},
	} {
		r, err := Check(t.Context(), sure(20_000, 1, 0, row.base, true), row.fresh, budget(t, 1, 52))
		if err != nil {
			t.Fatalf("%s: %v", row.why, err)
		}
		e := r.Estimate
		if got := e.Fresh.Estimate.Value; math.Abs(got-row.estimate) > 0.025 || !(e.Fresh.Lower < got && got < e.Fresh.Upper) || e.Error.Value > 0.03 {
			t.Errorf("%s: estimated %+v, want about %v", row.why, *e, row.estimate)
		}
		var kinds [3]Seen
		for i, k := range r.Kinds {
			kinds[i] = k.Seen
		}
		if kinds != row.kinds || !strings.HasPrefix(r.Cause, row.cause) || (row.cause == "") != (r.Cause == "") {
			t.Errorf("%s: %v, %v, cause %q; want %v, %q", row.why, r.Verdict, kinds, r.Cause, row.kinds, row.cause)
		}
		if (r.LabelsWanted != nil) != (row.fresh.Labelled == 0) {
			t.Errorf("%s: labels wanted %+v of %d", row.why, r.LabelsWanted, row.fresh.Labelled)
		}
	}
}

// Its interval covers the accuracy of the fresh cases as often as it says.
func TestEstimateCovers(t *testing.T) {
	const tries = 150
	covered := 0
	for i := range uint64(tries) {
		as := func(c float64) float64 { return 0.9 * c }
		fresh := sure(300, 2*i+2, 1, as, true)
		e, _, err := estimate(sure(400, 2*i+1, 0, as, true), fresh)
		if err != nil {
			t.Fatal(err)
		}
		yes := 0
		for _, f := range fresh.flags {
			if f&right != 0 {
				yes++
			}
		}
		if got := float64(yes) / float64(len(fresh.flags)); e.Fresh.Lower <= got && got <= e.Fresh.Upper {
			covered++
		}
	}
	if covered < 132 { // 95 % of 150 is 142.5, with a standard error of 2.7
		t.Errorf("%d of %d intervals cover", covered, tries)
	}
}

func TestNoEstimateWithoutErrors(t *testing.T) {
	always := func(float64) float64 { return 1 }
	r, err := Check(t.Context(), sure(500, 1, 0, always, true), sure(100, 2, 0, always, false), budget(t, 1, 52))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Estimate.Why, "0 of them wrong") {
		t.Errorf("%+v", r.Estimate)
	}
}

// A change within the sample is found where it is, and one before it is not
// looked for within.
func TestSinceWhen(t *testing.T) {
	as := func(c float64) float64 { return c }
	base := sure(20_000, 1, 0, as, true)
	mixed := func(from int) *Sample {
		rng := rand.New(rand.NewPCG(7, 7))
		s := newSample([]flow.Field{{Name: "pages", Type: flow.Type{Kind: flow.Number}}}, nil)
		for i := range 1500 {
			pages := 5 * rng.Float64()
			if i/50 >= from {
				pages += 3
			}
			s.take(&row{id: fmt.Sprint("m", i), weight: 1, flags: measured, inputs: []any{pages}, time: day(i / 50)})
		}
		s.seal()
		return s
	}
	for _, row := range []struct {
		why   string
		from  int
		since time.Time
	}{
		{"from the 20th day on", 20, day(20)},
		{"all of it", 0, time.Time{}},
	} {
		r, err := Check(t.Context(), base, mixed(row.from), budget(t, 1, 52))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Signals {
			if s.Name != "pages" {
				continue
			}
			if s.Since == nil || s.Since.Case.Sub(row.since).Abs() > 36*time.Hour {
				t.Errorf("%s: %+v, want a change at %v", row.why, s.Since, row.since)
			}
		}
	}
}

// What moved in one segment alone is found there.
func TestSegmentsTellWhere(t *testing.T) {
	draw := func(n int, seed uint64, elsewhere float64) *Sample {
		rng := rand.New(rand.NewPCG(seed, 5))
		s := newSample(nil, nil)
		c := newColumn("region", flow.Type{Kind: flow.String}, false)
		c.Tag = true
		s.Inputs = []Column{c}
		for i := range n {
			r := row{id: fmt.Sprint(seed, "-", i), weight: 1, flags: measured | known}
			region, p := "north", 0.2
			if rng.Float64() < 0.1 {
				region, p = "south", elsewhere
			}
			r.inputs = []any{region}
			r.set(escalated, rng.Float64() < p)
			r.set(able, rng.Float64() < 0.9)
			s.take(&r)
		}
		s.seal()
		return s
	}
	r, err := Check(t.Context(), draw(20_000, 1, 0.2), draw(2000, 2, 0.5), budget(t, 1, 52))
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Segments[0]; !s.Alarm || s.Segment != "region=south" || s.Name != "escalated" || r.Verdict != Drift {
		t.Errorf("%s: first %+v", r.Verdict, s)
	}
	for _, s := range r.Segments {
		if s.Segment == "region=north" && s.Moved {
			t.Errorf("nothing was planted in %+v", s)
		}
	}
}
