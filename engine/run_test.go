package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// ends is what a test says of a trial; handoffs are written
// "from>to kind detail clause after", the parts that are empty left out, and
// "(shadow)" before those in shadow.
type ends struct {
	Status    flow.Status
	Reason    string
	Team      string
	End       string
	Outcome   []any
	Shadow    []any
	ShadowWhy string
	Handoffs  []string
}

func of(t *flow.Trial) ends {
	e := ends{Status: t.Status, Reason: t.Reason, Team: t.Team, End: t.End, Outcome: t.Outcome, Shadow: t.Shadow, ShadowWhy: t.ShadowWhy}
	for _, h := range t.Handoffs {
		s := h.From + ">" + h.To
		for _, part := range []string{string(h.Kind), h.Detail, h.Clause, h.After} {
			if part != "" {
				s += " " + part
			}
		}
		if h.Shadow {
			s = "(shadow)" + s
		}
		e.Handoffs = append(e.Handoffs, s)
	}
	return e
}

func TestRun(t *testing.T) {
	toClerks := design.Broken{Mode: design.Escalate, Team: "clerks"}
	fail := design.Broken{Mode: design.Fail}
	goOn := design.Broken{Mode: design.Continue, With: []any{1.0, "no"}}
	high := design.Branch{When: over(scored, "assess.score", 10), Team: "experts", Because: "large", Show: []design.Binding{{Name: "amount", Type: number, Value: slot(0)}}, Edge: design.Edge{From: "assess", UseInput: true, Steps: []int{0}}}
	end := design.Branch{End: true}
	human := func(final bool) *design.Node {
		return &design.Node{
			Name: "review", Kind: "human", Actor: flow.Person, Role: flow.Answer, OutSlot: int(acted), Broken: fail,
			Out:    flow.NewSchema(flow.Field{Name: "decision", Type: class}),
			In:     []design.Binding{{Name: "amount", Type: number, Value: slot(0)}},
			Edge:   design.Edge{From: "input", UseInput: true},
			Answer: &design.Answer{Team: "clerks", Fields: []string{"decision"}, Final: final},
		}
	}
	answered := func(p *design.Plan) *design.Plan {
		p.Outcome = []design.Value{acted}
		return p
	}
	tests := []struct {
		why    string
		plan   *design.Plan
		people engine.People
		amount any
		note   any
		want   ends
	}{
		{
			why: "all steps run to the end of the design", amount: 8.0,
			plan: plan(assess(twice, fail), decide(fail, end)),
			want: ends{Status: flow.Automated, End: "decide", Outcome: []any{"yes"}, Handoffs: []string{"input>assess", "assess>decide"}},
		}, {
			why: "an action runs in operation", amount: 8.0,
			plan: plan(assess(twice, fail), post(does(true), fail)),
			want: ends{Status: flow.Automated, End: "post", Outcome: []any{"yes"}, Handoffs: []string{"input>assess", "assess>post"}},
		}, {
			why: "what the outcome may not hold is absent from it", amount: 8.0,
			plan: func() *design.Plan {
				p := plan(assess(twice, fail))
				p.Outcome[0] = constant("perhaps")
				return p
			}(),
			want: ends{Status: flow.Automated, End: "assess", Outcome: []any{nil}, Handoffs: []string{"input>assess", ">outcome malformed decision continue"}},
		}, {
			why: "a route escalates, and shadow goes on by the next branch", amount: 8.0,
			plan: plan(assess(twice, fail), decide(fail, high, end)),
			want: ends{Status: flow.Escalated, Reason: "large", Team: "experts", End: "decide", Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "assess>decide", "assess>experts", "(shadow)assess>decide"}},
		}, {
			why: "shadow stops before the first action", amount: 8.0,
			plan: plan(assess(twice, fail), decide(fail, high, design.Branch{To: 2}), post(fails(flow.ErrStep), fail)),
			want: ends{Status: flow.Escalated, Reason: "large", Team: "experts", End: "decide", Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "assess>decide", "assess>experts", "(shadow)assess>decide"}},
		}, {
			why: "a route that only escalates leaves nothing for shadow", amount: 8.0,
			plan: plan(assess(twice, fail), decide(fail, high)),
			want: ends{Status: flow.Escalated, Reason: "large", Team: "experts", End: "decide", ShadowWhy: "no branch of decide goes on without a person", Handoffs: []string{"input>assess", "assess>decide", "assess>experts", "(shadow)assess>decide"}},
		}, {
			why: "a step that breaks in shadow leaves no shadow outcome, and fails nobody", amount: 8.0,
			plan: func() *design.Plan {
				second := assess(fails(flow.ErrUnavailable), toClerks)
				second.Name, second.OutSlot = "again", int(acted)
				return plan(assess(twice, fail), decide(fail, high, design.Branch{To: 2}), second)
			}(),
			want: ends{Status: flow.Escalated, Reason: "large", Team: "experts", End: "decide", ShadowWhy: "the handoff to again broke", Handoffs: []string{"input>assess", "assess>decide", "assess>experts", "(shadow)assess>decide", "(shadow)input>again unavailable receiver escalate"}},
		}, {
			why: "what the harness cannot try in shadow does not take the trial away", amount: 8.0,
			plan: func() *design.Plan {
				second := assess(fails(flow.ErrNotMeasured), toClerks)
				second.Name, second.OutSlot = "again", int(acted)
				return plan(assess(twice, fail), decide(fail, high, design.Branch{To: 2}), second)
			}(),
			want: ends{Status: flow.Escalated, Reason: "large", Team: "experts", End: "decide", ShadowWhy: "not measured: step again", Handoffs: []string{"input>assess", "assess>decide", "assess>experts", "(shadow)assess>decide", "(shadow)input>again"}},
		}, {
			why: "no branch matches, and the route's handoff fails", amount: 2.0,
			plan: plan(assess(twice, fail), decide(fail, high)),
			want: ends{Status: flow.Failed, Reason: "undelivered", End: "decide", Handoffs: []string{"input>assess", "assess>decide", "decide>nobody undelivered route fail"}},
		}, {
			why: "no branch matches, and the design has somebody for it", amount: 2.0,
			plan: plan(assess(twice, fail), decide(toClerks, high)),
			want: ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "decide", ShadowWhy: "the handoff to nobody broke", Handoffs: []string{"input>assess", "assess>decide", "decide>nobody undelivered route escalate", "assess>clerks"}},
		}, {
			why: "a condition reads what no step had", amount: -2.0,
			plan: plan(assess(twice, fail), decide(fail, high, end)),
			want: ends{Status: flow.Failed, Reason: "incomplete", End: "decide", Handoffs: []string{"input>assess", "assess>decide incomplete absent assess.score fail"}},
		}, {
			why: "a receiver's need that nobody had is absent", amount: -2.0,
			plan: plan(assess(twice, fail), post(does(true), toClerks)),
			want: ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "post", ShadowWhy: "the handoff to post broke", Handoffs: []string{"input>assess", "assess>post incomplete absent class escalate", "assess>clerks"}},
		}, {
			why: "a receiver's need that the input had was lost on the way", amount: 8.0, note: "urgent",
			plan: func() *design.Plan {
				n := post(does(true), fail)
				n.In[0] = design.Binding{Name: "note", Type: text, Value: constant(nil)}
				return plan(assess(twice, fail), n)
			}(),
			want: ends{Status: flow.Failed, Reason: "incomplete", End: "post", Handoffs: []string{"input>assess", "assess>post incomplete lost note fail"}},
		}, {
			why: "malformed comes before incomplete in the order of kinds, whatever the order of fields", amount: 8.0,
			plan: func() *design.Plan {
				n := post(does(true), fail)
				n.In = []design.Binding{{Name: "lacking", Type: text, Value: constant(nil)}, {Name: "shape", Type: number, Value: constant("eight")}, {Name: "later", Type: number, Value: constant("nine")}}
				n.Schema = flow.NewSchema(flow.Field{Name: "lacking"}, flow.Field{Name: "shape"}, flow.Field{Name: "later"})
				return plan(assess(twice, fail), n)
			}(),
			want: ends{Status: flow.Failed, Reason: "malformed", End: "post", Handoffs: []string{"input>assess", "assess>post malformed shape fail"}},
		}, {
			why: "a broken handoff goes on with what the design declares", amount: "much",
			plan: plan(assess(twice, goOn), decide(fail, end)),
			want: ends{Status: flow.Automated, End: "decide", Outcome: []any{"no"}, Handoffs: []string{"input>assess malformed amount continue", "assess>decide"}},
		}, {
			why: "a receiver that does not answer", amount: 8.0,
			plan: plan(assess(fails(flow.ErrUnavailable), fail)),
			want: ends{Status: flow.Failed, Reason: "unavailable", End: "assess", Handoffs: []string{"input>assess unavailable receiver fail"}},
		}, {
			why: "a receiver that sends the case back", amount: 8.0,
			plan: plan(assess(twice, fail), post(fails(flow.ErrRejected), toClerks)),
			want: ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "post", Shadow: []any{"yes"}, Handoffs: []string{"input>assess", "assess>post rejected receiver escalate", "assess>clerks"}},
		}, {
			why: "a step that goes wrong hands nothing to the next", amount: 8.0,
			plan: plan(assess(fails(flow.ErrStep), fail), post(does(true), fail)),
			want: ends{Status: flow.Failed, Reason: "undelivered", End: "assess", Handoffs: []string{"input>assess", "assess>post undelivered output fail"}},
		}, {
			why: "an output of another type breaks the handoff to the next, which the sender's input still reaches a person from", amount: 8.0,
			plan: plan(assess(does("eight", "yes"), toClerks), post(does(true), fail)),
			want: ends{Status: flow.Escalated, Reason: "broken_handoff", Team: "clerks", End: "assess", ShadowWhy: "the handoff to post broke", Handoffs: []string{"input>assess", "assess>post malformed output escalate", "input>clerks"}},
		}, {
			why: "an output of the wrong length", amount: 8.0,
			plan: plan(assess(does("yes"), fail)),
			want: ends{Status: flow.Failed, Reason: "malformed", End: "assess", Handoffs: []string{"input>assess", "assess>outcome malformed output fail"}},
		}, {
			why: "a step that panics is our fault, not the case's", amount: 8.0,
			plan: plan(assess(flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) { panic("oh") }), toClerks)),
			want: ends{Status: flow.NotMeasured, Reason: "fault", End: "assess", Handoffs: []string{"input>assess"}},
		}, {
			why: "what the harness cannot try is not measured", amount: 8.0,
			plan: plan(assess(fails(flow.ErrNotMeasured), toClerks)),
			want: ends{Status: flow.NotMeasured, Reason: "step assess", End: "assess", Handoffs: []string{"input>assess"}},
		}, {
			why: "a person at the end is resolved when scoring", amount: 8.0,
			plan: plan(human(true)),
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", ShadowWhy: "no automated path", Handoffs: []string{"input>clerks"}},
		}, {
			why: "a person takes a case that lacks something", amount: nil,
			plan: plan(human(true)),
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", ShadowWhy: "no automated path", Handoffs: []string{"input>clerks incomplete absent amount continue"}},
		}, {
			why: "a person in the middle answers during replay", amount: 8.0, people: answers{values: []any{"no"}},
			plan: answered(plan(human(false))),
			want: ends{Status: flow.Escalated, Reason: "by_design", Team: "clerks", End: "review", Outcome: []any{"no"}, ShadowWhy: "a person answers in this design", Handoffs: []string{"input>clerks"}},
		}, {
			why: "nobody knows what the person answered", amount: 8.0, people: answers{err: errNobody},
			plan: answered(plan(human(false))),
			want: ends{Status: flow.NotMeasured, Reason: "no_answer", End: "review", Handoffs: []string{"input>clerks"}},
		}, {
			why: "there is nobody to ask", amount: 8.0,
			plan: answered(plan(human(false))),
			want: ends{Status: flow.NotMeasured, Reason: "no_person", End: "review", Handoffs: []string{"input>clerks"}},
		}, {
			why: "shadow does not ask a person", amount: 8.0,
			plan: plan(assess(twice, fail), decide(fail, high, design.Branch{To: 2}), human(false)),
			want: ends{Status: flow.Escalated, Reason: "large", Team: "experts", End: "decide", ShadowWhy: "a person answers in this design", Handoffs: []string{"input>assess", "assess>decide", "assess>experts", "(shadow)assess>decide"}},
		},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			got := run(t, test.plan, test.people, caseOf(test.amount, test.note))
			if diff := cmp.Diff(test.want, of(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.Case != "c1" || got.Index != 3 || got.InputDigest != 7 || got.Weight != 1 || got.Design != "try" {
				t.Errorf("the trial does not say whose it is: %+v", got)
			}
			for _, s := range got.Spans {
				if (s.Class == "") != (s.Error == "") || s.Class == "" && s.Output == nil {
					t.Errorf("span of %s: class %q, error %q, output %s", s.Step, s.Class, s.Error, s.Output)
				}
			}
		})
	}
}

