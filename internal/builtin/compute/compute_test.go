package compute_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/compute"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

func config(t testing.TB, out, yaml string) kindtest.Config {
	return kindtest.Config{
		InSchema:  kindtest.Schema(t, "amount: number, ordered: number?, due: date?, received: time"),
		OutSchema: kindtest.Schema(t, out), YAML: yaml, Params: map[string]any{"tolerance": 0.05},
	}
}

const match = `
compute:
  gap: 'in.ordered == null ? null : abs(in.amount - in.ordered)'
  limit: in.amount * params.tolerance
  fits: gap != null and gap <= limit
  line: '"gap " + string(gap ?? 0)'
`

func TestCompute(t *testing.T) {
	c := config(t, "fits: boolean, gap: number?, line: string", match)
	s := kindtest.New(t, compute.Kind(), c)
	for _, tc := range []struct {
		why  string
		in   []any
		want []any
	}{
		{"within the tolerance", []any{100.0, 104.0, nil, nil}, []any{true, 4.0, "gap 4"}},
		{"beyond it", []any{100.0, 106.0, nil, nil}, []any{false, 6.0, "gap 6"}},
		{"nothing to compare with", []any{100.0, nil, nil, nil}, []any{false, nil, "gap 0"}},
	} {
		t.Run(tc.why, func(t *testing.T) {
			in := kindtest.Input(c.InSchema, tc.in...)
			flowtest.Step(t, s, c.OutSchema, in)
			got, err := s.Do(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestDivisionByZero(t *testing.T) {
	c := config(t, "share: number", "compute: {share: in.amount / (in.ordered ?? 0)}")
	s := kindtest.New(t, compute.Kind(), c)
	in := kindtest.Input(c.InSchema, 1.0, nil, nil, nil)
	flowtest.Step(t, s, c.OutSchema, in)
	if out, err := s.Do(context.Background(), in); err == nil {
		t.Errorf("gave %v, want an error: a division by zero is no number", out.Values)
	}
}

func TestBadCompute(t *testing.T) {
	for _, tc := range []struct{ why, yaml, want string }{
		{"an out field without an expression", "compute: {a: 1}", `compute has no expression for the out field "gap"`},
		{"a later name", "compute: {gap: a + 1, a: 2}", `step.yaml:1:16: unknown name "a" (one of "in", "params")`},
		{"a wrong type", "compute: {gap: '\"x\"'}", `step.yaml:1:17: this gives string, want number`},
		{"a name that is taken", "compute: {in: 1, gap: 1}", `step.yaml:1:11: compute: the name "in" is taken`},
		{"nothing", "", `compute has no expression for the out field "gap"`},
		{"an absent value for a field that needs one", "compute: {gap: in.ordered}", `step.yaml:1:16: this may be absent, want number (give a value for that case with ?? …)`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if got := kindtest.Refused(t, compute.Kind(), config(t, "gap: number", tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func BenchmarkCompute(b *testing.B) {
	c := config(b, "fits: boolean, gap: number?", match)
	s := kindtest.New(b, compute.Kind(), c)
	in := kindtest.Input(c.InSchema, 100.0, 104.0, nil, nil)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Do(ctx, in); err != nil {
			b.Fatal(err)
		}
	}
}
