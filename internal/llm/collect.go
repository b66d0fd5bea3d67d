package llm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	openai "github.com/sashabaranov/go-openai"
	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/internal/lockfile"
)

// storing is how many answers of a batch are written down at once: they share
// the cost of making them durable.
const storing = 256

// Collect asks in batches what was gathered, and comes back when every question
// is answered, or is known not to be. It gives how many there were. Batches
// that an earlier process asked are waited for in place of new ones. told hears
// how far it is.
func (c *Client) Collect(ctx context.Context, told func(string)) (settled int, err error) {
	c.batches.collecting.Lock()
	defer c.batches.collecting.Unlock()
	waiting := c.batches.taken()
	defer c.batches.forget()
	if len(waiting) == 0 {
		return 0, nil
	}
	if err := c.keyed(); err != nil {
		return 0, err
	}
	under, err := c.underWay(ctx)
	if err != nil {
		return 0, err
	}
	var mu sync.Mutex
	say := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		told(text)
	}
	there := map[string]bool{} // tokens of batches that have some of the questions
	var fresh []*gathered
	for _, g := range waiting {
		token, found, err := c.cache.batchedIn(ctx, g.key)
		if err != nil {
			return 0, err
		}
		if _, ours := under[token]; found && ours {
			there[token] = true
			continue
		}
		fresh = append(fresh, g)
	}
	old, err := c.reserved(ctx, under, there)
	if err != nil {
		return 0, err
	}
	refused := &refusals{}
	group, within := errgroup.WithContext(ctx)
	for token, of := range old {
		b := *under[token]
		say(fmt.Sprintf("%s: asked before, %d questions", &b, len(of)))
		group.Go(func() error { return c.collect(within, b, of, refused, say) })
	}
	for _, part := range cut(fresh) {
		group.Go(func() error { return c.ask(within, part, refused, say) })
	}
	if err := group.Wait(); err != nil {
		if ctx.Err() != nil {
			return 0, interrupted(ctx)
		}
		return 0, err
	}
	if first := refused.all(); first != nil && !c.batches.answered(false) {
		return 0, first
	}
	return len(waiting), nil
}

// reserved are the questions of batches that were asked before. The money for
// them is set aside before anything new is asked.
func (c *Client) reserved(ctx context.Context, under map[string]*PendingBatch, there map[string]bool) (map[string][]*gathered, error) {
	out := map[string][]*gathered{}
	for token := range there {
		of, err := c.cache.questions(ctx, *under[token])
		if err == nil {
			err = c.purse.Reserve(ctx, sum(of))
		}
		if err != nil {
			for _, held := range out {
				c.purse.Settle(sum(held), 0, 0)
			}
			return nil, err
		}
		out[token] = of
	}
	return out, nil
}

// answered says whether the endpoint has answered anything, from now on where
// it just has.
func (b *Batches) answered(now bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proven = b.proven || now
	return b.proven
}

// refusals tell an endpoint that refuses everything from one that refuses some
// questions.
type refusals struct {
	mu    sync.Mutex
	first *Error
	other bool // something else happened too
}

func (r *refusals) add(e *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Class != ClassAuthentication && e.Class != ClassBadRequest {
		r.other = true
	} else if r.first == nil {
		r.first = e
	}
}

// all is why everything was refused; nil where not everything was.
func (r *refusals) all() *Error {
	if r.other {
		return nil
	}
	return r.first
}

// locked does something that one process at a time does with batches.
func (c *Client) locked(ctx context.Context, do func() error) error {
	l, err := lockfile.Wait(ctx, filepath.Join(filepath.Dir(c.cache.path), "batches.lock"))
	if err != nil {
		return err
	}
	defer l.Release()
	return do()
}

// underWay are the endpoint's batches that are not collected, by their tokens.
// Whoever began one under the lock and is gone left it half begun: before its
// file was there nothing was asked, and the batch is forgotten; after that, it
// is looked for, and begun where it is not found.
func (c *Client) underWay(ctx context.Context) (map[string]*PendingBatch, error) {
	out := map[string]*PendingBatch{}
	err := c.locked(ctx, func() error {
		all, err := c.cache.PendingBatches(ctx)
		if err != nil {
			return err
		}
		for _, b := range all {
			if b.BaseURL != strings.TrimRight(c.endpoint.BaseURL, "/") || b.Asked != c.endpoint.Model {
				continue
			}
			if b.File == "" {
				if _, err := c.cache.ForgetBatch(ctx, b.Token); err != nil {
					return err
				}
				continue
			}
			if b.Name == "" {
				if b.Name, err = c.find(ctx, b); err == nil && b.Name == "" {
					err = c.begin(ctx, &b)
				}
				if err == nil {
					err = c.cache.named(ctx, b)
				}
				if err != nil {
					return err
				}
			}
			out[b.Token] = &b
		}
		return nil
	})
	return out, err
}

// begin has the endpoint begin a batch whose file it has. One that it surely
// did not begin is forgotten.
func (c *Client) begin(ctx context.Context, b *PendingBatch) error {
	name, sure, err := c.create(ctx, *b)
	if err == nil {
		b.Name = name
		return nil
	}
	if sure {
		if _, ferr := c.cache.ForgetBatch(context.WithoutCancel(ctx), b.Token); ferr != nil {
			return errors.Join(err, ferr)
		}
	}
	return err
}

