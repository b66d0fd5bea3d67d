package design

import "testing"

// An answer is resolved when scoring only where it is the whole outcome: the
// record holds an outcome whole or not at all.
func TestAnswerFinal(t *testing.T) {
	const head = "design: d\nworkflow: invoice\nsteps:\n" +
		"  - {name: read, kind: bare, out: {who: string?}}\n" +
		"  - {name: clerk, kind: human, team: managers}\n"
	const whole = "{decision: clerk.decision, supplier: clerk.supplier, amount: clerk.amount, due_date: clerk.due_date}\n"
	for _, test := range []struct {
		why, design string
		final       bool
	}{
		{"the outcome is the answer", head + "outcome: " + whole, true},
		{"a field comes from another step", head + `outcome: {decision: clerk.decision, supplier: 'read.who ?? "x"', amount: clerk.amount}` + "\n", false},
		{"a field comes from the input", head + "outcome: {decision: clerk.decision, supplier: input.text, amount: clerk.amount}\n", false},
		{"a later step works with it", head + "  - {name: after, kind: echo, in: {d: clerk.decision}, out: {}}\noutcome: " + whole, false},
		{"nothing reads it: the team's whole answer stands", head + `outcome: {decision: '"hold"', supplier: '"x"', amount: 1}` + "\n", true},
	} {
		p, diags := Parse("d.yaml", []byte(test.design), goodWorkflow(t), testRegistry(), Options{})
		if p == nil {
			t.Errorf("%s: %v", test.why, diags)
			continue
		}
		for _, n := range p.Nodes {
			if n.Answer != nil && n.Answer.Final != test.final {
				t.Errorf("%s: final is %v, want %v", test.why, n.Answer.Final, test.final)
			}
		}
	}
}
