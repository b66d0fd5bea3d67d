package flowtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// recorder notes what a check reports.
type recorder struct {
	testing.TB
	reports []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.reports = append(r.reports, fmt.Sprintf(format, args...))
}

var number = flow.NewSchema(flow.Field{Name: "n", Type: flow.Type{Kind: flow.Number}})

func inputs() []flow.Input {
	return []flow.Input{
		{Message: flow.Message{Schema: number, Values: []any{1.0}}},
		{Message: flow.Message{Schema: number, Values: []any{2.0}}},
	}
}

func one(v any) flow.Output { return flow.Output{Values: []any{v}} }

func TestStep(t *testing.T) {
	var calls atomic.Int64
	shared := []any{1.0}
	for _, tc := range []struct {
		why  string
		do   flow.StepFunc
		want string // part of a report; "" for none at all
	}{
		{"an honest step", func(_ context.Context, in flow.Input) (flow.Output, error) {
			return one(in.Values[0].(float64) * 2), nil
		}, ""},
		{"an honest error", func(context.Context, flow.Input) (flow.Output, error) {
			return flow.Output{}, flow.Errorf(flow.ErrRejected, "no")
		}, ""},
		{"a bare error", func(context.Context, flow.Input) (flow.Output, error) { return flow.Output{}, errors.New("no") }, "no *flow.StepError"},
		{"too few values", func(context.Context, flow.Input) (flow.Output, error) { return flow.Output{}, nil }, "0 values for the 1 fields"},
		{"a wrong type", func(context.Context, flow.Input) (flow.Output, error) { return one("x"), nil }, `the field "n" is "x", want number`},
		{"a counter", func(context.Context, flow.Input) (flow.Output, error) { return one(float64(calls.Add(1))), nil }, "a second call"},
		{"a changed input", func(_ context.Context, in flow.Input) (flow.Output, error) { in.Values[0] = 3.0; return one(1.0), nil }, "the step changed it"},
		{"the input given back", func(_ context.Context, in flow.Input) (flow.Output, error) {
			return flow.Output{Values: in.Values}, nil
		}, "using the input's memory again"},
		{"the same memory every time", func(context.Context, flow.Input) (flow.Output, error) { return flow.Output{Values: shared}, nil }, "the same memory out twice"},
		{"deaf to cancellation", func(ctx context.Context, _ flow.Input) (flow.Output, error) {
			if ctx.Done() != nil {
				time.Sleep(patience + 200*time.Millisecond)
			}
			return one(1.0), nil
		}, "after it was cancelled"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			r := &recorder{TB: t}
			given := inputs()
			if tc.why == "deaf to cancellation" {
				given = given[:1]
			}
			Step(r, tc.do, number, given...)
			got := strings.Join(r.reports, "\n")
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("reports:\n%s\nwant %q", got, tc.want)
			}
		})
	}
}

func TestStepWantsInputs(t *testing.T) {
	r := &recorder{TB: t}
	Step(r, flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) { return one(1.0), nil }), number)
	if len(r.reports) != 1 {
		t.Errorf("reports %q, want one: nothing checked is no pass", r.reports)
	}
}
