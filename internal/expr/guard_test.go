package expr

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
)

// numberExpr and boolExpr draw expressions over two numbers that are always
// there, a and b, and two that may be absent, o and p.
func numberExpr(t *rapid.T, depth int) string {
	if depth <= 0 {
		return rapid.SampledFrom([]string{"1", "2.5", "a", "b", "o", "p", "null"}).Draw(t, "leaf")
	}
	d := depth - 1
	switch rapid.IntRange(0, 5).Draw(t, "number") {
	case 0:
		return fmt.Sprintf("(%s %s %s)", numberExpr(t, d), rapid.SampledFrom([]string{"+", "-", "*"}).Draw(t, "op"), numberExpr(t, d))
	case 1:
		return fmt.Sprintf("abs(%s)", numberExpr(t, d))
	case 2, 3:
		return fmt.Sprintf("(%s ? %s : %s)", boolExpr(t, d), numberExpr(t, d), numberExpr(t, d))
	case 4:
		return fmt.Sprintf("(%s ?? %s)", numberExpr(t, d), numberExpr(t, d))
	}
	return numberExpr(t, 0)
}

func boolExpr(t *rapid.T, depth int) string {
	if depth <= 0 {
		return rapid.SampledFrom([]string{"o == null", "o != null", "p == null", "null != p", "a < b", "a == null", "o == 2"}).Draw(t, "leaf")
	}
	d := depth - 1
	switch rapid.IntRange(0, 4).Draw(t, "bool") {
	case 0:
		return fmt.Sprintf("(%s and %s)", boolExpr(t, d), boolExpr(t, d))
	case 1:
		return fmt.Sprintf("(%s or %s)", boolExpr(t, d), boolExpr(t, d))
	case 2:
		return fmt.Sprintf("not (%s)", boolExpr(t, d))
	case 3:
		return fmt.Sprintf("%s %s %s", numberExpr(t, d), rapid.SampledFrom([]string{"<", ">=", "==", "!="}).Draw(t, "op"), numberExpr(t, d))
	}
	return boolExpr(t, 0)
}

// TestGuards holds the promise of the analysis: what compiles cannot trip
// over a value that may be absent, and what does not say that it may be
// absent is there. Where a value is missing although its type does not allow
// it, the error names it.
func TestGuards(t *testing.T) {
	var e Env
	for i, name := range []string{"a", "b", "o", "p"} {
		e.Add(name, flow.Type{Kind: flow.Number, Optional: i > 1}, Place{Index: i})
	}
	compiled := 0
	rapid.Check(t, func(t *rapid.T) {
		src := boolExpr(t, 3)
		if rapid.Bool().Draw(t, "number") {
			src = numberExpr(t, 3)
		}
		p, diags := Compile(flow.Text{Value: src}, Anything, &e)
		if len(diags) > 0 {
			return
		}
		compiled++
		for mask := range 16 {
			frame := []any{3.0, 4.0, 2.0, 6.0}
			for i := range frame {
				if mask&(1<<i) != 0 {
					frame[i] = nil
				}
			}
			v, err := p.Eval(frame)
			var absent *Absent
			if err != nil && (mask&3 == 0 || !errors.As(err, &absent)) {
				t.Fatalf("%s on %v: %v", src, frame, err)
			}
			if err == nil && v == nil && mask&3 == 0 && !p.Type().Optional {
				t.Fatalf("%s on %v gives nothing, and its type is %s", src, frame, p.Type())
			}
		}
	})
	if compiled == 0 {
		t.Error("no expression compiled")
	}
}
