package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
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

	out    *flow.Schema
	asked  []int  // out fields that the model gives
	stated string // the field of the answer that states the confidence; "" for none

	classes int // the out field whose tokens tell the confidence; -1 for none
	top     int // alternatives listed for each token; 0 for none
	filled  int // the out field that takes that confidence; -1 for none

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
)

// Open makes the client of the endpoint that the environment names, over the
// session's stored answers.
func (s *Step) Open(_ context.Context, session flow.Session) error {
	e, err := s.target.resolve()
	if err != nil {
		return err
	}
	o := client.Options{Endpoint: e, Offline: session.Offline, Retry: s.target.retry, Seed: session.Seed, Prices: s.target.prices}
	o.Governor = s.stores.governor(e, s.target.pace)
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
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if s.client == nil {
		return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "step %q has not been opened", s.name)
	}
	messages, err := s.prompt.render(in.Message)
	if err != nil {
		return flow.Output{}, err
	}
	q := s.request
	q.Messages = messages
	q.Case, q.Step, q.Repeat, q.Reask = in.Key.Case, in.Key.Step, in.Key.Repeat, in.Key.Attempt
	r, err := s.client.Complete(ctx, q)
	out := flow.Output{Attempts: s.attempts(r)}
	out.Cost.Cached = r.FromCache
	if !r.FromCache {
		for _, a := range out.Attempts {
			out.Cost.Spent += a.Price
		}
	}
	if err == nil {
		err = s.read(r, &out)
	}
	if !r.FromCache && len(r.Raw) > 0 {
		s.proven.Store(true)
	}
	if err != nil {
		out.Values, out.Confidence = nil, nil
		return out, s.failed(r, out.Attempts, err)
	}
	return out, nil
}

// attempts are the exchanges as they went when they were really made.
func (s *Step) attempts(r client.Response) []flow.Attempt {
	var out []flow.Attempt
	for _, a := range r.Attempts {
		f := flow.Attempt{
			TokensIn: int64(a.Usage.In), TokensCached: int64(a.Usage.Cached), TokensOut: int64(a.Usage.Out),
			Price: s.target.prices.Of(a.Usage), Latency: a.Latency, Class: classOf(a.Class),
		}
		if a.Class == "" {
			f.Model = r.Model
		}
		out = append(out, f)
	}
	return out
}

// read takes the values and the confidence out of an answer that satisfies its
// schema. Its errors are of the class malformed.
func (s *Step) read(r client.Response, out *flow.Output) error {
	answer, ok := r.Output.(map[string]any)
	if !ok {
		return malformed(client.ClassSchema, "the answer is no JSON object")
	}
	out.Values = make([]any, s.out.Len())
	for _, i := range s.asked {
		f := s.out.Fields()[i]
		v, err := f.Type.FromJSON(answer[f.Name])
		if err != nil {
			return malformed(client.ClassSchema, "the answer's %q %v", f.Name, err)
		}
		if why := f.Type.Check(v); why != "" {
			return malformed(client.ClassSchema, "the answer's %q %s", f.Name, why)
		}
		out.Values[i] = v
	}
	switch {
	case s.stated != "":
		return s.readStated(answer, out)
	case s.classes >= 0:
		return s.readTokens(r, out)
	}
	return nil
}

// readStated takes the confidence that the model states; where it states none,
// there is none.
func (s *Step) readStated(answer map[string]any, out *flow.Output) error {
	raw, ok := answer[s.stated]
	if !ok || raw == nil {
		return nil
	}
	t := flow.Type{Kind: flow.Probability}
	n, isNumber := raw.(json.Number)
	if !isNumber {
		return malformed(client.ClassSchema, "the confidence %q is %T in JSON, want a number", s.stated, raw)
	}
	v, err := t.FromJSON(n)
	if err != nil {
		return malformed(client.ClassSchema, "the confidence %q %v", s.stated, err)
	}
	if why := t.Check(v); why != "" {
		return malformed(client.ClassSchema, "the confidence %q %s", s.stated, why)
	}
	out.Confidence = &flow.Confidence{Raw: v.(float64), Calibrated: v.(float64)}
	return nil
}

// readTokens takes the confidence from the probabilities of the tokens that
// spell the class.
func (s *Step) readTokens(r client.Response, out *flow.Output) error {
	f := s.out.Fields()[s.classes]
	c, err := client.ClassConfidence(r.Text, r.Tokens, []string{f.Name}, f.Type.Enum)
	if err != nil {
		if len(r.Tokens) == 0 && !s.proven.Load() && !r.FromCache {
			return flow.Stopf("%w: the endpoint may not offer them", err)
		}
		return malformed(logprobs, "%v", err)
	}
	classes := make([]flow.Class, len(f.Type.Enum))
	for i, name := range f.Type.Enum {
		classes[i] = flow.Class{Name: name, P: c.Probabilities[name]}
	}
	slices.SortStableFunc(classes, func(a, b flow.Class) int { return cmp.Compare(b.P, a.P) })
	out.Confidence = &flow.Confidence{Raw: c.Probability, Calibrated: c.Probability, Classes: slices.Clip(classes[:min(len(classes), topClasses)])}
	if s.filled >= 0 {
		out.Values[s.filled] = c.Probability
	}
	return nil
}

// String names the step and where it asks.
func (s *Step) String() string {
	where := "not open"
	if s.client != nil {
		where = s.client.String()
	}
	return strings.TrimSpace(fmt.Sprintf("step %q, %s", s.name, where))
}
