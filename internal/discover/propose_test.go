package discover

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// proposed is what writes the project of a log.
func proposed(t testing.TB, lines ...string) *proposer {
	t.Helper()
	p := processOf(t, lines...)
	w := &proposer{Result: p.result(), p: p}
	w.results()
	w.teams()
	return w
}

func TestProposedSpeed(t *testing.T) {
	for _, tc := range []struct {
		why       string
		days      int
		ann, dora float64
	}{
		{"ten minutes and twenty, forty times", 20, 1.5, 0.75},
		{"three times each: chance may explain it", 3, 1, 1},
	} {
		var lines []string
		for day := 3; day < 3+tc.days; day++ {
			lines = append(lines, fmt.Sprintf("a%[1]d A ann %[1]dT09:05 %[1]dT09:15", day), fmt.Sprintf("b%[1]d A dora %[1]dT09:05 %[1]dT09:25", day))
		}
		w := proposed(t, lines...)
		if ann, dora := w.speed("ann"), w.speed("dora"); math.Abs(ann-tc.ann) > 1e-9 || math.Abs(dora-tc.dora) > 1e-9 {
			t.Errorf("%s: speeds %v and %v, want %v and %v", tc.why, ann, dora, tc.ann, tc.dora)
		}
		if got, want := w.minutes(0), "{distribution: lognormal, mean: 15, scv: 0.1111}"; got != want { // 5² / 15²
			t.Errorf("%s: minutes %s, want %s", tc.why, got, want)
		}
	}
}

func TestProposedGaps(t *testing.T) {
	var clockwork, random []string
	for day := 3; day < 43; day++ {
		clockwork = append(clockwork, fmt.Sprintf("c%[1]d A ann %[1]dT10:15 %[1]dT10:20", day))
	}
	draws, at := des.NewDraws(5, 0), 0.0
	for c := range 400 {
		d := draws.For(int64(c), 0)
		at += d.Exp(120) // minutes
		m := int(at)
		random = append(random, fmt.Sprintf("c%d A ann %[2]dT%02[3]d:%02[4]d %[2]dT%02[3]d:%02[4]d", c, 3+m/1440, m/60%24, m%60))
	}
	w := proposed(t, clockwork...)
	if got, want := w.gaps(), "  gaps: {distribution: gamma, scv: 0.001}    # 39 gaps; 1 is at random\n"; got != want {
		t.Errorf("one case a day at a quarter past ten: %q, want %q", got, want)
	}
	if got := w.clocked(48 + 10.25); math.Abs(got-2.25) > 1e-9 {
		t.Errorf("%v cases were expected by a quarter past ten on the third day, want 2.25", got)
	}
	if got := proposed(t, random...).gaps(); got != "" {
		t.Errorf("cases at random: %q", got)
	}
}

func TestProposedShares(t *testing.T) {
	w := &proposer{roles: []string{"a", "b", "c"}}
	for _, tc := range []struct {
		counts []int
		rest   int
		want   string
	}{
		{[]int{1, 1, 1}, 0, "a: 0.3333, b: 0.3333, c: 0.3333"},
		{[]int{2, 0, 0}, 1, "a: 0.6666"},
		{[]int{0, 3, 0}, 0, "b: 1"},
		{[]int{0, 0, 0}, 4, ""},
	} {
		if got := w.shares(tc.counts, tc.rest); got != tc.want {
			t.Errorf("%v and %d: %q, want %q", tc.counts, tc.rest, got, tc.want)
		}
	}
}

// A case is a row: when it came and ended, the activity that ended last, and the
// minutes of people.
func TestProposedCases(t *testing.T) {
	w := proposed(t,
		"c1 Take ann 3T09:05 3T09:20", "c1 Check - 3T09:20 3T09:50", "c1 Decide ann 3T09:20 3T09:50",
		"c2 Take ann 3T10:05 3T11:50", "c2 Decide ann 3T10:05 3T10:35")
	want := `case,arrived_at,ended_at,result,minutes,minutes_take
c1,2025-03-03T09:05:00Z,2025-03-03T09:50:00Z,decide,45,45
c2,2025-03-03T10:05:00Z,2025-03-03T11:50:00Z,take,135,135
`
	if got := w.cases(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestPlainWord(t *testing.T) {
	for _, tc := range []struct{ why, name, want string }{
		{"spaces and signs", "Check: means & Person!", "check_means_person"},
		{"a word of YAML", "No", "a_no"},
		{"a digit first", "2nd check", "a_2nd_check"},
		{"nothing that is left", "Прием", "a"},
		{"too long", strings.Repeat("ab ", 30), strings.TrimSuffix(strings.Repeat("ab_", 17), "_")},
	} {
		if got := plainWord(tc.name, map[string]bool{}); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.why, got, tc.want)
		}
	}
	taken := map[string]bool{"check": true, "check_2": true}
	if got := plainWord("Check", taken); got != "check_3" || !taken["check_3"] {
		t.Errorf("%q, want check_3, which is taken then", got)
	}
}
