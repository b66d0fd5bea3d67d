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

// check is what the tests of one check share.
type check struct {
	Settings
	ctx         context.Context
	base, fresh *Sample
}

// Check compares the fresh sample with the baseline.
func Check(ctx context.Context, base, fresh *Sample, s Settings) (*Result, error) {
	if !(s.Alpha > 0 && s.Alpha < 1) {
		return nil, fmt.Errorf("a level of %v for one check: want more than 0, and less than 1", s.Alpha)
	}
	if base.Cases == 0 || fresh.Cases == 0 {
		return nil, errors.New("no cases on one side")
	}
	r := &Result{Settings: s, Baseline: base.side(), Fresh: fresh.side(), Segments: []Signal{}}
	c := &check{Settings: s, ctx: ctx, base: base, fresh: fresh}
	steps := []func(*check) error{r.signals, r.segments, r.judge, func(c *check) (err error) {
		r.LabelsWanted, err = r.labels(c)
		return err
	}}
	for _, step := range steps {
		if err := step(c); err != nil {
			return nil, err
		}
	}
	r.kinds(c)
	r.warn(c)
	return r, nil
}

// side says what a sample is of.
func (s *Sample) side() Side {
	out := Side{Cases: s.Cases, Compared: s.held(), Labelled: s.Labelled, Weighted: s.weights != nil}
	if s.cluster != nil {
		out.Clusters = s.groups
	}
	return out
}

// The rates that are compared of all cases and of every segment.
var (
	ofAccuracy   = question{group: Performance, name: "accuracy without people", of: known, yes: flagged(able), floor: accuracyFloor, dir: down}
	ofEscalation = question{group: Behaviour, name: "escalated", of: measured, yes: flagged(escalated), floor: rateFloor}
	ofHandoffs   = question{group: Behaviour, name: "broken handoffs", of: measured, yes: flagged(broken), floor: rateFloor}
)

// ofAccuracy is the accuracy to compare: of escalated cases alone where the
// fresh sample has labels of no others.
func (c *check) ofAccuracy() question {
	q := ofAccuracy
	if c.fresh.escalatedAlone() {
		q.name, q.of = q.name+", of escalated cases", known|escalated
	}
	return q
}