// ask asks questions in a batch, and waits for it. Each step is written down
// before the next one, so that whoever comes after a kill knows how far it was:
// the questions are claimed before anything is sent, the file is named before
// the batch is begun, and a batch whose name was not written down is found by
// its token.
func (c *Client) ask(ctx context.Context, of []*gathered, refused *refusals, told func(string)) error {
	if err := c.purse.Reserve(ctx, sum(of)); err != nil {
		return err
	}
	b := PendingBatch{Token: rand.Text(), BaseURL: strings.TrimRight(c.endpoint.BaseURL, "/"), Asked: c.endpoint.Model, Time: c.clock.Now()}
	var won []*gathered
	err := c.locked(ctx, func() (err error) {
		// Where another process was faster, its answers are there in the next pass.
		if won, err = c.cache.claim(ctx, b, of); err != nil || len(won) == 0 {
			return err
		}
		lines, err := c.batches.lines(won)
		if err == nil {
			b.File, err = c.upload(ctx, b.Token, lines)
		}
		if err != nil {
			_, ferr := c.cache.ForgetBatch(context.WithoutCancel(ctx), b.Token)
			return errors.Join(err, ferr)
		}
		if err := c.cache.named(ctx, b); err != nil {
			return err
		}
		if err := c.begin(ctx, &b); err != nil {
			return err
		}
		// What was begun is written down, whoever wants to stop.
		return c.cache.named(context.WithoutCancel(ctx), b)
	})
	if err != nil {
		c.purse.Settle(sum(of), 0, 0)
		return err
	}
	c.purse.Settle(sum(of)-sum(won), 0, 0)
	if len(won) == 0 {
		return nil
	}
	told(fmt.Sprintf("%s: %d questions asked", &b, len(won)))
	return c.collect(ctx, b, won, refused, told)
}

// collect waits for a batch and stores the answers to its questions, for which
// money is set aside.
func (c *Client) collect(ctx context.Context, b PendingBatch, of []*gathered, refused *refusals, told func(string)) error {
	left := map[Key]*gathered{}
	for _, g := range of {
		left[g.key] = g
	}
	defer func() {
		for _, g := range left {
			c.purse.Settle(g.most, 0, 0)
		}
	}()
	done, err := c.finished(ctx, b, told)
	if err != nil {
		return err
	}
	answers := 0
	for _, file := range []*string{done.OutputFileID, done.ErrorFileID} {
		if file == nil || *file == "" {
			continue
		}
		group := new(errgroup.Group)
		group.SetLimit(storing)
		err := c.results(ctx, *file, func(l resultLine) {
			key, err := hex.DecodeString(l.ID)
			if err != nil || len(key) != len(Key{}) || left[Key(key)] == nil {
				return // not a question of ours, or answered twice
			}
			g := left[Key(key)]
			delete(left, g.key)
			a, failure := l.answer()
			if failure == nil {
				answers++
				group.Go(func() error { return c.keep(g, a, l.Response.Body, b.Name) })
				return
			}
			doubtful := 0.0
			if failure.Status/100 == 2 {
				doubtful = g.most
			}
			c.purse.Settle(g.most, 0, doubtful)
			refused.add(failure)
			c.batches.settle(g.key, failure, c.retry.Attempts, b.Name)
		})
		if err = errors.Join(err, group.Wait()); err != nil {
			return err
		}
	}
	if answers > 0 {
		c.batches.answered(true)
	}
	for i, g := range of {
		if left[g.key] != nil {
			e := lost(&done, i+1)
			refused.add(e)
			c.batches.settle(g.key, e, c.retry.Attempts, b.Name)
		}
	}
	told(fmt.Sprintf("%s: %s, %d of %d answered", &b, done.Status, answers, len(of)))
	_, err = c.cache.ForgetBatch(ctx, b.Token)
	return err
}

// keep stores an answer of a batch. It is paid before it is stored: a kill
// between the two counts it twice against the budget, and never not at all.
func (c *Client) keep(g *gathered, a completion, body []byte, batch string) error {
	spent := 0.0
	if _, stored, err := c.cache.Get(g.key); err != nil {
		return err
	} else if !stored {
		spent = c.prices.Of(a.usage)
	}
	c.purse.Settle(g.most, spent, 0)
	e := Entry{
		Question: g.question, RequestBytes: g.body, Model: a.model, Body: body, Usage: a.usage, Time: c.clock.Now(),
		Attempts: append(c.batches.before(g.key), Attempt{Status: 200, Usage: a.usage, Batch: batch}),
	}
	_, err := c.cache.Put(g.key, e)
	return err
}

// lost is why a question that the batch held on that line has no result.
func lost(b *openai.Batch, line int) *Error {
	switch b.Status {
	case "expired":
		return unanswered("batch_expired", "")
	case "cancelled":
		return unanswered("batch_cancelled", "")
	case "failed":
		var whole *Error
		others := false
		if b.Errors != nil {
			for _, e := range b.Errors.Data {
				said := unanswered(e.Code, tidy([]byte(e.Message)))
				switch {
				case e.Line != nil && *e.Line == line:
					return said
				case e.Line != nil:
					others = true
				case whole == nil:
					whole = said
				}
			}
		}
		switch {
		case whole != nil:
			return whole
		case others:
			return &Error{Class: ClassServer, Message: "the batch was refused because of other questions in it", Retryable: true}
		}
		return &Error{Class: ClassServer, Message: "the batch failed, and the endpoint does not say why", Retryable: true}
	}
	return &Error{Class: ClassServer, Message: "the batch has no result for the question", Retryable: true}
}
