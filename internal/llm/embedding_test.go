package llm

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

func TestVectorsAreStoredAndPaidOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	cache, err := OpenCache(path)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	s := newServerWith(t, llmtest.Options{KeepCalls: true, Key: plantedKey, Embed: func(c *llmtest.Call) llmtest.Reply {
		return llmtest.Reply{Vectors: [][]float32{{1, 0}, {0.5, -0.25}}, In: 7, Model: "small-2025"}
	}})
	purse := &counted{}
	c, _ := newTestClient(t, s, func(o *Options) {
		o.Cache, o.Prices, o.Purse = cache, Prices{In: 2}, purse
		o.Endpoint.Extra = map[string]json.RawMessage{"dimensions": json.RawMessage("2")}
	})
	r := Request{Embed: []string{"one", "two"}}
	live, err := c.Complete(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float32{{1, 0}, {0.5, -0.25}}, live.Vectors); diff != "" {
		t.Error(diff)
	}
	if live.Model != "small-2025" || live.Usage != (Usage{In: 7}) || live.FromCache || purse.spent != 14 {
		t.Errorf("got %+v after spending %v", live, purse.spent)
	}
	call := s.Calls()[0]
	if want := `{"dimensions":2,"input":["one","two"],"model":"small"}`; string(call.Body) != want || call.Path != "/v1/embeddings" {
		t.Errorf("sent %s to %s, want %s", call.Body, call.Path, want)
	}
	again, err := c.Complete(t.Context(), r)
	if err != nil || !again.FromCache || s.Received() != 1 {
		t.Errorf("asked again: %v after %d calls", err, s.Received())
	}
	if diff := cmp.Diff(live.Vectors, again.Vectors); diff != "" {
		t.Errorf("live and stored vectors: %s", diff)
	}
	if n, damaged, err := cache.Verify(t.Context()); n != 1 || len(damaged) > 0 || err != nil {
		t.Errorf("verify: %d answers, %v, %v", n, damaged, err)
	}
	offline, _ := newTestClient(t, s, func(o *Options) { o.Cache, o.Offline = cache, true; o.Endpoint.Extra = c.endpoint.Extra })
	if _, err := offline.Complete(t.Context(), Request{Embed: []string{"two", "one"}}); ClassOf(err) != ClassOfflineMiss {
		t.Errorf("got %v: other texts are another question", err)
	}
}

// counted is a purse that adds up what was spent.
type counted struct {
	free
	spent float64
}

func (c *counted) Settle(_, spent, _ float64) { c.spent += spent }

func TestVectorsOfNoUse(t *testing.T) {
	good := llmtest.Reply{Vectors: [][]float32{{1, 0}, {0, 1}}, In: 3}
	for _, row := range []struct {
		why   string
		bad   llmtest.Reply
		class Class
		retry bool
		text  string
	}{
		{"too few", llmtest.Reply{Vectors: [][]float32{{1, 0}}}, ClassUnparsable, true, "1 vectors of 2 texts"},
		{"of different lengths", llmtest.Reply{Vectors: [][]float32{{1, 0}, {1}}}, ClassUnparsable, true, "different lengths"},
		{"without a direction", llmtest.Reply{Vectors: [][]float32{{1, 0}, {0, 0}}}, ClassUnparsable, true, "without a direction"},
		{"numbered twice", llmtest.Reply{Raw: `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`}, ClassUnparsable, true, "numbers its vectors"},
		{"numbered past the end", llmtest.Reply{Raw: `{"data":[{"index":0,"embedding":[1]},{"index":7,"embedding":[1]}]}`}, ClassUnparsable, true, "numbers its vectors"},
		{"past what a number can hold", llmtest.Reply{Raw: `{"data":[{"index":0,"embedding":[1e99]},{"index":1,"embedding":[1]}]}`}, ClassUnparsable, true, "not a list of vectors"},
		{"an answer in words", llmtest.Reply{Raw: `{"choices":[{"message":{"content":"hello"},"finish_reason":"stop"}]}`}, ClassUnparsable, true, "no vectors"},
		{"no JSON", llmtest.Reply{Raw: "<html>"}, ClassUnparsable, true, "not a list of vectors"},
		{"cut", llmtest.Reply{Vectors: good.Vectors, CutAfter: 30}, ClassTruncated, true, "ended before"},
		{"an error inside", llmtest.Reply{Raw: `{"error":{"message":"upstream died"}}`}, ClassServer, true, "upstream died"},
		{"too many", llmtest.Reply{Status: 429, RetryAfter: "1"}, ClassRate, true, "429"},
		{"too long", llmtest.Reply{Status: 400, Message: "8192 tokens at most"}, ClassBadRequest, false, "8192"},
		{"no key", llmtest.Reply{Status: 401, Message: "who?"}, ClassAuthentication, false, "who?"},
	} {
		t.Run(row.why, func(t *testing.T) {
			s := newServerWith(t, llmtest.Options{Embed: llmtest.Script(row.bad, good)})
			r := Request{Embed: []string{"one", "two"}}
			once, _ := newTestClient(t, s, func(o *Options) { o.Retry.Attempts = 1 })
			_, err := once.Complete(t.Context(), r)
			var e *Error
			if !errors.As(err, &e) || e.Class != row.class || e.Retryable != row.retry || !strings.Contains(e.Error(), row.text) {
				t.Fatalf("got %v (retryable %t), want %s with %q", err, e != nil && e.Retryable, row.class, row.text)
			}
		})
	}
	s := newServerWith(t, llmtest.Options{})
	c, _ := newTestClient(t, s, nil)
	for _, r := range []Request{{Embed: []string{"a", ""}}, {Embed: []string{"a"}, Messages: []Message{{Role: "user", Content: "b"}}}} {
		if _, err := c.Complete(t.Context(), r); ClassOf(err) != ClassBadRequest || s.Received() != 0 {
			t.Errorf("%+v: %v after %d calls", r, err, s.Received())
		}
	}
}
