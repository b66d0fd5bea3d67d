package report

import "testing"

// TestExactly tells stated lengths of time apart.
func TestExactly(t *testing.T) {
	for _, c := range []struct {
		seconds float64
		want    string
		why     string
	}{
		{720, "12 min", "whole minutes"},
		{719, "719 s", "not twelve minutes"},
		{5400, "1.5 h", "half an hour reads well"},
		{72 * 3600, "3 days", "whole days"},
		{72*3600 + 60, "4321 min", "a minute more than three days"},
		{0, "0 s", "at once"},
		{0.5, "0.5 s", "less than a second"},
	} {
		if got := exactly(c.seconds / 3600); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}
