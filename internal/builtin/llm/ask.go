package llm

import (
	"context"
	"errors"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// ask puts the question once, and has an answer of no use mended as often as
// the design allows. Its output holds the attempts beside an error too.
func (s *Step) ask(ctx context.Context, in flow.Input, messages []client.Message, sample int) (flow.Output, error) {
	out := flow.Output{Cost: flow.Cost{Cached: true}}
	for mended, rounds := 0, 0; ; {
		r, err := s.exchange(ctx, in, messages, sample, &out)
		if err == nil && len(r.Calls) > 0 {
			rounds++
			if messages, err = s.call(ctx, in, r, messages, rounds); err == nil {
				continue
			}
			if !spoilt(err) {
				return out, err // a tool's, from which there is no going on
			}
		}
		if err == nil && len(r.Calls) == 0 {
			err = s.read(r, &out)
		}
		s.Answered(r)
		if err == nil {
			return out, nil
		}
		out.Values, out.Confidence = nil, nil
		err = s.Failed(r, out.Attempts, err)
		if mended == s.repairs || r.Text == "" || !mendable(err) {
			return out, err
		}
		mended++
		messages = append(slices.Clip(messages), client.Message{Role: "assistant", Content: r.Text}, correction(err))
	}
}

// exchange is one round with the endpoint.
func (s *Step) exchange(ctx context.Context, in flow.Input, messages []client.Message, sample int, out *flow.Output) (client.Response, error) {
	q := s.request
	q.Messages = messages
	q.Case, q.Step, q.Repeat, q.Sample, q.Reask = in.Key.Case, in.Key.Step, in.Key.Repeat, sample, in.Key.Attempt
	return s.Line.Ask(ctx, q, out)
}

// mendable says that the model may do better when it is told what was wrong.
func mendable(err error) bool {
	var e *flow.StepError
	return errors.As(err, &e) && e.Class == flow.ErrMalformed && (e.Detail == string(client.ClassSchema) || e.Detail == string(client.ClassUnparsable))
}

// correction tells the model what was wrong with its answer.
func correction(err error) client.Message {
	const longest = 2000
	why := []rune(err.Error())
	return client.Message{Role: "user", Content: "That answer cannot be used: " + string(why[:min(len(why), longest)]) +
		"\n\nAnswer again, in full, with JSON that satisfies the schema and nothing else."}
}
