package score

import (
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

func TestSame(t *testing.T) {
	paid := Ending{Status: flow.Automated, Final: []any{"pay", 10.0, "as told", due}}
	for _, row := range []struct {
		why  string
		o    Ending
		same bool
	}{
		{"the same", Ending{Status: flow.Automated, Final: []any{"pay", 10.0, "as told", due}}, true},
		{"within the tolerance, and by letters alone", Ending{Status: flow.Automated, Final: []any{"pay", 10.004, "As  told.", due}}, true},
		{"another class", Ending{Status: flow.Automated, Final: []any{"hold", 10.0, "as told", due}}, false},
		{"a value that is not there", Ending{Status: flow.Automated, Final: []any{"pay", 10.0, nil, due}}, false},
		{"by people", Ending{Status: flow.Escalated, Team: "clerks", Final: []any{"pay", 10.0, "as told", due}}, false},
		{"no outcome", Ending{Status: flow.Automated}, false},
		{"a verdict of its own", Ending{Status: flow.Automated, Final: paid.Final, Right: yes(true)}, false},
	} {
		if paid.Same(row.o, claims) != row.same || row.o.Same(paid, claims) != row.same {
			t.Errorf("%s: want %v, either way round", row.why, row.same)
		}
	}
	if (Ending{Right: yes(true)}).Same(Ending{Right: yes(false)}, claims) {
		t.Error("two verdicts are the same")
	}
	if (Ending{Status: flow.Escalated, Team: "clerks"}).Same(Ending{Status: flow.Escalated, Team: "experts"}, claims) {
		t.Error("two teams are the same")
	}
}
