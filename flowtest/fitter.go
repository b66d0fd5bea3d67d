package flowtest

import (
	"bytes"
	"context"
	"iter"
	"reflect"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

// Fitter checks a step that learns, on examples to train with and some to
// calibrate with, and gives back a fitted one:
//
//   - before it is fitted, it answers with an error and not with a guess;
//   - a copy made by New knows nothing of what the original learnt;
//   - the same examples give the same state, and examples are not changed;
//   - the state survives being written and read, where the step can;
//   - fitted, it passes [Step] on the messages of the training examples.
func Fitter(t testing.TB, f flow.Fitter, out *flow.Schema, train, calibration []flow.Example) flow.Fitter {
	t.Helper()
	if len(train) == 0 {
		t.Errorf("flowtest: no examples, want some")
		return f
	}
	if f.Target() == "" {
		t.Errorf("the step does not say what it learns")
	}
	inputs := make([]flow.Input, 0, 8)
	for i := range train {
		if len(inputs) < cap(inputs) {
			inputs = append(inputs, flow.Input{Message: train[i].In, Key: flow.Key{Seed: 1, Case: "case", Step: "step"}})
		}
	}
	fit := func() flow.Fitter {
		copy := f.New()
		if out, err := copy.Do(context.Background(), clone(inputs[0])); err == nil {
			t.Errorf("the step answered %v before it had learnt", out.Values)
		}
		before, held := copyExamples(train), copyExamples(calibration)
		if err := copy.Fit(context.Background(), each(train)); err != nil {
			t.Errorf("fitting: %v", err)
			return nil
		}
		if len(calibration) > 0 {
			if err := copy.Calibrate(context.Background(), each(calibration)); err != nil {
				t.Errorf("calibrating: %v", err)
				return nil
			}
		}
		if !reflect.DeepEqual(before, train) || !reflect.DeepEqual(held, calibration) {
			t.Errorf("fitting changed the examples")
		}
		return copy
	}
	a, b := fit(), fit()
	if a == nil || b == nil {
		return f
	}
	compare(t, a, b, inputs, "fitted twice with the same examples")
	artifact(t, a, b, inputs)
	if out, err := a.New().Do(context.Background(), clone(inputs[0])); err == nil {
		t.Errorf("a new copy of a fitted step answered %v before it had learnt", out.Values)
	}
	Step(t, a, out, inputs...)
	return a
}

// artifact checks that the state of a, which equals that of b, can be kept.
func artifact(t testing.TB, a, b flow.Fitter, inputs []flow.Input) {
	t.Helper()
	x, ok := a.(flow.Artifact)
	if !ok {
		return
	}
	y := b.(flow.Artifact)
	first, err := x.MarshalArtifact()
	if err != nil {
		t.Errorf("writing the state: %v", err)
		return
	}
	second, err := y.MarshalArtifact()
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("fitted twice with the same examples, the step writes different states (%v)", err)
	}
	if x.ArtifactKey() == "" || x.ArtifactKey() != y.ArtifactKey() {
		t.Errorf("two copies of a step have the keys %q and %q", x.ArtifactKey(), y.ArtifactKey())
	}
	read := a.New()
	if err := read.(flow.Artifact).UnmarshalArtifact(first); err != nil {
		t.Errorf("reading the state: %v", err)
		return
	}
	compare(t, a, read, inputs, "written and read")
	if len(first) > 0 {
		if err := a.New().(flow.Artifact).UnmarshalArtifact(first[:len(first)/2]); err == nil {
			t.Errorf("half of a state is read without an error")
		}
	}
}

func compare(t testing.TB, a, b flow.Step, inputs []flow.Input, what string) {
	t.Helper()
	for i, in := range inputs {
		x, errX := a.Do(context.Background(), clone(in))
		y, errY := b.Do(context.Background(), clone(in))
		if !same(result{x, errX}, result{y, errY}) {
			t.Errorf("input %d: %s, the step gives another output", i, what)
		}
	}
}

func each(examples []flow.Example) iter.Seq2[flow.Example, error] {
	return func(yield func(flow.Example, error) bool) {
		for _, e := range examples {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func copyExamples(examples []flow.Example) []flow.Example {
	if examples == nil {
		return nil
	}
	out := make([]flow.Example, len(examples))
	for i, e := range examples {
		e.In.Values = copyValues(e.In.Values)
		out[i] = e
	}
	return out
}
