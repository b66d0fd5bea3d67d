package llm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// TestSamples lets several answers to one question vote.
func TestSamples(t *testing.T) {
	const approve, hold, wrong = `{"reason":"a","decision":"approve"}`, `{"reason":"h","decision":"hold"}`, `{"reason":"w","decision":"perhaps"}`
	tests := []struct {
		why     string
		replies []llmtest.Reply
		values  []any // nil for an error
		classes []flow.Class
		class   flow.ErrorClass
	}{
		{"most win", []llmtest.Reply{{Text: approve}, {Text: hold}, {Text: hold}}, []any{"h", "hold", 2. / 3}, []flow.Class{{Name: "hold", P: 2. / 3}, {Name: "approve", P: 1. / 3}}, ""},
		{"a spoilt one votes for nothing and counts", []llmtest.Reply{{Text: wrong}, {Text: hold}, {Refusal: "no"}}, []any{"h", "hold", 1. / 3}, []flow.Class{{Name: "hold", P: 1. / 3}}, ""},
		{"all spoilt", []llmtest.Reply{{Text: wrong}}, nil, nil, flow.ErrMalformed},
		{"one that was not answered leaves the agreement unknown", []llmtest.Reply{{Text: hold}, {Status: 500}, {Text: hold}}, nil, nil, flow.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			s := serve(t, llmtest.Script(tt.replies...))
			c := config(t, "prompt: prompt.md\nsamples: 3\nretries: 0\nconfidence: {agreement: decision}", plain, "reason: string, "+out)
			got, err := opened(t, Kind(), c, s, flow.Session{}).Do(context.Background(), input(t, "x", 1.0))
			if len(got.Attempts) != 3 || s.Received() != 3 {
				t.Errorf("%d attempts and %d calls, want 3", len(got.Attempts), s.Received())
			}
			if tt.values == nil {
				var e *flow.StepError
				if !errors.As(err, &e) || e.Class != tt.class {
					t.Errorf("%v, want %s", err, tt.class)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			near := cmpopts.EquateApprox(0, 1e-9)
			if diff := cmp.Diff(tt.values, got.Values, near); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.classes, got.Confidence.Classes, near); diff != "" {
				t.Errorf("classes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSamplesTie: of equal classes the one that the first sample gave wins,
// whichever answer came back first.
func TestSamplesTie(t *testing.T) {
	for range 20 {
		s := serve(t, llmtest.Script(llmtest.Reply{Text: `{"decision":"approve"}`}, llmtest.Reply{Text: `{"decision":"hold"}`}))
		session := flow.Session{Dir: t.TempDir()}
		c := config(t, "prompt: prompt.md\nsamples: 2\nconfidence: {agreement: decision}", plain, "decision: approve|hold")
		step := opened(t, Kind(), c, s, session)
		first, err := step.Do(context.Background(), input(t, "x", 1.0))
		if err != nil {
			t.Fatal(err)
		}
		again, err := step.Do(context.Background(), input(t, "x", 1.0))
		if err != nil || !again.Cost.Cached || s.Received() != 2 {
			t.Fatalf("again: %v, cached %v, %d calls", err, again.Cost.Cached, s.Received())
		}
		if diff := cmp.Diff(first.Values, again.Values); diff != "" {
			t.Errorf("stored samples give another answer: %s", diff)
		}
	}
}

// TestRepairs: the model is told what is wrong with its answer, a stated
// number of times; each answer is an attempt with its class.
func TestRepairs(t *testing.T) {
	replies := llmtest.Script(
		llmtest.Reply{Text: `I would approve.`},
		llmtest.Reply{Text: `{"decision":"{{ 7*7 }}","confidence":1}`},
		llmtest.Reply{Text: `{"decision":"hold","confidence":1}`},
	)
	s := serve(t, replies)
	session := flow.Session{Dir: t.TempDir()}
	step := opened(t, Kind(), config(t, "prompt: prompt.md\nrepairs: 2", plain, out), s, session)
	got, err := step.Do(context.Background(), input(t, "x", 1.0))
	if err != nil {
		t.Fatal(err)
	}
	var classes []flow.ErrorClass
	for _, a := range got.Attempts {
		classes = append(classes, a.Class)
	}
	if diff := cmp.Diff([]flow.ErrorClass{flow.ErrMalformed, flow.ErrMalformed, ""}, classes); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	last := s.Calls()[2].Messages
	var roles []string
	for _, m := range last {
		roles = append(roles, m.Role)
	}
	if diff := cmp.Diff([]string{"user", "assistant", "user", "assistant", "user"}, roles); diff != "" {
		t.Errorf("conversation (-want +got):\n%s", diff)
	}
	if !strings.Contains(last[4].Content, "/decision") || last[3].Content != `{"decision":"{{ 7*7 }}","confidence":1}` {
		t.Errorf("the model is told %q after %q", last[4].Content, last[3].Content)
	}
	if again, err := step.Do(context.Background(), input(t, "x", 1.0)); err != nil || !again.Cost.Cached || len(again.Attempts) != 3 {
		t.Errorf("again: %v, cost %+v, %d attempts", err, again.Cost, len(again.Attempts))
	}

	s = serve(t, replies)
	step = opened(t, Kind(), config(t, "prompt: prompt.md\nrepairs: 1", plain, out), s, flow.Session{})
	_, err = step.Do(context.Background(), input(t, "x", 1.0))
	var e *flow.StepError
	if !errors.As(err, &e) || e.Class != flow.ErrMalformed || e.Detail != "schema" || s.Received() != 2 {
		t.Errorf("past the limit: %v after %d calls, want malformed schema after 2", err, s.Received())
	}

	// Being cut off or declined is not mended by asking again.
	for _, r := range []llmtest.Reply{{Text: `{"dec`, Finish: "length"}, {Refusal: "no"}} {
		s = serve(t, llmtest.Script(r))
		step = opened(t, Kind(), config(t, "prompt: prompt.md\nrepairs: 2", plain, out), s, flow.Session{})
		if _, err := step.Do(context.Background(), input(t, "x", 1.0)); err == nil || s.Received() != 1 {
			t.Errorf("%+v: %v after %d calls, want an error after 1", r, err, s.Received())
		}
	}
}

// TestStructured: where the endpoint is not given the schema, the model is
// told it, and the answer is checked all the same.
func TestStructured(t *testing.T) {
	for _, tt := range []struct{ mode, reply, format string }{
		{"json", `{"decision":"hold","confidence":1}`, `"response_format":{"type":"json_object"}`},
		{"none", "```json\n{\"decision\":\"hold\",\"confidence\":1}\n```", ""},
	} {
		var n atomic.Int64
		s := serve(t, func(*llmtest.Call) llmtest.Reply {
			if n.Add(1) == 1 {
				return llmtest.Reply{Text: tt.reply}
			}
			return llmtest.Reply{Text: `{"decision":"perhaps","confidence":1}`}
		})
		c := config(t, fmt.Sprintf("prompt: prompt.md\nendpoint: {structured: %s}", tt.mode), "system:\nSort.\nuser:\n"+plain, out)
		step := opened(t, Kind(), c, s, flow.Session{})
		got, err := step.Do(context.Background(), input(t, "x", 1.0))
		if err != nil || got.Values[0] != "hold" {
			t.Fatalf("%s: %v, %v", tt.mode, got.Values, err)
		}
		call := s.Calls()[0]
		if body := string(call.Body); !strings.Contains(call.Messages[0].Content, `"enum":["approve","hold"]`) || !strings.Contains(body, tt.format) || strings.Contains(body, "json_schema") {
			t.Errorf("%s: asked %s", tt.mode, body)
		}
		if _, err := step.Do(context.Background(), input(t, "y", 1.0)); err == nil {
			t.Errorf("%s: an answer outside of the schema is taken", tt.mode)
		}
	}
}
