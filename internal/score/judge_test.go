package score

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// claims is the workflow of these tests: a decision, an amount, a note that
// may be absent and does not decide, and a date that may be absent and does.
var claims = &design.Workflow{
	Name: "claims", Currency: "EUR", Volume: 1200,
	Outcome: flow.NewSchema(
		flow.Field{Name: "decision", Type: flow.Type{Kind: flow.Enum, Enum: []string{"pay", "hold"}}},
		flow.Field{Name: "amount", Type: flow.Type{Kind: flow.Number}},
		flow.Field{Name: "note", Type: flow.Type{Kind: flow.String, Optional: true}},
		flow.Field{Name: "due", Type: flow.Type{Kind: flow.Date, Optional: true}},
	),
	Compare: []design.Comparator{
		{Kind: design.Exact, Required: true}, {Kind: design.Number, Tolerance: 0.005, Required: true},
		{Kind: design.Text}, {Kind: design.Day, Required: true},
	},
	Teams: []design.Team{
		{Name: "clerks", Wage: 30, Minutes: 10},
		{Name: "experts", Wage: 60, MinutesFromLabel: true},
		{Name: "certain", Wage: 30, Minutes: 1, Errors: map[string]float64{"pay": 1}},
	},
	Costs: map[string]map[string]float64{"pay": {"hold": 100}},
}

var due = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)

func values(v ...any) flow.Message { return flow.Message{Schema: claims.Outcome, Values: v} }

func yes(b bool) *bool { return &b }

func minutes(m float64) *float64 { return &m }

// to are handoffs to teams.
func to(teams ...string) []flow.Handoff {
	var out []flow.Handoff
	for _, t := range teams {
		out = append(out, flow.Handoff{From: "input", To: t})
	}
	return out
}

