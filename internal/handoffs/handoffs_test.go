package handoffs

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

var (
	text   = flow.Type{Kind: flow.String, Optional: true}
	x      = flow.NewSchema(flow.Field{Name: "x", Type: text})
	gold   = &dataset.Card{Steps: map[string][]dataset.Column{"read": {{Field: "x"}}, "guess": {{Field: "x"}}}}
	common = &design.Workflow{Input: x, Outcome: x, Compare: []design.Comparator{{Kind: design.Exact, Required: true}}, Decision: -1, Teams: []design.Team{{Name: "desk", Needs: []string{"x"}}}}
)

// line is a design whose steps hand on one value each: read (place 1) to guess
// (2), which goes by decide to the desk or to book; and the outcome is guess.x.
// guess takes its own value, or with fallback that of read where it has none.
func line() *view {
	step := func(i int, name string, role flow.Role, out int, from string, reads int) *design.Node {
		n := &design.Node{Index: i, Name: name, Role: role, OutSlot: out, Out: x, Edge: design.Edge{From: from, Slots: []int{reads}}}
		n.In = []design.Binding{{Name: "x", Type: text, Value: design.Slot(reads)}}
		if out == 0 {
			n.Out = flow.NewSchema()
		}
		return n
	}
	read := step(0, "read", flow.Work, 1, "input", 0)
	guess := step(1, "guess", flow.Work, 2, "read", 1)
	decide := step(2, "decide", flow.Routing, 0, "guess", 2)
	decide.Route = &design.Route{
		Reads: []design.Read{{Name: "guess.x", Slot: 2}}, Schema: flow.NewSchema(flow.Field{Name: "guess.x", Type: text}),
		Branches: []design.Branch{
			{To: -1, Team: "desk", Edge: design.Edge{From: "guess", Slots: []int{2}}, Show: []design.Binding{{Name: "guess.x", Type: text, Value: design.Slot(2)}}},
			{To: 3, Name: "book"},
		},
	}
	book := step(3, "book", flow.Action, 0, "guess", 2)
	return newView(&design.Plan{
		Workflow: common, Design: &design.Design{Name: "line"}, Slots: 3, Nodes: []*design.Node{read, guess, decide, book},
		Outcome: []design.Value{design.Slot(2)}, OutcomeEdge: design.Edge{From: "guess", Slots: []int{2}},
	}, gold)
}

// trial is a case that went down the line with these values of read and guess.
func trial(read, guess, to string) *flow.Trial {
	out := func(v string) []byte { return flow.AppendJSON(nil, x, []any{v}) }
	t := &flow.Trial{
		Case: "c", Weight: 1, Status: flow.Automated, End: "book",
		Spans:    []flow.Span{{Step: "read", Output: out(read)}, {Step: "guess", Output: out(guess)}},
		Handoffs: []flow.Handoff{{From: "input", To: "read"}, {From: "read", To: "guess"}, {From: "guess", To: "decide"}},
		Routes:   []flow.RouteTaken{{Step: "decide", Branch: 1, To: to}},
	}
	switch to {
	case "book":
		t.Spans = append(t.Spans, flow.Span{Step: "book", Output: []byte("{}"), Key: 7})
		t.Handoffs = append(t.Handoffs, flow.Handoff{From: "guess", To: "book"})
	case "desk":
		t.Status, t.Team, t.Reason, t.Routes[0].Branch = flow.Escalated, "desk", "policy", 0
		t.Handoffs = append(t.Handoffs, flow.Handoff{From: "guess", To: "desk"})
	}
	return t
}

func label(read, guess, route string) *flow.Label {
	message := func(v string) flow.Message { return flow.Message{Schema: x, Values: []any{v}} }
	return &flow.Label{Steps: map[string]flow.Message{"read": message(read), "guess": message(guess)}, Routes: map[string]string{"decide": route}}
}

// failed are the failures among crossings, as from>to kind clause.
func failed(crossings []crossing) []string {
	var out []string
	for _, c := range crossings {
		if c.kind != "" {
			out = append(out, c.from+">"+c.to+" "+string(c.kind)+" "+detail(&c))
		}
		if c.followed != "" {
			out = append(out, c.from+">"+c.to+" carries on "+string(c.followed))
		}
	}
	return out
}

