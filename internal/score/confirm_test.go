package score

import (
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

func TestConfirmations(t *testing.T) {
	shown := func(suggested, answer string) flow.Trial {
		return flow.Trial{Weight: 1, Status: flow.Escalated, Team: "clerks", Spans: []flow.Span{
			{Step: "review", Team: "clerks", Shadow: true, Suggested: []byte(`{"decision":"pay"}`), Output: []byte(`{"decision":"pay"}`)},
			{Step: "review", Team: "clerks", Suggested: []byte(suggested), Output: []byte(answer)},
		}}
	}
	d := newDesignTally(units{}, claims, nil, 1)
	judge := Judge{Workflow: claims, Seed: 1}
	for _, x := range []judged{
		{shown(`{"decision":"pay"}`, `{"decision":"pay"}`), truth},   // right, accepted
		{shown(`{"decision":"pay"}`, `{"decision":"hold"}`), truth},  // right, overruled
		{shown(`{"decision":"hold"}`, `{"decision":"hold"}`), truth}, // wrong, accepted
		{shown(`{"decision":"hold"}`, `{"decision":"pay"}`), truth},  // wrong, overruled
		{shown(`{"decision":"hold"}`, `{"decision":"pay"}`), truth},
		{shown(`{"decision":"pay"}`, `{"decision":"pay"}`), nil},                           // nobody knows
		{shown(`{"decision":"pay","amount":10}`, `{"decision":"pay","amount":11}`), truth}, // right, and the amount changed
		{shown(`{"decision":"pay","amount":99}`, `{"decision":"pay","amount":99}`), truth}, // the amount is wrong
		{flow.Trial{Spans: []flow.Span{{Step: "review", Output: []byte(`{}`)}}}, truth},    // nothing was shown
		{shown(`{"other":"pay"}`, `{"decision":"pay"}`), truth},                            // not of this outcome
		{flow.Trial{Spans: []flow.Span{{Step: "review", Suggested: []byte(`{}`)}}}, truth}, // nobody answered
	} {
		d.confirmations(judge, &x.trial, x.label, 0)
	}
	list := d.confirmList()
	if len(list) != 1 {
		t.Fatalf("%d rows, want one of step review and team clerks", len(list))
	}
	c := list[0]
	for _, test := range []struct {
		why  string
		got  Share
		x, n int
	}{
		{"taken as they were", c.Accepted, 4, 8},
		{"wrong ones let through", c.AcceptedWrong, 2, 4},
		{"right ones changed", c.OverruledRight, 2, 3},
		{"overruled", c.Accepted.Complement(), 4, 8},
	} {
		if test.got.X != test.x || test.got.N != test.n {
			t.Errorf("%s: %d of %d, want %d of %d", test.why, test.got.X, test.got.N, test.x, test.n)
		}
		if iv := test.got.Interval; iv.Lower >= iv.Estimate.Value || iv.Upper <= iv.Estimate.Value {
			t.Errorf("%s: the interval %v to %v does not hold %v", test.why, iv.Lower, iv.Upper, iv.Estimate.Value)
		}
	}
}
