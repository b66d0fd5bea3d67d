// Package flowtest checks that a step keeps the promises that replay rests
// on. A step kind written elsewhere proves itself with one call:
//
//	func TestScore(t *testing.T) {
//		step := newScore(…)
//		flowtest.Step(t, step, out, inputs...)
//	}
//
// [Step] checks any step, [Fitter] one that learns. Run them with -race.
package flowtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// patience is how long a step may go on after it was cancelled.
const patience = 2 * time.Second

// result is what one call gave.
type result struct {
	out flow.Output
	err error
}

// Step checks a step against its out schema on some inputs, of which it needs
// at least one, better some that the step cannot work with:
//
//   - the output is aligned with out and has its types;
//   - the same input and key give the same output, one after the other and
//     from many goroutines at once;
//   - the input is not changed, and neither kept nor given back: the caller
//     uses its memory again;
//   - what is done to an output afterwards does not come back in a later one;
//   - a cancelled call returns promptly;
//   - an error is a [*flow.StepError], or the context's.
func Step(t testing.TB, step flow.Step, out *flow.Schema, inputs ...flow.Input) {
	t.Helper()
	if len(inputs) == 0 {
		t.Errorf("flowtest: no inputs, want at least one")
		return
	}
	want := make([]result, len(inputs))
	for i, in := range inputs {
		want[i] = untouched(t, step, i, in)
		fits(t, out, i, want[i])
	}
	for i, in := range inputs {
		remembers(t, step, i, in, want[i])
	}
	concurrent(t, step, inputs, want)
	for i, in := range inputs {
		cancelled(t, step, i, in)
	}
}

// untouched calls the step and compares the input before and after.
func untouched(t testing.TB, step flow.Step, i int, in flow.Input) result {
	t.Helper()
	mine := clone(in)
	out, err := step.Do(context.Background(), mine)
	if !reflect.DeepEqual(mine, in) {
		t.Errorf("input %d: the step changed it", i)
	}
	return result{copyOutput(out), err}
}

// fits checks an output against its schema.
func fits(t testing.TB, schema *flow.Schema, i int, r result) {
	t.Helper()
	if r.err != nil {
		var known *flow.StepError
		if !errors.As(r.err, &known) {
			t.Errorf("input %d: the error %q is no *flow.StepError", i, r.err)
		} else if known.Class == "" {
			t.Errorf("input %d: the error %q has no class", i, r.err)
		}
		return
	}
	if len(r.out.Values) != schema.Len() {
		t.Errorf("input %d: %d values for the %d fields of out", i, len(r.out.Values), schema.Len())
		return
	}
	for k, f := range schema.Fields() {
		if why := f.Type.Check(r.out.Values[k]); why != "" {
			t.Errorf("input %d: the field %q %s", i, f.Name, why)
		}
	}
	c := r.out.Confidence
	if c == nil {
		return
	}
	for k := range c.Classes {
		if k > 0 && c.Classes[k].P > c.Classes[k-1].P {
			t.Errorf("input %d: class %q stands behind %q, which is less likely", i, c.Classes[k].Name, c.Classes[k-1].Name)
		}
	}
	if len(c.Classes) > 10 {
		t.Errorf("input %d: %d classes, at most the ten likeliest are recorded", i, len(c.Classes))
	}
}

// remembers calls the step again and then spoils input and output, to see
// whether either is kept.
func remembers(t testing.TB, step flow.Step, i int, in flow.Input, want result) {
	t.Helper()
	mine := clone(in)
	out, err := step.Do(context.Background(), mine)
	clear(mine.Values)
	clear(mine.Recorded.Values)
	if !same(result{out, err}, want) {
		t.Errorf("input %d: a second call, or using the input's memory again, changed the output", i)
		return
	}
	for k := range out.Values {
		spoil(out.Values[k])
		out.Values[k] = "spoilt"
	}
	out, err = step.Do(context.Background(), clone(in))
	if !same(result{out, err}, want) {
		t.Errorf("input %d: the step gives the same memory out twice", i)
	}
}

func spoil(v any) {
	switch x := v.(type) {
	case []any:
		for i := range x {
			x[i] = "spoilt"
		}
	case map[string]any:
		for k := range x {
			x[k] = "spoilt"
		}
	}
}

// concurrent calls the step from many goroutines at once.
func concurrent(t testing.TB, step flow.Step, inputs []flow.Input, want []result) {
	t.Helper()
	const goroutines, rounds = 8, 4
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		wrong = map[int]bool{}
	)
	for g := range goroutines {
		wg.Go(func() {
			for n := range rounds * len(inputs) {
				i := (n + g) % len(inputs)
				out, err := step.Do(context.Background(), clone(inputs[i]))
				if !same(result{out, err}, want[i]) {
					mu.Lock()
					wrong[i] = true
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for i := range inputs {
		if wrong[i] {
			t.Errorf("input %d: called from many goroutines, the step gave another output", i)
		}
	}
}

// cancelled calls the step with a context that is done, and with one that
// will soon be.
func cancelled(t testing.TB, step flow.Step, i int, in flow.Input) {
	t.Helper()
	for _, after := range []time.Duration{0, time.Millisecond} {
		ctx, cancel := context.WithCancel(context.Background())
		if after == 0 {
			cancel()
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = step.Do(ctx, clone(in))
		}()
		time.Sleep(after)
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			t.Errorf("input %d: the step went on for more than %v after it was cancelled", i, patience)
			return
		}
	}
}

// same compares two results; measured latencies may differ, and what a call
// cost now.
func same(a, b result) bool {
	if fmt.Sprint(a.err) != fmt.Sprint(b.err) {
		return false
	}
	x, y := copyOutput(a.out), copyOutput(b.out)
	for _, o := range []*flow.Output{&x, &y} {
		o.Cost = flow.Cost{}
		for i := range o.Attempts {
			o.Attempts[i].Latency = 0
		}
	}
	return reflect.DeepEqual(x, y)
}

func clone(in flow.Input) flow.Input {
	in.Values = copyValues(in.Values)
	in.Recorded.Values = copyValues(in.Recorded.Values)
	return in
}

func copyOutput(o flow.Output) flow.Output {
	o.Values = copyValues(o.Values)
	if o.Confidence != nil {
		c := *o.Confidence
		c.Classes = append([]flow.Class(nil), c.Classes...)
		o.Confidence = &c
	}
	o.Attempts = append([]flow.Attempt(nil), o.Attempts...)
	return o
}

func copyValues(v []any) []any {
	if v == nil {
		return nil
	}
	out := make([]any, len(v))
	for i := range v {
		out[i] = copyValue(v[i])
	}
	return out
}

func copyValue(v any) any {
	switch x := v.(type) {
	case []any:
		return copyValues(x)
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = copyValue(e)
		}
		return out
	}
	return v
}
