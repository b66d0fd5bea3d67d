package attribute

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/score"
)

func TestFixes(t *testing.T) {
	has := func(set uint64, players ...int) bool {
		for _, p := range players {
			if set&(1<<p) == 0 {
				return false
			}
		}
		return true
	}
	rules := []struct {
		right func(uint64) bool
		why   string
	}{
		{func(s uint64) bool { return has(s, 0) }, "one part, whatever else"},
		{func(s uint64) bool { return has(s, 0) }, "the same again: one group"},
		{func(s uint64) bool { return has(s, 0) || has(s, 1) }, "either of two"},
		{func(s uint64) bool { return has(s, 1, 2) }, "two only together"},
		{func(s uint64) bool { return has(s, 0) || has(s, 1, 2) }, "one, or two others together: no single culprit"},
		{func(s uint64) bool { return has(s, 0) && !has(s, 1) }, "one, and another takes it away again"},
		{func(uint64) bool { return false }, "nothing"},
		{func(uint64) bool { return true }, "right as written: no fix to look for"},
		{func(s uint64) bool { return s == 0 }, "right as written, and spoilt by corrections"},
	}
	got := game(3, len(rules), func(i int, set uint64) bool { return rules[i].right(set) }).Fixes()
	want := Fixes{
		Wrong: 7, One: 3, Several: 2, Together: 1, None: 1, NoneExamples: []string{"c006"},
		Ways: []Way{
			{Fixes: [][]string{{"p0"}}, Trials: 3, Examples: []string{"c000", "c001", "c005"}},
			{Fixes: [][]string{{"p0"}, {"p1"}}, Trials: 1, Examples: []string{"c002"}},
			{Fixes: [][]string{{"p1", "p2"}}, Trials: 1, Examples: []string{"c003"}},
			{Fixes: [][]string{{"p0"}, {"p1", "p2"}}, Trials: 1, Examples: []string{"c004"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBreakPoints(t *testing.T) {
	wrong := func(handoff, kind string, status flow.Status, right score.Tri) outcome {
		o := outcomeOf(right == score.Yes)
		o.right, o.status, o.handoff, o.kind = right, status, handoff, kind
		return o
	}
	written := []outcome{
		wrong("a → b", "incomplete", flow.Automated, score.No),
		wrong("", "", flow.Automated, score.No),
		wrong("a → b", "incomplete", flow.Escalated, score.No),
		wrong("a → b", "malformed", flow.Failed, score.Unknown), // nobody says what was right, and it failed
		wrong("a → b", "incomplete", flow.Escalated, score.Yes), // recovered
		wrong("c → d", "late", flow.Automated, score.Unknown),
	}
	x := outcomes(1, len(written), func(i int, set uint64) outcome {
		if set == 0 {
			return written[i]
		}
		return outcomeOf(true)
	})
	want := []BreakPoint{
		{Handoff: "a → b", Kind: "incomplete", Trials: 2, Examples: []string{"c000", "c002"}},
		{Trials: 1, Examples: []string{"c001"}},
		{Handoff: "a → b", Kind: "malformed", Trials: 1, Examples: []string{"c003"}},
	}
	if diff := cmp.Diff(want, x.BreakPoints()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
