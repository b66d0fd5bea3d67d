// Package score judges the trials of a run by the cases' labels and adds them
// up to the metrics that docs/metrics.md defines. It reads the record and the
// dataset, and runs nothing: a corrected label needs a new score, not a new
// replay.
package score

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Disposition is what came of one trial; every trial has exactly one.
type Disposition string

const (
	AutomatedCorrect  Disposition = "automated_correct"
	AutomatedWrong    Disposition = "automated_wrong"
	AutomatedUnknown  Disposition = "automated_unknown"
	EscalatedNeeded   Disposition = "escalated_needed"
	EscalatedNeedless Disposition = "escalated_needless"
	EscalatedUnknown  Disposition = "escalated_unknown"
	Failed            Disposition = "failed"
	NotMeasured       Disposition = "not_measured"
)

// Dispositions are all of them, in the order of reports.
var Dispositions = []Disposition{AutomatedCorrect, AutomatedWrong, AutomatedUnknown, EscalatedNeeded, EscalatedNeedless, EscalatedUnknown, Failed, NotMeasured}

// Result is a scored run.
type Result struct {
	Run       string   `json:"run"`
	Workflow  string   `json:"workflow"`
	Title     string   `json:"title,omitempty"`
	Currency  string   `json:"currency,omitempty"`
	Baseline  string   `json:"baseline,omitempty"`
	Dataset   string   `json:"dataset"`
	Split     []string `json:"split,omitempty"`
	Cases     int      `json:"cases"`
	Repeats   int      `json:"repeats"`
	Clusters  int      `json:"clusters,omitempty"` // 0 where cases are independent
	ClusterBy string   `json:"cluster_by,omitempty"`
	Complete  bool     `json:"complete"`
	Designs   []Design `json:"designs"`
	// Money is what the run paid for calls; nil where it made none that cost.
	Money *Money `json:"money,omitempty"`
	// LabelSource says for each label where it comes from.
	LabelSource map[string]string `json:"label_source,omitempty"`
	Warnings    []string          `json:"warnings,omitempty"`
	// Vectors are per-case figures for paired comparisons; Seed is the run's.
	Vectors *Vectors `json:"-"`
	Seed    uint64   `json:"seed"`
}

// Money is what the calls of a run's steps cost, in the workflow's currency.
type Money struct {
	Estimated *record.Range `json:"estimated,omitempty"` // before the run began; nil where it was not
	Listed    float64       `json:"listed"`              // the answers of all trials, at the prices of their models
	Saved     float64       `json:"saved"`               // of that by answers that were stored already
	flow.Spending
}

// Design is what was measured of one design, over all cases or a segment.
type Design struct {
	Name     string `json:"name"`
	Baseline bool   `json:"baseline,omitempty"`
	Summary
	Reasons  []Count   `json:"escalation_reasons,omitempty"`
	Unknown  []Count   `json:"not_measured_reasons,omitempty"`
	Decision *Decision `json:"decision,omitempty"`
	Fields   []Field   `json:"fields,omitempty"`
	Routes   []Field   `json:"routes,omitempty"` // taken as the label names
	Edges    []Edge    `json:"handoffs,omitempty"`
	// Confirmations are what people made of what steps suggested to them.
	Confirmations []Confirmation `json:"confirmations,omitempty"`
	// Retrieval is what steps that search found of the right documents.
	Retrieval []Retrieval `json:"retrieval,omitempty"`
	Cost      Cost        `json:"cost"`
	// Wall is the machine time of this replay, live; Recorded the latency of
	// calls as it was when they were really made. The two are never mixed.
	Wall        Times       `json:"wall"`
	Recorded    *Times      `json:"recorded_latency,omitempty"`
	Consistency *Repeats    `json:"consistency,omitempty"`
	Confidence  *Confidence `json:"confidence,omitempty"`
	Segments    []Segment   `json:"segments,omitempty"`
	Worst       []Example   `json:"worst,omitempty"` // the most expensive silent failures
}

// Summary is what is counted for all cases and again for each segment.
type Summary struct {
	Trials   int `json:"trials"`
	Cases    int `json:"cases"`
	Labelled int `json:"labelled"` // measured trials with a final label
	// ForcedUnknown are labelled trials that were escalated without anyone
	// knowing what the design would have answered: the interval of the forced
	// accuracy takes in all that they could have been.
	ForcedUnknown int                 `json:"forced_unknown"`
	Dispositions  map[Disposition]int `json:"dispositions"`
	Metrics       []Metric            `json:"metrics"`
}

