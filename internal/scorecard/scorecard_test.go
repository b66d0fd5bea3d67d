package scorecard

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

var (
	one  = flow.NewSchema(flow.Field{Name: "x", Type: flow.Type{Kind: flow.String, Optional: true}})
	work = &design.Workflow{
		Input: one, Outcome: one, Compare: []design.Comparator{{Kind: design.Exact, Required: true}}, Decision: -1,
		Teams: []design.Team{{Name: "desk", Wage: 30, Minutes: 5}},
	}
	input = &flow.Case{ID: "c", Input: flow.Message{Schema: one, Values: []any{"in"}}}
)

// at is the value in a place of the frame.
type at int

func (a at) Eval(frame []any) (any, error) { return frame[a], nil }

// line is a design that reads, decides, and books or asks the desk; told gets
// what nobody says.
func line(owner string) *tally {
	in := []design.Binding{{Name: "x", Value: at(0)}}
	plan := &design.Plan{Workflow: work, Slots: 2, Outcome: []design.Value{at(1)}, Nodes: []*design.Node{
		{Name: "read", Role: flow.Work, In: in, Out: one, OutSlot: 1, Actor: flow.Rule},
		{Name: "told", Kind: "recorded", Role: flow.Work, Out: flow.NewSchema(), OutSlot: 2, Actor: flow.System},
		{Name: "constant", Kind: "compute", Role: flow.Work, Out: flow.NewSchema(), OutSlot: 2, Actor: flow.System},
		{Name: "decide", Role: flow.Routing, Route: &design.Route{}},
		{Name: "book", Role: flow.Action, In: in, Out: flow.NewSchema(), OutSlot: 2, Actor: flow.System, Owner: owner},
		{Name: "clerk", Role: flow.Answer, In: in, Out: flow.NewSchema(), OutSlot: 2, Actor: flow.Person, Answer: &design.Answer{Team: "desk"}},
	}}
	u := score.NewUnits(&dataset.Card{}, 1)
	a := &analysis{units: u, cases: u, many: u}
	return a.tally(work, record.Design{Name: "line", Outside: map[string]string{"known": "v1"}}, plan)
}

func what(m *measure) map[string]int {
	out := map[string]int{}
	for _, l := range m.result().Lacks {
		out[l.What] = l.Count
	}
	return out
}

func TestIntegrated(t *testing.T) {
	for _, row := range []struct {
		why  string
		give flow.Handoff
		want string
	}{
		{"declared, and held", flow.Handoff{From: "input", To: "read"}, ""},
		{"a decision names what it reads", flow.Handoff{From: "read", To: "decide"}, ""},
		{"to a team", flow.Handoff{From: "read", To: "desk"}, "manual: read → desk"},
		{"to a person's step", flow.Handoff{From: "read", To: "clerk"}, "manual: read → clerk"},
		{"from a person", flow.Handoff{From: "clerk", To: "book"}, "manual: clerk → book"},
		{"a person's that broke counts once, as manual", flow.Handoff{From: "read", To: "desk", Kind: flow.Incomplete}, "manual: read → desk"},
		{"nothing says what it gets", flow.Handoff{From: "read", To: "told"}, "undeclared: read → told"},
		{"a constant needs nothing", flow.Handoff{From: "input", To: "constant"}, ""},
		{"broken", flow.Handoff{From: "read", To: "book", Kind: flow.Rejected}, "rejected: read → book"},
		{"no branch fits", flow.Handoff{From: "decide", To: "nobody", Kind: flow.Undelivered}, "undelivered: decide → nobody"},
	} {
		d := line("sales")
		d.integrated(&flow.Trial{Handoffs: []flow.Handoff{row.give, {From: "x", To: "desk", Shadow: true}}}, place{"c", 0, 1})
		want := map[string]int{}
		if row.want != "" {
			want[row.want] = 1
		}
		if diff := cmp.Diff(want, what(d.handoffs)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.why, diff)
		}
		if x, n := d.handoffs.counter.Counts(); n != 1 || x != 1-len(want) {
			t.Errorf("%s: %d of %d", row.why, x, n)
		}
	}
}

