package claims

import "testing"

func TestDecide(t *testing.T) {
	clean := facts{ours: true, inForce: true, covered: true, estimate: true, reported: true, age: 400, cost: 120_000, excess: 25_000, limit: 3_000_000}
	tests := []struct {
		change   func(*facts)
		decision string
		reason   string
		route    string
		reserve  int64
		why      string
	}{
		{func(*facts) {}, pay, "covered", settle, 95_000, "nothing is the matter"},
		{func(f *facts) { f.cost = 25_000 }, refuse, "below the excess", settle, 0, "the excess takes all of it"},
		{func(f *facts) { f.cost = 25_001 }, pay, "covered", settle, 1, "and here all but a penny"},
		{func(f *facts) { f.cost = 4_000_000 }, pay, "covered", adjusters, 2_975_000, "the limit first, then the excess; a large loss is for a person"},
		{func(f *facts) { f.cost = personLimit }, pay, "covered", settle, 475_000, "at the limit a person is not needed"},
		{func(f *facts) { f.inForce, f.excluded = false, true }, refuse, "not in force", settle, 0, "a line before another decides"},
		{func(f *facts) { f.excluded = true }, refuse, "excluded", adjusters, 19_000, "a fifth is set aside where a refusal may be contested"},
		{func(f *facts) { f.ring, f.dear = true, true }, investigate, "part of a ring", investigators, 95_000, "suspicion before price"},
		{func(f *facts) { f.injury = true }, investigate, "injury", adjusters, 1_095_000, "an injury is set aside for"},
		{func(f *facts) { f.age = soonWithin }, investigate, "soon after the start", investigators, 95_000, "the last suspicious day"},
		{func(f *facts) { f.age = soonWithin + 1 }, pay, "covered", settle, 95_000, "the first that is not"},
		{func(f *facts) { f.recent = manyClaims }, investigate, "many claims", settle, 95_000, "three before it"},
		{func(f *facts) { f.delay = lateAfter }, pay, "covered", settle, 95_000, "in time to the day"},
		{func(f *facts) { f.delay = lateAfter + 1 }, investigate, "late report", settle, 95_000, "a day late"},
		{func(f *facts) { f.delay, f.excused = tooLateAfter, true }, pay, "covered", settle, 95_000, "excused"},
		{func(f *facts) { f.delay, f.excused = tooLateAfter+1, true }, refuse, "too late", settle, 0, "no excuse counts for so long"},
		{func(f *facts) { f.estimate = false }, investigate, "no estimate", settle, 95_000, "too much to pay on a word"},
		{func(f *facts) { f.estimate, f.cost = false, smallLoss }, pay, "covered", settle, 25_000, "small enough to"},
		{func(f *facts) { f.reported = false }, investigate, "not reported to the police", settle, 95_000, "theft unreported"},
	}
	for _, tt := range tests {
		f := clean
		tt.change(&f)
		decision, reason := decide(f)
		if decision != tt.decision || reason != tt.reason {
			t.Errorf("%s: %s, %q, want %s, %q", tt.why, decision, reason, tt.decision, tt.reason)
		}
		if got := route(f, reason); got != tt.route {
			t.Errorf("%s: goes to %s, want %s", tt.why, got, tt.route)
		}
		if got := reserve(f, decision, reason); got != tt.reserve {
			t.Errorf("%s: reserve %d, want %d", tt.why, got, tt.reserve)
		}
	}
}
