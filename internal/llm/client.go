package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// Options sets up a [Client]. Only Endpoint is needed.
type Options struct {
	Endpoint Endpoint
	Cache    *Cache // nil stores nothing
	Offline  bool   // answers from Cache alone
	// Plan is told of each question, how many bytes it sends and whether its
	// answer is stored; none is asked.
	Plan func(r *Request, key Key, bytes int, stored bool)
	// Batches has questions asked in batches: none is asked by itself. With
	// Gather, those that are not stored are gathered until Collect asks them.
	Batches  *Batches
	Gather   bool
	Retry    Retry
	Limits   Limits
	Seed     uint64    // of the run; keys the jitter
	Run      string    // that asks; answers are marked as used by it
	Governor *Governor // shared by the clients of one endpoint; one of its own when nil
	Prices   Prices
	Purse    Purse // of what Prices make the calls cost; endless when nil

	Getenv    func(string) string // os.Getenv when nil
	Clock     Clock               // wall time when nil
	Transport http.RoundTripper   // a pooled HTTP transport when nil
}

// Limits bound what an endpoint can make this program hold. Zero fields take
// the default named beside them.
type Limits struct {
	ResponseBytes int64 // of one HTTP response, 8 MiB
	OutputBytes   int   // of one structured output, 1 MiB
	OutputDepth   int   // of its nesting, 64
}

func (l Limits) withDefaults() Limits {
	if l.ResponseBytes == 0 {
		l.ResponseBytes = 8 << 20
	}
	if l.OutputBytes == 0 {
		l.OutputBytes = 1 << 20
	}
	if l.OutputDepth == 0 {
		l.OutputDepth = 64
	}
	return l
}

// Client asks one endpoint. It is safe for concurrent use.
type Client struct {
	endpoint    Endpoint
	cache       *Cache
	offline     bool
	retry       Retry
	limits      Limits
	seed        uint64
	run         string
	plan        func(*Request, Key, int, bool)
	batches     *Batches
	gather      bool
	clock       Clock
	governor    *Governor
	prices      Prices
	purse       Purse
	credentials credentials
	api         *openai.Client
	flights     flights
}