func TestAccountable(t *testing.T) {
	digest := engine.Digest(flow.AppendJSON(nil, one, input.Input.Values))
	automated := func() *flow.Trial {
		return &flow.Trial{
			Case: "c", Status: flow.Automated, InputDigest: digest, Outcome: []any{"a"},
			Spans:  []flow.Span{{Step: "read", Output: []byte(`{"x":"a"}`)}, {Step: "book", Output: []byte(`{}`)}},
			Routes: []flow.RouteTaken{{Step: "decide", Values: []byte(`{"read.x":"a"}`)}},
		}
	}
	escalated := func() *flow.Trial {
		return &flow.Trial{
			Case: "c", Status: flow.Escalated, Reason: "unsure", Team: "desk", InputDigest: digest,
			Handoffs: []flow.Handoff{{From: "read", To: "desk", Digest: 7}},
		}
	}
	person := flow.Message{Schema: one, Values: []any{"a"}}
	answer := &flow.Label{Outcome: person, Person: person}
	for _, row := range []struct {
		why    string
		give   *flow.Trial
		change func(*flow.Trial)
		owner  string
		label  *flow.Label
		files  []string
		want   string
	}{
		{why: "all there", give: automated(), owner: "sales"},
		{why: "another input", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.InputDigest++ }, want: "inputs: the case is another in the dataset now"},
		{why: "a file that is not what was run", give: automated(), owner: "sales", files: []string{"versions: f"}, want: "versions: f"},
		{why: "a model without a name", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.Spans[0].Attempts = []flow.Attempt{{}} }, want: "versions: nothing says what answered read"},
		{why: "a model by its name", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.Spans[0].Attempts = []flow.Attempt{{Model: "m"}} }},
		{why: "what answered is in the header", give: automated(), owner: "sales", change: func(t *flow.Trial) {
			t.Spans = append(t.Spans, flow.Span{Step: "known", Attempts: []flow.Attempt{{}}})
		}},
		{why: "an outcome from nowhere", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.Outcome = []any{"b"} }, want: "evidence: x does not follow from the recorded outputs"},
		{why: "an outcome that is not on record", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.Outcome = nil }, want: "evidence: x does not follow from the recorded outputs"},
		{why: "an output that was not kept", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.Spans[0].Output = nil }, want: "evidence: x does not follow from the recorded outputs"},
		{why: "a decision by nothing", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.Routes[0].Values = nil }, want: "evidence: nothing says what decide decided by"},
		{why: "an action of nobody", give: automated(), want: "owner: nobody answers for book"},
		{why: "no action", give: automated(), owner: "sales", change: func(t *flow.Trial) { t.Spans = t.Spans[:1] }, want: "owner: no system and no team receives the outcome"},
		{why: "people's own answer", give: escalated(), label: answer},
		{why: "a stand-in answers", give: escalated(), label: &flow.Label{Outcome: person}, want: "evidence: the answer of desk is not recorded"},
		{why: "nobody knows the answer", give: escalated(), want: "evidence: the answer of desk is not recorded"},
		{why: "an empty hand", give: escalated(), label: answer, change: func(t *flow.Trial) { t.Handoffs = nil }, want: "inputs: nothing says what the team was given"},
		{why: "no reason", give: escalated(), label: answer, change: func(t *flow.Trial) { t.Reason = "" }, want: "evidence: nothing says why people got the case"},
		{why: "no team", give: escalated(), change: func(t *flow.Trial) { t.Team, t.Handoffs[0].To = "x", "x" }, want: "owner: no team took the case"},
	} {
		d := line(row.owner)
		d.changed = row.files
		if row.change != nil {
			row.change(row.give)
		}
		c := *input
		c.Label = row.label
		d.accountable(row.give, &c, place{"c", 0, 1})
		want := map[string]int{}
		if row.want != "" {
			want[row.want] = 1
		}
		if diff := cmp.Diff(want, what(d.outcomes)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.why, diff)
		}
	}
}

func TestAtAccuracy(t *testing.T) {
	limit := func(x float64) *float64 { return &x }
	u := score.NewUnits(&dataset.Card{}, 1)
	c := u.Counter()
	for i := range 1000 {
		c.Add(0, 1, i >= 50)
	}
	s := c.Share()
	m := score.Metric{Name: score.AutomatedAccuracy, Numerator: float64(s.X), Denominator: float64(s.N), Interval: s.Interval, Unit: "rate", Exact: &score.Exact{TwoSided: s.Interval}}
	of := &score.Design{Name: "d", Summary: score.Summary{Trials: 1000, Cases: 1000, Labelled: 1000, Metrics: []score.Metric{m}}}
	for _, row := range []struct {
		why   string
		gates []design.Threshold
		want  gate.Verdict
		limit float64
	}{
		{why: "no limit", want: gate.Inconclusive},
		{why: "met", gates: []design.Threshold{{Metric: score.AutomatedAccuracy, AtLeast: limit(0.9)}}, want: gate.Pass, limit: 0.9},
		{why: "the higher of two", gates: []design.Threshold{{Metric: score.AutomatedAccuracy, AtLeast: limit(0.9)}, {Metric: score.AutomatedAccuracy, AtLeast: limit(0.99)}}, want: gate.Fail, limit: 0.99},
		{why: "too near", gates: []design.Threshold{{Metric: score.AutomatedAccuracy, AtLeast: limit(0.95)}}, want: gate.Inconclusive, limit: 0.95},
		{why: "a limit of segments says nothing of all cases", gates: []design.Threshold{{Metric: score.AutomatedAccuracy, AtLeast: limit(0.9), Segment: "channel"}}, want: gate.Inconclusive},
	} {
		got := atAccuracy(&design.Workflow{Gate: design.Gate{Thresholds: row.gates}}, &score.Result{}, of)
		if got.Verdict != row.want || got.Limit.Value != row.limit || got.Limit.Valid != (row.limit > 0) {
			t.Errorf("%s: %+v, want %s at %v", row.why, got, row.want, row.limit)
		}
	}
}
