package diag

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
)

func TestSuggest(t *testing.T) {
	many := []string{"a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8", "i9", "j10", "k11", "l12", "m13"}
	for _, tc := range []struct {
		why, word string
		choices   []string
		want      string
	}{
		{"a letter left out", "aprove", []string{"approve", "reject"}, `did you mean "approve"?`},
		{"two letters swapped", "lmm", []string{"llm", "lookup"}, `did you mean "llm"?`},
		{"capitals", "Amount", []string{"amount"}, `did you mean "amount"?`},
		{"the nearest of two", "cost", []string{"costs", "most"}, `did you mean "costs"?`},
		{"nothing near, few choices", "xyzzy", []string{"route", "human"}, `one of "human", "route"`},
		{"nothing near, one choice", "xyzzy", []string{"end"}, `want "end"`},
		{"nothing near, many choices", "xyzzy", many, ""},
		{"no choices", "x", nil, ""},
		{"a short word is not near every other", "ab", []string{"xy", "qrs"}, `one of "qrs", "xy"`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if got := Suggest(tc.word, tc.choices); got != tc.want {
				t.Errorf("Suggest(%q, %v) = %q, want %q", tc.word, tc.choices, got, tc.want)
			}
		})
	}
}

func TestList(t *testing.T) {
	at := func(line int) flow.Pos { return flow.Pos{File: "f.yaml", Line: line, Column: 2} }
	var l List
	l.Add(at(9), "second", "mend it")
	l = append(l, Diagnostic{Pos: at(3), Severity: Warning, Rule: "r", Message: "first"})
	l.Add(at(9), "second", "mend it")
	want := "f.yaml:3:2: warning: first [r]\nf.yaml:9:2: second (mend it)"
	if d := cmp.Diff(want, l.Sort().Error()); d != "" {
		t.Error(d)
	}
	if l.Err() == nil || len(l.Errors()) != 2 {
		t.Errorf("errors = %v, want the two that are no warnings", l.Errors())
	}
	if (List{{Severity: Warning}}).Err() != nil {
		t.Error("a warning alone is an error")
	}
}
