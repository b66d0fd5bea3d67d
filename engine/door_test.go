package engine_test

import (
	"context"
	"testing"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// doubling is a door that hands on twice the amount, and fails a step where the
// amount was 1.
type doubling struct{ seen []string }

func (d *doubling) Step(n *design.Node, in flow.Input, work func(flow.Input) (flow.Output, error)) (flow.Output, error) {
	d.seen = append(d.seen, n.Name)
	if in.Values[0] == 1.0 {
		return flow.Output{}, flow.Errorf(flow.ErrUnavailable, "down")
	}
	in.Values = []any{in.Values[0].(float64) * 2}
	return work(in)
}

func (d *doubling) Answer(_ flow.Key, _ engine.Question, ask func() ([]any, string, error)) ([]any, string, error) {
	return ask()
}

// What a step receives and gives passes the door, and the worker as written has
// none.
func TestDoor(t *testing.T) {
	r := engine.NewRunner(plan(assess(twice, design.Broken{Mode: design.Escalate, Team: "clerks"})), 1, nil)
	written := r.NewWorker()
	d := &doubling{}
	through := r.Beside(written, "fault")
	through.Through(d)
	for _, test := range []struct {
		why    string
		amount float64
		door   bool
		status flow.Status
		output string
	}{
		{"as written", 4, false, flow.Automated, `{"score":8,"class":"no"}`},
		{"another input", 4, true, flow.Automated, `{"score":16,"class":"yes"}`},
		{"a step that does not get to work", 1, true, flow.Escalated, ""},
	} {
		w := written
		if test.door {
			w = through
		}
		var trial flow.Trial
		if _, err := w.Run(context.Background(), caseOf(test.amount, nil), 0, 7, &trial, nil); err != nil {
			t.Fatal(err)
		}
		if got := string(trial.Spans[0].Output); trial.Status != test.status || got != test.output {
			t.Errorf("%s: %s with %s, want %s with %s", test.why, trial.Status, got, test.status, test.output)
		}
	}
	if len(d.seen) != 2 || d.seen[0] != "assess" {
		t.Errorf("the door saw %v", d.seen)
	}
}
