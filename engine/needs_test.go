package engine_test

import (
	"slices"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/design"
)

// A payload holds what its receiver needs where one of the fields of that name
// has a value.
func TestReceiverNeeds(t *testing.T) {
	for _, test := range []struct {
		why    string
		fields []int // of the payload, whose only field is the class
		class  any
		want   string
	}{
		{"held", []int{0}, "yes", "assess>post"},
		{"it has no value", []int{0}, nil, "assess>post incomplete absent total escalate"},
		{"the payload has no such field", nil, "yes", "assess>post incomplete absent total escalate"},
	} {
		act := post(does(true), design.Broken{Mode: design.Escalate, Team: "clerks"})
		act.In[0].Value, act.In[0].Type.Optional, act.In[0].Needed = given{test.class}, true, false
		act.Needs = []design.Need{{Name: "total", Fields: test.fields}}
		trial := run(t, plan(assess(twice, design.Broken{}), act), nil, caseOf(8.0, nil))
		if got := of(trial).Handoffs; !slices.Contains(got, test.want) {
			t.Errorf("%s: handoffs %q, want %q among them", test.why, got, test.want)
		}
	}
}

// given is a value that is always the same.
type given struct{ v any }

func (g given) Eval([]any) (any, error) { return g.v, nil }
