package drift

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	power = 0.80
	// detectable is the change of the escalation rate that a check must be
	// able to see before 'no drift seen' says anything.
	detectable = 0.15
	// holds is how little accuracy may have fallen, at the worse end of its
	// interval, for inputs that moved to be no alarm.
	holds = 0.05
	// baselineTimes is how many times as large as the fresh sample the baseline
	// should be: all checks share it, and its chance is in all of them.
	baselineTimes = 10
)

// Check compares the fresh sample with the baseline.
func Check(ctx context.Context, base, fresh *Sample, s Settings) (*Result, error) {
	if !(s.AlarmsPerYear > 0) || !(s.ChecksPerYear > 0) || s.AlarmsPerYear >= s.ChecksPerYear {
		return nil, fmt.Errorf("%v alarms in %v checks a year: want more than none, and fewer alarms than checks", s.AlarmsPerYear, s.ChecksPerYear)
	}
	if base.Cases == 0 || fresh.Cases == 0 {
		return nil, errors.New("no cases on one side")
	}
	r := &Result{
		Settings: s, Alpha: s.AlarmsPerYear / s.ChecksPerYear,
		Baseline: Side{Cases: base.Cases, Labelled: base.Labelled},
		Fresh:    Side{Cases: fresh.Cases, Labelled: fresh.Labelled},
	}
	c := &check{Settings: s, ctx: ctx, base: base, fresh: fresh}
	if err := r.signals(c); err != nil {
		return nil, err
	}
	if err := r.judge(c); err != nil {
		return nil, err
	}
	r.warn(c)
	return r, nil
}

