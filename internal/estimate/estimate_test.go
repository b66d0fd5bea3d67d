package estimate

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm"
)

// TestOneInSoMany holds an estimate from half of the cases to that from all:
// cases that are alike come to the same calls, tokens, money and time.
func TestOneInSoMany(t *testing.T) {
	of := func(cases int, each float64) []*Step {
		d := NewDesign()
		d.AddStep("d", "read", flow.Terms{Input: 0.001, Output: 0.002, Concurrency: 4}, llm.Experience{})
		d.AddStep("d", "decide", flow.Terms{Input: 0.001, Output: 0.002, RequestsPerMinute: 60}, llm.Experience{})
		for i := 0; i < cases; i++ {
			// One in eight has its first answer stored, and is asked the second question.
			d.Add(flow.Call{Step: "read", Case: fmt.Sprint(i), Bytes: 400, Stored: i%8 == 0})
			if i%8 == 0 {
				d.Add(flow.Call{Step: "decide", Case: fmt.Sprint(i), Bytes: 100})
			}
		}
		d.Finish(16, each)
		return d.Steps
	}
	all := of(8000, 1)
	if got := all[0].Stored; got != 1000 {
		t.Errorf("%d stored answers, want 1000", got)
	}
	if got, want := all[1].Calls.Low, 1000.0; got != want {
		t.Errorf("at least %v second calls, want %v", got, want)
	}
	if got, want := all[1].Calls.Expected, 8000.0; got != want {
		t.Errorf("%v second calls expected, want %v", got, want)
	}
	half := of(4000, 2)
	if diff := cmp.Diff(all, half, cmpopts.IgnoreUnexported(Step{}), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("from half of the cases (-all +half):\n%s", diff)
	}
}
