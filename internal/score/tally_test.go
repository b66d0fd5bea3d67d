package score

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// judged is a trial with its label, for a tally.
type judged struct {
	trial flow.Trial
	label *flow.Label
}

var (
	paid  = []any{"pay", 10.0, nil, nil}
	held  = []any{"hold", 10.0, nil, nil}
	truth = &flow.Label{Outcome: values("pay", 10.0, nil, nil)}
	asks  = &flow.Label{Outcome: values("pay", 10.0, nil, nil), NeedsPerson: yes(true)}
	needs = &flow.Label{Outcome: values("pay", 10.0, nil, nil), NeedsPerson: yes(false)}
)

// tallied adds trials up as one design's, a case each.
func tallied(u units, trials ...judged) *designTally {
	d := newDesignTally(u, claims, []string{"channel"}, 1)
	judge := Judge{Workflow: claims, Seed: 1}
	for i := range trials {
		x := &trials[i]
		x.trial.Index, x.trial.Case = int64(i), fmt.Sprint(i)
		if x.trial.Weight == 0 {
			x.trial.Weight = 1
		}
		g := judge.Judge(&x.trial, x.label)
		d.add(&x.trial, &g, x.label, int32(len(x.trial.Cluster)))
		d.endCase()
	}
	return d
}

// mixed are ten trials with one of everything.
func mixed() []judged {
	broke := []flow.Handoff{{From: "extract", To: "match", Kind: flow.Incomplete, Clause: "po", Detail: "absent", After: "continue"}}
	return []judged{
		{flow.Trial{Status: flow.Automated, Outcome: paid}, truth},
		{flow.Trial{Status: flow.Automated, Outcome: paid, Handoffs: broke}, asks},
		{flow.Trial{Status: flow.Automated, Outcome: held, Handoffs: broke}, needs},
		{flow.Trial{Status: flow.Automated, Outcome: paid}, nil},
		{flow.Trial{Status: flow.Escalated, Team: "clerks", Reason: "unsure", Shadow: held, Handoffs: to("clerks")}, truth},
		{flow.Trial{Status: flow.Escalated, Team: "clerks", Reason: "unsure", Shadow: paid, Handoffs: to("clerks")}, needs},
		{flow.Trial{Status: flow.Escalated, Team: "clerks", Reason: "policy", Handoffs: to("clerks")}, asks},
		{flow.Trial{Status: flow.Escalated, Team: "experts", Reason: "policy", Handoffs: to("experts")}, truth},
		{flow.Trial{Status: flow.Failed, Reason: "incomplete", Handoffs: []flow.Handoff{{From: "extract", To: "match", Kind: flow.Incomplete, Clause: "po", Detail: "lost", After: "fail"}}}, truth},
		{flow.Trial{Status: flow.NotMeasured, Reason: "budget", Handoffs: []flow.Handoff{{From: "extract", To: "match"}}}, truth},
	}
}