func TestJudge(t *testing.T) {
	right := values("pay", 10.0, nil, nil)
	paid := []any{"pay", 10.0, nil, nil}
	held := []any{"hold", 10.0, nil, nil}
	label := &flow.Label{Outcome: right}
	type judged struct {
		Disposition      Disposition
		Right, Shadow    Tri
		Minutes          float64
		Unknown, Perfect bool
		Cost             float64
	}
	tests := []struct {
		why        string
		trial      flow.Trial
		label      *flow.Label
		unlabelled []bool
		want       judged
	}{
		{"automated and right", flow.Trial{Status: flow.Automated, Outcome: paid}, label, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},
		{"the wrong decision", flow.Trial{Status: flow.Automated, Outcome: held}, label, nil, judged{Disposition: AutomatedWrong, Right: No, Shadow: No}},
		{"a wrong decision that the workflow prices", flow.Trial{Status: flow.Automated, Outcome: paid}, &flow.Label{Outcome: values("hold", 10.0, nil, nil)}, nil, judged{Disposition: AutomatedWrong, Right: No, Shadow: No, Cost: 100}},
		{"within the tolerance", flow.Trial{Status: flow.Automated, Outcome: []any{"pay", 10.005, nil, nil}}, label, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},
		{"a required field is wrong", flow.Trial{Status: flow.Automated, Outcome: []any{"pay", 11.0, nil, nil}}, label, nil, judged{Disposition: AutomatedWrong, Right: No, Shadow: No}},
		{"a required field is missing", flow.Trial{Status: flow.Automated, Outcome: []any{"pay", nil, nil, nil}}, label, nil, judged{Disposition: AutomatedWrong, Right: No, Shadow: No}},
		{"a field that does not decide is wrong", flow.Trial{Status: flow.Automated, Outcome: []any{"pay", 10.0, "x", nil}}, label, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},
		{"an optional field is given where the label says there is none", flow.Trial{Status: flow.Automated, Outcome: []any{"pay", 10.0, nil, due}}, label, nil, judged{Disposition: AutomatedWrong, Right: No, Shadow: No}},
		{"an optional field is given that the dataset does not label", flow.Trial{Status: flow.Automated, Outcome: []any{"pay", 10.0, nil, due}}, label, []bool{false, false, true, true}, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},
		{"an optional field is absent where the label has it", flow.Trial{Status: flow.Automated, Outcome: paid}, &flow.Label{Outcome: values("pay", 10.0, nil, due)}, nil, judged{Disposition: AutomatedWrong, Right: No, Shadow: No}},
		{"a required field without label is not judged", flow.Trial{Status: flow.Automated, Outcome: paid}, &flow.Label{Outcome: values("pay", nil, nil, nil)}, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},
		{"no label at all", flow.Trial{Status: flow.Automated, Outcome: paid}, nil, nil, judged{Disposition: AutomatedUnknown}},
		{"a label without the decision", flow.Trial{Status: flow.Automated, Outcome: paid}, &flow.Label{Outcome: values(nil, 10.0, nil, nil)}, nil, judged{Disposition: AutomatedUnknown}},
		{"a missed escalation that is right is right", flow.Trial{Status: flow.Automated, Outcome: paid}, &flow.Label{Outcome: right, NeedsPerson: yes(true)}, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},

		{"escalated, and the design would have been wrong", flow.Trial{Status: flow.Escalated, Team: "clerks", Shadow: held, Handoffs: to("clerks")}, label, nil, judged{Disposition: EscalatedNeeded, Right: Yes, Shadow: No, Minutes: 10, Perfect: true, Cost: 5}},
		{"escalated, and the design would have been right", flow.Trial{Status: flow.Escalated, Team: "clerks", Shadow: paid, Handoffs: to("clerks")}, label, nil, judged{Disposition: EscalatedNeedless, Right: Yes, Shadow: Yes, Minutes: 10, Perfect: true, Cost: 5}},
		{"escalated as the label asks, whatever the shadow", flow.Trial{Status: flow.Escalated, Team: "clerks", Shadow: paid, Handoffs: to("clerks")}, &flow.Label{Outcome: right, NeedsPerson: yes(true)}, nil, judged{Disposition: EscalatedNeeded, Right: Yes, Shadow: Yes, Minutes: 10, Perfect: true, Cost: 5}},
		{"a wrong shadow needs a person even where the label asks for none", flow.Trial{Status: flow.Escalated, Team: "clerks", Shadow: held, Handoffs: to("clerks")}, &flow.Label{Outcome: right, NeedsPerson: yes(false)}, nil, judged{Disposition: EscalatedNeeded, Right: Yes, Shadow: No, Minutes: 10, Perfect: true, Cost: 5}},
		{"no shadow, and the label asks for nobody", flow.Trial{Status: flow.Escalated, Team: "clerks", Handoffs: to("clerks")}, &flow.Label{Outcome: right, NeedsPerson: yes(false)}, nil, judged{Disposition: EscalatedNeedless, Right: Yes, Minutes: 10, Perfect: true, Cost: 5}},
		{"no shadow, and the label does not say", flow.Trial{Status: flow.Escalated, Team: "clerks", Handoffs: to("clerks")}, label, nil, judged{Disposition: EscalatedUnknown, Right: Yes, Minutes: 10, Perfect: true, Cost: 5}},
		{"escalated without label", flow.Trial{Status: flow.Escalated, Team: "clerks", Shadow: paid, Handoffs: to("clerks")}, nil, nil, judged{Disposition: EscalatedUnknown, Minutes: 10, Cost: 5}},
		{"the person's recorded decision counts, mistakes included", flow.Trial{Status: flow.Escalated, Team: "clerks", Handoffs: to("clerks")}, &flow.Label{Outcome: values("hold", 10.0, nil, nil), Person: values("pay", 10.0, nil, nil)}, nil, judged{Disposition: EscalatedUnknown, Right: No, Minutes: 10, Cost: 105}},
		{"the team's error model stands in, and errs always here", flow.Trial{Status: flow.Escalated, Team: "certain", Handoffs: to("certain")}, label, nil, judged{Disposition: EscalatedUnknown, Right: No, Minutes: 1, Perfect: true, Cost: 0.5}},
		{"what a person answered during replay stands", flow.Trial{Status: flow.Escalated, Team: "clerks", Outcome: held, Handoffs: to("clerks")}, label, nil, judged{Disposition: EscalatedUnknown, Right: No, Minutes: 10, Cost: 5}},

		{"minutes of the label", flow.Trial{Status: flow.Escalated, Team: "experts", Handoffs: to("experts")}, &flow.Label{Outcome: right, Minutes: minutes(30)}, nil, judged{Disposition: EscalatedUnknown, Right: Yes, Minutes: 30, Perfect: true, Cost: 30}},
		{"nobody says how long it took", flow.Trial{Status: flow.Escalated, Team: "experts", Handoffs: to("experts")}, label, nil, judged{Disposition: EscalatedUnknown, Right: Yes, Unknown: true, Perfect: true}},
		{"two teams worked on it", flow.Trial{Status: flow.Escalated, Team: "certain", Shadow: nil, Handoffs: to("clerks", "certain"), Outcome: paid}, label, nil, judged{Disposition: EscalatedUnknown, Right: Yes, Minutes: 11, Cost: 5.5}},
		{"the minutes of the label are the case's: counted once", flow.Trial{Status: flow.Escalated, Team: "experts", Handoffs: to("experts", "experts"), Outcome: paid}, &flow.Label{Outcome: right, Minutes: minutes(30)}, nil, judged{Disposition: EscalatedUnknown, Right: Yes, Minutes: 30, Cost: 30}},
		{"a step that has a team's name is no team", flow.Trial{Status: flow.Automated, Outcome: paid, Handoffs: to("clerks"), Spans: []flow.Span{{Step: "clerks", Actor: flow.Rule}}}, label, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},
		{"work in shadow is nobody's", flow.Trial{Status: flow.Automated, Outcome: paid, Handoffs: []flow.Handoff{{To: "clerks", Shadow: true}}, Spans: []flow.Span{{Shadow: true, Attempts: []flow.Attempt{{Price: 9}}}, {Attempts: []flow.Attempt{{Price: 1}, {Price: 2}}}}}, label, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes, Cost: 3}},

		{"failed is not right", flow.Trial{Status: flow.Failed}, label, nil, judged{Disposition: Failed, Right: No}},
		{"failed without label", flow.Trial{Status: flow.Failed}, nil, nil, judged{Disposition: Failed}},
		{"failed, and the label tells of another field alone", flow.Trial{Status: flow.Failed}, &flow.Label{Outcome: values(nil, 10.0, nil, nil)}, nil, judged{Disposition: Failed}},
		{"failed after a person had worked on it", flow.Trial{Status: flow.Failed, Handoffs: to("clerks")}, label, nil, judged{Disposition: Failed, Right: No, Minutes: 10, Cost: 5}},
		{"not measured is neither right nor wrong", flow.Trial{Status: flow.NotMeasured, Handoffs: to("clerks")}, label, nil, judged{Disposition: NotMeasured}},

		{"the design's own verdict, without a label", flow.Trial{Status: flow.Automated, Outcome: held, Right: yes(true)}, nil, nil, judged{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes}},
		{"the design's own verdict overrules the label", flow.Trial{Status: flow.Automated, Outcome: paid, Right: yes(false)}, label, nil, judged{Disposition: AutomatedWrong, Right: No, Shadow: No}},
		{"a recorded verdict tells nothing of what the design would have answered", flow.Trial{Status: flow.Escalated, Team: "clerks", Shadow: held, Right: yes(true), Handoffs: to("clerks")}, &flow.Label{NeedsPerson: yes(false)}, nil, judged{Disposition: EscalatedNeedless, Right: Yes, Minutes: 10, Cost: 5}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			g := Judge{Workflow: claims, Seed: 1, Unlabelled: test.unlabelled}.Judge(&test.trial, test.label)
			got := judged{g.Disposition, g.Right, g.Shadow, g.Minutes, !g.MinutesOK, g.Perfect, g.cost()}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if g.Measured != (test.trial.Status != flow.NotMeasured) || g.Escalated != (test.trial.Status == flow.Escalated) {
				t.Errorf("measured %v, escalated %v", g.Measured, g.Escalated)
			}
		})
	}
}

func TestHandoffFailed(t *testing.T) {
	for _, test := range []struct {
		why      string
		handoffs []flow.Handoff
		want     bool
	}{
		{"none", nil, false},
		{"all held", []flow.Handoff{{To: "a"}}, false},
		{"one broke, whatever came after", []flow.Handoff{{To: "a", Kind: flow.Incomplete, After: "continue"}}, true},
		{"one broke in shadow", []flow.Handoff{{To: "a", Kind: flow.Incomplete, Shadow: true}}, false},
	} {
		g := Judge{Workflow: claims}.Judge(&flow.Trial{Status: flow.Automated, Handoffs: test.handoffs}, nil)
		if g.Handoff != test.want {
			t.Errorf("%s: %v, want %v", test.why, g.Handoff, test.want)
		}
	}
}
