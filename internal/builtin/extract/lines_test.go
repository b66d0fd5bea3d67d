package extract

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlainLines(t *testing.T) {
	for _, tt := range []struct{ why, text, want string }{
		{"what has none is left as it is", "a\nb", "a\nb"},
		{"line ends of another system", "a\r\nb\r\n", "a\nb\n"},
		{"blanks that nobody sees", "a \nb\t \n", "a\nb\n"},
		{"an empty line around the whole", "\n \r\na\n\nb\n \n", "a\n\nb\n\n"},
		{"blanks within a line, and before it, part columns", "a  b\n  c", "a  b\n  c"},
		{"a last line without its end", "a \nb ", "a\nb"},
		{"nothing else", " \r\n", ""},
	} {
		if got := plainLines(tt.text); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}

// However lines are ended, and whatever blanks stand before their ends, patterns
// see the same text.
func TestPlainLinesOfAnySystem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[a-z]([a-z :]{0,8}[a-z])?`), 1, 6).Draw(t, "lines")
		want := strings.Join(lines, "\n")
		var b strings.Builder
		for i, line := range lines {
			b.WriteString(line + rapid.SampledFrom([]string{"", " ", "\t", " \r", "\r"}).Draw(t, "blank"))
			if i < len(lines)-1 {
				b.WriteByte('\n')
			}
		}
		if got := strings.TrimRight(plainLines(b.String()+"\n"), "\n"); got != want {
			t.Fatalf("%q became %q, want %q", b.String(), got, want)
		}
	})
}