// A design's own verdict is read where a case came to an end, and nowhere else.
func TestRecordedVerdict(t *testing.T) {
	fail := design.Broken{Mode: design.Fail}
	for _, test := range []struct {
		why   string
		step  flow.Step
		right design.Value
		want  string
	}{
		{"it was right", twice, constant(true), "right"},
		{"it was wrong", twice, constant(false), "wrong"},
		{"it was not recorded", twice, constant(nil), "none"},
		{"the case failed before", fails(flow.ErrStep), constant(true), "none"},
	} {
		p := plan(assess(test.step, fail))
		p.Right = test.right
		got := "none"
		if v := run(t, p, nil, caseOf(8.0, nil)).Right; v != nil {
			got = map[bool]string{true: "right", false: "wrong"}[*v]
		}
		if got != test.want {
			t.Errorf("%s: the verdict is %s, want %s", test.why, got, test.want)
		}
	}
}

// recorded is a step that reads what happened elsewhere.
type recorded struct{ flow.Step }

func (recorded) RecordedFields() *flow.Schema { return outcome }

func TestRecordedRepeats(t *testing.T) {
	message := func(decision string) flow.Message {
		return flow.Message{Schema: outcome, Values: []any{decision}}
	}
	step := recorded{flow.StepFunc(func(_ context.Context, in flow.Input) (flow.Output, error) {
		return flow.Output{Values: []any{nil, in.Recorded.Get("decision")}}, nil
	})}
	for _, test := range []struct {
		why     string
		stored  []flow.Message
		repeat  int
		want    any
		without bool
	}{
		{why: "a single record serves every repeat", stored: []flow.Message{message("yes")}, repeat: 3, want: "yes"},
		{why: "the second of two", stored: []flow.Message{message("yes"), message("no")}, repeat: 1, want: "no"},
		{why: "a third of two would count one twice", stored: []flow.Message{message("yes"), message("no")}, repeat: 2, without: true},
	} {
		c := caseOf(8.0, nil)
		c.Recorded = test.stored
		var trial flow.Trial
		w := engine.NewRunner(plan(assess(step, design.Broken{Mode: design.Fail})), 1, nil).NewWorker()
		if _, err := w.Run(context.Background(), c, test.repeat, 0, &trial, nil); err != nil {
			t.Fatal(err)
		}
		if test.without {
			if trial.Status != flow.NotMeasured || trial.Reason != "not_recorded" {
				t.Errorf("%s: %s %s", test.why, trial.Status, trial.Reason)
			}
			continue
		}
		if diff := cmp.Diff([]any{test.want}, trial.Outcome); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.why, diff)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p := plan(assess(flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
		cancel()
		return flow.Output{}, flow.Errorf(flow.ErrUnavailable, "cut off")
	}), design.Broken{Mode: design.Fail}))
	var trial flow.Trial
	if _, err := engine.NewRunner(p, 1, nil).NewWorker().Run(ctx, caseOf(8.0, nil), 0, 0, &trial, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want that of the context: the case did not fail, it was not tried to the end", err)
	}
}

