package stress

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Differences are shown with their intervals, and decided by nobody: verdicts are
// about whether faults harm.
var (
	// firstMetrics have intervals that hold for all of them at once, too.
	firstMetrics = []string{score.SystemAccuracy, score.SilentFailureRate}
	shownMetrics = []string{score.EscalationRate, score.HandoffFailureRate}
	// resampledMetrics are means, whose intervals take the time of thousands of
	// resamples: they are made for the worst level alone.
	resampledMetrics = []string{score.CostPerCase, score.MinutesPerCase}
)

// maxExamples is how many cases are named of a fault.
const maxExamples = 5

// result adds up the tallies.
func (job *Job) result(p *design.Plan, faults []Fault, untouched []Untouched, strata []Stratum, all *tallies) (*Result, error) {
	tried, pairs := all.paired(job.Card.Cluster != "")
	r := &Result{
		Design: p.Design.Name, Workflow: job.Workflow.Name, Split: job.Request.Splits, Seed: job.Seed, Cases: tried, Measured: len(pairs.at),
		Currency: job.Workflow.Currency, Strata: strata, Retriers: retriers(p), Untouched: untouched, Faults: []FaultResult{},
	}
	if d := job.Workflow.Decision; d >= 0 {
		r.DecidedBy = job.Workflow.Outcome.Fields()[d].Name
	}
	for _, s := range strata {
		r.Of += s.Have
	}
	if r.Measured == 0 {
		return r, nil
	}
	r.Clean = figures(pairs.alone(job.Seed), 0)
	a := &answer{job: job, pairs: pairs, differences: len(firstMetrics) * len(all.faulty)}
	state := 0
	for i := range faults {
		out, err := a.fault(&faults[i], state)
		if err != nil {
			return nil, err
		}
		state += len(faults[i].Strengths)
		if why, tried := out.silence(&faults[i]); why != "" {
			r.Untouched = append(r.Untouched, Untouched{Name: out.Name, Why: why, Tried: tried})
			continue
		}
		r.Faults = append(r.Faults, *out)
	}
	r.Untried = r.untried()
	if err := judge(r.Faults); err != nil {
		return nil, err
	}
	r.Family = family(len(r.Faults))
	rank(r.Faults)
	return r, nil
}

// answer is made of pairs.
type answer struct {
	job         *Job
	pairs       *paired
	differences int // that have an interval for all of them at once
}

// fault is what a fault did, whose states begin there.
func (a *answer) fault(f *Fault, state int) (*FaultResult, error) {
	out := &FaultResult{Name: f.Name, Title: f.Title, Group: f.Group, Of: f.Of}
	var states []int
	for k, strength := range f.Strengths {
		states = append(states, state+k)
		level, err := a.level(state + k)
		if err != nil {
			return nil, err
		}
		level.Strength = strength
		out.Levels = append(out.Levels, *level)
	}
	if why, _ := out.silence(f); why != "" {
		return out, nil
	}
	worst := state + out.worst()
	if err := out.Worst().show(a.pairs.beside(worst, a.job.Seed), resampledMetrics); err != nil {
		return nil, err
	}
	out.Examples = a.pairs.examples(worst)
	fault, each, err := a.pairs.harm(states, a.job.Seed)
	out.Harm = fault
	for k := range each {
		out.Levels[k].Harm = each[k]
	}
	return out, err
}

// level is what a fault did at the strength of that state.
func (a *answer) level(state int) (*Level, error) {
	beside := a.pairs.beside(state, a.job.Seed)
	l := a.job.counted(a.pairs, state)
	l.Figures = figures(beside, 1)
	for _, name := range firstMetrics {
		d, err := compare.Among(beside, 1, 0, name, a.differences)
		if err != nil {
			return nil, err
		}
		l.Differences = append(l.Differences, d)
	}
	if err := l.show(beside, shownMetrics); err != nil {
		return nil, err
	}
	var err error
	l.Latency, err = a.latency(state)
	return l, err
}

// show adds differences that no verdict is about.
func (l *Level) show(beside *score.Result, metrics []string) error {
	for _, name := range metrics {
		d, _, err := compare.OnCases(beside, 1, 0, name, nil)
		if err != nil {
			return err
		}
		l.Differences = append(l.Differences, d)
	}
	return nil
}

