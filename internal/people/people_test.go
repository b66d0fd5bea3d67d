package people_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/people"
)

var workflow = &design.Workflow{
	Outcome: flow.NewSchema(
		flow.Field{Name: "decision", Type: flow.Type{Kind: flow.Enum, Enum: []string{"pay", "hold", "reject"}}},
		flow.Field{Name: "amount", Type: flow.Type{Kind: flow.Number}},
	),
}

func message(v ...any) flow.Message { return flow.Message{Schema: workflow.Outcome, Values: v} }

func TestAnswer(t *testing.T) {
	never := design.Team{Name: "clerks", Errors: map[string]float64{"pay": 0}}
	always := design.Team{Name: "clerks", Errors: map[string]float64{"": 1}}
	payOnly := design.Team{Name: "clerks", Errors: map[string]float64{"pay": 1}}
	tests := []struct {
		why    string
		team   design.Team
		label  *flow.Label
		field  int
		want   any
		source people.Source
	}{
		{"what was decided at the time comes first, right or wrong", always, &flow.Label{Outcome: message("pay", 1.0), Person: message("hold", nil)}, 0, "hold", people.Recorded},
		{"a field that was not recorded is the label's", always, &flow.Label{Outcome: message("pay", 1.0), Person: message("hold", nil)}, 1, 1.0, people.Label},
		{"the error model applies to what is decided, and to nothing else", always, &flow.Label{Outcome: message("pay", 1.0)}, 1, 1.0, people.Label},
		{"a team that never errs there", never, &flow.Label{Outcome: message("pay", 1.0)}, 0, "pay", people.ErrorModel},
		{"a rate for one class says nothing of others", payOnly, &flow.Label{Outcome: message("hold", 1.0)}, 0, "hold", people.ErrorModel},
		{"a team without error model is perfect", design.Team{Name: "clerks"}, &flow.Label{Outcome: message("pay", 1.0)}, 0, "pay", people.Label},
		{"no label, no answer", always, nil, 0, nil, people.Unknown},
		{"a label without that field", always, &flow.Label{Outcome: message(nil, 1.0)}, 0, nil, people.Unknown},
		{"a label of no fields", always, &flow.Label{}, 0, nil, people.Unknown},
	}
	for _, test := range tests {
		got, source := people.Answer(workflow, test.team, test.label, flow.Key{Case: "c1"}, test.field)
		if got != test.want || source != test.source {
			t.Errorf("%s: %v from %q, want %v from %q", test.why, got, source, test.want, test.source)
		}
	}
}

// Mistakes come at the team's rate, go to every other class alike, and are the
// same for a case under every design.
func TestErrorModel(t *testing.T) {
	const cases, rate = 20_000, 0.3
	team := design.Team{Name: "clerks", Errors: map[string]float64{"pay": rate}}
	label := &flow.Label{Outcome: message("pay", 1.0)}
	counts := map[any]int{}
	for i := range cases {
		key := flow.Key{Seed: 1, Case: fmt.Sprint(i), Step: "review"}
		got, _ := people.Answer(workflow, team, label, key, 0)
		counts[got]++
		key.Step, key.Attempt = "another", 3
		if again, _ := people.Answer(workflow, team, label, key, 0); again != got {
			t.Fatalf("case %d: %v, and %v under another design", i, got, again)
		}
	}
	// Four standard errors of a share among so many cases.
	for class, share := range map[string]float64{"pay": 1 - rate, "hold": rate / 2, "reject": rate / 2} {
		got := float64(counts[class]) / cases
		if limit := 4 * math.Sqrt(share*(1-share)/cases); math.Abs(got-share) > limit {
			t.Errorf("%s is answered in %.4f of cases, want %.4f ± %.4f", class, got, share, limit)
		}
	}
}

// Of what is suggested to a person, right things are changed and wrong ones
// let through at the rates that the team has.
func TestConfirm(t *testing.T) {
	const cases = 20_000
	team := design.Team{Name: "clerks", Confirm: &design.Confirmation{AcceptsWrong: 0.3, OverrulesRight: 0.05}}
	label := &flow.Label{Outcome: message("pay", 1.0), Person: message("hold", nil)}
	for _, test := range []struct {
		why       string
		suggested any
		want      map[any]float64
	}{
		{"a wrong suggestion is let through, or mended", "reject", map[any]float64{"reject": 0.3, "pay": 0.7, "hold": 0}},
		{"a right one is taken, or changed to any other", "pay", map[any]float64{"pay": 0.95, "hold": 0.025, "reject": 0.025}},
		{"without one the person answers as at the time", nil, map[any]float64{"hold": 1}},
	} {
		counts := map[any]int{}
		for i := range cases {
			got, _ := people.Confirm(workflow, team, label, flow.Key{Seed: 1, Case: fmt.Sprint(i)}, 0, test.suggested)
			counts[got]++
		}
		for class, share := range test.want {
			got := float64(counts[class]) / cases
			if limit := 4 * math.Sqrt(share*(1-share)/cases); math.Abs(got-share) > limit {
				t.Errorf("%s: %v in %.4f of cases, want %.4f ± %.4f", test.why, class, got, share, limit)
			}
		}
	}
	for _, test := range []struct {
		why    string
		team   design.Team
		label  *flow.Label
		field  int
		want   any
		source people.Source
	}{
		{"a team of which nothing is said answers as ever", design.Team{Name: "clerks"}, label, 0, "hold", people.Recorded},
		{"a field that is not decided by is the label's", team, label, 1, 1.0, people.Label},
		{"no label, no answer", team, nil, 0, nil, people.Unknown},
		{"without what is right, what was recorded", team, &flow.Label{Outcome: message(nil, nil), Person: message("hold", nil)}, 0, "hold", people.Recorded},
	} {
		got, source := people.Confirm(workflow, test.team, test.label, flow.Key{Case: "c"}, test.field, "reject")
		if got != test.want || source != test.source {
			t.Errorf("%s: %v from %q, want %v from %q", test.why, got, source, test.want, test.source)
		}
	}
}

func TestMinutes(t *testing.T) {
	seven := 7.0
	for _, test := range []struct {
		why   string
		team  design.Team
		label *flow.Label
		want  float64
		known bool
	}{
		{"stated by the workflow", design.Team{Minutes: 5}, nil, 5, true},
		{"recorded with the case", design.Team{MinutesFromLabel: true, Minutes: 5}, &flow.Label{Minutes: &seven}, 7, true},
		{"not recorded with this one", design.Team{MinutesFromLabel: true, Minutes: 5}, &flow.Label{}, 0, false},
		{"no label at all", design.Team{MinutesFromLabel: true}, nil, 0, false},
		{"nobody says", design.Team{}, &flow.Label{Minutes: &seven}, 0, false},
	} {
		if got, known := people.Minutes(test.team, test.label); got != test.want || known != test.known {
			t.Errorf("%s: %v %v, want %v %v", test.why, got, known, test.want, test.known)
		}
	}
}
