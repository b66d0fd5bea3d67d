package llm

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// topClasses is how many classes of a distribution are recorded.
const topClasses = 10

// Step asks a model. Between Open and Close it is safe for concurrent use.
type Step struct {
	name    string
	target  target
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

	stores  *shelf
	session flow.Session
	client  *client.Client // nil until opened
	// proven says that the endpoint has answered now: from then on a refusal
	// is about the case at hand.
	proven atomic.Bool
}

var (
	_ flow.Requirer  = (*Step)(nil)
	_ flow.Dependent = (*Step)(nil)
	_ flow.Opener    = (*Step)(nil)
	_ flow.Caller    = (*Step)(nil)
)

// Open makes the client of the endpoint that the environment names, over the
// session's stored answers.
func (s *Step) Open(_ context.Context, session flow.Session) error {
	e, err := s.target.resolve()
	if err != nil {
		return err
	}
	o := client.Options{Endpoint: e, Offline: session.Offline, Retry: s.target.retry, Seed: session.Seed, Run: session.Run, Prices: s.target.prices}
	o.Governor = s.stores.governor(e, s.target.pace)
	if session.Plan != nil {
		o.Plan = func(r *client.Request, bytes int, stored bool) {
			session.Plan(flow.Call{Case: r.Case, Step: s.name, Repeat: r.Repeat, Bytes: bytes, Stored: stored})
		}
	}
	if session.Budget != nil {
		o.Purse = session.Budget
	}
	if session.Dir != "" {
		if o.Cache, err = s.stores.Take(session); err != nil {
			return err
		}
	}
	c, err := client.NewClient(o)
	if err != nil {
		if session.Dir != "" {
			_ = s.stores.Give(session) // what matters is why there is no client
		}
		return err
	}
	s.client, s.session = c, session
	s.proven.Store(false)
	return nil
}

// Close lets go of the stored answers.
func (s *Step) Close() error {
	if s.client == nil {
		return nil
	}
	s.client = nil
	if s.session.Dir == "" {
		return nil
	}
	return s.stores.Give(s.session)
}

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
	if s.client == nil {
		return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "step %q has not been opened", s.name)
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

// String names the step and where it asks.
func (s *Step) String() string {
	where := "not open"
	if s.client != nil {
		where = s.client.String()
	}
	return strings.TrimSpace(fmt.Sprintf("step %q, %s", s.name, where))
}