func TestRates(t *testing.T) {
	d := tallied(units{}, mixed()...)
	s := d.all.summary()
	for _, test := range []struct {
		metric           string
		numerator, denom float64
		why              string
	}{
		{SystemAccuracy, 6, 8, "nine were measured, one of them without label; the wrong one and the failed one are not right"},
		{AutomatedAccuracy, 2, 3, "three automated with a label, one wrong"},
		{ForcedAccuracy, 3, 6, "two right and one wrong automated, a right and a wrong shadow, a failure; two are unknown"},
		{AutomationRate, 4, 9, "all four, judged or not"},
		{EscalationRate, 4, 9, ""},
		{EscalationPrecLabel, 1, 2, "of two escalations with such a label one was asked for"},
		{EscalationRecLabel, 1, 2, "two are asked for, one was missed although it ended right"},
		{EscalationPrecOut, 2, 3, "needed: the wrong shadow and the asked for; needless: one; unknown: one"},
		{EscalationRecOut, 2, 3, "the silent failure should have been escalated"},
		{SilentFailureRate, 1, 8, ""},
		{FailureRate, 1, 9, ""},
		{HandoffFailureRate, 3, 9, ""},
		{RecoveredRate, 1, 3, "of three with a broken handoff one ended right"},
		{NotMeasuredRate, 1, 10, "of all trials"},
		{MinutesPerCase, 30, 8, "three at ten minutes; of one nobody knows"},
		{CostPerCase, 15, 8, "the minutes at 30 an hour; to hold what should be paid costs nothing here"},
	} {
		m, ok := s.Metric(test.metric)
		if !ok || math.Abs(m.Numerator-test.numerator) > 1e-9 || m.Denominator != test.denom {
			t.Errorf("%s is %v of %v, want %v of %v: %s", test.metric, m.Numerator, m.Denominator, test.numerator, test.denom, test.why)
		}
		if got, want := m.Estimate.Value, test.numerator/test.denom; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is estimated as %v, want %v", test.metric, got, want)
		}
	}
	if s.Labelled != 8 || s.Trials != 10 || s.ForcedUnknown != 2 || s.Cases != 10 {
		t.Errorf("%d labelled of %d trials of %d cases, %d unknown if forced; want 8, 10, 10, 2", s.Labelled, s.Trials, s.Cases, s.ForcedUnknown)
	}
	forced, _ := s.Metric(ForcedAccuracy)
	low, _ := stats.Wilson(3, 8, level, stats.TwoSided)
	high, _ := stats.Wilson(5, 8, level, stats.TwoSided)
	if forced.Lower != low.Lower || forced.Upper != high.Upper {
		t.Errorf("forced accuracy lies in %v to %v, want %v to %v: both unknown wrong, and both right", forced.Lower, forced.Upper, low.Lower, high.Upper)
	}
}

func TestEdges(t *testing.T) {
	out := tallied(units{}, mixed()...).result("try")
	e := out.Edges[0]
	if e.From != "extract" || e.To != "match" || e.Failed != 3 || e.Handoffs != 3 {
		t.Fatalf("%s to %s: %d of %d; the trial that was not measured is outside every rate", e.From, e.To, e.Failed, e.Handoffs)
	}
	if len(e.Kinds) != 2 || e.Kinds[0].Detail != "absent" || e.Kinds[0].Count != 2 || e.Kinds[0].Recovered != 1 || e.Kinds[0].Judged != 2 || len(e.Kinds[0].Examples) != 2 || e.Kinds[1].Detail != "lost" {
		t.Errorf("kinds: %+v", e.Kinds)
	}
	if k := e.Kinds[0]; math.Abs(k.Interval.Estimate.Value-2.0/3) > 1e-12 || !(k.Interval.Lower < 2.0/3 && k.Interval.Upper > 2.0/3) {
		t.Errorf("absent in %v to %v to %v, want two thirds between", k.Interval.Lower, k.Interval.Estimate.Value, k.Interval.Upper)
	}
}

// A case that breaks in every repeat is one example.
func TestEdgesOfRepeats(t *testing.T) {
	d := newDesignTally(units{}, claims, nil, 2)
	judge := Judge{Workflow: claims, Seed: 1}
	for repeat := range 2 {
		x := flow.Trial{Case: "c1", Repeat: repeat, Weight: 1, Status: flow.Automated, Outcome: paid,
			Handoffs: []flow.Handoff{{From: "extract", To: "match", Kind: flow.Incomplete, Clause: "po", After: "continue"}}}
		g := judge.Judge(&x, truth)
		d.add(&x, &g, truth, 0)
	}
	d.endCase()
	if k := d.result("try").Edges[0].Kinds[0]; k.Count != 2 || !slices.Equal(k.Examples, []string{"c1"}) {
		t.Errorf("%d failures, of cases %q, want 2 of c1", k.Count, k.Examples)
	}
}

