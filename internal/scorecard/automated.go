package scorecard

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// automated takes in one measured trial.
func (d *tally) automated(t *flow.Trial, at place) {
	switch t.Status {
	case flow.Automated:
		d.trials.add(at)
	case flow.Escalated:
		d.trials.add(at, "escalated: "+t.Reason)
	default:
		d.trials.add(at, "failed: "+t.Reason)
	}
}

// atAccuracy judges what a design automates by the gate's limit for all cases,
// the higher one where there are several.
func atAccuracy(w *design.Workflow, scored *score.Result, d *score.Design) AtAccuracy {
	var of *design.Threshold
	for i := range w.Gate.Thresholds {
		t := &w.Gate.Thresholds[i]
		if t.Metric == score.AutomatedAccuracy && t.Segment == "" && t.AtLeast != nil && (of == nil || *t.AtLeast > *of.AtLeast) {
			of = t
		}
	}
	if of == nil {
		return AtAccuracy{Verdict: gate.Inconclusive, Reason: "the gate has no at_least for " + score.AutomatedAccuracy}
	}
	l := gate.Judge(*of, scored, d)
	return AtAccuracy{Limit: stats.Number{Value: l.Limit, Valid: true}, Bounds: l.Bounds, Verdict: l.Verdict, Reason: l.Reason}
}
