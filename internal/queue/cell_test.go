package queue

import "testing"

// What is marked against spreadsheets is read back as it was.
func TestFromTable(t *testing.T) {
	for _, c := range []struct{ why, text, cell string }{
		{"a formula gets a mark", `=HYPERLINK("x")`, `'=HYPERLINK("x")`},
		{"a number is none", "-3", "-3"},
		{"a text is as it is", "t1", "t1"},
		{"a text that looks marked gets another mark", "'=1+x", "''=1+x"},
		{"an apostrophe is none", "'t1", "'t1"},
		{"nothing is nothing", "", ""},
	} {
		if got := unformulaic(c.text); got != c.cell {
			t.Errorf("%s: %q is written as %q, want %q", c.why, c.text, got, c.cell)
		}
		if got := FromTable(c.cell); got != c.text {
			t.Errorf("%s: %q is read as %q, want %q", c.why, c.cell, got, c.text)
		}
	}
}
