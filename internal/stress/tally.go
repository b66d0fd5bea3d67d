package stress

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// judgedMetrics are those that verdicts are about: one family. Those shown have
// their intervals at every strength, and are decided by nobody.
var (
	judgedMetrics = []string{score.SystemAccuracy, score.SilentFailureRate}
	shownMetrics  = []string{score.EscalationRate, score.HandoffFailureRate}
	// resampledMetrics are means, whose intervals take the time of thousands of
	// resamples: they are made for the worst level alone.
	resampledMetrics = []string{score.CostPerCase, score.MinutesPerCase}
)

// maxExamples is how many cases are named of a fault.
const maxExamples = 5

// result adds up the trials.
func (job *Job) result(p *design.Plan, faults []Fault, untouched []Untouched, strata []Stratum, all []caseTrials) (*Result, error) {
	r := &Result{
		Design: p.Design.Name, Workflow: job.Workflow.Name, Split: job.Request.Splits, Seed: job.Seed, Cases: len(all),
		Currency: job.Workflow.Currency, Strata: strata, Retriers: retriers(p), Untouched: untouched, Faults: []FaultResult{},
	}
	if d := job.Workflow.Decision; d >= 0 {
		r.DecidedBy = job.Workflow.Outcome.Fields()[d].Name
	}
	for _, s := range strata {
		r.Of += s.Have
	}
	// What could not be tried clean tells nothing of any fault.
	all = slices.DeleteFunc(all, func(c caseTrials) bool { return !c.clean.judged.Measured })
	r.Measured = len(all)
	if r.Measured == 0 {
		return r, nil
	}
	scored := job.joined(faults, all)
	judged, err := compare.Against(scored, 0, judgedMetrics...)
	if err != nil {
		return nil, err
	}
	r.Clean = figures(scored, 0)
	r.Family = fmt.Sprintf("the %d differences in %s and %s of all faults and strengths, by Holm", len(judged), judgedMetrics[0], judgedMetrics[1])
	at := 0
	for i := range faults {
		f := &faults[i]
		out := FaultResult{Name: f.Name, Title: f.Title, Group: f.Group, Of: f.Of}
		for k, strength := range f.Strengths {
			level := job.level(all, at+k)
			level.Strength, level.Figures = strength, figures(scored, at+k+1)
			level.Differences = slices.Clone(judged[(at+k)*len(judgedMetrics) : (at+k+1)*len(judgedMetrics)])
			if err := level.show(scored, at+k+1, shownMetrics); err != nil {
				return nil, err
			}
			out.Levels = append(out.Levels, level)
		}
		if why := out.silence(); why != "" {
			r.Untouched = append(r.Untouched, Untouched{Name: f.Name, Why: why})
		} else {
			worst := at + out.worst()
			if err := out.Worst().show(scored, worst+1, resampledMetrics); err != nil {
				return nil, err
			}
			out.Examples = examples(all, worst)
			r.Faults = append(r.Faults, out)
		}
		at += len(f.Strengths)
	}
	rank(r.Faults)
	return r, nil
}

// show adds the differences of the level, whose figures stand there, from those
// clean.
func (l *Level) show(r *score.Result, at int, metrics []string) error {
	for _, name := range metrics {
		d, _, err := compare.OnCases(r, at, 0, name, nil)
		if err != nil {
			return err
		}
		l.Differences = append(l.Differences, d)
	}
	return nil
}

// silence says why a fault tells nothing of a design; "" where it tells something.
func (f *FaultResult) silence() string {
	touched, measured, missed := 0, 0, 0
	for i := range f.Levels {
		l := &f.Levels[i]
		touched, missed = touched+l.Touched, missed+l.NotMeasured
		measured += l.told
	}
	switch {
	case touched == 0 && missed == 0:
		return "nothing of these cases is what it changes"
	case measured == 0:
		return "not measured: " + f.Levels[len(f.Levels)-1].Why[0].Reason
	}
	return ""
}

