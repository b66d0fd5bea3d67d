package designtest

import (
	"context"
	"fmt"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
)

// Run runs the test. It returns an error only when ctx ends.
func (t *Test) Run(ctx context.Context) (*Result, error) {
	by := &spy{received: map[string][]any{}}
	plan := t.instrumented(by)
	r := &Result{Test: t, Trial: new(flow.Trial), Shown: t.policy.Of(t.given)}
	input := engine.Digest(flow.AppendJSON(nil, t.given.Input.Schema, t.given.Input.Values))
	worker := engine.NewRunner(plan, 0, people(t.mocks)).NewWorker()
	if _, err := worker.Run(ctx, t.given, 0, input, r.Trial, nil); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.Err = err.Error()
		return r, nil
	}
	if r.Err = t.lacking(r.Trial); r.Err != "" {
		return r, nil
	}
	x := &ran{plan: plan, trial: r.Trial, given: t.given, spy: by}
	for _, c := range t.checks {
		if got, ok := c.holds(x); !ok {
			r.Mismatches = append(r.Mismatches, Mismatch{Pos: c.at, What: c.what, Want: c.want, Got: got})
		}
	}
	return r, nil
}

// lacking says which step that was reached has to be mocked; "" for none. In
// shadow a step may be left out: the trial then has no shadow outcome.
func (t *Test) lacking(trial *flow.Trial) string {
	for i := range trial.Spans {
		s := &trial.Spans[i]
		if s.Shadow || s.Class != flow.ErrNotMeasured || t.mocks[s.Step] != nil {
			continue
		}
		for n := range t.plan.Working() {
			if n.Name != s.Step {
				continue
			}
			why := s.Error
			if n.Role == flow.Answer {
				why = "a team answers there"
			} else if ownWork(n.Step, t.given) == "" {
				continue
			}
			return fmt.Sprintf("step %q cannot do its work in a test (%s): mock: {%s: {%s}}", n.Name, why, n.Name, example(n.Out))
		}
	}
	return ""
}