func TestJudged(t *testing.T) {
	input := &flow.Case{Input: flow.Message{Schema: x, Values: []any{"in"}}}
	for _, row := range []struct {
		why    string
		give   *flow.Trial
		change func(*flow.Trial)
		label  *flow.Label
		needs  score.Tri
		again  bool
		want   []string
	}{
		{why: "all as the label has it", give: trial("a", "b", "book"), label: label("a", "b", "book")},
		{why: "no label", give: trial("a", "b", "book")},
		{
			why:  "a wrong value counts where it is first handed on, though the receiver makes the right thing of it",
			give: trial("A?", "b", "book"), label: label("a", "b", "book"), want: []string{"read>guess corrupted read.x"},
		}, {
			why:  "what follows from it is carried on, the wrong way among it",
			give: trial("A?", "B?", "book"), label: label("a", "b", "desk"),
			want: []string{"read>guess corrupted read.x", "guess>decide carries on corrupted", "guess>book carries on corrupted", "guess>outcome carries on corrupted", "decide>book carries on misrouted"},
		}, {
			why:  "a fault of the second step is its own where the first was right",
			give: trial("a", "B?", "book"), label: label("a", "b", "book"),
			want: []string{"guess>decide corrupted guess.x", "guess>book carries on corrupted", "guess>outcome carries on corrupted"},
		}, {
			why: "a wrong way on right values", give: trial("a", "b", "desk"), label: label("a", "b", "book"),
			want: []string{"decide>desk misrouted label (belongs to book)"},
		}, {
			why: "a missed escalation, where the label names no way", give: trial("a", "b", "book"), label: label("a", "b", ""), needs: score.Yes,
			want: []string{"decide>book misrouted label (missed escalation)"},
		}, {
			why: "where the label names the way, that is what counts", give: trial("a", "b", "book"), label: label("a", "b", "book"), needs: score.Yes,
		}, {
			why: "done twice", give: trial("a", "b", "book"), label: label("a", "b", "book"), again: true,
			want: []string{"guess>book duplicated idempotency_key"},
		}, {
			why: "the first kind that applies names the failure", give: trial("a", "b", "book"), again: true, label: label("a", "b", "book"),
			change: func(t *flow.Trial) {
				t.Routes, t.Handoffs = nil, append(t.Handoffs[:2:2], t.Handoffs[3])
				t.Spans[1].Output = []byte(`{"x":"B?"}`)
			},
			want: []string{"guess>book corrupted guess.x", "guess>outcome carries on corrupted"},
		}, {
			why: "what broke in operation is not counted again, nor what was declared for it", give: trial("A?", "stands", "book"), label: label("a", "b", "book"),
			change: func(t *flow.Trial) {
				t.Handoffs[1].Kind, t.Handoffs[1].After = flow.Incomplete, "continue"
				t.Spans[1].Class = flow.ErrIncomplete
			},
			want: []string{"guess>decide carries on corrupted", "guess>book carries on corrupted", "guess>outcome carries on corrupted"},
		}, {
			why: "what happened in shadow is not the design's doing", give: trial("a", "b", "desk"), label: label("a", "b", "desk"),
			change: func(t *flow.Trial) {
				t.Handoffs = append(t.Handoffs, flow.Handoff{From: "guess", To: "book", Shadow: true})
				t.Spans = append(t.Spans, flow.Span{Step: "guess", Output: []byte(`{"x":"B?"}`), Shadow: true})
			},
		},
	} {
		if row.change != nil {
			row.change(row.give)
		}
		v := line()
		record.Frame(v.plan, row.give, input, v.values)
		again := func(*design.Node, *flow.Span) (string, bool) { return "before", row.again }
		got := failed(v.judge(row.give, row.label, &score.Judgement{Needs: row.needs}, v.deliveries(row.give, nil), again, nil))
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.why, diff)
		}
	}
}

// What people got is what the route shows, or what is there after the handoff that
// broke and was not gone on from.
func TestReceivedByPeople(t *testing.T) {
	v := line()
	guess := v.node("guess")
	guess.Broken = design.Broken{Mode: design.Escalate, Team: "desk", Show: []design.Binding{{Name: "read.x", Type: text, Value: design.Slot(1)}, {Name: "input.x", Type: text, Value: design.Slot(0)}}}
	spoilt := func(after string) flow.Handoff {
		return flow.Handoff{From: "guess", To: "decide", Kind: flow.Malformed, Clause: "output", After: after}
	}
	for _, row := range []struct {
		why      string
		handoffs []flow.Handoff
		want     string
	}{
		{"by a route", nil, "guess.x"},
		{"by a route, after a handoff that the design went on from", []flow.Handoff{spoilt("continue")}, "guess.x"},
		{"after a step that gave nothing of use", []flow.Handoff{spoilt("escalate")}, "read.x input.x"},
		{"after a step that could not work", []flow.Handoff{{From: "read", To: "guess", Kind: flow.Unavailable, After: "escalate"}}, "read.x input.x"},
	} {
		give := trial("a", "b", "desk")
		to := give.Handoffs[len(give.Handoffs)-1]
		if row.handoffs != nil && row.handoffs[0].After == "escalate" {
			give.Handoffs, give.Routes = give.Handoffs[:1], nil
		} else {
			give.Handoffs = give.Handoffs[:3]
		}
		give.Handoffs = append(slices.Insert(give.Handoffs, min(2, len(give.Handoffs)), row.handoffs...), to)
		all := v.deliveries(give, nil)
		var names []string
		for _, b := range all[len(all)-1].in {
			names = append(names, b.Name)
		}
		if got := strings.Join(names, " "); got != row.want {
			t.Errorf("%s: %q, want %q", row.why, got, row.want)
		}
	}
}

