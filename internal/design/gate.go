package design

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Metrics are the metrics that a gate may limit in every workflow; beside them it
// may limit those of [MetricsBy].
var Metrics = []string{
	"system_accuracy", "automated_accuracy", "forced_accuracy",
	"automation_rate", "escalation_rate",
	"escalation_precision_label", "escalation_recall_label", "escalation_precision_outcome", "escalation_recall_outcome",
	"silent_failure_rate", "failure_rate", "handoff_failure_rate", "recovered_rate",
	"cost_per_case", "minutes_per_case", "error_cost", "not_measured",
	"macro_precision", "macro_recall", "macro_f1", "kappa", "matthews", "auroc", "ece", "brier",
}

// Scores are the metrics that are neither shares of cases nor amounts: of all classes
// of the decision, then of confidences.
var Scores = []string{"macro_precision", "macro_recall", "macro_f1", "kappa", "matthews", "auroc", "ece", "brier"}

// ofClasses is how many of [Scores] are of the classes.
const ofClasses = 5

// ungated are figures of reports that a gate does not limit, and why.
var ungated = map[string]struct{ why, instead string }{
	"log_loss":      {"one answer that was wrong and sure can cost any amount, so that no number of cases bounds it", "brier: {at_most: 0.1}"},
	"skill":         {"it is told from the accuracy of the same cases", "brier: {at_most: 0.1}"},
	"aurc":          {"it hangs on the accuracy as much as on the order of confidences", "auroc: {at_least: 0.8}"},
	"excess_aurc":   {"no bound of it is known to keep its promise", "auroc: {at_least: 0.8}"},
	"augrc":         {"no bound of it is known to keep its promise", "auroc: {at_least: 0.8}"},
	"latency":       {"how long a machine takes says nothing of another", "measure it where the design will run"},
	"turnaround":    {"a replay has no queue", "'simulate run' measures it for a scenario"},
	"pass_hat_k":    {"it is of repeats", "system_accuracy, whose bounds know that repeats of a case are alike"},
	"pass_at_k":     {"it is of repeats", "system_accuracy, whose bounds know that repeats of a case are alike"},
	"same_result":   {"it is of repeats", "system_accuracy, whose bounds know that repeats of a case are alike"},
	"model_cost":    {"it is a part of the cost", "cost_per_case: {at_most: 6}"},
	"people_cost":   {"it is a part of the cost", "minutes_per_case: {at_most: 3}"},
	"saved_minutes": {"it is a difference from the baseline", "minutes_per_case: {not_worse_than: baseline}"},
	"accuracy":      {"whose: of all cases, of those that nobody looked at, or as if nobody did", "system_accuracy, automated_accuracy or forced_accuracy"},
}

// MetricsBy are the metrics of one outcome field, route or class of the
// decision, whose name stands behind a colon: field:amount.
var MetricsBy = []string{"field", "route", "precision", "recall", "f1"}

// unbounded are the metrics that are no shares.
var unbounded = []string{"cost_per_case", "minutes_per_case", "error_cost"}

// gateKeys are the keys of `gate`.
type gateKeys struct {
	Pos      flow.Pos   `yaml:",pos"`
	Critical *yaml.Node `yaml:"critical" schema:"thresholds"`
	Advisory *yaml.Node `yaml:"advisory" schema:"thresholds"`
	Segments *yaml.Node `yaml:"segments" schema:"{thresholds}"`
}

// thresholdKeys are the keys of one threshold.
type thresholdKeys struct {
	AtLeast  *flow.Text `yaml:"at_least"`
	AtMost   *flow.Text `yaml:"at_most"`
	NotWorse *flow.Text `yaml:"not_worse_than" jsonschema:"enum=baseline"`
	Margin   *flow.Text `yaml:"margin"`
	MinCases *int       `yaml:"min_cases"`
	Advisory *bool      `yaml:"advisory"`
}

func (l *workflowLoader) gate(k *gateKeys) {
	l.w.Gate.Pos = k.Pos
	example := "automated_accuracy: {at_least: 0.97}"
	for name, t := range l.named(k.Critical, "critical", example) {
		l.threshold(name, t, Threshold{Critical: true})
	}
	for name, t := range l.named(k.Advisory, "advisory", example) {
		l.threshold(name, t, Threshold{})
	}
	for column, limits := range l.named(k.Segments, "segments", "channel: {"+example+"}") {
		for name, t := range l.named(limits, column.Value, example) {
			l.threshold(name, t, Threshold{Critical: true, Segment: column.Value})
		}
	}
	if len(l.w.Gate.Thresholds) == 0 {
		l.diags.Add(k.Pos, "a gate without thresholds", "leave it out, or limit a metric: critical: {"+example+"}")
	}
}