// A panic is told by its place, without addresses: equal trials stay equal.
func TestPanicsAreEqual(t *testing.T) {
	p := plan(assess(flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
		var none *design.Node
		return flow.Output{Values: []any{none.Name}}, nil
	}), design.Broken{Mode: design.Fail}))
	first, second := run(t, p, nil, caseOf(8.0, nil)), run(t, p, nil, caseOf(8.0, nil))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	if text := first.Spans[0].Error; !strings.Contains(text, `step "assess" panicked at run_test.go:`) || strings.Contains(text, "goroutine") {
		t.Errorf("the error is %q", text)
	}
}

// A worker's memory is reused: what one case leaves behind must not show in
// the next, whatever the order.
func TestWorkerOrder(t *testing.T) {
	high := design.Branch{When: over(scored, "assess.score", 10), Team: "experts", Because: "large"}
	p := plan(assess(twice, design.Broken{Mode: design.Escalate, Team: "clerks"}), decide(design.Broken{Mode: design.Fail}, high, design.Branch{To: 2}), post(does(true), design.Broken{Mode: design.Fail}))
	r := engine.NewRunner(p, 1, nil)
	amounts := []any{8.0, 2.0, -1.0, "much", nil, 6.0, 0.0}
	one := func(t *rapid.T, w *engine.Worker, trial *flow.Trial, i int) {
		c := caseOf(amounts[i], nil)
		c.ID, c.Index = fmt.Sprint(i), int64(i)
		if _, err := w.Run(context.Background(), c, 0, uint64(i), trial, nil); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := r.NewWorker()
		var reused flow.Trial
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(amounts)-1), 1, 20).Draw(t, "order") {
			var fresh flow.Trial
			one(t, r.NewWorker(), &fresh, i)
			one(t, w, &reused, i)
			if diff := cmp.Diff(fresh, reused, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("case %d (-fresh +reused)\n%s", i, diff)
			}
		}
	})
}

