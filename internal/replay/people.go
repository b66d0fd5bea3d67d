package replay

import (
	"context"
	"errors"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/people"
)

// historical answers for people from the case's label. It is the only place
// in a replay that reads one.
type historical struct {
	workflow *design.Workflow
}

// Answer gives what the team answers. The source named is the least certain
// one among the fields.
func (h historical) Answer(_ context.Context, c *flow.Case, key flow.Key, q engine.Question) ([]any, string, error) {
	values := make([]any, len(q.Fields))
	worst := people.Recorded
	known := false
	for i, name := range q.Fields {
		var suggested any
		if q.Suggested != nil {
			suggested = q.Suggested[i]
		}
		v, source := people.Confirm(h.workflow, q.Team, c.Label, key, h.workflow.Outcome.Index(name), suggested)
		values[i] = v
		known = known || source != people.Unknown
		if source == people.Label || source == people.ErrorModel && worst == people.Recorded {
			worst = source
		}
	}
	if !known {
		return nil, "", errors.New("neither the label nor the record says what a person answered")
	}
	return values, string(worst), nil
}

// asksPeople says whether a person answers in the middle of the plan.
func asksPeople(p *design.Plan) bool {
	for _, n := range p.Nodes {
		if n.Role == flow.Answer && !n.Answer.Final {
			return true
		}
	}
	return false
}

// readsRecorded says whether a step of the plan reads recorded columns.
func readsRecorded(p *design.Plan) bool {
	for _, n := range p.Nodes {
		if _, ok := n.Step.(flow.RecordReader); ok {
			return true
		}
	}
	return false
}
