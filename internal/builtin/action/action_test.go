package action_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/action"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

const pay = `
idempotency_key: [in.supplier, in.number, in.amount]
accept: in.amount > 0
`

func TestAction(t *testing.T) {
	in := kindtest.Schema(t, "supplier: string, number: string?, amount: number")
	out := kindtest.Schema(t, "accepted: boolean, key: string")
	s := kindtest.New(t, action.Kind(), kindtest.Config{InSchema: in, OutSchema: out, YAML: pay})
	for _, tc := range []struct {
		why   string
		in    []any
		want  []any
		class flow.ErrorClass
	}{
		{"accepted", []any{"Acme", "12", 3.5}, []any{true, "Acme|12|3.5"}, ""},
		{"parts that hold the mark stay apart", []any{"Acme|1", "2", 3.5}, []any{true, `Acme\|1|2|3.5`}, ""},
		{"rejected by the system", []any{"Acme", "12", -1.0}, nil, flow.ErrRejected},
		{"a key that cannot be made", []any{"Acme", nil, 3.5}, nil, flow.ErrIncomplete},
	} {
		t.Run(tc.why, func(t *testing.T) {
			input := kindtest.Input(in, tc.in...)
			flowtest.Step(t, s, out, input)
			got, err := s.Do(context.Background(), input)
			var e *flow.StepError
			if errors.As(err, &e) != (tc.class != "") || e != nil && e.Class != tc.class {
				t.Fatalf("error %v, want class %q", err, tc.class)
			}
			if diff := cmp.Diff(tc.want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestBadAction(t *testing.T) {
	for _, tc := range []struct{ why, out, yaml, want string }{
		{"an output that no action gives", "paid: boolean", "", `an action gives no "paid" of type boolean, want key: string or accepted: boolean`},
		{"a key of nothing", "key: string", "", "out has a key, and the step no idempotency_key"},
		{"an unknown field", "key: string", "idempotency_key: [in.suplier]", `step.yaml:1:19: "in" has no "suplier" (did you mean "supplier"?)`},
		{"a condition that is none", "accepted: boolean", "accept: in.supplier", `step.yaml:1:9: this gives string, want boolean`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			got := kindtest.Refused(t, action.Kind(), kindtest.Config{InSchema: kindtest.Schema(t, "supplier: string"), OutSchema: kindtest.Schema(t, tc.out), YAML: tc.yaml})
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