func TestDecisions(t *testing.T) {
	d := tallied(units{}, mixed()...).result("try").Decision
	// Of the eight with a label six paid, one held and one failed.
	if c := d.Confusion; c.Counts[0][0] != 6 || c.Counts[0][1] != 1 || c.None[0] != 1 || d.NoDecision != 1 {
		t.Errorf("confusion %v, none %v", c.Counts, c.None)
	}
	if got := d.Classification.Classes[0]; got.Support != 8 || math.Abs(got.Recall.Value-6.0/8) > 1e-12 || got.Precision.Value != 1 {
		t.Errorf("pay: support %v, recall %v, precision %v; want 8, 0.75, 1: what was never decided is not recalled", got.Support, got.Recall, got.Precision)
	}
}

// The unknown widen a clustered rate by clusters and a weighted one by weights.
func TestForcedBounds(t *testing.T) {
	for _, u := range []units{{}, {clustered: true}, {weighted: true}, {clustered: true, weighted: true}} {
		trials := append(mixed(), mixed()...)
		for i := range trials {
			trials[i].trial.Cluster = "xxxxxx"[:i%6]
			if u.weighted {
				trials[i].trial.Weight = 1 + float64(i%3)
			}
		}
		d := tallied(u, trials...)
		s := d.all.summary()
		m, _ := s.Metric(ForcedAccuracy)
		all := func(right bool) float64 {
			var sum stats.Moments
			for i := range trials {
				g := Judge{Workflow: claims, Seed: 1}.Judge(&trials[i].trial, trials[i].label)
				if !g.Measured || g.Right == Unknown {
					continue
				}
				y := 0.0
				if g.Shadow == Yes || g.Shadow == Unknown && right && g.Disposition != Failed {
					y = 1
				}
				sum.AddWeighted(y, trials[i].trial.Weight)
			}
			return sum.Mean
		}
		if low, high := all(false), all(true); !(m.Lower < low && low < m.Estimate.Value && m.Estimate.Value < high && high < m.Upper) {
			t.Errorf("%+v: bounds %v to %v around %v must hold both ends, %v and %v", u, m.Lower, m.Upper, m.Estimate.Value, low, high)
		}
	}
}

// However trials are mixed: dispositions sum to them, no numerator exceeds its
// denominator, every estimate lies in its interval, and the order of cases
// changes nothing.
func TestTallyProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := units{clustered: rapid.Bool().Draw(t, "clustered"), weighted: rapid.Bool().Draw(t, "weighted")}
		all := mixed()
		var trials []judged
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 0, 30).Draw(t, "trials") {
			x := all[i]
			x.trial.Cluster = "abcdefgh"[:rapid.IntRange(0, 8).Draw(t, "cluster")]
			if u.weighted {
				x.trial.Weight = rapid.SampledFrom([]float64{0.5, 1, 4}).Draw(t, "weight")
			}
			x.trial.Tags = []string{rapid.SampledFrom([]string{"", "email"}).Draw(t, "tag")}
			trials = append(trials, x)
		}
		d := tallied(u, trials...)
		out := d.result("try")
		sum, inSegments := 0, 0
		for _, n := range out.Dispositions {
			sum += n
		}
		for _, s := range out.Segments {
			inSegments += s.Trials
		}
		if sum != len(trials) || out.Trials != len(trials) || inSegments != len(trials) {
			t.Fatalf("%d trials have %d dispositions, and %d are in segments", len(trials), sum, inSegments)
		}
		for _, m := range out.Metrics {
			if m.Unit != "rate" {
				continue
			}
			if m.Numerator > m.Denominator || m.Lower < 0 || m.Upper > 1 || m.Lower > m.Upper {
				t.Fatalf("%s: %v of %v, %v to %v", m.Name, m.Numerator, m.Denominator, m.Lower, m.Upper)
			}
			if m.Estimate.Valid != (m.Denominator > 0) || m.Estimate.Valid && !(m.Lower <= m.Estimate.Value+1e-9 && m.Estimate.Value <= m.Upper+1e-9) {
				t.Fatalf("%s: %v in %v to %v of %v", m.Name, m.Estimate, m.Lower, m.Upper, m.Denominator)
			}
		}
		turned := make([]judged, len(trials))
		for i, x := range trials {
			turned[len(trials)-1-i] = x
		}
		other := tallied(u, turned...).result("try")
		for i, m := range out.Metrics {
			o := other.Metrics[i]
			if m.Numerator != o.Numerator && math.Abs(m.Numerator-o.Numerator) > 1e-9 || math.Abs(m.Lower-o.Lower) > 1e-9 && !math.IsInf(m.Lower, 0) {
				t.Fatalf("%s: %v from %v, and %v from %v in another order", m.Name, m.Numerator, m.Lower, o.Numerator, o.Lower)
			}
		}
	})
}

