package engine

import (
	"errors"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// recall is what a case's steps answered in an earlier run.
type recall struct {
	trial *flow.Trial
	steps []bool // nodes whose answers may be taken
}

// Recall makes the worker take steps' answers from an earlier trial of the
// case at hand instead of having them work, wherever a step is handed the same
// payload again. steps says which nodes may be answered so: those whose own
// work is what it was. Actions, routes and people's answers are never recalled:
// they are done again. A nil trial ends it.
func (w *Worker) Recall(t *flow.Trial, steps []bool) {
	w.recall = nil
	if t != nil {
		w.recall = &recall{trial: t, steps: steps}
	}
}

// recalled is the node's recorded answer, or its recorded trouble, to the
// payload of that digest.
func (x *execution) recalled(n *design.Node, payload uint64) (out flow.Output, err error, ok bool) {
	r := x.w.recall
	if r == nil || n.Role != flow.Work || !r.steps[n.Index] {
		return out, nil, false
	}
	span := x.recordedSpan(n, payload)
	if span == nil {
		return out, nil, false
	}
	out.Confidence, out.Attempts = span.Confidence, span.Attempts
	if span.Class != "" {
		return out, &flow.StepError{Class: span.Class, Detail: r.detail(n.Name), Err: errors.New(span.Error)}, true
	}
	if out.Values, err = flow.ParseJSON(span.Output, n.Out); err != nil {
		return flow.Output{}, nil, false // written by another version of the step
	}
	return out, nil, true
}

// recordedSpan is the span of a node that was handed that payload.
func (x *execution) recordedSpan(n *design.Node, payload uint64) *flow.Span {
	t := x.w.recall.trial
	handed := false
	for i := range t.Handoffs {
		h := &t.Handoffs[i]
		handed = handed || h.To == n.Name && h.Digest == payload && (h.Kind == "" || h.Clause == "receiver")
	}
	if !handed {
		return nil
	}
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Step == n.Name && (s.Output != nil || s.Class != "") {
			return s
		}
	}
	return nil
}

// detail is the finer word for a step's trouble, which its handoff holds.
func (r *recall) detail(step string) string {
	for i := range r.trial.Handoffs {
		if h := &r.trial.Handoffs[i]; h.Kind != "" && (h.To == step || h.From == step && h.Clause == "output") {
			return h.Detail
		}
	}
	return ""
}
