package vote_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/vote"
)

func config(t testing.TB, out, yaml string) kindtest.Config {
	return kindtest.Config{
		InSchema:  kindtest.Schema(t, "a: pay|hold|reject, b: pay|hold|reject?, c: pay|hold|reject?, sure: number?, note: string"),
		OutSchema: kindtest.Schema(t, out), YAML: yaml,
	}
}

const answer = "decision: pay|hold|reject?, agreement: probability"

func TestVote(t *testing.T) {
	for _, test := range []struct {
		why, yaml string
		in        []any
		want      []any
	}{
		{"two of three", "ballots: [a, b, c]", []any{"pay", "hold", "pay", nil, ""}, []any{"pay", 2.0 / 3}},
		{"an absent ballot is not cast", "ballots: [a, b, c]", []any{"pay", nil, "pay", nil, ""}, []any{"pay", 1.0}},
		{"a tie is no decision", "ballots: [a, b]", []any{"pay", "hold", nil, nil, ""}, []any{nil, 0.5}},
		{"a tie goes to the first where that is said", "{ballots: [b, a], tie: first}", []any{"pay", "hold", nil, nil, ""}, []any{"hold", 0.5}},
		{"too few were cast", "{ballots: [a, b, c], quorum: 2}", []any{"pay", nil, nil, nil, ""}, []any{nil, 1.0}},
		{"nobody disagrees", "{ballots: [a, b, c], method: unanimous}", []any{"pay", "pay", nil, nil, ""}, []any{"pay", 1.0}},
		{"one does", "{ballots: [a, b, c], method: unanimous, tie: first}", []any{"pay", "pay", "hold", nil, ""}, []any{nil, 2.0 / 3}},
		{"one weighs more than two", "{ballots: [a, b, c], method: weighted, weights: {a: 3}}", []any{"pay", "hold", "hold", nil, ""}, []any{"pay", 0.6}},
		{"a weight by what the step knows", "{ballots: [a, b], method: weighted, weights: {b: in.sure}}", []any{"pay", "hold", nil, 3.0, ""}, []any{"hold", 0.75}},
		{"a ballot whose weight is absent does not count", "{ballots: [a, b], method: weighted, weights: {b: in.sure}}", []any{"pay", "hold", nil, nil, ""}, []any{"pay", 1.0}},
		{"nothing weighs anything", "{ballots: [a, b], method: weighted, weights: {a: 0, b: 0}}", []any{"pay", "hold", nil, nil, ""}, []any{nil, 0.0}},
	} {
		t.Run(test.why, func(t *testing.T) {
			c := config(t, "decision: pay|hold|reject?, agreement: probability", test.yaml)
			s := kindtest.New(t, vote.Kind(), c)
			in := kindtest.Input(c.InSchema, test.in...)
			flowtest.Step(t, s, c.OutSchema, in)
			out, err := s.Do(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if c := out.Confidence; c != nil && c.Raw != test.want[1] || c == nil && test.want[1] != 0.0 {
				t.Errorf("confidence is %v", c)
			}
		})
	}
}

func TestNegativeWeight(t *testing.T) {
	c := config(t, answer, "{ballots: [a, b], method: weighted, weights: {a: in.sure}}")
	if _, err := kindtest.New(t, vote.Kind(), c).Do(context.Background(), kindtest.Input(c.InSchema, "pay", "hold", nil, -1.0, "")); err == nil {
		t.Error("a weight below 0 passes")
	}
}

// The order of the ballots changes nothing but who wins a tie, and the shares
// of all options are those of the votes.
func TestOrder(t *testing.T) {
	c := config(t, answer, "ballots: [a, b, c]")
	other := config(t, answer, "ballots: [c, b, a]")
	s, o := kindtest.New(t, vote.Kind(), c), kindtest.New(t, vote.Kind(), other)
	rapid.Check(t, func(t *rapid.T) {
		pick := func(name string, absent bool) any {
			choices := []any{"pay", "hold", "reject"}
			if absent {
				choices = append(choices, nil)
			}
			return rapid.SampledFrom(choices).Draw(t, name)
		}
		in := kindtest.Input(c.InSchema, pick("a", false), pick("b", true), pick("c", true), nil, "")
		x, err1 := s.Do(context.Background(), in)
		y, err2 := o.Do(context.Background(), in)
		if err1 != nil || err2 != nil || !cmp.Equal(x.Values, y.Values) {
			t.Fatalf("%v %v, %v %v", x.Values, err1, y.Values, err2)
		}
		sum := 0.0
		for _, class := range x.Confidence.Classes {
			sum += class.P
		}
		if sum < 1-1e-12 || sum > 1+1e-12 {
			t.Fatalf("shares add up to %v", sum)
		}
	})
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ why, out, yaml, want string }{
		{"one ballot is no vote", answer, "ballots: [a]", "a vote of 1 ballots, want two or more: ballots: [model, rules]"},
		{"none at all", answer, "{}", `missing key "ballots"`},
		{"a ballot that the step does not receive", answer, "ballots: [a, d]", `ballot "d" is not among what the step receives (did you mean "a"?)`},
		{"the same ballot twice", answer, "ballots: [a, a, b]", `ballot "a" twice`},
		{"a ballot that is no such answer", answer, "ballots: [a, sure]", `ballot "sure" is number?, and the answer is enum(pay|hold|reject)?`},
		{"a method that there is not", answer, "{ballots: [a, b], method: consensus}", `unknown method "consensus" (one of "majority", "unanimous", "weighted")`},
		{"weights that nobody asks for", answer, "{ballots: [a, b], weights: {a: 2}}", "weights in a vote by majority (method: weighted)"},
		{"a weight for no ballot", answer, "{ballots: [a, b], method: weighted, weights: {c: 2}}", `a weight for "c", which is no ballot (did you mean "a"?)`},
		{"more than there are", answer, "{ballots: [a, b], quorum: 3}", "a quorum of 3 of 2 ballots"},
		{"a tie may leave no decision", "decision: pay|hold|reject", "ballots: [a, b]", "the vote may end without a decision: declare decision: enum(pay|hold|reject)? and guard it, or settle ties by tie: first among ballots that are never absent"},
		{"two answers", "decision: pay|hold|reject?, other: string", "ballots: [a, b]", `out has "other" beside "decision": a vote gives one answer and, as a probability, the share of votes that it has`},
		{"no answer", "agreement: probability", "ballots: [a, b]", "out has no field for the answer"},
	} {
		if got := kindtest.Refused(t, vote.Kind(), config(t, test.out, test.yaml)); !strings.Contains(got, test.want) {
			t.Errorf("%s:\n got %s\nwant %s", test.why, got, test.want)
		}
	}
}