// Repeats of one case are one case.
func TestRepeats(t *testing.T) {
	d := newDesignTally(units{clustered: true}, claims, nil, 4)
	judge := Judge{Workflow: claims, Seed: 1}
	for c, results := range [][]flow.Trial{
		{{Status: flow.Automated, Outcome: paid}, {Status: flow.Automated, Outcome: paid}, {Status: flow.Automated, Outcome: paid}, {Status: flow.Automated, Outcome: paid}},
		{{Status: flow.Automated, Outcome: paid}, {Status: flow.Automated, Outcome: held}, {Status: flow.Automated, Outcome: paid}, {Status: flow.Automated, Outcome: held}},
		{{Status: flow.Automated, Outcome: held}, {Status: flow.Automated, Outcome: held}, {Status: flow.Automated, Outcome: held}, {Status: flow.Automated, Outcome: held}},
	} {
		for k, trial := range results {
			trial.Index, trial.Repeat, trial.Weight = int64(c), k, 1
			g := judge.Judge(&trial, truth)
			d.add(&trial, &g, truth, int32(c))
		}
		d.endCase()
	}
	r := d.result("try").Consistency
	// C(4,k)/C(4,k), C(2,k)/C(4,k) and 0, averaged over three cases.
	want := []float64{(1 + 0.5) / 3, (1 + 1.0/6) / 3, 1.0 / 3, 1.0 / 3}
	for k, w := range want {
		if math.Abs(r.PassHatK[k].Value-w) > 1e-12 {
			t.Errorf("pass^%d is %v, want %v", k+1, r.PassHatK[k].Value, w)
		}
	}
	if at := r.PassAtK[1].Value; math.Abs(at-(1+5.0/6)/3) > 1e-12 {
		t.Errorf("pass@2 is %v, want %v", at, (1+5.0/6)/3)
	}
	if math.Abs(r.SameResult.Value-2.0/3) > 1e-12 || r.Cases != 3 {
		t.Errorf("the same result in %v of %d cases, want two of three", r.SameResult, r.Cases)
	}
	if got := d.all.summary(); got.Cases != 3 || got.Trials != 12 {
		t.Errorf("%d cases, %d trials, want 3 and 12", got.Cases, got.Trials)
	}
}

// A repeat that was not measured is no other result.
func TestRepeatsNotMeasured(t *testing.T) {
	d := newDesignTally(units{clustered: true}, claims, nil, 3)
	for k, trial := range []flow.Trial{{Status: flow.Automated, Outcome: paid}, {Status: flow.NotMeasured, Reason: "budget"}, {Status: flow.Automated, Outcome: paid}} {
		trial.Repeat, trial.Weight = k, 1
		g := Judge{Workflow: claims}.Judge(&trial, truth)
		d.add(&trial, &g, truth, 0)
	}
	d.endCase()
	r := d.result("try").Consistency
	if r.SameResult.Value != 1 || len(r.PassHatK) != 2 {
		t.Errorf("the same result in %v of cases, pass^k for %d; want all, and k up to the two that were measured", r.SameResult, len(r.PassHatK))
	}
}

// A column of more values than a reader could use makes no segments, rather
// than those that happen to come first.
func TestTooManySegments(t *testing.T) {
	var trials []judged
	for i := range maxSegments + 1 {
		trials = append(trials, judged{flow.Trial{Status: flow.Automated, Outcome: paid, Tags: []string{fmt.Sprint(i)}}, truth})
	}
	if n := len(tallied(units{}, trials[:maxSegments]...).result("try").Segments); n != maxSegments {
		t.Errorf("%d segments of %d values", n, maxSegments)
	}
	if n := len(tallied(units{}, trials...).result("try").Segments); n != 0 {
		t.Errorf("%d segments of a column with more values than %d", n, maxSegments)
	}
}