// signals makes every test, most telling first.
func (r *Result) signals(c *check) error {
	all := [2]part{{Sample: c.base}, {Sample: c.fresh}}
	add := func(s Signal, err error) error {
		r.Signals = append(r.Signals, s)
		return err
	}
	labelled := c.fresh.Labelled > 0
	estimate, estimated, err := estimate(c.base, c.fresh)
	if err != nil {
		return err
	}
	if all[0].among(stated).size() > 0 {
		r.Estimate = estimate
	}
	if labelled {
		promised, err := promise(all[0], all[1], c.Promised)
		if err := errors.Join(add(promised, err), add(rate(c.ofAccuracy(), all[0], all[1]))); err != nil {
			return err
		}
		r.Signals = append(r.Signals, ofGroup(estimated, Performance)...)
	}
	if err := add(rate(ofEscalation, all[0], all[1])); err != nil {
		return err
	}
	if all[0].among(stated).size() > 0 {
		if err := r.column(c, columns{Behaviour, &c.base.confidence, &c.fresh.confidence, all[0].among(stated), all[1].among(stated)}); err != nil {
			return err
		}
	}
	if err := add(rate(ofHandoffs, all[0], all[1])); err != nil {
		return err
	}
	r.Signals = append(r.Signals, ofGroup(estimated, Estimated)...)
	for i := range c.base.Outcomes {
		if decides(c.base.Outcomes[i].Type) {
			from := len(r.Signals)
			if err := r.column(c, columns{Behaviour, &c.base.Outcomes[i], &c.fresh.Outcomes[i], all[0].among(answered), all[1].among(answered)}); err != nil {
				return err
			}
			for k := from; k < len(r.Signals); k++ {
				r.Signals[k].outcome = true
				r.Signals[k].Name += " (outcome)"
			}
		}
	}
	for i := range c.base.Inputs {
		if c.base.Inputs[i].Apart {
			continue
		}
		if err := r.column(c, columns{Inputs, &c.base.Inputs[i], &c.fresh.Inputs[i], all[0], all[1]}); err != nil {
			return err
		}
	}
	for i := range c.base.Labels {
		if labelled && decides(c.base.Labels[i].Type) && c.base.Labels[i].any() && c.fresh.Labels[i].any() {
			of := c.ofAccuracy().of &^ known
			if err := r.column(c, columns{Labels, &c.base.Labels[i], &c.fresh.Labels[i], all[0].among(of).where(c.base.Labels[i].has), all[1].among(of).where(c.fresh.Labels[i].has)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// decides says whether a field of an outcome is compared: texts and dates of an
// outcome follow the input's; the decision says what the design does.
func decides(t flow.Type) bool {
	switch t.Kind {
	case flow.Enum, flow.Boolean, flow.Number, flow.Integer:
		return true
	}
	return false
}

func ofGroup(list []Signal, g Group) []Signal {
	return slices.DeleteFunc(slices.Clone(list), func(s Signal) bool { return s.Group != g })
}

func (r *Result) column(c *check, of columns) error {
	signals, why, err := column(c, of)
	r.Signals = append(r.Signals, signals...)
	if why != "" {
		r.NotCompared = append(r.NotCompared, why)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", of.base.Name, err)
	}
	return nil
}

// judge adjusts the p-values and finds the verdict.
func (r *Result) judge(c *check) error {
	alpha := r.Alpha
	if len(r.Segments) > 0 {
		r.SegmentAlpha = segmentAlpha * r.Alpha
		alpha -= r.SegmentAlpha
	}
	if err := errors.Join(adjust(r.Signals, alpha), adjust(r.Segments, r.SegmentAlpha)); err != nil {
		return err
	}
	r.held = r.accuracyHolds()
	var alarms []string
	informed := false
	for _, list := range [][]Signal{r.Signals, r.Segments} {
		for i := range list {
			s := &list[i]
			s.Alarm = s.Moved && !((s.Group == Inputs || s.Group == Labels) && r.held)
			informed = informed || s.Moved && !s.Alarm
			if s.Moved {
				s.Since = s.since(c.fresh)
			}
		}
		slices.SortStableFunc(list, inOrder)
		for i := range list {
			if list[i].Alarm {
				alarms = append(alarms, list[i].title())
			}
		}
	}
	enough, err := r.enough(c, alpha)
	if err != nil {
		return err
	}
	switch {
	case len(alarms) > 0:
		r.Verdict, r.Why = Drift, "moved: "+strings.Join(alarms, ", ")
	case enough != "":
		r.Verdict, r.Why = NotEnough, enough
	default:
		r.Verdict, r.Why = NoDrift, "nothing moved by more than chance and enough to matter"
		if informed {
			r.Why = "inputs moved, and accuracy is seen to hold: information, no alarm"
		}
	}
	return nil
}

// inOrder puts alarms first, then what moved, then the rest as it came. Inputs
// that moved come in the order of what is least like chance, then of what
// moved most.
func inOrder(a, b Signal) int {
	rank := func(s Signal) int {
		switch {
		case s.Alarm:
			return 0
		case s.Moved:
			return 1
		}
		return 2
	}
	if d := cmp.Compare(rank(a), rank(b)); d != 0 || !a.Moved || a.Group != Inputs || b.Group != Inputs {
		return d
	}
	return cmp.Or(cmp.Compare(a.P.Value, b.P.Value), cmp.Compare(b.Effect.Value/b.Floor, a.Effect.Value/a.Floor))
}

// accuracyHolds says whether labels show that accuracy has not fallen by more
// than a little.
func (r *Result) accuracyHolds() bool {
	for _, s := range r.Signals {
		if s.Name == ofAccuracy.name && s.Change != nil {
			return s.Change.Lower > -holds
		}
	}
	return false
}

// enough says why the fresh cases are too few, if they are: fewer than show a
// change of the escalation rate by detectable, were it the first of the family's
// tests. Of clustered or weighted cases it counts the effective number.
func (r *Result) enough(c *check, alpha float64) (string, error) {
	tested := 0
	for _, s := range r.Signals {
		if s.P.Valid {
			tested++
		}
	}
	b, f, err := shares(part{Sample: c.base, of: measured}, part{Sample: c.fresh, of: measured}, flagged(escalated))
	if err != nil {
		return "", err
	}
	small := fmt.Sprintf("the baseline's %d cases are too few for any fresh sample to show a change", c.base.Cases)
	if b.n == 0 || tested == 0 {
		return small, nil
	}
	p := float64(b.x) / float64(b.n)
	to := p + detectable
	if to > 1-1e-3 {
		to = p - detectable
	}
	each, err := stats.TwoProportions(max(p, 1e-3), to, alpha/float64(tested), power)
	if err != nil {
		return "", err
	}
	// The information in n and m cases is that of their harmonic mean a side.
	left := 2/each.Exact - 1/float64(b.n)
	if left <= 0 {
		return small, nil
	}
	effect := 1.0
	if f.n > 0 && f.n < f.cases {
		effect = float64(f.cases) / float64(f.n)
	}
	r.Needed = int(math.Ceil(effect / left))
	if got := f.cases; got < r.Needed {
		return fmt.Sprintf("%d fresh cases were measured; %d are needed to see a change of %.0f points in escalations with %.0f%% power", got, r.Needed, detectable*100, power*100), nil
	}
	return "", nil
}

// warn says what a reader has to know.
func (r *Result) warn(c *check) {
	say := func(format string, a ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, a...)) }
	if c.base.Cases < baselineTimes*c.fresh.Cases {
		say("the baseline has %d cases and the fresh sample %d: with fewer than %d times as many, false alarms of several checks come together", c.base.Cases, c.fresh.Cases, baselineTimes)
	}
	for _, step := range slices.Sorted(maps.Keys(c.fresh.Models)) {
		was, is := c.base.Models[step], c.fresh.Models[step]
		slices.Sort(was)
		slices.Sort(is)
		if len(was) > 0 && !slices.Equal(was, is) {
			say("step %q was answered by the model %s in the baseline, and by %s now: what moved may be the model", step, strings.Join(was, ", "), strings.Join(is, ", "))
		}
	}
	if n := shared(c.base, c.fresh); n > 0 {
		say("%d fresh cases are in the baseline too: they hide what moved", n)
	}
	if n := c.fresh.NotMeasured; n > 0 {
		say("%d fresh cases were not measured: the harness could not try them", n)
	}
	if c.fresh.escalatedAlone() {
		say("the labels are of escalated cases alone: they say nothing of what was automated")
	}
	if r.Exhausted {
		say("%d checks in a year have spent %.3g of %g false alarms: this one has %.2g of what is left, and sees less; the budget is shared out for %.0f checks a year (%s)", r.Checks, r.Spent, r.AlarmsPerYear, r.Alpha, r.ChecksPerYear, r.ChecksFrom)
	}
	for i, s := range []*Sample{c.base, c.fresh} {
		if s.bits > 0 {
			say("of the %d cases of the %s, %d are compared, chosen by the hash of their id alone", s.Cases, []string{"baseline", "fresh sample"}[i], s.held())
		}
	}
}

// Inconclusive is the check of cases that could not be compared, and why.
func Inconclusive(workflow, design, why string, s Settings) *Result {
	return &Result{Verdict: NotEnough, Why: why, Workflow: workflow, Design: design, Settings: s, Kinds: []Kind{}, Signals: []Signal{}, Segments: []Signal{}}
}
