package rules_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/rules"
)

const table = `
rules:
  - name: too large
    when: in.amount > 1000
    then: {decision: reject, reason: '"amount " + string(in.amount)'}
  - name: gap
    when: in.gap != null and in.gap > 5
    then: {decision: hold}
`

const points = `
hit: collect
collect: {score: sum, worst: max, hits: count}
rules:
  - when: in.amount > 100
    then: {score: 2, worst: 7, hits: true, flags: '"large"'}
  - when: in.amount > 1000
    then: {score: 3.5, worst: 9, hits: true, flags: '"very large"'}
  - when: in.gap != null
    then: {flags: '(in.gap ?? 0) > 5 ? "gap" : null'}
`

func TestRules(t *testing.T) {
	in := kindtest.Schema(t, "amount: number, gap: number?")
	decision := kindtest.Schema(t, "decision: approve|hold|reject, reason: string?")
	collect := kindtest.Schema(t, "score: number, worst: integer?, hits: integer, flags: list(string)")
	for _, tc := range []struct {
		why  string
		yaml string
		out  *flow.Schema
		in   []any
		want []any
		err  string
	}{
		{"one rule matches", table, decision, []any{2000.0, nil}, []any{"reject", "amount 2000"}, ""},
		{"a field that a rule does not give is absent", table, decision, []any{10.0, 6.0}, []any{"hold", nil}, ""},
		{"two rules under unique", table, decision, []any{2000.0, 6.0}, nil, `rules "too large" and "gap" both match, and hit is unique`},
		{"two rules under first", "hit: first" + table, decision, []any{2000.0, 6.0}, []any{"reject", "amount 2000"}, ""},
		{"none, and no else", table, decision, []any{1.0, nil}, nil, "no rule matches, and there is no else"},
		{"none, and an else", table + "else: {decision: approve}\n", decision, []any{1.0, nil}, []any{"approve", nil}, ""},
		{"collect adds up", points, collect, []any{2000.0, 6.0}, []any{5.5, int64(9), int64(2), []any{"large", "very large", "gap"}}, ""},
		{"collect leaves absent values out", points, collect, []any{200.0, 1.0}, []any{2.0, int64(7), int64(1), []any{"large"}}, ""},
		{"collect of nothing", points, collect, []any{1.0, nil}, []any{0.0, nil, int64(0), []any{}}, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			s := kindtest.New(t, rules.Kind(), kindtest.Config{InSchema: in, OutSchema: tc.out, YAML: tc.yaml})
			input := kindtest.Input(in, tc.in...)
			flowtest.Step(t, s, tc.out, input)
			got, err := s.Do(context.Background(), input)
			if tc.err != "" {
				var e *flow.StepError
				if !errors.As(err, &e) || e.Class != flow.ErrMalformed || e.Error() != tc.err {
					t.Fatalf("error %v, want %q of class malformed", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestBadRules(t *testing.T) {
	for _, tc := range []struct{ why, yaml, want string }{
		{"an unknown policy", "hit: any\nrules: [{when: in.amount > 1, then: {decision: hold}}]", `step.yaml:1:6: unknown hit policy "any", want unique, first or collect`},
		{"no rules", "rules: []", `rules is empty, want at least one rule`},
		{"a condition that is none", "rules: [{when: in.amount, then: {decision: hold}}]", `step.yaml:1:16: this gives number, want boolean`},
		{"a word that the enum does not have", "rules: [{when: in.amount > 1, then: {decision: '\"hlod\"'}}]", `step.yaml:1:49: this is "hlod", want enum(approve|hold|reject) (did you mean "hold"?)`},
		{"an unknown out field", "rules: [{when: in.amount > 1, then: {decison: hold, decision: hold}}]", `step.yaml:1:38: then gives "decison", which out does not have (did you mean "decision"?)`},
		{"a field that is not optional", "rules: [{when: in.amount > 1, then: {reason: '\"x\"'}}]", `step.yaml:1:9: "rule 1" does not give "decision", which is not optional`},
		{"two rules of one name", "rules:\n- {name: a, when: in.amount > 1, then: {decision: hold}}\n- {name: a, when: in.amount > 1, then: {decision: hold}}", `step.yaml:3:3: rule 2 has the name "a" of rule 1`},
		{"collect without its policy", "rules: [{when: in.amount > 1, then: {decision: hold}}]\ncollect: {decision: sum}", `step.yaml:2:11: collect needs hit: collect`},
		{"collect of a field that is no list", "hit: collect\nrules: [{when: in.amount > 1, then: {decision: hold}}]\ncollect: {reason: sum}", "step.yaml:3:11: collect: \"reason\" is a string?, want a number or an integer\nhit: collect gives lists, and \"decision\" is enum(approve|hold|reject); make it a list, or say collect: {decision: sum}"},
		{"an unknown key", "rules: [{when: in.amount > 1, than: {decision: hold}}]", "step.yaml:1:31: unknown key \"than\" (did you mean \"then\"?)\nstep.yaml:1:9: missing key \"then\""},
		{"an optional value used unguarded", "rules: [{when: in.gap > 5, then: {decision: hold}}]", `step.yaml:1:16: in.gap may be absent (guard it: in.gap ?? …, or in.gap != null and …)`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			got := kindtest.Refused(t, rules.Kind(), kindtest.Config{
				InSchema: kindtest.Schema(t, "amount: number, gap: number?"), OutSchema: kindtest.Schema(t, "decision: approve|hold|reject, reason: string?"), YAML: tc.yaml,
			})
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func BenchmarkRules(b *testing.B) {
	in := kindtest.Schema(b, "amount: number, gap: number?, channel: email|portal|paper, po: string?")
	s := kindtest.New(b, rules.Kind(), kindtest.Config{InSchema: in, OutSchema: kindtest.Schema(b, "decision: approve|hold|reject, reason: string"), YAML: `
hit: first
rules:
  - {when: in.amount > 10000, then: {decision: hold, reason: '"policy"'}}
  - {when: in.po == null, then: {decision: hold, reason: '"no order"'}}
  - {when: in.gap != null and in.gap > 5, then: {decision: hold, reason: '"gap"'}}
  - {when: 'in.channel == "paper" and in.amount > 500', then: {decision: hold, reason: '"paper"'}}
else: {decision: approve, reason: '"fits"'}
`})
	input := kindtest.Input(in, 100.0, 1.0, "email", "P-1")
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Do(ctx, input); err != nil {
			b.Fatal(err)
		}
	}
}
