package http

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
)

// TestDrill: tries that a drill has fail come before the call, or in its place
// where no try is left. A request that must not be made twice has one.
func TestDrill(t *testing.T) {
	_, calls := standInSystem(t)
	const post = "reads: true\npost: ${CRM_URL}/search\nheaders_env: {Authorization: CRM_TOKEN}\nbody: {q: in.id}\n"
	for _, row := range []struct {
		why   string
		yaml  string
		tries int
		fail  int // tries from the first
		class []flow.ErrorClass
		calls int64
	}{
		{"the second is made", "get: ${CRM_URL}/customers/{in.id}\nheaders_env: {Authorization: CRM_TOKEN}\nretries: 2\n", 3, 1, []flow.ErrorClass{flow.ErrUnavailable, ""}, 1},
		{"none is left", "get: ${CRM_URL}/customers/{in.id}\nheaders_env: {Authorization: CRM_TOKEN}\nretries: 2\n", 3, 3, []flow.ErrorClass{flow.ErrUnavailable, flow.ErrUnavailable, flow.ErrUnavailable}, 0},
		{"a post without a key is made once", post, 1, 1, []flow.ErrorClass{flow.ErrUnavailable}, 0},
	} {
		calls.Store(0)
		s, schema := step(t, row.yaml, "id: string", "name: string?", flow.Session{Seed: 1})
		if got := s.Patience().Tries; got != row.tries {
			t.Errorf("%s: %d tries, want %d", row.why, got, row.tries)
		}
		ctx := flow.WithDrill(context.Background(), func(key flow.Key, _ string, n int) string {
			if key.Case == "c" && n <= row.fail {
				return "rate"
			}
			return ""
		})
		out, err := s.Do(ctx, flow.Input{Message: flow.Message{Schema: schema, Values: []any{"c1"}}, Key: flow.Key{Case: "c"}})
		var classes []flow.ErrorClass
		for _, a := range out.Attempts {
			classes = append(classes, a.Class)
		}
		if diff := cmp.Diff(row.class, classes); diff != "" || calls.Load() != row.calls {
			t.Errorf("%s: %d calls, attempts (-want +got):\n%s", row.why, calls.Load(), diff)
		}
		e := (*flow.StepError)(nil)
		if gone := errors.As(err, &e) && e.Class == flow.ErrUnavailable && e.Detail == "rate"; gone != (row.fail == row.tries) {
			t.Errorf("%s: %v", row.why, err)
		}
	}
}