// NewClient checks the options and reads the endpoint's secrets from the
// environment. A missing key is no error yet: stored answers need none.
func NewClient(o Options) (*Client, error) {
	if err := o.Endpoint.Validate(); err != nil {
		return nil, err
	}
	if o.Offline && o.Cache == nil && o.Plan == nil {
		return nil, errors.New("offline needs a response cache: name the file that holds the answers")
	}
	if o.Batches != nil && (o.Cache == nil || o.Endpoint.Stream || o.Endpoint.AzureVersion != "") {
		return nil, errors.New("batches need a response cache, and an endpoint that neither streams nor has Azure's own paths")
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Clock == nil {
		o.Clock = wallClock{}
	}
	if o.Transport == nil {
		o.Transport = defaultTransport()
	}
	if o.Governor == nil {
		o.Governor = newGovernor(Pace{}, o.Clock)
	}
	if o.Purse == nil {
		o.Purse = free{}
	}
	c := &Client{
		endpoint:    o.Endpoint,
		cache:       o.Cache,
		offline:     o.Offline,
		retry:       o.Retry.WithDefaults(),
		limits:      o.Limits.withDefaults(),
		seed:        o.Seed,
		run:         o.Run,
		plan:        o.Plan,
		batches:     o.Batches,
		gather:      o.Gather,
		clock:       o.Clock,
		governor:    o.Governor,
		prices:      o.Prices,
		purse:       o.Purse,
		credentials: o.Endpoint.credentials(o.Getenv),
	}
	config := openai.DefaultConfig(c.credentials.key)
	if o.Endpoint.AzureVersion != "" {
		config = openai.DefaultAzureConfig(c.credentials.key, o.Endpoint.BaseURL)
		config.APIVersion = o.Endpoint.AzureVersion
		config.AzureModelMapperFunc = func(string) string { return o.Endpoint.Model }
	}
	config.BaseURL = o.Endpoint.BaseURL
	config.HTTPClient = &http.Client{
		Transport: &transport{
			base:        o.Transport,
			credentials: &c.credentials,
			maxBytes:    c.limits.ResponseBytes,
			clock:       c.clock,
		},
		CheckRedirect: checkRedirect,
	}
	c.api = openai.NewClientWithConfig(config)
	return c, nil
}

// Complete returns the answer to r: stored, or asked for and then stored.
//
// A failed call is an *[Error]. An error of any other type is the program's or
// the machine's own: the context was cancelled, the cache cannot be read.
func (c *Client) Complete(ctx context.Context, r Request) (Response, error) {
	body, err := c.endpoint.body(&r)
	if err != nil {
		return Response{}, err
	}
	q := c.endpoint.question(body, &r)
	key := q.Key()
	if c.plan != nil {
		return c.planned(&r, key, body)
	}
	if c.batches != nil {
		return c.batched(&r, q, key, body)
	}
	if c.cache == nil {
		p, err := c.pay(ctx, &r, key, body)
		return c.respond(&r, key, p, false, err)
	}
	for {
		entry, found, err := c.cache.Get(key)
		if err != nil {
			return Response{Key: key}, err
		}
		if found {
			c.cache.Use(c.run, key)
			p, err := c.reread(entry)
			return c.respond(&r, key, p, true, err)
		}
		if c.offline {
			return Response{Key: key}, c.miss(&r, key)
		}
		f, leads := c.flights.join(key)
		if leads {
			p, err := c.lead(ctx, &r, key, body, f)
			return c.respond(&r, key, p, false, err)
		}
		select {
		case <-f.landed:
			if stopped(f.err) {
				continue // the one who asked was stopped, not answered: ask ourselves
			}
			return c.respond(&r, key, f.payment, true, f.err)
		case <-ctx.Done():
			return Response{Key: key}, interrupted(ctx)
		}
	}
}

// planned tells of a question, and answers it where the answer is stored.
func (c *Client) planned(r *Request, key Key, body []byte) (Response, error) {
	var entry Entry
	found := false
	if c.cache != nil {
		var err error
		if entry, found, err = c.cache.Get(key); err != nil {
			return Response{Key: key}, err
		}
	}
	c.plan(r, key, len(body), found)
	if !found {
		return Response{Key: key}, &Error{Class: ClassUntried, Message: "not asked: calls are only planned"}
	}
	p, err := c.reread(entry)
	return c.respond(r, key, p, true, err)
}

// lead pays on behalf of everyone waiting for the key. They are let go even
// when this caller panics.
func (c *Client) lead(ctx context.Context, r *Request, key Key, body []byte, f *flight) (p payment, err error) {
	err = errAbandoned
	defer func() { c.flights.land(key, f, p, err) }()
	return c.pay(ctx, r, key, body)
}

// reread decodes a stored response.
func (c *Client) reread(e Entry) (payment, error) {
	answer, err := decode(e.Body)
	if err != nil {
		return payment{}, fmt.Errorf("response cache %q: a stored answer cannot be read: %w", c.cache.path, err)
	}
	return payment{entry: e, answer: answer}, nil
}

// exchange runs one HTTP exchange and fills in ex. go-openai gets a placeholder
// request: it refuses or changes what it does not know (model names by prefix,
// zero temperatures), and the transport sends the real body.
func (c *Client) exchange(ctx context.Context, ex *exchange) (completion, *Error) {
	if ex.texts > 0 {
		return c.embed(ctx, ex)
	}
	ctx = withExchange(ctx, ex)
	placeholder := openai.ChatCompletionRequest{Model: "placeholder"}
	var whole openai.ChatCompletionResponse
	var err error
	if c.endpoint.Stream {
		whole, err = assemble(c.api.CreateChatCompletionStream(ctx, placeholder))
	} else {
		whole, err = c.api.CreateChatCompletion(ctx, placeholder)
	}
	if err == nil && ex.status/100 != 2 {
		err = errors.New("unexpected status")
	}
	if err == nil {
		err = complete(&whole, ex.raw)
	}
	if err == nil && c.endpoint.Stream {
		// A secret may lie across pieces, so it is looked for again in the whole.
		if ex.raw, err = json.Marshal(whole); err == nil {
			ex.raw = c.credentials.redact(ex.raw)
			err = json.Unmarshal(ex.raw, &whole)
		}
	}
	if err != nil {
		return completion{}, classify(ex, err, c.credentials.redact)
	}
	return newCompletion(&whole), nil
}

// respond judges the answer and lays it out for the caller.
func (c *Client) respond(r *Request, key Key, p payment, fromCache bool, err error) (Response, error) {
	resp := Response{
		Text: p.answer.text, Calls: p.answer.calls, Refusal: p.answer.refusal, Finish: p.answer.finish,
		Model: p.answer.model, Fingerprint: p.answer.fingerprint,
		Usage: p.answer.usage, Vectors: p.answer.vectors, Tokens: p.answer.tokens,
		Latency: p.entry.Latency, Attempts: p.entry.Attempts,
		FromCache: fromCache, Raw: p.entry.Body, Key: key,
	}
	if err != nil {
		return resp, err
	}
	if failure := p.answer.judge(len(r.Tools) > 0); failure != nil {
		return resp, failure
	}
	if len(p.answer.vectors) != len(r.Embed) {
		return resp, &Error{Class: ClassUnparsable, Message: fmt.Sprintf("the stored answer holds %d vectors of %d texts", len(p.answer.vectors), len(r.Embed))}
	}
	if r.Schema != nil && len(resp.Calls) == 0 {
		out, failure := r.Schema.Check(c.endpoint.Structured.unwrapped(resp.Text), c.limits)
		if failure != nil {
			return resp, failure
		}
		resp.Output = out
	}
	return resp, nil
}

func (c *Client) miss(r *Request, key Key) *Error {
	var who []string
	if r.Case != "" {
		who = append(who, fmt.Sprintf("case %q", r.Case))
	}
	if r.Step != "" {
		who = append(who, fmt.Sprintf("step %q", r.Step))
	}
	who = append(who, fmt.Sprintf("repeat %d", r.Repeat), fmt.Sprintf("sample %d", r.Sample))
	return &Error{Class: ClassOfflineMiss, Message: fmt.Sprintf(
		"no stored answer of model %q at %q for %s (key %s) in %q: run once without offline, or import a recording",
		c.endpoint.Model, c.endpoint.host(), strings.Join(who, ", "), key, c.cache.path)}
}

// String names the endpoint; the client's fields hold the key.
func (c *Client) String() string {
	return fmt.Sprintf("model %q at %q", c.endpoint.Model, c.endpoint.host())
}

// GoString is String.
func (c *Client) GoString() string { return c.String() }

// interrupted reports why the caller's context ended: its deadline is a timeout
// of the call, its cancellation is nobody's failure.
func interrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Class: ClassTimeout, Message: "no complete answer within the caller's deadline", err: ctx.Err()}
	}
	return fmt.Errorf("call stopped: %w", ctx.Err())
}
