package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// caller is a node whose step calls the tool double with given arguments, and
// goes on from what may be gone on from.
func caller(tool flow.Step, args ...string) *design.Node {
	number := flow.Type{Kind: flow.Number}
	n := assess(flow.StepFunc(func(ctx context.Context, in flow.Input) (flow.Output, error) {
		for _, a := range args {
			var own *flow.StepError
			if _, err := in.Tools.Call(ctx, "double", []byte(a)); err != nil && !errors.As(err, &own) {
				return flow.Output{}, err
			}
		}
		return twice(ctx, in)
	}), design.Broken{Mode: design.Fail})
	n.Tools = []*design.Node{{
		Index: -1, Name: "double", Called: "double", Kind: "compute", Actor: flow.Rule, Step: tool,
		Args: flow.NewSchema(flow.Field{Name: "n", Type: number}), ArgSlot: 5,
		In:     []design.Binding{{Name: "n", Type: number, Value: slot(5)}},
		Schema: flow.NewSchema(flow.Field{Name: "n", Type: number}),
		Out:    flow.NewSchema(flow.Field{Name: "n", Type: number}),
	}}
	return n
}

// TestTool: each call is a handoff from the caller, and a span where the tool
// did its work; trouble is the caller's to go on from, and what was not
// measured is not. A recall puts the same calls back without any work.
func TestTool(t *testing.T) {
	double := flow.StepFunc(func(_ context.Context, in flow.Input) (flow.Output, error) {
		return flow.Output{Values: []any{2 * in.Values[0].(float64)}}, nil
	})
	wrong := flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
		return flow.Output{Values: []any{"two"}}, nil
	})
	tests := []struct {
		why      string
		tool     flow.Step
		args     []string
		handoffs []string
		spans    []string
		status   flow.Status
	}{
		{"two calls", double, []string{`{"n":1}`, `{"n":2}`}, []string{"input>assess", "assess>double", "assess>double"}, []string{`double {"n":2}`, `double {"n":4}`, "assess"}, flow.Automated},
		{"no object", double, []string{`[1]`}, []string{"input>assess", "assess>double malformed arguments"}, []string{"assess"}, flow.Automated},
		{"two objects", double, []string{`{"n":1}{"n":2}`}, []string{"input>assess", "assess>double malformed arguments"}, []string{"assess"}, flow.Automated},
		{"another type", double, []string{`{"n":"1"}`}, []string{"input>assess", "assess>double malformed n"}, []string{"assess"}, flow.Automated},
		{"nothing", double, []string{`{}`}, []string{"input>assess", "assess>double incomplete n"}, []string{"assess"}, flow.Automated},
		{"more than it takes", double, []string{`{"n":1,"m":2}`}, []string{"input>assess", "assess>double malformed arguments"}, []string{"assess"}, flow.Automated},
		{"a tool that is down", fails(flow.ErrUnavailable), []string{`{"n":1}`}, []string{"input>assess", "assess>double unavailable receiver"}, []string{"double unavailable", "assess"}, flow.Automated},
		{"a tool that breaks its promise", wrong, []string{`{"n":1}`}, []string{"input>assess", "assess>double", "double>assess malformed output"}, []string{"double malformed", "assess"}, flow.Automated},
		{"a tool that was not measured", fails(flow.ErrNotMeasured), []string{`{"n":1}`}, []string{"input>assess", "assess>double"}, []string{"double not_measured", "assess not_measured"}, flow.NotMeasured},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			c := caseOf(8.0, nil)
			want := run(t, plan(caller(tt.tool, tt.args...)), nil, c)
			var handoffs, spans []string
			for _, h := range want.Handoffs {
				text := h.From + ">" + h.To
				if h.Kind != "" {
					text += " " + string(h.Kind) + " " + h.Clause
				}
				handoffs = append(handoffs, text)
			}
			for _, s := range want.Spans {
				text := s.Step
				switch {
				case s.Class != "":
					text += " " + string(s.Class)
				case s.Step == "double":
					text += " " + string(s.Output)
				}
				spans = append(spans, text)
			}
			if diff := cmp.Diff(tt.handoffs, handoffs); diff != "" {
				t.Errorf("handoffs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.spans, spans); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
			if want.Status != tt.status {
				t.Errorf("%s, want %s", want.Status, tt.status)
			}
			if tt.status != flow.Automated {
				return
			}
			idle := flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
				t.Error("it works again")
				return flow.Output{}, flow.Errorf(flow.ErrStep, "it should not work again")
			})
			again := caller(idle)
			again.Step = idle
			w := engine.NewRunner(plan(again), 1, nil).NewWorker()
			w.Recall(want, []bool{true})
			var got flow.Trial
			if _, err := w.Run(context.Background(), c, 0, 7, &got, nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("recalled (-run +recalled):\n%s", diff)
			}
		})
	}
}
