package yamldoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComments(t *testing.T) {
	for _, tc := range []struct{ why, src, want string }{
		{"behind a value and alone", "# top\na: 1 # one\n  # two\n", "1:1 # top alone; 2:6 # one; 3:3 # two alone"},
		{"part of a word", "a: b#c\n", ""},
		{"in quotes", "a: \"x # no\" # yes\nb: 'it''s # no' # also\n", "1:13 # yes; 2:17 # also"},
		{"behind an escaped quote", `a: "\" # no" # yes` + "\n", "1:14 # yes"},
		{"in quotes over several lines", "a: \"x\n  # no\n  y\" # yes\n", "3:6 # yes"},
		{"in a block", "a: |\n  # no\n\n  x # no\n# yes\nb: 1\n", "5:1 # yes alone"},
		{"behind the sign of a block", "a: | # yes\n  # no\n", "1:6 # yes"},
		{"after letters of several bytes", "a: 'ü # no' # ja\n", "1:13 # ja"},
		{"in a list in one line", "a: [b, 'c # no'] # yes\n", "1:18 # yes"},
		{"carriage returns", "a: 1 # one\r\nb: 2\r\n", "1:6 # one"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			d, diags := Parse("f.yaml", []byte(tc.src))
			if diags.Err() != nil {
				t.Fatal(diags)
			}
			var got []string
			for _, c := range d.Comments() {
				text := fmt.Sprintf("%d:%d %s", c.Line, c.Column, c.Text)
				if c.Alone {
					text += " alone"
				}
				got = append(got, text)
			}
			if d := cmp.Diff(tc.want, strings.Join(got, "; ")); d != "" {
				t.Error(d)
			}
		})
	}
}
