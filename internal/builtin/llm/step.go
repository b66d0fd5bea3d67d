package llm

import (
	"context"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/endpoint"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// topClasses is how many classes of a distribution are recorded.
const topClasses = 10

// Step asks a model. Between Open and Close it is safe for concurrent use.
type Step struct {
	endpoint.Line
	prompt  parts
	request client.Request // what all questions have in common

	images    []int // fields of in that name pictures
	imageURLs bool  // addresses among them are left to the endpoint

	in     *flow.Schema
	out    *flow.Schema
	asked  []int  // out fields that the model gives
	stated string // the field of the answer that states the confidence; "" for none

	decided int // the out field that the confidence is about; -1 for none
	top     int // alternatives listed for each token; 0 for none
	filled  int // the out field that takes the confidence; -1 for none

	samples int // times that a case is asked about
	rounds  int // times that the model may call tools before it answers
	repairs int // times that an answer of no use may be mended
}

var (
	_ flow.Requirer  = (*Step)(nil)
	_ flow.Dependent = (*Step)(nil)
	_ flow.Opener    = (*Step)(nil)
	_ flow.Caller    = (*Step)(nil)
	_ flow.Batcher   = (*Step)(nil)
	_ flow.Retrier   = (*Step)(nil)
)

// Do asks the model about one case.
func (s *Step) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	return s.answer(ctx, in, nil)
}

// answer asks as often as the design says, and makes one answer of it.
// examples are what the prompt shows of other cases; nil for nothing.
func (s *Step) answer(ctx context.Context, in flow.Input, examples []any) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if err := s.Opened(); err != nil {
		return flow.Output{}, err
	}
	messages, err := s.prompt.render(in.Message, examples)
	if err != nil {
		return flow.Output{}, err
	}
	// Pictures belong to the question, which is the last part.
	if messages[len(messages)-1].Images, err = s.pictures(in); err != nil {
		return flow.Output{}, err
	}
	if s.samples > 1 {
		return s.several(ctx, in, messages)
	}
	return s.ask(ctx, in, messages, 0)
}
