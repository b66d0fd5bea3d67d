package design

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// maxName is how many bytes the name of a workflow or a design may have: it
// becomes part of a file's name.
const maxName = 100

// checkName refuses a name that a folder or a terminal could not take: runs
// are filed under it, and reports and errors show it.
func checkName(t flow.Text, what string, diags *diag.List) {
	if t.Pos.Line == 0 {
		return // a missing key, which is said elsewhere
	}
	unfit := func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsPrint(r) }
	switch n := t.Value; {
	case n == "":
		diags.Add(t.Pos, "the "+what+" has no name", "")
	case strings.ContainsFunc(n, unfit), strings.HasPrefix(n, "."):
		diags.Add(t.Pos, fmt.Sprintf("%q is no name of a %s", n, what), "letters, digits, spaces, - and _")
	case len(n) > maxName:
		diags.Add(t.Pos, fmt.Sprintf("the name of the %s has %d bytes, at most %d are allowed", what, len(n), maxName), "")
	}
}

// RepeatedNames finds designs that have the name of another: a run could not
// tell them apart.
func RepeatedNames(plans []*Plan) diag.List {
	var diags diag.List
	first := make(map[string]*Design, len(plans))
	for _, p := range plans {
		d := p.Design
		if other := first[d.Name]; other != nil {
			diags.Add(d.Pos, fmt.Sprintf("a second design is named %q", d.Name), fmt.Sprintf("the first is %s", other.Pos))
			continue
		}
		first[d.Name] = d
	}
	return diags
}

// UnknownBaseline finds a baseline that is none of a workflow's designs: a
// comparison with it would be left out. The plans are those of all designs.
func UnknownBaseline(w *Workflow, plans []*Plan) diag.List {
	var diags diag.List
	names := make([]string, len(plans))
	for i, p := range plans {
		names[i] = p.Design.Name
	}
	if w.Baseline != "" && len(plans) > 0 && !slices.Contains(names, w.Baseline) {
		diags.Add(w.BaselinePos, fmt.Sprintf("the baseline %q is none of the designs", w.Baseline), diag.Suggest(w.Baseline, names))
	}
	return diags
}