// Vectors hold the same counts as the rates.
func TestVectors(t *testing.T) {
	var v DesignVectors
	for _, x := range mixed() {
		g := Judge{Workflow: claims, Seed: 1}.Judge(&x.trial, x.label)
		v.grow()
		v.add(&g)
	}
	s := tallied(units{}, mixed()...).all.summary()
	for name, list := range map[string][]Ratio{
		SystemAccuracy: v.System, AutomatedAccuracy: v.Automated, ForcedAccuracy: v.Forced, EscalationRate: v.Escalated,
		SilentFailureRate: v.Silent, HandoffFailureRate: v.Handoff, FailureRate: v.Failed, CostPerCase: v.Cost, MinutesPerCase: v.Minutes,
	} {
		var num, den float32
		for _, r := range list {
			num, den = num+r.Num, den+r.Den
		}
		if m, _ := s.Metric(name); float64(num) != m.Numerator || float64(den) != m.Denominator {
			t.Errorf("%s: vectors hold %v of %v, the rate %v of %v", name, num, den, m.Numerator, m.Denominator)
		}
	}
}

// What is gathered in detail comes to the rates, and by class to what the
// confusion matrix says.
func TestDetail(t *testing.T) {
	v := DesignVectors{Detail: newDetail(claims)}
	d := newDesignTally(units{}, claims, nil, 1)
	d.detail = v.Detail
	for i, x := range mixed() {
		x.trial.Index, x.trial.Weight = int64(i), 1
		g := Judge{Workflow: claims, Seed: 1}.Judge(&x.trial, x.label)
		v.grow()
		v.Detail.add(&x.trial, &g, x.label)
		d.add(&x.trial, &g, x.label, 0)
	}
	sum := func(list []Ratio) (num, den float64) {
		for _, r := range list {
			num, den = num+float64(r.Num), den+float64(r.Den)
		}
		return num, den
	}
	s := d.all.summary()
	for name, list := range map[string][]Ratio{
		AutomationRate: v.Detail.Automation, EscalationPrecLabel: v.Detail.PrecLabel, EscalationRecLabel: v.Detail.RecLabel,
		EscalationPrecOut: v.Detail.PrecOutcome, EscalationRecOut: v.Detail.RecOutcome, RecoveredRate: v.Detail.Recovered,
	} {
		num, den := sum(list)
		if m, _ := s.Metric(name); num != m.Numerator || den != m.Denominator {
			t.Errorf("%s: vectors hold %v of %v, the rate %v of %v", name, num, den, m.Numerator, m.Denominator)
		}
	}
	for i, f := range d.fields {
		if num, den := sum(v.Detail.Fields[i]); num != float64(f.x) || den != float64(f.n) {
			t.Errorf("field %d: vectors hold %v of %v, the rate %d of %d", i, num, den, f.x, f.n)
		}
	}
	judged := 0
	for i, class := range d.confusion.Classify().Classes {
		for name, c := range map[string]struct {
			list []Ratio
			want stats.Number
		}{"precision": {v.Detail.Precision(i), class.Precision}, "recall": {v.Detail.Recall(i), class.Recall}, "F1": {v.Detail.F1(i), class.F1}} {
			num, den := sum(c.list)
			if den == 0 {
				continue
			}
			judged++
			if math.Abs(num/den-c.want.Or(math.NaN())) > 1e-12 {
				t.Errorf("%s of %s: vectors say %v, the confusion matrix %v", name, class.Label, num/den, c.want)
			}
		}
	}
	if judged < 3 {
		t.Errorf("%d figures of classes were compared", judged)
	}
	// Of some of the cases, in another order.
	if some := v.Detail.at([]int{3, 0}); len(some.Automation) != 2 || some.Automation[1] != v.Detail.Automation[0] || some.Fields[0][0] != v.Detail.Fields[0][3] {
		t.Errorf("%+v", some)
	}
}