// signals makes every test, most telling first.
func (r *Result) signals(c *check) error {
	b, f := c.base, c.fresh
	add := func(s Signal, err error) error {
		r.Signals = append(r.Signals, s)
		return err
	}
	if f.forced.n > 0 {
		if err := errors.Join(
			add(promise(b.automated, f.automated, c.Promised)),
			add(rate(Performance, "accuracy without people", b.forced, f.forced, accuracyFloor, down))); err != nil {
			return err
		}
	}
	if err := add(rate(Behaviour, "escalated", b.escalated, f.escalated, rateFloor, either)); err != nil {
		return err
	}
	if len(b.Confidence) > 0 {
		confidence := [2]Column{{Name: "confidence", Type: flow.Type{Kind: flow.Probability}, Values: b.Confidence}, {Values: f.Confidence}}
		if err := r.column(c, Behaviour, &confidence[0], &confidence[1]); err != nil {
			return err
		}
	}
	if err := add(rate(Behaviour, "broken handoffs", b.handoffs, f.handoffs, rateFloor, either)); err != nil {
		return err
	}
	for i := range b.Outcomes {
		// Texts and dates of an outcome follow the input's; the decision says
		// what the design does.
		switch b.Outcomes[i].Type.Kind {
		case flow.Enum, flow.Boolean, flow.Number, flow.Integer:
			if err := r.column(c, Behaviour, &b.Outcomes[i], &f.Outcomes[i]); err != nil {
				return err
			}
		}
	}
	for i := range b.Inputs {
		if err := r.column(c, Inputs, &b.Inputs[i], &f.Inputs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *Result) column(c *check, g Group, base, fresh *Column) error {
	signals, why, err := column(c, g, base, fresh)
	r.Signals = append(r.Signals, signals...)
	if why != "" {
		r.NotCompared = append(r.NotCompared, why)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", base.Name, err)
	}
	return nil
}

// judge adjusts the p-values and finds the verdict.
func (r *Result) judge(c *check) error {
	ps := make([]stats.Number, len(r.Signals))
	tested := 0
	for i, s := range r.Signals {
		ps[i] = s.P
		if s.P.Valid {
			tested++
		}
	}
	adjusted, err := stats.AdjustP(ps, stats.Holm)
	if err != nil {
		return err
	}
	held, err := r.accuracyHolds()
	if err != nil {
		return err
	}
	var alarms []string
	informed := false
	for i := range r.Signals {
		s := &r.Signals[i]
		s.Adjust = adjusted[i]
		s.Moved = s.Adjust.Valid && s.Adjust.Value <= r.Alpha && s.Effect.Valid && s.Effect.Value >= s.Floor && !s.harmless
		s.Alarm = s.Moved && !(s.Group == Inputs && held)
		informed = informed || s.Moved && !s.Alarm
		if s.Alarm {
			alarms = append(alarms, s.Name)
		}
	}
	slices.SortStableFunc(r.Signals, func(a, b Signal) int { return cmp.Compare(rank(a), rank(b)) })
	if r.Needed, err = needed(c, tested, r.Alpha); err != nil {
		return err
	}
	switch {
	case len(alarms) > 0:
		r.Verdict, r.Why = Drift, "moved: "+strings.Join(alarms, ", ")
	case r.Needed == 0:
		r.Verdict, r.Why = NotEnough, fmt.Sprintf("the baseline's %d cases are too few for any fresh sample to show a change", c.base.Cases)
	case c.fresh.Cases-c.fresh.NotMeasured < r.Needed:
		r.Verdict, r.Why = NotEnough, fmt.Sprintf("%d fresh cases were measured; %d are needed to see a change of %.0f points in escalations with %.0f%% power", c.fresh.Cases-c.fresh.NotMeasured, r.Needed, detectable*100, power*100)
	default:
		r.Verdict, r.Why = NoDrift, "nothing moved by more than chance and enough to matter"
		if informed {
			r.Why = "inputs moved, and accuracy is seen to hold: information, no alarm"
		}
	}
	return nil
}

// rank puts alarms first, then what moved, then the rest as it came.
func rank(s Signal) int {
	switch {
	case s.Alarm:
		return 0
	case s.Moved:
		return 1
	}
	return 2
}

// accuracyHolds says whether labels show that accuracy has not fallen by more
// than a little.
func (r *Result) accuracyHolds() (bool, error) {
	for _, s := range r.Signals {
		if s.Group == Performance && s.Change != nil {
			return s.Change.Lower > -holds, nil
		}
	}
	return false, nil
}

// needed is how many fresh cases show a change of the escalation rate by
// detectable, were it the first of the family's tests; 0 where the baseline is
// too small for that.
func needed(c *check, tested int, alpha float64) (int, error) {
	e := c.base.escalated
	if e.n == 0 || tested == 0 {
		return 0, nil
	}
	p := float64(e.x) / float64(e.n)
	to := p + detectable
	if to > 1-1e-3 {
		to = p - detectable
	}
	each, err := stats.TwoProportions(max(p, 1e-3), to, alpha/float64(tested), power)
	if err != nil {
		return 0, err
	}
	// The information in n and m cases is that of their harmonic mean a side.
	left := 2/each.Exact - 1/float64(e.n)
	if left <= 0 {
		return 0, nil
	}
	return int(math.Ceil(1 / left)), nil
}

// warn says what a reader has to know.
func (r *Result) warn(c *check) {
	if c.base.Cases < baselineTimes*c.fresh.Cases {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the baseline has %d cases and the fresh sample %d: with fewer than %d times as many, false alarms of several checks come together", c.base.Cases, c.fresh.Cases, baselineTimes))
	}
	for _, step := range slices.Sorted(maps.Keys(c.fresh.Models)) {
		was, is := c.base.Models[step], c.fresh.Models[step]
		slices.Sort(was)
		slices.Sort(is)
		if len(was) > 0 && !slices.Equal(was, is) {
			r.Warnings = append(r.Warnings, fmt.Sprintf("step %q was answered by the model %s in the baseline, and by %s now: what moved may be the model", step, strings.Join(was, ", "), strings.Join(is, ", ")))
		}
	}
	if n := shared(c.base.IDs, c.fresh.IDs); n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d fresh cases are in the baseline too: they hide what moved", n))
	}
	if n := c.fresh.NotMeasured; n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d fresh cases were not measured: the harness could not try them", n))
	}
	if c.fresh.forced.n == 0 {
		r.Warnings = append(r.Warnings, r.labelsNeeded(c))
	}
	for _, s := range []*Sample{c.base, c.fresh} {
		if clustered(s) {
			r.Warnings = append(r.Warnings, "cases come in clusters, and the tests take them as independent: the more alike a cluster's cases, the sooner they see drift")
			break
		}
	}
}

// labelsNeeded says that only labels can tell of some drift, and how many.
func (r *Result) labelsNeeded(c *check) string {
	text := "no fresh case has a label: whether right answers have changed for the same inputs cannot be seen"
	if f := c.base.forced; f.n > 0 && f.x > 0 {
		p := min(float64(f.x)/float64(f.n), 0.999)
		if n, err := stats.OneProportion(p, p-holds, r.Alpha, power, 1); err == nil && p > holds {
			text += fmt.Sprintf("; label %d of them, chosen at random, to see accuracy fall by %.0f points", n.N, holds*100)
		}
	}
	return text
}

func clustered(s *Sample) bool {
	seen := make(map[string]bool, len(s.Clusters))
	for _, c := range s.Clusters {
		if seen[c] {
			return true
		}
		seen[c] = true
	}
	return false
}

// shared counts the ids of b that are in a.
func shared(a, b []string) int {
	in := make(map[string]bool, len(a))
	for _, id := range a {
		in[id] = true
	}
	n := 0
	for _, id := range b {
		if in[id] {
			n++
		}
	}
	return n
}
