package endpoint

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// Line is a step's way to its model. Between Open and Close it is safe for
// concurrent use.
type Line struct {
	Target
	Name  string // of the step
	Shelf *Shelf

	// Session is that of Open.
	Session flow.Session
	client  *client.Client  // nil until opened
	batches *client.Batches // nil where nothing is asked in batches
	// proven says that the endpoint has answered now: from then on a refusal
	// is about the case at hand.
	proven atomic.Bool
}

// Open makes the client of the endpoint that the environment names, over the
// session's stored answers.
func (l *Line) Open(_ context.Context, session flow.Session) error {
	e, err := l.resolve()
	if err != nil {
		return err
	}
	o := client.Options{Endpoint: e, Offline: session.Offline, Retry: l.Retry, Seed: session.Seed, Run: session.Run, Prices: l.Prices}
	o.Governor = l.Shelf.governor(e, l.Pace)
	if session.Plan != nil {
		o.Plan = func(r *client.Request, key client.Key, bytes int, stored bool) {
			session.Plan(flow.Call{Case: r.Case, Step: l.Name, Repeat: r.Repeat, Bytes: bytes, Stored: stored, Question: string(key[:])})
		}
	}
	if session.Budget != nil {
		o.Purse = session.Budget
	}
	if session.Dir != "" {
		if o.Cache, err = l.Shelf.Take(session); err != nil {
			return err
		}
	}
	l.batches = nil
	if l.batching(session) {
		l.batches = l.Shelf.batches(l.gathering(session))
		o.Batches, o.Gather, o.Prices = l.batches, session.Batches == flow.Gather, l.batched
	}
	c, err := client.NewClient(o)
	if err != nil {
		if session.Dir != "" {
			_ = l.Shelf.Give(session) // what matters is why there is no client
		}
		return err
	}
	l.client, l.Session = c, session
	l.proven.Store(false)
	return nil
}

// Close lets go of the stored answers.
func (l *Line) Close() error {
	if l.client == nil {
		return nil
	}
	l.client = nil
	if l.batches != nil && l.Session.Batches == flow.Gathered {
		l.Shelf.done(l.gathering(l.Session))
	}
	if l.Session.Dir == "" {
		return nil
	}
	return l.Shelf.Give(l.Session)
}

// Opened is the error of a line that is not open; nil where it is.
func (l *Line) Opened() error {
	if l.client == nil {
		return flow.Errorf(flow.ErrNotMeasured, "step %q has not been opened", l.Name)
	}
	return nil
}

// Proven says that the endpoint has answered since Open.
func (l *Line) Proven() bool { return l.proven.Load() }

// Patience is how long a question is asked.
func (l *Line) Patience() flow.Patience {
	r := l.Retry.WithDefaults()
	return flow.Patience{Tries: r.Attempts, Try: r.Timeout, All: r.Deadline}
}

// Ask is one round with the endpoint. Its attempts, and what they cost now, are
// added to an output.
func (l *Line) Ask(ctx context.Context, q client.Request, out *flow.Output) (client.Response, error) {
	if err := l.drill(ctx, &q, out); err != nil {
		return client.Response{}, err
	}
	r, err := l.client.Complete(ctx, q)
	attempts := l.attempts(r)
	out.Attempts = append(out.Attempts, attempts...)
	if !r.FromCache {
		out.Cost.Cached = false
		for _, a := range attempts {
			out.Cost.Spent += a.Price
		}
	}
	return r, err
}

// drill has tries of a question fail that a drill wants to fail. Whether its
// answer is stored makes no difference.
func (l *Line) drill(ctx context.Context, q *client.Request, out *flow.Output) error {
	key := flow.Key{Seed: l.Session.Seed, Case: q.Case, Step: q.Step, Repeat: q.Repeat, Attempt: q.Reask}
	question := fmt.Sprintf("%d.%d", q.Sample, len(q.Messages))
	fails, wait := flow.DrillOf(ctx), key.Rand("drill "+question)
	failed, over := l.Retry.Fail(
		func(n int) client.Class { return client.Class(fails(key, question, n)) },
		func(int) float64 { return wait.Float64() })
	for _, a := range failed {
		out.Attempts = append(out.Attempts, flow.Attempt{Latency: a.Latency, Class: classOf(a.Class)})
	}
	if !over {
		return nil
	}
	return &client.Error{Class: failed[len(failed)-1].Class, Message: fmt.Sprintf("a drill, in all of %d tries", len(failed))}
}

// Answered notes that a response came, whether or not it is of use.
func (l *Line) Answered(r client.Response) {
	if !r.FromCache && len(r.Raw) > 0 {
		l.proven.Store(true)
	}
}

// attempts are the exchanges as they went when they were really made.
func (l *Line) attempts(r client.Response) []flow.Attempt {
	var out []flow.Attempt
	for _, a := range r.Attempts {
		f := flow.Attempt{
			TokensIn: int64(a.Usage.In), TokensCached: int64(a.Usage.Cached), TokensOut: int64(a.Usage.Out),
			Price: l.priceOf(a), Latency: a.Latency, Class: classOf(a.Class),
		}
		if a.Class == "" {
			f.Model = r.Model
		}
		out = append(out, f)
	}
	return out
}

// String names the step and where it asks.
func (l *Line) String() string {
	where := "not open"
	if l.client != nil {
		where = l.client.String()
	}
	return fmt.Sprintf("step %q, %s", l.Name, where)
}
