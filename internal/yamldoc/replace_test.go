package yamldoc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReplace(t *testing.T) {
	for _, tc := range []struct{ why, data, want string }{
		{"a line of its own, with a comment", "params:\n  cutoff: 0.85   # below it a person\n  x: 1\n", "params:\n  cutoff: 0.9   # below it a person\n  x: 1\n"},
		{"in braces, among others", "a: 0.85\nparams: {x: 0.85, cutoff: 0.85}\n", "a: 0.85\nparams: {x: 0.85, cutoff: 0.9}\n"},
		{"in quotes, which go", "params: {cutoff: \"0.85\"}\n", "params: {cutoff: 0.9}\n"},
		{"behind letters of more than a byte", "params: {straße: 'ü', cutoff: 0.85}\n", "params: {straße: 'ü', cutoff: 0.9}\n"},
		{"lines that end as on Windows", "b: 1\r\nparams:\r\n  cutoff: .85\r\n", "b: 1\r\nparams:\r\n  cutoff: 0.9\r\n"},
		{"the last line, without an end", "params:\n  cutoff: 1", "params:\n  cutoff: 0.9"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			got, err := Replace("d.yaml", []byte(tc.data), []string{"params", "cutoff"}, "0.9")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, string(got)); d != "" {
				t.Error(d)
			}
		})
	}
	for why, data := range map[string]string{
		"no such key":       "params: {x: 1}\n",
		"no such mapping":   "cutoff: 1\n",
		"a list":            "params: {cutoff: [1]}\n",
		"text over lines":   "params:\n  cutoff: |\n    1\n",
		"nothing there":     "params:\n  cutoff:\n",
		"escapes in a text": "params: {cutoff: \"\\u0031\"}\n",
		"no YAML":           "params: [\n",
	} {
		if got, err := Replace("d.yaml", []byte(data), []string{"params", "cutoff"}, "0.9"); err == nil {
			t.Errorf("%s: edited to %q", why, got)
		}
	}
	if got, err := Replace("d.yaml", []byte("params: {cutoff: 1}\n"), []string{"params", "cutoff"}, "1, x: 2"); err == nil {
		t.Errorf("a value that is more than one was taken: %q", got)
	}
}

// Whatever stands in the file, nothing but the value changes.
func TestReplaceKeepsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.StringMatching(`([a-c]: [0-9"'#{} xü]{0,6}( #[ -~]{0,8})?\n){0,3}`).Draw(t, "before")
		after := rapid.StringMatching(`( #[ -~]{0,8})?\n(  [d-f]: [0-9"' ]{0,4}\n){0,2}`).Draw(t, "after")
		data := before + "params:\n  cutoff: 0.5" + after
		got, err := Replace("d.yaml", []byte(data), []string{"params", "cutoff"}, "0.75")
		if err == nil && string(got) != before+"params:\n  cutoff: 0.75"+after {
			t.Fatalf("%q became %q", data, got)
		}
	})
}