// Metric is a number over many trials.
type Metric struct {
	Name string `json:"name"`
	// Numerator and Denominator of a rate; of a mean the sum and the count; of a figure
	// that is neither 0 and the cases.
	Numerator      float64 `json:"numerator"`
	Denominator    float64 `json:"denominator"`
	stats.Interval `json:"interval"`
	Unit           string `json:"unit"` // "rate", "money", "minutes" or "score", a number up to 1
	// Exact are the bounds that a gate decides on; nil of a mean of a summary,
	// for [Vectors.Mean] has them.
	Exact    *Exact   `json:"exact,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Exact are 95 % bounds that cover no less than they say: of a rate
// Clopper-Pearson, or Gaffke's where cases come in clusters; of a mean Gaffke's. The interval of a
// [Metric] is for reading; near its limit it lets a rate through more often than
// it says.
type Exact struct {
	TwoSided stats.Interval `json:"two_sided"`
	Lower    stats.Interval `json:"lower"` // one-sided
	Upper    stats.Interval `json:"upper"` // one-sided
	// EffectiveN is how many independent trials would tell as much, as the
	// interval takes it.
	EffectiveN float64 `json:"effective_n"`
	// Units are what Gaffke's bounds are of, and Low and High where their ratios
	// lie; nil of other bounds.
	Units     []stats.Ratio `json:"-"`
	Low, High float64       `json:"-"`
}

// ByUnknown is the method of an interval that trials of unknown result widen:
// from all of them wrong to all of them right.
const ByUnknown = "bounds"

// Metric is the metric of that name; ok is false where there is none.
func (s *Summary) Metric(name string) (Metric, bool) {
	for _, m := range s.Metrics {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}

// Count is how often something was said.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Decision is how final decisions compare with the label, class by class.
// People's decisions are included: it is what the business gets.
type Decision struct {
	Field          string               `json:"field"`
	Confusion      *stats.Confusion     `json:"confusion"`
	Classification stats.Classification `json:"classification"`
	Matthews       stats.Number         `json:"matthews"`
	Kappa          stats.Number         `json:"kappa"`
	NoDecision     int                  `json:"no_decision"` // labelled trials that ended without one
}

// Field is how often one field was right among trials that name it.
type Field struct {
	Name           string `json:"name"`
	Compare        string `json:"compare,omitempty"`
	Right          int    `json:"right"`
	Judged         int    `json:"judged"`
	stats.Interval `json:"interval"`
}

// Edge is the handoffs from one actor to the next.
type Edge struct {
	From           string `json:"from"`
	To             string `json:"to"`
	Handoffs       int    `json:"handoffs"`
	Failed         int    `json:"failed"`
	stats.Interval `json:"interval"`
	Kinds          []KindCount `json:"kinds,omitempty"`
}

// KindCount is one kind of failure on an edge.
type KindCount struct {
	Kind      flow.HandoffKind `json:"kind"`
	Clause    string           `json:"clause,omitempty"`
	Detail    string           `json:"detail,omitempty"` // finer than Kind, as "lost" or "absent"
	Count     int              `json:"count"`
	Interval  stats.Interval   `json:"interval"`  // of Count / the edge's handoffs
	Recovered int              `json:"recovered"` // of Judged
	Judged    int              `json:"judged"`    // with a final label
	Examples  []string         `json:"examples"`  // up to three case ids
}

// Cost is the mean cost of one case, in parts.
type Cost struct {
	Model  float64 `json:"model"`  // tokens and calls, as priced
	People float64 `json:"people"` // minutes at the team's wage
	Errors float64 `json:"errors"` // what wrong decisions cost
	Cases  int     `json:"cases"`  // trials that it is averaged over
	// UnknownErrors are trials whose result nothing judges: their errors are
	// not in the cost.
	UnknownErrors int `json:"unknown_errors,omitempty"`
	// UnknownMinutes are escalated trials for which nobody says how long the
	// team worked.
	UnknownMinutes int `json:"unknown_minutes,omitempty"`
	// SavedMinutes is the people's time saved a case against the as-is
	// baseline, and SavedHours the same for the stated yearly volume.
	SavedMinutes stats.Number `json:"saved_minutes"`
	SavedHours   stats.Number `json:"saved_hours_a_year"`
}

// Times are quantiles of a duration in seconds.
type Times struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	N   int     `json:"n"`
}

// Repeats is what several repeats of the same cases tell.
type Repeats struct {
	Repeats    int             `json:"repeats"`
	Cases      int             `json:"cases"`       // measured more than once
	SameResult stats.Number    `json:"same_result"` // share of cases with the same result every time
	PassHatK   []stats.Number  `json:"pass_hat_k"`  // k = 1..Repeats: right every time of k
	PassAtK    []stats.Number  `json:"pass_at_k"`   // k = 1..Repeats: right at least once of k
	Mean       stats.Interval  `json:"mean"`        // accuracy with the case as the unit
	Naive      stats.Number    `json:"naive_se"`    // standard error if trials were cases
	SE         stats.Number    `json:"se"`
	Warnings   []stats.Warning `json:"warnings,omitempty"`
}

// Segment is a subset of cases by a tag's value.
type Segment struct {
	Column string `json:"column"`
	Value  string `json:"value"` // as it may be shown
	Summary
	tag string
}

// NewSegment is the summary of a segment.
func NewSegment(column, value string, s Summary) Segment {
	return Segment{Column: column, Value: value, Summary: s, tag: value}
}

// Tag is the value as it is in the cases, which is not for showing.
func (s *Segment) Tag() string { return s.tag }

// Example is one trial worth looking at.
type Example struct {
	Case    string  `json:"case"`
	Decided string  `json:"decided"`
	Right   string  `json:"right"`
	Cost    float64 `json:"cost"`
}

// Names of metrics, as workflow files and reports use them.
const (
	SystemAccuracy      = "system_accuracy"
	AutomatedAccuracy   = "automated_accuracy"
	ForcedAccuracy      = "forced_accuracy"
	AutomationRate      = "automation_rate"
	EscalationRate      = "escalation_rate"
	EscalationPrecLabel = "escalation_precision_label"
	EscalationRecLabel  = "escalation_recall_label"
	EscalationPrecOut   = "escalation_precision_outcome"
	EscalationRecOut    = "escalation_recall_outcome"
	SilentFailureRate   = "silent_failure_rate"
	FailureRate         = "failure_rate"
	HandoffFailureRate  = "handoff_failure_rate"
	RecoveredRate       = "recovered_rate"
	NotMeasuredRate     = "not_measured"
	CostPerCase         = "cost_per_case"
	MinutesPerCase      = "minutes_per_case"
	ErrorCost           = "error_cost" // of a run scored in detail
)
