package engine_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// A cutoff that is moved afterwards gives, from the recorded trial, the trial
// that running again gives, and no step works for it.
func TestRecall(t *testing.T) {
	fail := design.Broken{Mode: design.Fail}
	toClerks := design.Broken{Mode: design.Escalate, Team: "clerks"}
	goOn := design.Broken{Mode: design.Continue, With: []any{1.0, "no"}}
	with := func(work flow.Step, broken design.Broken, cutoff float64) *design.Plan {
		high := design.Branch{When: over(scored, "assess.score", cutoff), Team: "experts", Because: "large",
			Show: []design.Binding{{Name: "amount", Type: number, Value: slot(0)}}, Edge: design.Edge{From: "assess", UseInput: true, Steps: []int{0}}}
		return plan(assess(work, broken), decide(fail, high, design.Branch{To: 2}), post(does(true), fail))
	}
	works := 0
	idle := flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
		works++
		return flow.Output{}, flow.Errorf(flow.ErrStep, "it should not work again")
	})
	tests := []struct {
		why    string
		step   flow.Step
		broken design.Broken
		amount any
		from   float64 // cutoff of the recorded run
		to     float64
	}{
		{"automated stays automated", twice, fail, 4.0, 10, 9},
		{"automated is escalated now, and its steps after the route are shadow", twice, fail, 8.0, 20, 10},
		{"escalated is automated now, and the action is done", twice, fail, 8.0, 10, 20},
		{"escalated stays escalated", twice, fail, 8.0, 10, 12},
		{"trouble is trouble again, and goes to the team", fails(flow.ErrUnavailable), toClerks, 8.0, 10, 20},
		{"trouble that is gone on from", fails(flow.ErrMalformed), goOn, 8.0, 10, 0.5},
		{"trouble that ends the case", fails(flow.ErrStep), fail, 8.0, 10, 20},
		{"an input that is missing breaks the same handoff", twice, toClerks, nil, 10, 20},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			c := caseOf(tt.amount, nil)
			recorded := run(t, with(tt.step, tt.broken, tt.from), nil, c)
			want := run(t, with(tt.step, tt.broken, tt.to), nil, c)

			works = 0
			w := engine.NewRunner(with(idle, tt.broken, tt.to), 1, nil).NewWorker()
			w.Recall(recorded, []bool{true, true, true})
			var got flow.Trial
			if _, err := w.Run(context.Background(), c, 0, 7, &got, nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-run again +recalled)\n%s", diff)
			}
			if works > 0 {
				t.Errorf("the step worked %d times", works)
			}
		})
	}

	// Another input, or a step that may not be answered so, works.
	recorded := run(t, with(twice, fail, 10), nil, caseOf(8.0, nil))
	for _, tt := range []struct {
		why   string
		input uint64
		steps []bool
	}{{"another input", 8, []bool{true, true, true}}, {"a step whose own work changed", 7, []bool{false, true, true}}} {
		works = 0
		w := engine.NewRunner(with(idle, fail, 10), 1, nil).NewWorker()
		w.Recall(recorded, tt.steps)
		var got flow.Trial
		if _, err := w.Run(context.Background(), caseOf(8.0, nil), 0, tt.input, &got, nil); err != nil {
			t.Fatal(err)
		}
		if works != 1 {
			t.Errorf("%s: the step worked %d times, want once", tt.why, works)
		}
	}
}
