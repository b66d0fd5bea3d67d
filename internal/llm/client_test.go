package llm

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// testClock moves only when somebody sleeps.
type testClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newTestClock() *testClock {
	return &testClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

const plantedKey = "sk-planted/0123456789+abcdef"

func environment(name string) string {
	if name == "STANDIN_KEY" {
		return plantedKey
	}
	return ""
}

// newTestClient is a client of server with a clock of its own.
func newTestClient(t *testing.T, server *llmtest.Server, change func(*Options)) (*Client, *testClock) {
	t.Helper()
	clock := newTestClock()
	o := Options{
		Endpoint: Endpoint{BaseURL: server.URL, Model: "small", KeyEnv: "STANDIN_KEY"},
		Clock:    clock,
		Getenv:   environment,
		Retry:    Retry{Timeout: 5 * time.Second},
	}
	if change != nil {
		change(&o)
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func newServer(t *testing.T, answer func(*llmtest.Call) llmtest.Reply) *llmtest.Server {
	t.Helper()
	return newServerWith(t, llmtest.Options{Answer: answer})
}

func newServerWith(t *testing.T, o llmtest.Options) *llmtest.Server {
	t.Helper()
	o.KeepCalls = true
	s := llmtest.New(o)
	t.Cleanup(s.Close)
	return s
}

func newCache(t *testing.T) *Cache {
	t.Helper()
	c, err := OpenCache(filepath.Join(t.TempDir(), "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func ask(text string) Request {
	return Request{Messages: []Message{{Role: "user", Content: text}}, Case: "case-1", Step: "decide"}
}

func ptr[T any](v T) *T { return &v }

var outcomeSchema = func() *Schema {
	s, err := CompileSchema("outcome", []byte(`{"type":"object","properties":{"outcome":{"enum":["approve","reject"]},"amount":{"type":"number"}},"required":["outcome"],"additionalProperties":false}`))
	if err != nil {
		panic(err)
	}
	return s
}()

func TestRequestBody(t *testing.T) {
	for _, row := range []struct {
		why      string
		endpoint Endpoint
		request  Request
		want     string
	}{
		{"temperature 0, top_p 0 and seed 0 are sent: go-openai would drop the first two and the provider would sample at 1",
			Endpoint{Model: "m"},
			Request{Messages: []Message{{Role: "user", Content: "q"}}, Temperature: ptr(0.0), TopP: ptr(0.0), Seed: ptr(int64(0))},
			`{"messages":[{"role":"user","content":"q"}],"model":"m","seed":0,"stream":false,"temperature":0,"top_p":0}`},
		{"what is not asked for is not sent",
			Endpoint{Model: "m"}, Request{Messages: []Message{{Role: "user", Content: "q"}}},
			`{"messages":[{"role":"user","content":"q"}],"model":"m","stream":false}`},
		{"0.1 stays 0.1: go-openai would round it to 32 bits",
			Endpoint{Model: "m"}, Request{Messages: []Message{{Role: "user", Content: "q"}}, Temperature: ptr(0.1234567890123)},
			`{"messages":[{"role":"user","content":"q"}],"model":"m","stream":false,"temperature":0.1234567890123}`},
		{"extra fields reach the endpoint, the request's before the endpoint's",
			Endpoint{Model: "m", Extra: map[string]json.RawMessage{"top_k": json.RawMessage("5"), "min_p": json.RawMessage("0.1")}},
			Request{Messages: []Message{{Role: "user", Content: "q"}}, Extra: map[string]json.RawMessage{"top_k": json.RawMessage("9")}},
			`{"messages":[{"role":"user","content":"q"}],"min_p":0.1,"model":"m","stream":false,"top_k":9}`},
		{"the token limit goes where the endpoint wants it",
			Endpoint{Model: "o3-mini", TokensField: "max_completion_tokens"}, Request{Messages: []Message{{Role: "user", Content: "q"}}, MaxTokens: 7},
			`{"max_completion_tokens":7,"messages":[{"role":"user","content":"q"}],"model":"o3-mini","stream":false}`},
		{"streams ask for usage", Endpoint{Model: "m", Stream: true}, Request{Messages: []Message{{Role: "user", Content: "q"}}},
			`{"messages":[{"role":"user","content":"q"}],"model":"m","stream":true,"stream_options":{"include_usage":true}}`},
	} {
		got, err := row.endpoint.body(&row.request)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
		} else if string(got) != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.why, got, row.want)
		}
	}
}

func TestCompleteReadsTheWholeAnswer(t *testing.T) {
	reply := llmtest.Reply{
		Text: `{"outcome":"approve","amount":12.50}`, Model: "small-2026-02", Fingerprint: "fp7", In: 100, Cached: 40, Out: 9,
		Tokens: []llmtest.Token{
			{Token: `{"outcome":"`, Logprob: -0.01},
			{Token: "approve", Logprob: -0.1, Top: []llmtest.Token{{Token: "approve", Logprob: -0.1}, {Token: "reject", Logprob: -2.3}}},
			{Token: `","amount":12.50}`, Logprob: -0.02},
		},
	}
	for _, stream := range []bool{false, true} {
		s := newServerWith(t, llmtest.Options{Answer: func(*llmtest.Call) llmtest.Reply { return reply }, Key: plantedKey})
		c, _ := newTestClient(t, s, func(o *Options) { o.Endpoint.Stream = stream })
		r := ask("may this be paid?")
		r.Schema, r.Logprobs, r.TopLogprobs = outcomeSchema, true, 5
		got, err := c.Complete(t.Context(), r)
		if err != nil {
			t.Fatalf("stream %t: %v", stream, err)
		}
		if len(got.Raw) == 0 || got.Key == (Key{}) {
			t.Errorf("stream %t: no raw bytes or key", stream)
		}
		got.Raw, got.Key = nil, Key{}
		want := Response{
			Text: reply.Text, Output: map[string]any{"outcome": "approve", "amount": json.Number("12.50")},
			Finish: "stop", Model: "small-2026-02", Fingerprint: "fp7",
			Usage: Usage{In: 100, Cached: 40, Out: 9},
			Tokens: []TokenLogprob{
				{Token: `{"outcome":"`, Logprob: -0.01},
				{Token: "approve", Logprob: -0.1, Top: []Alternative{{"approve", -0.1}, {"reject", -2.3}}},
				{Token: `","amount":12.50}`, Logprob: -0.02},
			},
			Attempts: []Attempt{{Status: 200, Usage: Usage{In: 100, Cached: 40, Out: 9}}},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("stream %t: (-want +got)\n%s", stream, d)
		}
	}
}

// go-openai refuses these names, or these names with a length limit, a
// temperature or log-probabilities, before anything is sent.
func TestRefusedModelNamesAreSent(t *testing.T) {
	s := newServer(t, llmtest.Text("ok"))
	for _, model := range []string{"o1", "o1finetune", "o3-mini", "o4-mini", "gpt-5", "gpt-5-local", "gpt-6-sol", "davinci", "text-davinci-003"} {
		c, _ := newTestClient(t, s, func(o *Options) { o.Endpoint.Model = model })
		r := ask("q")
		r.Temperature, r.MaxTokens, r.Logprobs = ptr(0.3), 10, true
		got, err := c.Complete(t.Context(), r)
		if err != nil || got.Model != model {
			t.Errorf("%s: model %q came back, error %v", model, got.Model, err)
		}
		calls := s.Calls()
		if last := calls[len(calls)-1]; last.Model != model || !strings.Contains(string(last.Body), `"temperature":0.3`) {
			t.Errorf("%s: sent %s", model, last.Body)
		}
	}
}

func TestFailuresAreClassedAndRetriedAsTheyDeserve(t *testing.T) {
	good := llmtest.Reply{Text: `{"outcome":"approve"}`}
	for _, row := range []struct {
		why    string
		stream bool
		bad    llmtest.Reply
		class  Class
		retry  bool // a second, good answer is fetched
		text   string
	}{
		{"429 waits", false, llmtest.Reply{Status: 429, RetryAfter: "3", Message: "slow down"}, ClassRate, true, "slow down"},
		{"a streaming 429 carries no headers in go-openai, ours keeps them", true, llmtest.Reply{Status: 429, RetryAfter: "3"}, ClassRate, true, "429"},
		{"429 without money never gets better", false, llmtest.Reply{Status: 429, Code: "insufficient_quota", Message: "no credit"}, ClassBudget, false, "no credit"},
		{"500", false, llmtest.Reply{Status: 500, Message: "oops"}, ClassServer, true, "oops"},
		{"502 with a gateway's page", false, llmtest.Reply{Status: 502, Raw: "<html>bad gateway</html>"}, ClassServer, true, "bad gateway"},
		{"503", true, llmtest.Reply{Status: 503, Message: "overloaded"}, ClassServer, true, "overloaded"},
		{"401", false, llmtest.Reply{Status: 401, Message: "who?"}, ClassAuthentication, false, "who?"},
		{"403", false, llmtest.Reply{Status: 403, Message: "not you"}, ClassAuthentication, false, "not you"},
		{"400", false, llmtest.Reply{Status: 400, Message: "context too long"}, ClassBadRequest, false, "context too long"},
		{"404", false, llmtest.Reply{Status: 404, Message: "no such model"}, ClassBadRequest, false, "no such model"},
		{"Azure's filter is a 400", false, llmtest.Reply{Status: 400, Code: "content_filter", Message: "filtered"}, ClassContentFilter, false, "filtered"},
		{"error message as a list", false, llmtest.Reply{Status: 500, Raw: `{"error":{"message":["a","b"]}}`}, ClassServer, true, `["a","b"]`},
		{"error as bare text", false, llmtest.Reply{Status: 500, Raw: `{"error":"out of memory"}`}, ClassServer, true, "out of memory"},
		{"200 with an error inside", false, llmtest.Reply{Raw: `{"error":{"message":"upstream died"}}`}, ClassServer, true, "upstream died"},
		{"an error inside a stream", true, llmtest.Reply{Raw: "data: {\"error\":{\"message\":\"upstream died\"}}\n\n"}, ClassServer, true, "upstream died"},
		{"body cut short of its length", false, llmtest.Reply{Text: `{"outcome":"approve"}`, CutAfter: 60}, ClassTruncated, true, "ended before"},
		{"JSON cut although the length agrees", false, llmtest.Reply{Raw: `{"choices":[{"index":0,"mess`}, ClassTruncated, true, "ended before"},
		{"stream cut by the connection", true, llmtest.Reply{Text: `{"outcome":"approve"}`, CutAfter: 300}, ClassTruncated, true, "ended before"},
		{"stream that ends in good order before [DONE]", true, llmtest.Reply{Text: `{"outcome":"approve"}`, NoDone: true}, ClassTruncated, true, "finish reason"},
		{"no finish reason", false, llmtest.Reply{Text: `{"outcome":"approve"}`, Finish: "none"}, ClassTruncated, true, "finish reason"},
		{"not JSON at all", false, llmtest.Reply{Raw: "<html>hello</html>"}, ClassUnparsable, true, "not a chat completion"},
		{"JSON of something else", false, llmtest.Reply{Raw: `{"hello":"world"}`}, ClassUnparsable, true, "no choices"},
		{"JSON of the wrong type", false, llmtest.Reply{Raw: `{"choices":"none"}`}, ClassUnparsable, true, "not a chat completion"},
		{"connection dropped", false, llmtest.Reply{Drop: true}, ClassServer, true, "cannot be reached"},
		{"hang", false, llmtest.Reply{Hang: true}, ClassTimeout, true, "deadline"},
		{"hang of a stream", true, llmtest.Reply{Hang: true}, ClassTimeout, true, "deadline"},
		{"a body that drips", false, llmtest.Reply{Text: `{"outcome":"approve"}`, Drip: 1}, ClassTimeout, true, "deadline"},
		{"a stream that drips", true, llmtest.Reply{Text: `{"outcome":"approve"}`, Drip: 1}, ClassTimeout, true, "deadline"},
		{"an error that drips", false, llmtest.Reply{Status: 500, Raw: "dripping" + strings.Repeat(".", 60_000), Drip: 1}, ClassServer, true, "dripping"},
		{"nested without end", false, llmtest.Reply{Raw: strings.Repeat("[", 60_000)}, ClassUnparsable, true, "not a chat completion"},
		{"the model declines", false, llmtest.Reply{Refusal: "I would rather not"}, ClassRefused, false, "rather not"},
		{"the model declines in a stream", true, llmtest.Reply{Refusal: "I would rather not"}, ClassRefused, false, "rather not"},
		{"token limit reached", false, llmtest.Reply{Text: `{"outcome":"app`, Finish: "length"}, ClassTruncated, false, "token limit"},
		{"filter in the middle", false, llmtest.Reply{Text: `{"outc`, Finish: "content_filter"}, ClassContentFilter, false, "filter"},
		{"prose for JSON", false, llmtest.Reply{Text: "Sure! I approve."}, ClassUnparsable, false, "not JSON"},
		{"JSON, then prose", false, llmtest.Reply{Text: `{"outcome":"approve"} done`}, ClassUnparsable, false, "goes on"},
		{"JSON that the schema forbids", false, llmtest.Reply{Text: `{"outcome":"maybe","amount":"x","why":1}`}, ClassSchema, false, "/amount"},
		{"a tool that was not offered", false, llmtest.Reply{Finish: "tool_calls"}, ClassUnparsable, false, "tool"},
		{"larger than allowed", false, llmtest.Reply{Raw: strings.Repeat(" ", 70_000)}, ClassUnparsable, false, "larger than 65536"},
	} {
		t.Run(row.why, func(t *testing.T) {
			s := newServer(t, llmtest.Script(row.bad, good))
			change := func(attempts int) func(*Options) {
				return func(o *Options) {
					o.Endpoint.Stream = row.stream
					o.Retry.Attempts = attempts
					o.Retry.Timeout = 200 * time.Millisecond
					o.Limits.ResponseBytes = 65536
				}
			}
			r := ask("q")
			r.Schema = outcomeSchema

			once, _ := newTestClient(t, s, change(1))
			got, err := once.Complete(t.Context(), r)
			var e *Error
			if !errors.As(err, &e) || e.Class != row.class || e.Retryable != row.retry {
				t.Fatalf("got %#v, want class %s, retryable %t", err, row.class, row.retry)
			}
			if !strings.Contains(e.Error(), row.text) {
				t.Errorf("error %q does not say %q", e, row.text)
			}
			if len(got.Attempts) != 1 {
				t.Fatalf("%d attempts recorded, want 1", len(got.Attempts))
			}

			again := newServer(t, llmtest.Script(row.bad, good))
			twice, clock := newTestClient(t, again, change(2))
			got, err = twice.Complete(t.Context(), r)
			if !row.retry {
				if again.Received() != 1 || err == nil {
					t.Errorf("received %d calls, error %v: want one call and its error", again.Received(), err)
				}
				return
			}
			if err != nil || again.Received() != 2 || len(clock.slept) != 1 {
				t.Fatalf("received %d calls, slept %v, error %v: want a second call after one sleep", again.Received(), clock.slept, err)
			}
			if len(got.Attempts) != 2 || got.Attempts[0].Class != row.class || got.Attempts[1].Class != "" || got.Attempts[1].Wait != clock.slept[0] {
				t.Errorf("attempts %+v", got.Attempts)
			}
		})
	}
}

func TestRefusedByTheEndpoint(t *testing.T) {
	s := newServerWith(t, llmtest.Options{Answer: llmtest.Text("ok"), Key: plantedKey, Models: []string{"small"}})
	for _, row := range []struct {
		why, model, key string
		class           Class
		text            string
	}{
		{"right model and key", "small", plantedKey, "", ""},
		{"a model that is not served", "smal", plantedKey, ClassBadRequest, `the model "smal" does not exist`},
		{"a wrong key", "small", "sk-wrong-0000", ClassAuthentication, "incorrect API key"},
	} {
		c, _ := newTestClient(t, s, func(o *Options) {
			o.Endpoint.Model = row.model
			o.Getenv = func(string) string { return row.key }
		})
		_, err := c.Complete(t.Context(), ask("q"))
		if ClassOf(err) != row.class || err != nil && !strings.Contains(err.Error(), row.text) {
			t.Errorf("%s: got %v, want class %q with %q", row.why, err, row.class, row.text)
		}
		if err != nil && strings.Contains(err.Error(), row.key) {
			t.Errorf("%s: the key is in %q", row.why, err)
		}
	}
	if s.Received() != 3 || s.Paid() != 1 {
		t.Errorf("received %d, paid %d: want 3 and 1", s.Received(), s.Paid())
	}
}

// brokenBody gives some bytes and then the error of a reset connection.
type brokenBody struct{ strings.Reader }

func (b *brokenBody) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); err == nil {
		return n, nil
	}
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

func (*brokenBody) Close() error { return nil }

func TestConnectionResetInsideTheResponse(t *testing.T) {
	for _, row := range []struct {
		why    string
		status int
		class  Class
		text   string
	}{
		{"an answer is truncated", 200, ClassTruncated, "ended before"},
		{"an error keeps the class of its status", 429, ClassRate, "slow"},
	} {
		c, err := NewClient(Options{
			Endpoint: Endpoint{BaseURL: "http://h/v1", Model: "m"}, Retry: Retry{Attempts: 1},
			Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: row.status, Header: http.Header{}, Body: &brokenBody{*strings.NewReader("slow")}}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Complete(t.Context(), ask("q"))
		var e *Error
		if !errors.As(err, &e) || e.Class != row.class || !e.Retryable || !strings.Contains(e.Message, row.text) {
			t.Errorf("%s: got %v, want class %s with %q", row.why, err, row.class, row.text)
		}
	}
}

func TestUnreachableEndpoints(t *testing.T) {
	for _, row := range []struct {
		why, url string
		class    Class
		text     string
	}{
		{"nothing listens", "http://127.0.0.1:1/v1", ClassServer, "cannot be reached"},
		{"a name that never resolves is a mistake to mend, not an outage", "http://no-such-host.invalid/v1", ClassBadRequest, "base URL"},
	} {
		c, err := NewClient(Options{Endpoint: Endpoint{BaseURL: row.url, Model: "m"}, Retry: Retry{Attempts: 1}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Complete(t.Context(), ask("q"))
		if ClassOf(err) != row.class || !strings.Contains(err.Error(), row.text) {
			t.Errorf("%s: got %v, want class %s with %q", row.why, err, row.class, row.text)
		}
	}
}

func TestBasePathAndAzureLayout(t *testing.T) {
	s := newServerWith(t, llmtest.Options{Answer: llmtest.Text("ok"), Key: plantedKey})
	c, _ := newTestClient(t, s, func(o *Options) {
		o.Endpoint.BaseURL = strings.TrimSuffix(s.URL, "/v1")
		o.Endpoint.Model = "gpt-3.5:mine"
		o.Endpoint.AzureVersion = "2025-01-01"
	})
	if _, err := c.Complete(t.Context(), ask("q")); err != nil {
		t.Fatal(err)
	}
	call := s.Calls()[0]
	if want := "/openai/deployments/gpt-3.5:mine/chat/completions?api-version=2025-01-01"; call.Path != want {
		t.Errorf("path %q, want %q", call.Path, want)
	}
	if call.Header.Get("api-key") != plantedKey || call.Header.Get("Authorization") != "" {
		t.Errorf("headers %v", call.Header)
	}
}

func TestEndpointValidate(t *testing.T) {
	for _, row := range []struct {
		why  string
		e    Endpoint
		want string
	}{
		{"good", Endpoint{BaseURL: "http://localhost:11434/v1", Model: "m"}, ""},
		{"no scheme", Endpoint{BaseURL: "localhost:11434", Model: "m"}, "must start with http"},
		{"no model", Endpoint{BaseURL: "http://h/v1"}, "no model"},
		{"a key in the URL", Endpoint{BaseURL: "http://h/v1?key=abcdefgh", Model: "m"}, "put secrets in the environment"},
		{"a password in the URL", Endpoint{BaseURL: "http://u:abcdefgh@h/v1", Model: "m"}, "put secrets in the environment"},
		{"a password in a URL that cannot be read", Endpoint{BaseURL: "http://u:abcdefgh@h:x/v1", Model: "m"}, "cannot be read"},
		{"a key in a header", Endpoint{BaseURL: "http://h/v1", Model: "m", Headers: map[string]string{"authorization": "Bearer abcdefgh"}}, "environment variable"},
	} {
		err := row.e.Validate()
		switch {
		case row.want == "" && err != nil, row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: got %v, want %q", row.why, err, row.want)
		case err != nil && strings.Contains(err.Error(), "abcdefgh"):
			t.Errorf("%s: the secret is in the error: %v", row.why, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	other := newServer(t, llmtest.Text("stolen"))
	s := newServer(t, llmtest.Script(llmtest.Reply{Location: other.URL + "/chat/completions"}))
	c, _ := newTestClient(t, s, nil)
	_, err := c.Complete(t.Context(), ask("q"))
	if ClassOf(err) != ClassBadRequest || !strings.Contains(err.Error(), "another host") {
		t.Errorf("got %v, want a refused redirect", err)
	}
	if other.Received() != 0 {
		t.Error("the other host was called")
	}

	same := newServer(t, llmtest.Script(llmtest.Reply{Location: "/v2/chat/completions"}, llmtest.Reply{Text: "moved"}))
	c, _ = newTestClient(t, same, nil)
	got, err := c.Complete(t.Context(), ask("q"))
	if err != nil || got.Text != "moved" {
		t.Errorf("redirect on the same host: %q, %v", got.Text, err)
	}
	if d := cmp.Diff(same.Calls()[0].Body, same.Calls()[1].Body); d != "" {
		t.Errorf("the redirected request has another body: %s", d)
	}

	dropping := newServer(t, func(*llmtest.Call) llmtest.Reply {
		return llmtest.Reply{Location: "/v2/chat/completions", Status: http.StatusPermanentRedirect}
	})
	c, _ = newTestClient(t, dropping, nil)
	if _, err := c.Complete(t.Context(), ask("q")); !strings.Contains(err.Error(), "circle") {
		t.Errorf("got %v, want a refused circle", err)
	}
}