// joined are all trials as designs of one result: clean, then every fault and
// strength.
func (job *Job) joined(faults []Fault, all []caseTrials) *score.Result {
	names := []string{"clean"}
	for i := range faults {
		for _, s := range faults[i].Strengths {
			names = append(names, fmt.Sprintf("%s %g", faults[i].Name, s))
		}
	}
	j := score.NewJoint(job.Workflow.Currency, job.Card.Cluster != "", job.Card.Weight != "", names...)
	for i := range all {
		c := &all[i]
		j.Case(c.c.ID, c.c.Cluster, c.c.Weight)
		j.Add(0, &c.clean.judged)
		for k := range c.faulty {
			j.Add(k+1, &c.faulty[k].judged)
		}
	}
	return j.Result(job.Seed)
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

// level counts what a fault did at the strength whose trials stand there.
func (job *Job) level(all []caseTrials, at int) Level {
	asked := score.NewShareCounter(job.Card.Cluster != "", job.Card.Weight != "")
	needless := score.NewShareCounter(job.Card.Cluster != "", job.Card.Weight != "")
	silent := score.NewShareCounter(job.Card.Cluster != "", job.Card.Weight != "")
	broken := score.NewShareCounter(job.Card.Cluster != "", job.Card.Weight != "")
	var l Level
	kinds, why := map[flow.HandoffKind]*KindCount{}, map[string]int{}
	count := func(k flow.HandoffKind) *KindCount {
		if kinds[k] == nil {
			kinds[k] = &KindCount{Kind: k}
		}
		return kinds[k]
	}
	for i := range all {
		c := &all[i]
		clean, t := c.clean, c.faulty[at]
		if t.touched {
			l.Touched++
		}
		if !t.judged.Measured {
			l.NotMeasured++
			why[t.why]++
			continue
		}
		l.Measured++
		if t.touched {
			l.told++
		}
		l.FailedTries += int(t.failedTries)
		l.GivenUp += int(t.givenUp)
		if clean.judged.Right != score.Unknown {
			broken.Add(c.c.Cluster, c.c.Weight, clean.judged.Right == score.Yes && t.judged.Right != score.Yes)
			silent.Add(c.c.Cluster, c.c.Weight, clean.judged.Right == score.Yes && t.judged.Disposition == score.AutomatedWrong)
		}
		if still := clean.judged.Shadow == score.Yes && t.judged.Shadow == score.Yes; still {
			needless.Add(c.c.Cluster, c.c.Weight, t.judged.Escalated && !clean.judged.Escalated)
		}
		if turned(clean, t) {
			l.Turned++
			switch t.judged.Disposition {
			case score.AutomatedWrong:
				l.TurnedSilent++
			case score.Failed:
				l.TurnedFailed++
			}
			asked.Add(c.c.Cluster, c.c.Weight, t.judged.Escalated)
		}
		for _, k := range clean.kinds {
			count(k).Clean++
		}
		for _, k := range t.kinds {
			count(k).Fault++
		}
	}
	l.Asked, l.NewSilent, l.Broken, l.Needless = asked.Share(), silent.Share(), broken.Share(), needless.Share()
	for _, k := range flow.HandoffKinds {
		if kinds[k] != nil {
			l.Kinds = append(l.Kinds, *kinds[k])
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		l.Why = append(l.Why, WhyNot{Reason: reason, Cases: why[reason]})
	}
	return l
}

// turned says whether the design would have answered rightly by itself when
// clean, and under the fault answers wrongly, or has no answer.
func turned(clean, t *trial) bool {
	return clean.judged.Shadow == score.Yes && t.judged.Shadow != score.Yes && t.touched
}

// examples are cases that were right clean and are automated and wrong under the
// fault.
func examples(all []caseTrials, at int) []Example {
	var out []Example
	for i := range all {
		clean, t := all[i].clean, all[i].faulty[at]
		if clean.judged.Right == score.Yes && t.judged.Disposition == score.AutomatedWrong && len(out) < maxExamples {
			out = append(out, Example{Case: all[i].c.ID, Clean: string(clean.judged.Disposition), Fault: string(t.judged.Disposition)})
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
