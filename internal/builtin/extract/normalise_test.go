package extract

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFixDigits(t *testing.T) {
	for _, tc := range []struct{ in, want, why string }{
		{"1O3.S0", "103.50", "an amount"},
		{"PO-l042", "PO-1042", "words without digits stay"},
		{"INV-2O25-00l7", "INV-2025-0017", "several words"},
		{"Oslo", "Oslo", "no digit at all"},
		{"B2B", "828", "what looks like a number is one"},
		{"12 Oak", "12 Oak", "a word with other letters stays"},
		{"", "", "nothing"},
	} {
		if got := fixDigits(tc.in); got != tc.want {
			t.Errorf("%s: fixDigits(%q) = %q, want %q", tc.why, tc.in, got, tc.want)
		}
	}
}

// TestShortcuts compares what is found by the needed word and line by line
// with what the expression alone finds.
func TestShortcuts(t *testing.T) {
	for _, tc := range []struct {
		src, need string
		line      bool
		why       string
	}{
		{`(?i)total due +(\S+)`, "total due", true, "a word in any case"},
		{`total\s+(\S+)`, "total", false, "it may cross lines"},
		{`(?m)^po: (.+)$`, "po: ", true, "ends of lines"},
		{`(\S+) EUR`, " EUR", true, "a word behind"},
		{`(?:total|sum) (\d+)`, " ", true, "alternatives need none"},
		{`(\d+)`, "", false, "no word"},
		{`^total (\d+)`, "total ", false, "the beginning of the text"},
		{`(?i)größe (\d+)`, "", false, "letters outside ASCII are not looked for"},
		{`größe (\d+)`, "größe ", true, "letters outside ASCII in their own case are"},
		{`(?i)task (\d+)`, "task ", true, "letters that others fold to"},
		{`(?:a\n)?total (\d+)`, "total ", false, "an end of line written out"},
	} {
		p, err := newPattern(tc.src)
		if err != nil {
			t.Fatal(err)
		}
		if p.need != tc.need || p.line != tc.line {
			t.Fatalf("%s: %q needs %q (by line: %v), want %q (%v)", tc.why, tc.src, p.need, p.line, tc.need, tc.line)
		}
		re := regexp.MustCompile(tc.src)
		rapid.Check(t, func(t *rapid.T) {
			piece := rapid.SampledFrom([]string{"total due ", "TOTAL DUE  ", "total ", "sum ", "po: ", "12", "7 EUR", " EUR", "\n", "\r\n", "x", "größe 5", "ta\u017f\u212a 4", "task 3", "a\n", " "})
			text := strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "pieces"), "")
			var want, got []string
			for _, m := range re.FindAllStringSubmatch(text, -1) {
				want = append(want, m[1])
			}
			p.matches(&document{text: text}, func(s string) bool { got = append(got, s); return true })
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Fatalf("%q in %q: %q, want %q", tc.src, text, got, want)
			}
		})
	}
}

func FuzzNormalisers(f *testing.F) {
	for _, s := range []string{"PO-l042", "1O3.S0", "€", "\xff", "1’000", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if fixed := fixDigits(s); fixDigits(fixed) != fixed {
			t.Errorf("fixDigits(%q) = %q, and again %q", s, fixed, fixDigits(fixed))
		}
		if id := identifier(s); identifier(id) != id {
			t.Errorf("identifier(%q) = %q, and again %q", s, id, identifier(id))
		}
		squeeze(s)
	})
}
