package design

import (
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

func TestCheckName(t *testing.T) {
	for _, tc := range []struct{ why, name, want string }{
		{"plain", "rules-then_model 2", ""},
		{"letters of any script", "Rechnungsprüfung", ""},
		{"empty", "", "the design has no name"},
		{"leads out of the folder of runs", "../x", `"../x" is no name of a design`},
		{"a folder of another system", `a\b`, "is no name of a design"},
		{"hidden", ".x", "is no name of a design"},
		{"an escape sequence", "a\x1b[31mb", `"a\x1b[31mb" is no name of a design`},
		{"two lines", "a\nb", "is no name of a design"},
		{"longer than a file's name may be", strings.Repeat("x", 300), "has 300 bytes, at most 100"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			var diags diag.List
			checkName(flow.Text{Value: tc.name, Pos: flow.Pos{File: "f", Line: 1, Column: 9}}, "design", &diags)
			got := diags.Error()
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestNamesOfDesigns(t *testing.T) {
	plan := func(name string, line int) *Plan {
		return &Plan{Design: &Design{Name: name, Pos: flow.Pos{File: "d.yaml", Line: line, Column: 1}}}
	}
	w := &Workflow{Baseline: "as-is", BaselinePos: flow.Pos{File: "workflow.yaml", Line: 3, Column: 11}}
	for _, tc := range []struct {
		why   string
		plans []*Plan
		want  string
	}{
		{"all differ, and the baseline is one", []*Plan{plan("as-is", 1), plan("rules", 2)}, ""},
		{"two of one name", []*Plan{plan("as-is", 1), plan("as-is", 2)}, `d.yaml:2:1: a second design is named "as-is" (the first is d.yaml:1:1)`},
		{"no baseline", []*Plan{plan("asis", 1), plan("rules", 2)}, `workflow.yaml:3:11: the baseline "as-is" is none of the designs (did you mean "asis"?)`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if got := append(RepeatedNames(tc.plans), UnknownBaseline(w, tc.plans)...).Error(); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