// Digests name payloads by what they are made of.
func TestPayloadDigests(t *testing.T) {
	p := plan(assess(twice, design.Broken{Mode: design.Fail}), decide(design.Broken{Mode: design.Fail}, design.Branch{End: true}))
	eight, six, again := run(t, p, nil, caseOf(8.0, nil)), run(t, p, nil, caseOf(6.0, nil)), run(t, p, nil, caseOf(8.0, "other"))
	if eight.Handoffs[1].Digest == six.Handoffs[1].Digest {
		t.Error("other outputs, and the payload has the same digest")
	}
	if eight.Handoffs[1].Digest != again.Handoffs[1].Digest {
		t.Error("the same output, and the payload has another digest")
	}
	if !bytes.Equal(eight.Spans[0].Output, []byte(`{"score":16,"class":"yes"}`)) {
		t.Errorf("the output is %s", eight.Spans[0].Output)
	}
}

func TestReach(t *testing.T) {
	fail := design.Broken{Mode: design.Fail}
	high := design.Branch{When: over(scored, "assess.score", 10), Team: "experts"}
	p := plan(assess(twice, fail), decide(fail, high, design.Branch{To: 2}), post(does(true), fail))
	r := engine.NewRunner(p, 1, nil)
	other := flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
		return flow.Output{Values: []any{1.0, "yes"}}, nil
	})
	r.SetFolds(&engine.Folds{Of: func(*flow.Case) int { return 0 }, Steps: [][]flow.Step{{nil, nil, nil}, {other, nil, nil}}})
	w := r.NewWorker()
	for _, test := range []struct {
		why    string
		amount any
		fold   int
		want   []any
		ok     bool
	}{
		{"the case comes to the node", 2.0, -1, []any{"no"}, true},
		{"it is escalated before", 8.0, -1, nil, false},
		{"the node's own contract is broken", -2.0, -1, nil, false},
		{"a handoff before breaks", "much", -1, nil, false},
		{"the fold's own step gives something else", 2.0, 1, []any{"yes"}, true},
		{"a fold without a step of its own uses the plan's, whatever fold came before", 2.0, 0, []any{"no"}, true},
	} {
		in, ok, err := w.Reach(context.Background(), caseOf(test.amount, nil), 2, test.fold)
		if err != nil || ok != test.ok || !cmp.Equal(in.Values, test.want) {
			t.Errorf("%s: %v %v %v, want %v %v", test.why, in.Values, ok, err, test.want, test.ok)
		}
	}
}
