package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/expr"
)

// Digest identifies content within a run: 64-bit xxHash.
func Digest(content []byte) uint64 { return xxhash.Sum64(content) }

// combine folds one digest into another, order mattering.
func combine(h, d uint64) uint64 {
	h = (h ^ d) * 0x9e3779b97f4a7c15
	return h ^ h>>32
}

// do calls a node's step, watched where somebody watches.
func (r *Runner) do(ctx context.Context, n *design.Node, s flow.Step, in flow.Input) (flow.Output, error) {
	if r.tracer == nil {
		return do(ctx, s, in)
	}
	ctx, done := r.tracer.Step(ctx, n)
	out, err := do(ctx, s, in)
	done(out, err)
	return out, err
}

// do calls a step. A step that panics is a fault of the program it is part
// of, not of the case: the case was not measured.
func do(ctx context.Context, s flow.Step, in flow.Input) (out flow.Output, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &flow.StepError{Class: flow.ErrNotMeasured, Detail: "fault", Err: fmt.Errorf("step %q panicked%s: %v", in.Key.Step, panicked(), p)}
		}
	}()
	return s.Do(ctx, in)
}

// panicked is the place that a panic came from, as " at file.go:12". A whole
// stack has addresses in it, and equal trials would not be equal.
func panicked() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for thrown := false; ; {
		f, more := frames.Next()
		if thrown && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf(" at %s:%d", filepath.Base(f.File), f.Line)
		}
		thrown = thrown || f.Function == "runtime.gopanic"
		if !more {
			return ""
		}
	}
}

// checkOutput holds a step's output against what it promises. An absent value
// passes: the first receiver that needs it breaks.
func checkOutput(out *flow.Schema, values []any) error {
	if len(values) != out.Len() {
		return flow.Errorf(flow.ErrMalformed, "gave %d values, want %d", len(values), out.Len())
	}
	for i, f := range out.Fields() {
		if values[i] == nil {
			continue
		}
		if why := f.Type.Check(values[i]); why != "" {
			return flow.Errorf(flow.ErrMalformed, "%s %s", f.Name, why)
		}
	}
	return nil
}

// classOf is the class of the error that a broken handoff stands for.
func classOf(k flow.HandoffKind) flow.ErrorClass {
	switch k {
	case flow.Incomplete:
		return flow.ErrIncomplete
	case flow.Unavailable:
		return flow.ErrUnavailable
	case flow.Rejected:
		return flow.ErrRejected
	case flow.Undelivered:
		return flow.ErrStep
	}
	return flow.ErrMalformed
}

// absentName is the name of the absent value that stopped an expression.
func absentName(err error) (string, bool) {
	var absent *expr.Absent
	if errors.As(err, &absent) {
		return absent.Name, true
	}
	return "", false
}

func contains(list []int, i int) bool { return slices.Contains(list, i) }

// stops says that an error ends the whole run.
func stops(err error) bool {
	var stop *flow.StopError
	return errors.As(err, &stop)
}
