package engine

import (
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Moved is a runner of the same design with other params. Its steps are r's
// own, which are open and have learnt, save those that read a param that moved:
// they are the plan's. One of these that would have to be opened or to learn is
// an error.
func (r *Runner) Moved(plan *design.Plan) (*Runner, error) {
	for i, n := range plan.Nodes {
		own := r.plan.Nodes[i]
		param, moved := readsMoved(r.plan, plan, n.Name)
		if !moved {
			n.Step = own.Step
			continue
		}
		_, opens := own.Step.(flow.Opener)
		if _, learns := own.Step.(flow.Fitter); opens || learns {
			return nil, fmt.Errorf("step %q of design %q reads params.%s: with another value it would have to answer again", n.Name, plan.Design.Name, param)
		}
	}
	moved := NewRunner(plan, r.seed, r.people)
	moved.folds = r.folds
	return moved, nil
}

// readsMoved says whether the work of a step reads a param that has another
// value in the plan.
func readsMoved(was, plan *design.Plan, step string) (param string, moved bool) {
	for i, p := range plan.Design.Params {
		if p.Value != was.Design.Params[i].Value && slices.Contains(p.Steps, step) {
			return p.Name, true
		}
	}
	return "", false
}
