package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// outside is a step that reaches out.
type outside struct{ flow.StepFunc }

func (outside) Open(context.Context, flow.Session) error { return nil }
func (outside) Close() error                             { return nil }

// group is two nodes side by side; the outcome is the class of the first.
func group(firstFailure bool, steps [2]flow.Step, broken [2]design.Broken) *design.Plan {
	a, b := assess(steps[0], broken[0]), assess(steps[1], broken[1])
	b.Name, b.OutSlot = "check", int(acted)
	g := &design.Group{Name: "both", Last: 1, FirstFailure: firstFailure}
	a.Group, b.Group = g, g
	p := plan(a, b)
	p.Groups = []*design.Group{g}
	return p
}

func TestParallel(t *testing.T) {
	toClerks := design.Broken{Mode: design.Escalate, Team: "clerks"}
	toExperts := design.Broken{Mode: design.Escalate, Team: "experts"}
	goOn := design.Broken{Mode: design.Continue, With: []any{1.0, "no"}}
	down := outside{fails(flow.ErrUnavailable).(flow.StepFunc)}
	fine := outside{twice}
	tests := []struct {
		why    string
		first  bool
		steps  [2]flow.Step
		broken [2]design.Broken
		want   ends
		spans  int
	}{
		{
			why: "both work", steps: [2]flow.Step{fine, fine}, spans: 2,
			want: ends{Status: flow.Automated, End: "check", Outcome: []any{"yes"}, Handoffs: []string{"input>assess", "input>check"}},
		}, {
			why: "steps that reach nothing stand in a group too", steps: [2]flow.Step{twice, fine}, spans: 2,
			want: ends{Status: flow.Automated, End: "check", Outcome: []any{"yes"}, Handoffs: []string{"input>assess", "input>check"}},
		}, {
			why: "what the first in order declares is done, and the other leaves its trace", steps: [2]flow.Step{down, fine}, broken: [2]design.Broken{toClerks, toExperts}, spans: 2,
			want: ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "assess", ShadowWhy: "the handoff to assess broke", Handoffs: []string{"input>assess unavailable receiver escalate", "input>clerks", "input>check"}},
		}, {
			why: "two that break escalate once", steps: [2]flow.Step{down, down}, broken: [2]design.Broken{toClerks, toExperts}, spans: 2,
			want: ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "assess", ShadowWhy: "the handoff to assess broke", Handoffs: []string{"input>assess unavailable receiver escalate", "input>clerks", "input>check unavailable receiver escalate"}},
		}, {
			why: "with the first failure those after it leave no trace", first: true, steps: [2]flow.Step{down, fine}, broken: [2]design.Broken{toClerks, toExperts}, spans: 1,
			want: ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "assess", ShadowWhy: "the handoff to assess broke", Handoffs: []string{"input>assess unavailable receiver escalate", "input>clerks"}},
		}, {
			why: "a step that goes on is no failure of the group", first: true, steps: [2]flow.Step{down, fine}, broken: [2]design.Broken{goOn, toExperts}, spans: 2,
			want: ends{Status: flow.Automated, End: "check", Outcome: []any{"no"}, Handoffs: []string{"input>assess unavailable receiver continue", "input>check"}},
		},
	}
	for _, test := range tests {
		trial := run(t, group(test.first, test.steps, test.broken), nil, caseOf(8.0, nil))
		if diff := cmp.Diff(test.want, of(trial)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
		if len(trial.Spans) != test.spans {
			t.Errorf("%s: %d spans, want %d", test.why, len(trial.Spans), test.spans)
		}
	}
}

// Steps that reach out are under way at the same time: each of these waits for
// the other.
func TestParallelCallsMeet(t *testing.T) {
	var meeting sync.WaitGroup
	meeting.Add(2)
	waits := outside{func(_ context.Context, in flow.Input) (flow.Output, error) {
		meeting.Done()
		meeting.Wait()
		return flow.Output{Values: []any{1.0, "yes"}}, nil
	}}
	trial := run(t, group(false, [2]flow.Step{waits, waits}, [2]design.Broken{}), nil, caseOf(8.0, nil))
	if trial.Status != flow.Automated {
		t.Errorf("the trial is %s: %s", trial.Status, trial.Reason)
	}
}

// The first failure calls off what is still under way, and waits until it is.
func TestParallelCallsOff(t *testing.T) {
	off := false
	waits := outside{func(ctx context.Context, _ flow.Input) (flow.Output, error) {
		<-ctx.Done()
		off = true
		return flow.Output{}, ctx.Err()
	}}
	down := outside{fails(flow.ErrUnavailable).(flow.StepFunc)}
	trial := run(t, group(true, [2]flow.Step{down, waits}, [2]design.Broken{{Mode: design.Fail}, {}}), nil, caseOf(8.0, nil))
	if trial.Status != flow.Failed || !off {
		t.Errorf("the trial is %s, called off %v", trial.Status, off)
	}
}

// A worker that ran a group runs the next case as a new one does.
func TestParallelWorkerGoesOn(t *testing.T) {
	p := group(false, [2]flow.Step{outside{twice}, outside{twice}}, [2]design.Broken{})
	w := engine.NewRunner(p, 1, nil).NewWorker()
	for i, amount := range []float64{8, 1, 8} {
		var trial flow.Trial
		if _, err := w.Run(context.Background(), caseOf(amount, nil), 0, 7, &trial, nil); err != nil {
			t.Fatal(err)
		}
		if want := map[float64]string{8: "yes", 1: "no"}[amount]; fmt.Sprint(trial.Outcome) != "["+want+"]" || len(w.Timings()) != 2 {
			t.Errorf("case %d: outcome %v and %d timings, want %s and 2", i, trial.Outcome, len(w.Timings()), want)
		}
	}
}