// A payload that takes the other of two values does not carry a fault of the one.
func TestCarries(t *testing.T) {
	v := line()
	first := func() []byte { return flow.AppendValue(nil, []any{v.values[2]}, false) }
	v.values = []any{"in", "wrong", "taken"}
	v.right[1], v.right[2] = "right", "right"
	if v.carries(1, first) || !v.carries(2, first) {
		t.Error("a payload carries what it does not hold, or does not carry what it holds")
	}
	if v.values[1] != "wrong" || v.values[2] != "taken" {
		t.Errorf("the frame was changed: %v", v.values)
	}
}

// Every failed handoff has one kind, and the counts of a matrix add up.
func TestCountsAddUp(t *testing.T) {
	input := &flow.Case{Input: flow.Message{Schema: x, Values: []any{"in"}}}
	kinds := append([]flow.HandoffKind{"", "", ""}, flow.HandoffKinds...)
	rapid.Check(t, func(t *rapid.T) {
		u := score.NewUnits(&dataset.Card{}, 1)
		seen, judged := newTally(u, nil), newTally(u, nil)
		values := rapid.SampledFrom([]string{"right", "wrong"})
		ways := rapid.SampledFrom([]string{"book", "desk"})
		broken, trials := 0, rapid.IntRange(0, 30).Draw(t, "trials")
		for i := range trials {
			give := trial(values.Draw(t, "read"), values.Draw(t, "guess"), ways.Draw(t, "to"))
			give.Index = int64(i)
			for j := range give.Handoffs {
				if give.Handoffs[j].Kind = rapid.SampledFrom(kinds).Draw(t, "kind"); give.Handoffs[j].Kind != "" {
					give.Handoffs[j].After = "continue"
					broken++
				}
			}
			g := &score.Judgement{Needs: rapid.SampledFrom([]score.Tri{score.No, score.Unknown, score.Yes}).Draw(t, "needs"), Right: score.Yes}
			v := line()
			record.Frame(v.plan, give, input, v.values)
			d := v.deliveries(give, nil)
			if len(d) != len(give.Handoffs) {
				t.Fatalf("%d deliveries of %d handoffs", len(d), len(give.Handoffs))
			}
			again := func(*design.Node, *flow.Span) (string, bool) { return "c", rapid.Bool().Draw(t, "again") }
			seen.add(give, g, 0, v.seen(give, d, nil))
			judged.add(give, g, 0, v.judge(give, label("right", "right", rapid.SampledFrom([]string{"", "book", "desk"}).Draw(t, "way")), g, d, again, nil))
		}
		total := 0
		for i, m := range []Matrix{seen.matrix(), judged.matrix()} {
			if m.Trials.X > m.Trials.N || m.Trials.N > trials {
				t.Fatalf("%d failed of %d of %d trials", m.Trials.X, m.Trials.N, trials)
			}
			for _, e := range m.Edges {
				sum := 0
				for _, k := range e.Kinds {
					sum += k.Failed.X
					if k.Failed.X > k.Failed.N || k.Failed.N > e.Failed.N || k.Recovered.N > k.Failed.X {
						t.Fatalf("%s → %s, %s: %d of %d, edge %d, recovered of %d", e.From, e.To, k.Kind, k.Failed.X, k.Failed.N, e.Failed.N, k.Recovered.N)
					}
				}
				if sum != e.Failed.X {
					t.Fatalf("%s → %s: kinds add up to %d, edge has %d", e.From, e.To, sum, e.Failed.X)
				}
				if i == 0 {
					total += sum
				}
			}
		}
		if total != broken {
			t.Fatalf("%d failures counted, %d on record", total, broken)
		}
	})
}

func TestMAST(t *testing.T) {
	for _, row := range []struct {
		why    string
		kind   flow.HandoffKind
		detail string
		want   []string
	}{
		{"somebody had it", flow.Incomplete, "lost", []string{"FM-2.4"}},
		{"nobody had it", flow.Incomplete, "absent", nil},
		{"no agent did anything", flow.Undelivered, "", nil},
		{"done again", flow.Duplicated, "", []string{"FM-1.3"}},
	} {
		if diff := cmp.Diff(row.want, MAST(row.kind, row.detail)); diff != "" {
			t.Errorf("%s: %s", row.why, diff)
		}
	}
}