// silence says why a fault tells nothing of a design; "" where it tells something.
// tried says that it could have told something.
func (f *FaultResult) silence(of *Fault) (why string, tried bool) {
	if why := of.halt.why(); why != "" {
		return "not measured: " + why, false
	}
	touched, measured, missed := 0, 0, 0
	for i := range f.Levels {
		l := &f.Levels[i]
		touched, missed = touched+l.Touched, missed+l.NotMeasured
		measured += l.told
	}
	switch {
	case touched == 0 && missed == 0:
		return cmp.Or(of.idle, "nothing of these cases is what it changes"), true
	case measured == 0:
		return "not measured: " + f.Levels[len(f.Levels)-1].Why[0].Reason, false
	}
	return "", true
}

func figures(r *score.Result, i int) Figures {
	get := func(name string) score.Metric {
		m, _, _ := compare.Figure(r, i, name, nil)
		return m
	}
	return Figures{
		Accuracy: get(score.SystemAccuracy), Silent: get(score.SilentFailureRate), Escalated: get(score.EscalationRate),
		Handoff: get(score.HandoffFailureRate), Cost: get(score.CostPerCase), Minutes: get(score.MinutesPerCase),
	}
}

// counted counts what a fault did in a state.
func (job *Job) counted(p *paired, state int) *Level {
	units := score.NewUnits(job.Card, 1)
	asked, needless, silent, broken := units.Counter(), units.Counter(), units.Counter(), units.Counter()
	n := &p.counts[state]
	l := &Level{FailedTries: n.failedTries, GivenUp: n.givenUp}
	for i, at := range p.at {
		clean, t := &p.tallies.clean[at], &p.faulty[state][at]
		if t.is(touched) {
			l.Touched++
		}
		if !t.is(measured) {
			l.NotMeasured++
			continue
		}
		l.Measured++
		if t.is(touched) {
			l.told++
		}
		cluster := int32(0)
		if p.cluster != nil {
			cluster = p.cluster[i]
		}
		add := func(c *score.Counter, yes bool) { c.Add(cluster, p.weight[i], yes) }
		if clean.right != score.Unknown {
			add(broken, clean.right == score.Yes && t.right != score.Yes)
			add(silent, clean.right == score.Yes && t.outcome() == score.AutomatedWrong)
		}
		if still := clean.shadow == score.Yes && t.shadow == score.Yes; still {
			add(needless, t.is(escalated) && !clean.is(escalated))
		}
		if turned(clean, t) {
			l.Turned++
			switch t.outcome() {
			case score.AutomatedWrong:
				l.TurnedSilent++
			case score.Failed:
				l.TurnedFailed++
			}
			add(asked, t.is(escalated))
		}
	}
	l.Asked, l.NewSilent, l.Broken, l.Needless = asked.Share(), silent.Share(), broken.Share(), needless.Share()
	for _, k := range flow.HandoffKinds {
		if n.kinds[k] != nil {
			l.Kinds = append(l.Kinds, *n.kinds[k])
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(n.why)) {
		l.Why = append(l.Why, WhyNot{Reason: reason, Cases: n.why[reason]})
	}
	return l
}

// turned says whether the design would have answered rightly by itself when
// clean, and under the fault answers wrongly, or has no answer.
func turned(clean, t *tally) bool {
	return clean.shadow == score.Yes && t.shadow != score.Yes && t.is(touched)
}

// examples are cases that were right clean and are automated and wrong in a
// state.
func (p *paired) examples(state int) []Example {
	var out []Example
	for i, at := range p.at {
		clean, t := &p.tallies.clean[at], &p.faulty[state][at]
		if clean.right == score.Yes && t.outcome() == score.AutomatedWrong && len(out) < maxExamples {
			out = append(out, Example{Case: p.ids[i], Clean: string(clean.outcome()), Fault: string(t.outcome())})
		}
	}
	return out
}

// rank puts first what breaks most cases at its worst level; among those that
// break as many, what fails more without a sound, then what sends more to people.
// Gains in accuracy are not set off: they come of people who take over.
func rank(faults []FaultResult) {
	slices.SortStableFunc(faults, func(a, b FaultResult) int {
		return cmp.Or(
			cmp.Compare(b.Worst().Broken.Estimate.Or(0), a.Worst().Broken.Estimate.Or(0)),
			cmp.Compare(b.Worst().NewSilent.Estimate.Or(0), a.Worst().NewSilent.Estimate.Or(0)),
			cmp.Compare(b.Worst().Figures.Escalated.Estimate.Or(0), a.Worst().Figures.Escalated.Estimate.Or(0)),
		)
	})
}
