package flow_test

import (
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

// What is written of a time has to be read again.
func TestTimeFromJSON(t *testing.T) {
	for _, tt := range []struct{ why, text, want string }{
		{"an offset is taken away", "2026-11-21T10:00:00+01:00", ""},
		{"a year of five digits in UTC", "9999-12-31T23:59:59-10:00", "not in the years 0 to 9999 of UTC"},
		{"a year below zero in UTC", "0000-01-01T00:00:00+10:00", "not in the years 0 to 9999 of UTC"},
		{"no time", "yesterday", "is not a time like"},
	} {
		_, err := flow.Type{Kind: flow.Time}.FromJSON(tt.text)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.why, err, tt.want)
		}
	}
}
