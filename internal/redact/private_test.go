package redact_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/redact"
)

func TestPrivate(t *testing.T) {
	p := policy.Private(person())
	for _, tc := range []struct{ why, text, hidden, shown string }{
		{"nothing personal", "paper mail", "paper mail", "paper mail"},
		{"a value by its field", "Dear Ann Lée,", "Dear (personal: name),", "Dear Ann Lée,"},
		{"a number", "4915123456", "(personal: phone)", "4915123456"},
		{"in another spelling it is gone", "ANN LEE", "(personal, not shown)", "(personal, not shown)"},
		{"a part of a name is gone", "Ms Lée", "Ms (personal, not shown)", "Ms (personal, not shown)"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			hidden := p.Hide(tc.text)
			if hidden != tc.hidden || p.Show(hidden) != tc.shown {
				t.Errorf("%q is kept as %q and comes back as %q, want %q and %q", tc.text, hidden, p.Show(hidden), tc.hidden, tc.shown)
			}
		})
	}
	if none := new(redact.Policy).Private(person()); none != nil {
		t.Errorf("%v, want nothing where nothing is personal", none)
	}
}

// TestPrivateAnywhere puts a personal value into any text.
func TestPrivateAnywhere(t *testing.T) {
	p := policy.Private(person())
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z .,]{0,20}`).Draw(t, "before") + "DE02 1203 0000" + rapid.StringMatching(`[a-z .,]{0,20}`).Draw(t, "after")
		hidden := p.Hide(text)
		if strings.Contains(hidden, "1203") {
			t.Fatalf("%q is kept as %q", text, hidden)
		}
		if !strings.Contains(p.Show(hidden), "DE02 1203 0000") {
			t.Fatalf("%q does not come back from %q", text, hidden)
		}
	})
}
