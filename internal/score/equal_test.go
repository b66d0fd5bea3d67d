package score

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/design"
)

func TestEqual(t *testing.T) {
	day := func(d, hour int) time.Time { return time.Date(2025, 3, d, hour, 0, 0, 0, time.UTC) }
	list := func(v ...any) []any { return v }
	tests := []struct {
		why       string
		c         design.Comparator
		got, want any
		equal     bool
	}{
		{"texts are exact unless said otherwise", design.Comparator{Kind: design.Exact}, "Pay", "pay", false},
		{"equal texts", design.Comparator{Kind: design.Exact}, "pay", "pay", true},
		{"another type is never equal", design.Comparator{Kind: design.Exact}, "1", 1.0, false},
		{"booleans", design.Comparator{Kind: design.Exact}, true, true, true},
		{"the same moment in another zone", design.Comparator{Kind: design.Exact}, day(1, 12), day(1, 12).In(time.FixedZone("x", 3600)), true},
		{"lists in order", design.Comparator{Kind: design.Exact}, list("a", "b"), list("a", "b"), true},
		{"lists in another order", design.Comparator{Kind: design.Exact}, list("b", "a"), list("a", "b"), false},
		{"a list of two is not a list of one with a space", design.Comparator{Kind: design.Exact}, list("a b"), list("a", "b"), false},
		{"records", design.Comparator{Kind: design.Exact}, map[string]any{"x": 1.0, "y": 2.0}, map[string]any{"y": 2.0, "x": 1.0}, true},
		{"a record with another value", design.Comparator{Kind: design.Exact}, map[string]any{"x": 1.0}, map[string]any{"x": 2.0}, false},
		{"a number and a text in a list", design.Comparator{Kind: design.Exact}, list(1.0), list("1"), false},

		{"on the tolerance, whatever binary fractions are", design.Comparator{Kind: design.Number, Tolerance: 0.005}, 10.005, 10.0, true},
		{"just outside", design.Comparator{Kind: design.Number, Tolerance: 0.005}, 10.006, 10.0, false},
		{"a share of the label", design.Comparator{Kind: design.Number, Relative: 0.1}, 110.0, 100.0, true},
		{"of the label, not of what was given", design.Comparator{Kind: design.Number, Relative: 0.1}, 100.0, 90.0, false},
		{"a share of a negative label", design.Comparator{Kind: design.Number, Relative: 0.1}, -110.0, -100.0, true},
		{"whole and other numbers", design.Comparator{Kind: design.Number}, int64(3), 3.0, true},
		{"a text is no number", design.Comparator{Kind: design.Number}, "3", 3.0, false},

		{"the same day", design.Comparator{Kind: design.Day}, day(1, 0), day(1, 0), true},
		{"a day off", design.Comparator{Kind: design.Day}, day(2, 0), day(1, 0), false},
		{"a day off where one is allowed", design.Comparator{Kind: design.Day, Days: 1}, day(1, 0), day(2, 0), true},
		{"a text is no date", design.Comparator{Kind: design.Day}, "2025-03-01", day(1, 0), false},

		{"case, accents, punctuation and space fold", design.Comparator{Kind: design.Text}, " MÜLLER,  Söhne-GmbH ", "muller sohne gmbh", true},
		{"a word missing", design.Comparator{Kind: design.Text}, "muller", "muller sohne", false},
		{"words run together are other words", design.Comparator{Kind: design.Text}, "mullersohne", "muller sohne", false},
		{"full-width letters are letters", design.Comparator{Kind: design.Text}, "ＡＣＭＥ", "acme", true},
		{"nothing but punctuation is not everything", design.Comparator{Kind: design.Text}, "...", "acme", false},

		{"sets have no order and no repeats", design.Comparator{Kind: design.Set}, list("b", "a", "B"), list("a", "b"), true},
		{"one too many", design.Comparator{Kind: design.Set}, list("a", "b", "c"), list("a", "b"), false},
		{"one value is a set of one", design.Comparator{Kind: design.Set}, "a", list("A"), true},
		{"the empty set", design.Comparator{Kind: design.Set}, list(), list(), true},
	}
	for _, test := range tests {
		if got := Equal(test.c, test.got, test.want); got != test.equal {
			t.Errorf("%s: %v and %v: %v, want %v", test.why, test.got, test.want, got, test.equal)
		}
	}
}

func TestEqualProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Fatalf("folding %q twice gives %q", folded, again)
		}
		if strings.HasPrefix(folded, " ") || strings.HasSuffix(folded, " ") || strings.Contains(folded, "  ") {
			t.Fatalf("folded %q has spaces to spare", folded)
		}
		if !Equal(design.Comparator{Kind: design.Text}, strings.ToUpper(s), s) && !strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) {
			t.Fatalf("case tells %q from itself", s)
		}
		x, y := rapid.Float64Range(-1e9, 1e9).Draw(t, "x"), rapid.Float64Range(-1e9, 1e9).Draw(t, "y")
		tolerance := rapid.Float64Range(0, 1e9).Draw(t, "tolerance")
		near := design.Comparator{Kind: design.Number, Tolerance: tolerance}
		if !Equal(near, x, x) || Equal(near, x, y) != Equal(near, y, x) {
			t.Fatalf("%v and %v within %v", x, y, tolerance)
		}
		wider := design.Comparator{Kind: design.Number, Tolerance: 2*tolerance + 1}
		if Equal(near, x, y) && !Equal(wider, x, y) {
			t.Fatal("a wider tolerance lets less through")
		}
		a := rapid.SliceOf(rapid.StringMatching(`[a-c]{0,2}`)).Draw(t, "set")
		list := make([]any, len(a))
		turned := make([]any, len(a))
		for i, e := range a {
			list[i], turned[len(a)-1-i] = e, e
		}
		if !Equal(design.Comparator{Kind: design.Set}, turned, list) {
			t.Fatalf("a set is not equal to itself turned round: %v", a)
		}
	})
}
