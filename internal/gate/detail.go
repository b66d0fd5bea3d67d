package gate

import (
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// InDetail says that a gate limits what only a run scored in detail tells: a
// metric by field, route or class, or one beyond the headline, or within a
// segment, against the baseline, or a mean within one.
func InDetail(w *design.Workflow) bool {
	return slices.ContainsFunc(w.Gate.Thresholds, func(t design.Threshold) bool {
		if t.NotWorse {
			return t.Segment != "" || !compare.Headline(t.Metric)
		}
		mean := t.Metric == score.CostPerCase || t.Metric == score.MinutesPerCase
		return slices.Contains(design.Scores, t.Metric) || t.Metric == score.ErrorCost || strings.Contains(t.Metric, ":") || mean && t.Segment != ""
	})
}