func (l *workflowLoader) threshold(name, n *yaml.Node, t Threshold) {
	t.Metric, t.Pos = name.Value, l.doc.Pos(name)
	l.metric(t.Metric, t.Pos)
	if _, refused := ungated[t.Metric]; refused {
		return
	}
	var k thresholdKeys
	before := len(*l.diags)
	l.doc.Decode(n, &k, l.diags)
	if len(*l.diags) > before {
		return
	}
	if why := cannot(t.Metric, &k); why != "" {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("%q %s", t.Metric, why), t.Metric+": {at_most: 0.1}")
		return
	}
	high := 1.0
	if slices.Contains(unbounded, t.Metric) {
		high = 1e12
	}
	given := 0
	limit := func(text *flow.Text, key string) *float64 {
		if text == nil {
			return nil
		}
		given++
		x := l.number(*text, key, 0, high)
		return &x
	}
	t.AtLeast, t.AtMost = limit(k.AtLeast, "at_least"), limit(k.AtMost, "at_most")
	if k.NotWorse != nil {
		given++
		t.NotWorse = true
		if k.NotWorse.Value != "baseline" {
			l.diags.Add(k.NotWorse.Pos, fmt.Sprintf("not worse than %q", k.NotWorse.Value), `want "baseline"; the key baseline of the workflow names it`)
		}
		if t.Metric == "not_measured" {
			l.diags.Add(k.NotWorse.Pos, "what was not measured is counted, and compared with no baseline", "not_measured: {at_most: 0.01}")
		}
		if l.w.Baseline == "" {
			l.diags.Add(k.NotWorse.Pos, "the workflow names no baseline", "baseline: as-is")
		}
	}
	if given != 1 {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("threshold for %q has %d limits", t.Metric, given), "exactly one of at_least, at_most and not_worse_than")
	}
	if k.Margin != nil {
		if !t.NotWorse {
			l.diags.Add(k.Margin.Pos, `"margin" belongs to not_worse_than`, "")
		}
		t.Margin = l.number(*k.Margin, "margin", 0, high)
	}
	if k.Advisory != nil {
		if t.Segment == "" {
			l.diags.Add(l.doc.Pos(yamldoc.Find(n, "advisory")), `"advisory" is for thresholds in segments`, "others stand under critical: or advisory:")
		}
		t.Critical = t.Critical && !*k.Advisory
	}
	if k.MinCases != nil {
		t.MinCases = *k.MinCases
		if t.MinCases < 0 {
			l.diags.Add(l.doc.Pos(yamldoc.Find(n, "min_cases")), fmt.Sprintf(`"min_cases" is %s, want a number from 0 up`, strconv.Itoa(t.MinCases)), "")
		}
	}
	l.w.Gate.Thresholds = append(l.w.Gate.Thresholds, t)
}

// cannot says why a metric cannot be limited so; "" where it can.
func cannot(metric string, k *thresholdKeys) string {
	switch {
	case (metric == "ece" || metric == "brier") && k.AtLeast != nil:
		return "is better the lower it is"
	case metric == "ece" && k.NotWorse != nil:
		return "is too high of few cases, by how much differs between designs, and so does not tell their difference"
	}
	return ""
}

// metric checks the name of a metric, with the field or class that it is about.
func (l *workflowLoader) metric(name string, at flow.Pos) {
	by, of, compound := strings.Cut(name, ":")
	unknown := func(what, of string, known []string) {
		hint := ""
		if near := diag.Nearest(of, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		} else if len(known) <= 20 {
			hint = "there is: " + strings.Join(known, ", ")
		}
		l.diags.Add(at, fmt.Sprintf("unknown %s %q", what, of), hint)
	}
	no, refused := ungated[name]
	switch {
	case refused:
		l.diags.Add(at, fmt.Sprintf("a gate cannot limit %q: %s", name, no.why), no.instead)
	case !compound && !slices.Contains(Metrics, name):
		unknown("metric", name, Metrics)
	case !compound && slices.Contains(Scores[:ofClasses], name) && l.w.Outcome != nil && l.w.Decision < 0:
		l.diags.Add(at, fmt.Sprintf("%q is of the classes of the decision, and no field of the outcome is an enum", name), "")
	case !compound:
	case !slices.Contains(MetricsBy, by):
		unknown("metric by field, route or class", by, MetricsBy)
	case l.w.Outcome == nil || by == "route": // what routes there are, each design says
	case by == "field":
		var fields []string
		for i, f := range l.w.Outcome.Fields() {
			if l.w.Compare[i].Kind != Ignore {
				fields = append(fields, f.Name)
			}
		}
		if !slices.Contains(fields, of) {
			unknown("field of the outcome that is compared", of, fields)
		}
	case l.w.Decision < 0:
		l.diags.Add(at, fmt.Sprintf("%q is of a class, and no field of the outcome is an enum", name), "")
	default:
		if classes := l.w.Outcome.Fields()[l.w.Decision].Type.Enum; !slices.Contains(classes, of) {
			unknown("class of "+l.w.Outcome.Fields()[l.w.Decision].Name, of, classes)
		}
	}
}
