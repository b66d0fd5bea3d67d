package attribute

import (
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Result is the attribution of every design of a run.
type Result struct {
	Run       string   `json:"run"` // of the variants
	Of        string   `json:"of"`  // the run that is attributed
	Workflow  string   `json:"workflow"`
	Title     string   `json:"title,omitempty"`
	Dataset   string   `json:"dataset"`
	Split     []string `json:"split,omitempty"`
	Cases     int      `json:"cases"`
	Repeats   int      `json:"repeats"`
	Clusters  int      `json:"clusters,omitempty"` // 0 where cases are independent
	ClusterBy string   `json:"cluster_by,omitempty"`
	Currency  string   `json:"currency,omitempty"`
	Family    string   `json:"family"` // what p-values are adjusted over
	Designs   []Design `json:"designs"`
	Warnings  []string `json:"warnings,omitempty"`
}

// Design is where one design breaks.
type Design struct {
	Name string `json:"name"`
	// Metrics are those of the design as written, in the order of [Metrics].
	Metrics []score.Metric `json:"metrics"`
	// Parts are the targets, in the order of [Targets].
	Parts []Part `json:"parts,omitempty"`
	// Wrong are trials as written that the design would have ended wrongly
	// without people, of Judged whose end the label tells. Unattributed are
	// those of them in which every output and decision with gold was right.
	Judged       int      `json:"judged"`
	Wrong        int      `json:"wrong"`
	Unattributed int      `json:"unattributed"`
	Examples     []string `json:"unattributed_examples,omitempty"` // up to three case ids
	// Changes are counterfactuals that were asked for, in their order.
	Changes []Change `json:"changes,omitempty"`
	// Explored is what trying sets of corrections tells; nil where none were
	// tried.
	Explored *Exploration `json:"explored,omitempty"`
}

// Change is a counterfactual: a variant of the design, and what it changes.
type Change struct {
	Variant string   `json:"variant"` // as recorded: "cutoff:decide=0.9"
	Effects []Effect `json:"effects"` // paired with the design as written
}

// Exploration is what trying sets of corrections tells of one design.
type Exploration struct {
	Sets        int          `json:"sets"`              // of parts, that were tried
	Sampled     int          `json:"sampled,omitempty"` // orders drawn; 0 where shares are exact
	Shares      []Shares     `json:"shares"`
	Fixes       Fixes        `json:"fixes"`
	BreakPoints []BreakPoint `json:"break_points"`
	Worth       []Worth      `json:"worth"` // what saves most money first
}

// Part is one target: how often it was wrong, and what correcting it changes.
type Part struct {
	Target
	// Differs counts trials as written whose output or decision here is not
	// the gold one, of Compared that came here and have gold.
	Differs  int `json:"differs"`
	Compared int `json:"compared"`
	// NotRun counts those of Differs in which the step did not run, since its
	// contract was broken, and the design went on without it: its own answer is
	// not at fault, and correcting it changes nothing there.
	NotRun int `json:"not_run,omitempty"`
	// SentOn counts those of Differs in which a route gives the case to people
	// and its gold does not: correcting it takes their answers away.
	SentOn int `json:"sent_on,omitempty"`
	// First counts trials that went wrong here first; FirstWrong those of them
	// that also ended wrong.
	First      int      `json:"first"`
	FirstWrong int      `json:"first_and_ended_wrong"`
	Examples   []string `json:"examples,omitempty"` // up to three that ended wrong
	Effects    []Effect `json:"effects"`

	lostAt map[string]int // corrected trials that were not measured, by step and reason
}

// Effect is the change of one metric when the target is corrected, paired by
// case.
type Effect struct {
	Metric   string         `json:"metric"`
	Unit     string         `json:"unit"`
	Change   stats.Interval `json:"change"` // corrected minus as written
	P        stats.Number   `json:"p"`
	Adjusted stats.Number   `json:"p_adjusted"`
	Cases    int            `json:"cases"`
	// NotMeasured counts trials measured as written whose corrected end cannot
	// be known. With any of them there is no estimate: they are just the
	// trials that the correction changed.
	NotMeasured int    `json:"not_measured,omitempty"`
	Why         string `json:"why,omitempty"` // why there is no estimate
}

// Effect is the effect on the metric of that name.
func (p *Part) Effect(metric string) (Effect, bool) {
	for _, e := range p.Effects {
		if e.Metric == metric {
			return e, true
		}
	}
	return Effect{}, false
}

// Metrics are those whose change is attributed.
var Metrics = []string{score.SystemAccuracy, score.AutomatedAccuracy, score.ForcedAccuracy, score.EscalationRate}

// HideExamples takes out the ids of cases, for data whose ids are personal.
func (r *Result) HideExamples() {
	for i := range r.Designs {
		d := &r.Designs[i]
		d.Examples = nil
		for k := range d.Parts {
			d.Parts[k].Examples = nil
		}
		if x := d.Explored; x != nil {
			x.Fixes.NoneExamples = nil
			for k := range x.Fixes.Ways {
				x.Fixes.Ways[k].Examples = nil
			}
			for k := range x.BreakPoints {
				x.BreakPoints[k].Examples = nil
			}
		}
	}
}
