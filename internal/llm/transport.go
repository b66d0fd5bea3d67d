package llm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// exchange travels in the request's context between the client and its
// transport: go-openai lets neither the body through unchanged nor the raw
// response and the headers of a failed stream back.
type exchange struct {
	body   []byte // sent in place of what go-openai wrote; nil sends that
	stream bool   // a good response is left to be read, secrets and all
	texts  int    // whose vectors are asked for; 0 for an answer

	status     int
	raw        []byte // secrets removed
	retryAfter time.Duration
	cut        bool // the connection ended inside the response
	unsent     bool // there was no connection to send anything over
}

// wanted is what the response should be.
func (ex *exchange) wanted() string {
	if ex.texts > 0 {
		return "a list of vectors"
	}
	return "a chat completion"
}

// uncharged says that a failed exchange cost nothing: nothing was sent, or the
// endpoint declined.
func (ex *exchange) uncharged() bool {
	return ex.unsent || ex.status != 0 && ex.status/100 != 2
}

type exchangeKey struct{}

// transport carries every exchange of one client.
type transport struct {
	base        http.RoundTripper
	credentials *credentials
	maxBytes    int64
	clock       Clock
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ex := req.Context().Value(exchangeKey{}).(*exchange)
	out := req.Clone(req.Context())
	if ex.body != nil {
		out.Body = io.NopCloser(bytes.NewReader(ex.body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(ex.body)), nil }
		out.ContentLength = int64(len(ex.body))
	}
	for name, v := range t.credentials.headers {
		out.Header[name] = v
	}
	resp, err := t.base.RoundTrip(out)
	if err != nil {
		var op *net.OpError
		ex.unsent = errors.As(err, &op) && op.Op == "dial"
		return nil, err
	}
	ex.status = resp.StatusCode
	ex.retryAfter = RetryAfter(resp.Header, t.clock.Now())
	if ex.stream && ex.status/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, t.maxBytes+1))
	ex.raw = t.credentials.redact(raw)
	switch {
	case err != nil && req.Context().Err() == nil:
		ex.cut = true
		if ex.status/100 == 2 {
			return nil, err
		}
	case err != nil:
		return nil, err
	case int64(len(raw)) > t.maxBytes:
		ex.raw = nil
		return nil, &Error{Class: ClassUnparsable, Status: ex.status, Message: fmt.Sprintf("the response is larger than %d bytes", t.maxBytes)}
	}
	return response(req, resp.StatusCode, resp.Header, ex.raw), nil
}

func response(req *http.Request, status int, h http.Header, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Request: req, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}
}

// withExchange attaches ex to the context.
func withExchange(ctx context.Context, ex *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, ex)
}

// checkRedirect follows a redirect only within the endpoint's own origin and
// only when it keeps the request: another host must not see prompt or key.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case origin(req.URL) != origin(first):
		return badRequest("the endpoint at %q redirects to another host, %q: refused; if that is right, make it the base URL", first.Host, req.URL.Host)
	case req.Method != via[0].Method:
		return badRequest("the endpoint at %q redirects with a status that drops the request: check the base URL", first.Host)
	case len(via) >= 3:
		return badRequest("the endpoint at %q redirects in a circle", first.Host)
	}
	return nil
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// defaultTransport keeps enough idle connections for high concurrency to reuse.
func defaultTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = 0
	t.MaxIdleConnsPerHost = 1024
	return t
}
