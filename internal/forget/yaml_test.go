package forget

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithoutEntries(t *testing.T) {
	ids := map[string]bool{"a": true}
	for _, tt := range []struct{ why, text, want, fault string }{
		{"one of two", "# head\nx:\n  - {case: a, by: ann}\n  - {case: b, by: ann}\n", "# head\nx:\n  - {case: b, by: ann}\n", ""},
		{"over several lines", "x:\n  - case: b\n    by: ann\n  - case: a\n    by: ann\n", "x:\n  - case: b\n    by: ann\n", ""},
		{"the last one", "x:\n  - {case: a}\n", "x: []\n", ""},
		{"none", "x:\n  - {case: b}\n", "x:\n  - {case: b}\n", ""},
		{"all in one line", "x: [{case: a}, {case: b}]\n", "", "line 1: the entry of a case that is to be forgotten shares its line"},
	} {
		got, err := withoutEntries("f.yaml", []byte(tt.text), ids)
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%s: %v", tt.why, err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", tt.why, err, diff)
		}
	}
}

func FuzzWithoutEntries(f *testing.F) {
	f.Add([]byte("x:\n  - {case: a}\n  - {case: b}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := withoutEntries("f.yaml", text, map[string]bool{"a": true})
		if err == nil && len(out) > len(text)+len(" []\n")*len(text) {
			t.Fatalf("%q became %q", text, out)
		}
	})
}
