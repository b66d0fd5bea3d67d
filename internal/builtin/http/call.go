package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm"
)

// asked is what came of asking.
type asked struct {
	entry *entry
	tries []try
}

// ask asks the system, once for all who ask the same at that moment, and
// records the answer. It says whether it was this case that paid.
func (s *Step) ask(ctx context.Context, key flow.Key, q question) (e *entry, tries []try, paid bool, err error) {
	for {
		paid = false
		v, err, shared := s.live.flights.Do(q.key, func() (any, error) {
			paid = true
			e, tries, err := s.try(ctx, key, q)
			return asked{e, tries}, err
		})
		if err != nil && shared && ctx.Err() == nil && errors.Is(err, context.Canceled) {
			continue // who asked was called off, and this case was not
		}
		a := v.(asked)
		return a.entry, a.tries, paid, err
	}
}

// try calls until there is an answer, or no use in calling again.
func (s *Step) try(ctx context.Context, key flow.Key, q question) (*entry, []try, error) {
	ctx, cancel := context.WithTimeout(ctx, s.retry.Deadline)
	defer cancel()
	random := key.Rand("retry")
	var tries []try
	for n := 1; ; n++ {
		if err := s.live.session.Budget.Reserve(ctx, s.system.Price); err != nil {
			return nil, tries, err
		}
		start := time.Now()
		r, err := s.call(ctx, q)
		t := try{Milliseconds: float64(time.Since(start).Microseconds()) / 1000}
		s.settle(r, err)
		if err == nil && r.status == nethttp.StatusUnauthorized {
			t.Class = flow.ErrNotMeasured
		}
		if err == nil && !r.again() {
			e, err := s.entry(ctx, q, r, append(tries, t))
			return e, append(tries, t), err
		}
		t.Class = flow.ErrUnavailable
		tries = append(tries, t)
		detail := "server"
		switch {
		case err == nil:
			err = fmt.Errorf("the system %q answers %d %s", s.system.Name, r.status, nethttp.StatusText(r.status))
			if r.status == nethttp.StatusTooManyRequests {
				detail = "rate"
			}
		case errors.Is(err, errRedirect):
			return nil, tries, &flow.StepError{Class: flow.ErrRejected, Detail: "redirect", Err: err}
		case errors.Is(err, errInside):
			return nil, tries, flow.Stopf("%w", err)
		case errors.Is(err, context.Canceled):
			return nil, tries, err
		case isTimeout(err):
			detail, err = "timeout", fmt.Errorf("the system %q did not answer in time", s.system.Name)
		}
		gone := &flow.StepError{Class: flow.ErrUnavailable, Detail: detail, Err: fmt.Errorf("%w, after %d calls", err, n)}
		if n >= s.retry.Attempts {
			return nil, tries, gone
		}
		wait := s.retry.Wait(n, r.wish, random.Float64())
		if end, ok := ctx.Deadline(); ok && time.Now().Add(wait).After(end) {
			return nil, tries, gone
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, tries, ctx.Err()
		}
	}
}

// settle pays for a call that was answered. One without an answer may have
// been charged, unless the system was not reached.
func (s *Step) settle(r reply, err error) {
	price, spent, doubtful := s.system.Price, 0.0, 0.0
	var op *net.OpError
	switch {
	case err == nil && !r.again() && r.status != nethttp.StatusUnauthorized:
		spent = price
	case err == nil, errors.Is(err, errRedirect), errors.Is(err, errInside), errors.As(err, &op) && op.Op == "dial":
	default:
		doubtful = price
	}
	s.live.session.Budget.Settle(price, spent, doubtful)
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// reply is what one call brought.
type reply struct {
	status int
	body   []byte
	long   bool          // there was more than may be read
	wish   time.Duration // how long the system asks to wait
}

// again says whether the system may answer something else later.
func (r reply) again() bool {
	return r.status == nethttp.StatusTooManyRequests || r.status >= 500 && r.status != nethttp.StatusNotImplemented
}

// call makes one call. What an error says holds no secret.
func (s *Step) call(ctx context.Context, q question) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, s.retry.Timeout)
	defer cancel()
	l := s.live
	address := l.base + q.path
	if len(l.query) > 0 {
		by := "?"
		if strings.Contains(q.path, "?") {
			by = "&"
		}
		address += by + l.query.Encode()
	}
	var body io.Reader
	if q.body != nil {
		body = bytes.NewReader(q.body)
	}
	req, err := nethttp.NewRequestWithContext(ctx, s.method, address, body)
	if err != nil {
		return reply{}, fmt.Errorf("the address of the system %q cannot be called", s.system.Name)
	}
	for name, v := range l.headers {
		req.Header.Set(name, v)
	}
	if q.idempotency != "" {
		req.Header.Set("Idempotency-Key", q.idempotency)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return reply{}, l.clean(err)
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, wish: llm.RetryAfter(resp.Header, time.Now())}
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, longestAnswer+1))
	if r.long = len(r.body) > longestAnswer; r.long {
		r.body = nil
	}
	if err != nil {
		return r, l.clean(err)
	}
	r.body = l.secrets.Redact(r.body)
	return r, nil
}

// clean is an error without the address, in which a secret may stand.
func (l *live) clean(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if text := l.secrets.Redact([]byte(err.Error())); string(text) != err.Error() {
		return errors.New(string(text))
	}
	return err
}

// entry makes the recording of an answer and keeps it.
func (s *Step) entry(ctx context.Context, q question, r reply, tries []try) (*entry, error) {
	l := s.live
	if r.status == nethttp.StatusUnauthorized {
		return nil, s.refused()
	}
	l.proven.Store(true)
	hide := func(text string) string {
		return flow.PrivateOf(ctx).Hide(string(l.secrets.Redact([]byte(text))))
	}
	e := &entry{Key: q.key, Method: s.method, URL: s.address.start() + q.readable, Status: r.status, Tries: tries, Recorded: time.Now().UTC().Truncate(time.Second)}
	var err error
	if e.Body, err = raw(hidden(q.sent, hide)); err != nil {
		return nil, err
	}
	v, fault := decode(r.body)
	switch {
	case r.long:
		e.Fault = fmt.Sprintf("it is larger than %d bytes", longestAnswer)
	case fault != nil:
		e.Fault = "it is not JSON: " + hide(fault.Error())
		e.Text = hide(strings.ToValidUTF8(string(r.body), "\uFFFD"))
	default:
		if e.Answer, err = raw(hidden(v, hide)); err != nil {
			return nil, err
		}
	}
	if l.book == nil {
		return e, nil
	}
	if e, err = l.book.add(e); err != nil {
		return nil, flow.Stopf("the recordings of the system %q: %w", s.system.Name, err)
	}
	return e, nil
}

// refused is what it means that the system does not take the credentials.
func (s *Step) refused() error {
	names := []string{}
	for _, secrets := range []map[string]string{s.secretHeaders, s.secretQuery} {
		for _, name := range secrets {
			names = append(names, name)
		}
	}
	text := fmt.Sprintf("the system %q answers 401 Unauthorized", s.system.Name)
	if s.live.proven.Load() {
		return &flow.StepError{Class: flow.ErrNotMeasured, Detail: "authentication", Err: errors.New(text)}
	}
	if len(names) == 0 {
		return flow.Stopf("%s: name a variable of the environment with its credentials under headers_env", text)
	}
	return flow.Stopf("%s: set %s to what it takes", text, strings.Join(names, " and "))
}
