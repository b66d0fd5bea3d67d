package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// Bounds on what a model may have done for it.
const (
	defaultRounds = 4
	mostRounds    = 20
	mostCalls     = 16       // in one round
	longestResult = 64 << 10 // bytes that a model is shown of what a tool gives
)

// tooManyCalls is the detail of an answer that never came, as the model went on
// calling tools.
const tooManyCalls client.Class = "rounds"

// CallsTools are the steps that the model may call.
func (c *Config) CallsTools() []flow.Text { return c.Tools }

// tools reads which steps the model may call.
func (r *reader) tools(s *Step) []client.Tool {
	s.rounds = defaultRounds
	if n := r.c.Rounds; n != nil {
		if s.rounds = *n; *n < 1 || *n > mostRounds {
			r.Fail(r.c.Prompt.Pos, "rounds is %d, want 1 to %d", *n, mostRounds)
		}
		if len(r.c.Tools) == 0 {
			r.Fail(r.c.Prompt.Pos, "rounds belongs to tools")
		}
	}
	var out []client.Tool
	for _, name := range r.c.Tools {
		t, err := r.Config.Tool(name)
		if err != nil {
			r.Add(err)
			continue
		}
		if len(name.Value) > longestName {
			r.Fail(name.Pos, "tool %q: a model calls tools by names of at most %d letters", name.Value, longestName)
		}
		parameters := []byte(`{"type":"object","properties":{},"additionalProperties":false}`)
		if n := t.Takes.Len(); n > 0 {
			all := make([]int, n)
			for i := range all {
				all[i] = i
			}
			if parameters, err = schemaOf(t.Takes, all); err != nil {
				r.Fail(name.Pos, "tool %q: %w", name.Value, err)
			}
		}
		out = append(out, client.Tool{Name: t.Name, Description: t.About, Parameters: parameters})
	}
	return out
}

// call makes the calls that the model asks for, and gives the conversation with
// what came of them. What a tool could not do is told to the model: it may ask
// otherwise, or answer without.
func (s *Step) call(ctx context.Context, in flow.Input, r client.Response, messages []client.Message, round int) ([]client.Message, error) {
	switch {
	case round > s.rounds:
		return nil, malformed(tooManyCalls, "the model calls tools for a %d. time, and %d are allowed", round, s.rounds)
	case len(r.Calls) > mostCalls:
		return nil, malformed(tooManyCalls, "the model makes %d calls at once, and %d are allowed", len(r.Calls), mostCalls)
	case in.Tools == nil:
		return nil, flow.Errorf(flow.ErrNotMeasured, "step %q calls tools, and nobody offers them", s.Name)
	}
	calls := slices.Clone(r.Calls)
	for i := range calls {
		// The endpoint's own names differ from call to call; these are as short
		// as the most demanding endpoint wants them.
		calls[i].ID = fmt.Sprintf("call%05d", round*100+i)
		if !json.Valid([]byte(calls[i].Arguments)) {
			calls[i].Arguments = "{}" // some endpoints read them, and fail on what is no JSON
		}
	}
	messages = append(slices.Clip(messages), client.Message{Role: "assistant", Content: r.Text, Calls: calls})
	for i, c := range calls {
		result, err := in.Tools.Call(ctx, c.Name, []byte(r.Calls[i].Arguments))
		if err != nil {
			var own *flow.StepError
			if !errors.As(err, &own) || own.Class == flow.ErrNotMeasured {
				return nil, err
			}
			result = trouble(err.Error())
		} else if len(result) > longestResult {
			result = trouble(fmt.Sprintf("the result has %d bytes, more than can be shown: ask for less", len(result)))
		}
		messages = append(messages, client.Message{Role: "tool", Call: c.ID, Content: string(result)})
	}
	return messages, nil
}

// trouble is what the model is told in place of a result.
func trouble(text string) []byte {
	b, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		panic(err) // a text always encodes
	}
	return b
}
