package engine_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// opposite is a team that overrules every suggestion, and says yes where there
// is none.
type opposite struct{}

func (opposite) Answer(_ context.Context, _ *flow.Case, _ flow.Key, q engine.Question) ([]any, string, error) {
	if q.Suggested != nil && q.Suggested[0] == "yes" {
		return []any{"no"}, "error_model", nil
	}
	return []any{"yes"}, "error_model", nil
}

// A person who is shown what the design would have decided has a shadow
// outcome beside the answer: what would have come of it without the person.
func TestConfirm(t *testing.T) {
	fail := design.Broken{Mode: design.Fail}
	confirm := func(suggestion design.Value) *design.Node {
		return &design.Node{
			Name: "review", Kind: "human", Actor: flow.Person, Role: flow.Answer, OutSlot: int(acted), Broken: fail,
			Out:    flow.NewSchema(flow.Field{Name: "decision", Type: class}),
			In:     []design.Binding{{Name: "amount", Type: number, Value: slot(0)}},
			Edge:   design.Edge{From: "assess", UseInput: true, Steps: []int{0}},
			Answer: &design.Answer{Team: "clerks", Fields: []string{"decision"}, Suggested: []design.Value{suggestion}},
		}
	}
	broken := value(func([]any) (any, error) { return nil, errNobody })
	tests := []struct {
		why        string
		suggestion design.Value
		more       func(*design.Plan)
		want       ends
		suggested  string
	}{
		{
			why: "the person overrules", suggestion: classed, suggested: `{"decision":"yes"}`,
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", Outcome: []any{"no"}, Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "assess>clerks"}},
		}, {
			why: "nothing to suggest: the person decides alone", suggestion: constant(nil),
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", Outcome: []any{"yes"}, ShadowWhy: "a person answers in this design", Handoffs: []string{"input>assess", "assess>clerks"}},
		}, {
			why: "what cannot be computed is not suggested", suggestion: broken,
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", Outcome: []any{"yes"}, ShadowWhy: "a person answers in this design", Handoffs: []string{"input>assess", "assess>clerks"}},
		}, {
			why: "what the outcome may not hold is not suggested", suggestion: constant("perhaps"),
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", Outcome: []any{"yes"}, ShadowWhy: "a person answers in this design", Handoffs: []string{"input>assess", "assess>clerks"}},
		}, {
			why: "an action after the answer is not done in shadow", suggestion: classed, suggested: `{"decision":"yes"}`,
			more: func(p *design.Plan) {
				p.Slots++
				act := post(does(true), fail)
				act.Index, act.OutSlot = 2, int(acted)+1
				p.Nodes = append(p.Nodes, act)
			},
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "post", Outcome: []any{"no"}, Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "assess>clerks", "assess>post"}},
		},
	}
	for _, test := range tests {
		p := plan(assess(twice, fail), confirm(test.suggestion))
		p.Outcome = []design.Value{acted}
		if test.more != nil {
			test.more(p)
		}
		trial := run(t, p, opposite{}, caseOf(8.0, nil))
		if diff := cmp.Diff(test.want, of(trial)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
		if s := trial.Spans[1]; string(s.Suggested) != test.suggested || s.Team != "clerks" {
			t.Errorf("%s: shown %s to %q, want %s to clerks", test.why, s.Suggested, s.Team, test.suggested)
		}
	}
}
