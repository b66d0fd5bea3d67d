package secret_test

import (
	"testing"

	"github.com/rehearse-dev/rehearse/internal/secret"
)

func TestRedact(t *testing.T) {
	for _, tc := range []struct{ why, value, text, want string }{
		{"as it is", "abc/def+12", "key abc/def+12.", "key [secret]."},
		{"as JSON may spell it", "abc/def+12", `{"k":"abc\/def\u002b12"}`, `{"k":"[secret]"}`},
		{"as a URL spells it", "abc/def+12", "?k=abc%2Fdef%2b12", "?k=[secret]"},
		{"JSON within JSON", `ab"cdefgh`, `"{\"k\":\"ab\\\"cdefgh\"}"`, `"{\"k\":\"[secret]\"}"`},
		{"a part of it is none", "abc/def+12", "abc/def", "abc/def"},
		{"a placeholder is none", "none", "there is none", "there is none"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			var s secret.Set
			s.Add(tc.value)
			if got := string(s.Redact([]byte(tc.text))); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
