package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// What a step's calls took when they were really made makes the handoff after
// them late, in every replay alike.
func TestLate(t *testing.T) {
	slow := flow.StepFunc(func(ctx context.Context, in flow.Input) (flow.Output, error) {
		out, err := twice(ctx, in)
		out.Attempts = []flow.Attempt{{Latency: 20 * time.Second}, {Latency: 25 * time.Second}}
		return out, err
	})
	for _, test := range []struct {
		why      string
		deadline time.Duration
		want     ends
	}{
		{
			"within the deadline", time.Minute,
			ends{Status: flow.Automated, End: "post", Outcome: []any{"yes"}, Handoffs: []string{"input>assess", "assess>post"}},
		}, {
			"after it", 40 * time.Second,
			ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "post", Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "assess>post late over 40s deadline escalate", "assess>clerks"}},
		}, {
			"long after it", 4 * time.Second,
			ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "post", Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "assess>post late over ten times 4s deadline escalate", "assess>clerks"}},
		},
	} {
		act := post(does(true), design.Broken{Mode: design.Escalate, Team: "clerks"})
		act.Contract = &design.Contract{Deadline: test.deadline}
		trial := run(t, plan(assess(slow, design.Broken{}), act), nil, caseOf(8.0, nil))
		if diff := cmp.Diff(test.want, of(trial)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}
