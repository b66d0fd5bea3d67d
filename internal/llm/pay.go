package llm

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// payment is what one round of attempts brought.
type payment struct {
	entry  Entry
	answer completion
}

// pay exchanges with the endpoint until there is an answer or no use in trying,
// and stores the answer.
func (c *Client) pay(ctx context.Context, r *Request, key Key, body []byte) (payment, error) {
	p := payment{entry: Entry{Question: c.endpoint.question(body, r), RequestBytes: len(body)}}
	if err := c.keyed(); err != nil {
		return p, err
	}
	var start time.Time
	var slept time.Duration
	var failure *Error
	for n := 1; ; n++ {
		turn, cancel := ctx, context.CancelFunc(func() {})
		if n > 1 { // waiting for the first turn is nobody's failure; it ends with ctx
			turn, cancel = context.WithTimeout(ctx, c.retry.Deadline-c.clock.Now().Sub(start))
		}
		leave, err := c.admit(turn, r, body)
		cancel()
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return p, interrupted(ctx)
		case failure != nil && (errors.Is(err, errDown) || errors.Is(err, context.DeadlineExceeded)):
			return p, failure
		case errors.Is(err, errDown):
			return p, &Error{Class: ClassUntried, Message: fmt.Sprintf("not asked: %v (%q)", err, c.endpoint.host()), err: err}
		default:
			return p, err
		}
		if n == 1 {
			start = c.clock.Now()
		}
		sent, ex := c.clock.Now(), &exchange{body: body, texts: len(r.Embed)}
		var answer completion
		answer, failure = c.attempt(ctx, ex, leave, r, c.retry.Deadline-sent.Sub(start))
		if failure != nil && ctx.Err() != nil {
			return p, interrupted(ctx)
		}
		a := Attempt{Wait: slept, Latency: c.clock.Now().Sub(sent), Status: ex.status, Usage: answer.usage}
		if failure != nil {
			a.Class = failure.Class
		}
		p.entry.Attempts = append(p.entry.Attempts, a)
		if failure == nil {
			p.answer = answer
			p.entry.Model, p.entry.Usage, p.entry.Latency = answer.model, answer.usage, a.Latency
			p.entry.Time, p.entry.Body = c.clock.Now(), ex.raw
			return c.store(key, p)
		}
		if !failure.Retryable || n == c.retry.Attempts {
			return p, failure
		}
		slept = c.retry.Wait(n, failure.RetryAfter, draw(c.seed, r, n))
		if c.clock.Now().Add(slept).Sub(start) >= c.retry.Deadline {
			late := *failure
			late.Message += fmt.Sprintf(" (the next attempt, in %s, would pass the call's deadline of %s)", slept.Round(time.Millisecond), c.retry.Deadline)
			return p, &late
		}
		if err := c.clock.Sleep(ctx, slept); err != nil {
			return p, interrupted(ctx)
		}
	}
}

// admit waits for the money and for the turn of one exchange.
func (c *Client) admit(ctx context.Context, r *Request, body []byte) (permit, error) {
	most := c.prices.atMost(len(body), r.MaxTokens)
	if err := c.purse.Reserve(ctx, most); err != nil {
		return permit{}, err
	}
	leave, err := c.governor.acquire(ctx, len(body), r.MaxTokens)
	if err != nil {
		c.purse.Settle(most, 0, 0)
	}
	return leave, err
}

// attempt makes one exchange, which may take as long as is left, and gives
// back the permit and the money that was not needed.
func (c *Client) attempt(ctx context.Context, ex *exchange, leave permit, r *Request, left time.Duration) (answer completion, failure *Error) {
	v := verdict{bytes: len(ex.body), stopped: true}
	most := c.prices.atMost(len(ex.body), r.MaxTokens)
	spent, doubtful := 0.0, most
	defer func() {
		c.governor.release(leave, v)
		c.purse.Settle(most, spent, doubtful)
	}()
	attempt, cancel := context.WithTimeout(ctx, min(c.retry.Timeout, left))
	defer cancel()
	answer, failure = c.exchange(attempt, ex)
	if failure != nil && ctx.Err() != nil {
		return answer, failure
	}
	v.stopped, v.usage = false, answer.usage
	switch {
	case failure != nil:
		v.class, v.retryAfter = failure.Class, failure.RetryAfter
		if ex.uncharged() {
			doubtful = 0
		}
	case answer.usage != Usage{}:
		spent, doubtful = c.prices.Of(answer.usage), 0
	}
	return answer, failure
}

// store makes the answer durable. When another process was first, its answer
// is the one that counts, so that both records agree.
func (c *Client) store(key Key, p payment) (payment, error) {
	if c.cache == nil {
		return p, nil
	}
	added, err := c.cache.Put(key, p.entry)
	if err != nil {
		return p, err
	}
	c.cache.Use(c.run, key)
	if added {
		return p, nil
	}
	entry, found, err := c.cache.Get(key)
	if err != nil || !found {
		return p, err
	}
	return c.reread(entry)
}

// keyed says which variable with a secret is empty.
func (c *Client) keyed() error {
	if v := c.credentials.missing; v != "" {
		return &Error{Class: ClassAuthentication, Message: fmt.Sprintf(
			"environment variable %q is empty: set it to what the endpoint at %q expects, or run offline from stored answers", v, c.endpoint.host())}
	}
	return nil
}
