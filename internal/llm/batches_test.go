package llm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// ledger is a purse that says what became of money.
type ledger struct {
	mu                    sync.Mutex
	held, spent, doubtful float64
}

func (l *ledger) Reserve(_ context.Context, most float64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held += most
	return nil
}

func (l *ledger) Settle(most, spent, doubtful float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.spent, l.doubtful = l.held-most, l.spent+spent, l.doubtful+doubtful
}

// batching is a client that asks in batches, over a cache.
func batching(t *testing.T, s *llmtest.Server, cache *Cache, purse Purse) *Client {
	t.Helper()
	c, _ := newTestClient(t, s, func(o *Options) {
		o.Cache, o.Batches, o.Gather, o.Purse = cache, new(Batches), true, purse
		o.Prices = Prices{In: 1, Cached: 1, Out: 2}
	})
	return c
}

func numbered(n int) Request {
	return Request{Messages: []Message{{Role: "user", Content: fmt.Sprintf("question <%d>", n)}}, MaxTokens: 5, Case: fmt.Sprint(n)}
}

// askAll asks so many questions, and says what came of them.
func askAll(t *testing.T, c *Client, questions int) map[int]string {
	t.Helper()
	out := map[int]string{}
	for n := range questions {
		r, err := c.Complete(t.Context(), numbered(n))
		out[n] = r.Text
		if err != nil {
			out[n] = string(ClassOf(err))
		}
	}
	return out
}

// passes gathers and collects until nothing is missing.
func passes(t *testing.T, c *Client, questions int) (map[int]string, int) {
	t.Helper()
	for pass := 0; ; pass++ {
		out := askAll(t, c, questions)
		settled, err := c.Collect(t.Context(), func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		if settled == 0 {
			return out, pass
		}
		if pass > 20 {
			t.Fatal("there is no end of passes")
		}
	}
}

func echo(c *llmtest.Call) llmtest.Reply {
	return llmtest.Reply{Text: "re: " + c.Last(), In: 3, Out: 2}
}

// Answers of batches are those of live calls, stored under the same keys; they
// are paid for once, and the money for them is set aside while they are under
// way.
func TestBatches(t *testing.T) {
	const questions = 30
	s := newServerWith(t, llmtest.Options{Answer: echo, Batching: llmtest.Batching{Polls: 3, Late: 1}})
	live := newCache(t)
	one, _ := newTestClient(t, s, func(o *Options) { o.Cache = live })
	want := askAll(t, one, questions)
	asked := s.Received()

	cache, purse := newCache(t), &ledger{}
	c := batching(t, s, cache, purse)
	for n, text := range askAll(t, c, questions) {
		if text != string(ClassUntried) {
			t.Errorf("question %d is %q before its batch", n, text)
		}
	}
	if n := c.batches.Waiting(); n != questions {
		t.Errorf("%d questions are gathered", n)
	}
	var told []string
	settled, err := c.Collect(t.Context(), func(text string) {
		told = append(told, text)
		if !strings.Contains(text, "completed") && purse.held < questions*(5*2+30) { // at least 30 bytes and 5 tokens each
			t.Errorf("%v is set aside while %q", purse.held, text)
		}
	})
	if err != nil || settled != questions {
		t.Fatalf("%d settled: %v", settled, err)
	}
	if len(told) < 3 || !strings.Contains(strings.Join(told, "\n"), "in_progress, 30 of 30") {
		t.Errorf("told %q", told)
	}
	if diff := cmp.Diff(want, askAll(t, c, questions)); diff != "" {
		t.Errorf("answers differ from those of live calls (-live +batch):\n%s", diff)
	}
	for k, entry := range live.Each(t.Context(), "") {
		one, err := entry()
		if err != nil {
			t.Fatal(err)
		}
		other, found, err := cache.Get(k)
		if err != nil || !found || other.Question != one.Question || other.RequestBytes != one.RequestBytes || other.Usage != one.Usage {
			t.Errorf("%s: %+v in a batch (%v), want %+v", k, other, err, one)
		}
		if other.Latency != 0 || len(other.Attempts) != 1 || other.Attempts[0].Batch != "batch-1" {
			t.Errorf("%s: latency %s, attempts %+v", k, other.Latency, other.Attempts)
		}
	}
	if n, damaged, err := cache.Verify(t.Context()); n != questions || len(damaged) > 0 || err != nil {
		t.Errorf("%d answers, %v, %v", n, damaged, err)
	}
	if purse.held != 0 || purse.spent != questions*(3+2*2) || purse.doubtful != 0 {
		t.Errorf("purse %+v", purse)
	}
	if got := s.Received() - asked; got != questions || s.Batches() != 1 {
		t.Errorf("%d calls in %d batches", got, s.Batches())
	}
	if pending, err := cache.PendingBatches(t.Context()); err != nil || len(pending) > 0 {
		t.Errorf("batches under way: %v, %v", pending, err)
	}
	for _, call := range s.Calls() {
		if strings.Contains(string(call.Body), plantedKey) {
			t.Error("the key is in a question")
		}
	}
	if e, err := cache.Learn(t.Context(), s.URL, "", "small"); err != nil || e.Answers != questions || e.Latency != (Spread{}) {
		t.Errorf("experience %+v, %v", e, err)
	}
}

// What goes wrong with a line, or with a batch, has the class that it would
// have in a call, and is tried again as often.
func TestBatchFaults(t *testing.T) {
	reply := func(r llmtest.Reply) llmtest.Options {
		return llmtest.Options{Answer: func(c *llmtest.Call) llmtest.Reply {
			if c.Last() == "question <1>" {
				return r
			}
			return echo(c)
		}}
	}
	whole := func(b llmtest.Batching) llmtest.Options { return llmtest.Options{Answer: echo, Batching: b} }
	first := true
	for _, test := range []struct {
		why     string
		options llmtest.Options
		want    map[string]int // questions by what came of them, of 4
		batches int
	}{
		{"a line that is refused", reply(llmtest.Reply{Status: 400, Message: "no"}), map[string]int{"answered": 3, "bad_request": 1}, 1},
		{"a filter", reply(llmtest.Reply{Status: 400, Code: "content_filter"}), map[string]int{"answered": 3, "content_filter": 1}, 1},
		{"a line that fails each time", reply(llmtest.Reply{Status: 500}), map[string]int{"answered": 3, "server": 1}, 5},
		{"a line over the limit each time", reply(llmtest.Reply{Status: 429}), map[string]int{"answered": 3, "rate": 1}, 5},
		{"no money", reply(llmtest.Reply{Status: 429, Code: "insufficient_quota"}), map[string]int{"answered": 3, "budget": 1}, 1},
		{"a line that is not answered within the window", reply(llmtest.Reply{Drop: true}), map[string]int{"answered": 3, "timeout": 1}, 5},
		{"an answer that is cut off", reply(llmtest.Reply{Text: "x", Finish: "none"}), map[string]int{"answered": 3, "truncated": 1}, 5},
		{"no chat completion", reply(llmtest.Reply{Raw: "hello"}), map[string]int{"answered": 3, "unparsable": 1}, 5},
		{"a refusal is an answer, and stored", reply(llmtest.Reply{Refusal: "never"}), map[string]int{"answered": 3, "refused": 1}, 1},
		{"a line that fails once", llmtest.Options{Answer: func(c *llmtest.Call) llmtest.Reply {
			if c.Last() == "question <1>" && first {
				first = false
				return llmtest.Reply{Status: 503}
			}
			return echo(c)
		}}, map[string]int{"answered": 4}, 2},
		{"a batch that is too large for the account", whole(llmtest.Batching{Fails: "token_limit_exceeded"}), map[string]int{"rate": 4}, 5},
		{"a batch that is cancelled", whole(llmtest.Batching{Cancel: true}), map[string]int{"answered": 2, "untried": 2}, 1},
		{"results with a line too few", whole(llmtest.Batching{Short: 1}), map[string]int{"answered": 4}, 0},
		{"a batch whose name is lost", whole(llmtest.Batching{Lose: 1}), map[string]int{"answered": 4}, 1},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := newServerWith(t, test.options)
			purse := &ledger{}
			c := batching(t, s, newCache(t), purse)
			if test.batches == 0 { // each batch loses its last line, and one of one line has nothing
				askAll(t, c, 4)
				if _, err := c.Collect(t.Context(), func(string) {}); err != nil {
					t.Fatal(err)
				}
				left := 0
				for _, text := range askAll(t, c, 4) {
					if text == string(ClassUntried) {
						left++
					}
				}
				if left != 1 {
					t.Errorf("%d questions are asked again, want 1", left)
				}
				return
			}
			out, _ := passes(t, c, 4)
			got := map[string]int{}
			for _, text := range out {
				if strings.HasPrefix(text, "re: ") {
					text = "answered"
				}
				got[text]++
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if s.Batches() != test.batches {
				t.Errorf("%d batches, want %d", s.Batches(), test.batches)
			}
			if purse.held > 1e-9 || purse.held < -1e-9 {
				t.Errorf("%v stays set aside", purse.held)
			}
			if pending, err := c.cache.PendingBatches(t.Context()); err != nil || len(pending) > 0 {
				t.Errorf("under way: %v, %v", pending, err)
			}
			if test.want["server"] == 1 {
				r, _ := c.Complete(t.Context(), numbered(1))
				if len(r.Attempts) != 5 || r.Attempts[4].Class != ClassServer {
					t.Errorf("attempts %+v", r.Attempts)
				}
			}
		})
	}
}

// An endpoint that refuses everything ends the run; one that refuses a line in
// particular does not.
func TestBatchRefused(t *testing.T) {
	s := newServerWith(t, llmtest.Options{Answer: func(*llmtest.Call) llmtest.Reply { return llmtest.Reply{Status: 404, Message: "no such model"} }})
	c := batching(t, s, newCache(t), nil)
	askAll(t, c, 3)
	if _, err := c.Collect(t.Context(), func(string) {}); ClassOf(err) != ClassBadRequest {
		t.Errorf("%v, want the refusal", err)
	}
	s = newServerWith(t, llmtest.Options{Answer: echo, Batching: llmtest.Batching{Fails: "invalid_json_line", Line: 2}})
	c = batching(t, s, newCache(t), nil)
	askAll(t, c, 3)
	if n, err := c.Collect(t.Context(), func(string) {}); n != 3 || err != nil {
		t.Errorf("%d settled, %v", n, err)
	}
	if got := askAll(t, c, 3); strings.Count(strings.Join(slices.Sorted(maps.Values(got)), " "), "bad_request") != 1 {
		t.Errorf("%v, want one line refused and the others asked again", got)
	}
	s = newServerWith(t, llmtest.Options{Answer: echo, Key: "another"})
	c = batching(t, s, newCache(t), nil)
	askAll(t, c, 1)
	if _, err := c.Collect(t.Context(), func(string) {}); ClassOf(err) != ClassAuthentication || strings.Contains(err.Error(), plantedKey) {
		t.Errorf("%v, want the key refused and not told", err)
	}
}

// Wherever a process ends, the one after it goes on with what the endpoint has,
// and no question is asked in two batches.
func TestBatchGoesOn(t *testing.T) {
	ctx := t.Context()
	of := func(t *testing.T, c *Client) (PendingBatch, []*gathered) {
		t.Helper()
		askAll(t, c, 3)
		b := PendingBatch{Token: "token", BaseURL: c.endpoint.BaseURL, Asked: "small", Time: time.UnixMilli(0)}
		if err := c.cache.withBatches(ctx); err != nil {
			t.Fatal(err)
		}
		won, err := c.cache.claim(ctx, b, c.batches.taken())
		if err != nil || len(won) != 3 {
			t.Fatalf("%d claimed: %v", len(won), err)
		}
		return b, won
	}
	uploaded := func(t *testing.T, c *Client) PendingBatch {
		b, won := of(t, c)
		lines, err := c.batches.lines(won)
		if err == nil {
			b.File, err = c.upload(ctx, b.Token, lines)
		}
		if err == nil {
			err = c.cache.named(ctx, b)
		}
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	begun := func(t *testing.T, c *Client) PendingBatch {
		b := uploaded(t, c)
		name, _, err := c.create(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		b.Name = name
		return b
	}
	for _, test := range []struct {
		why string
		die func(*testing.T, *Client)
	}{
		{"nothing was sent", func(t *testing.T, c *Client) { of(t, c) }},
		{"the file was sent, and its name not written down", func(t *testing.T, c *Client) {
			b, won := of(t, c)
			lines, err := c.batches.lines(won)
			if err == nil {
				_, err = c.upload(ctx, b.Token, lines)
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"the file was sent", func(t *testing.T, c *Client) { uploaded(t, c) }},
		{"the batch was begun, and its name not written down", func(t *testing.T, c *Client) { begun(t, c) }},
		{"the batch was begun", func(t *testing.T, c *Client) {
			if err := c.cache.named(ctx, begun(t, c)); err != nil {
				t.Fatal(err)
			}
		}},
		{"some answers were stored", func(t *testing.T, c *Client) {
			b := begun(t, c)
			if err := c.cache.named(ctx, b); err != nil {
				t.Fatal(err)
			}
			all := c.batches.taken()
			if err := c.purse.Reserve(ctx, all[0].most); err != nil {
				t.Fatal(err)
			}
			if err := c.collect(ctx, b, all[:1], &refusals{}, func(string) {}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.cache.claim(ctx, b, all); err != nil { // as before the batch was done with
				t.Fatal(err)
			}
			if err := c.cache.named(ctx, b); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := newServerWith(t, llmtest.Options{Answer: echo})
			cache, purse := newCache(t), &ledger{}
			dead := batching(t, s, cache, purse)
			test.die(t, dead)
			// Others are begun later, so that the search has pages to turn.
			for range 3 {
				other := batching(t, s, newCache(t), nil)
				if _, err := other.Complete(ctx, numbered(100)); ClassOf(err) != ClassUntried {
					t.Fatal(err)
				}
				if _, err := other.Collect(ctx, func(string) {}); err != nil {
					t.Fatal(err)
				}
			}
			c := batching(t, s, cache, purse)
			out, n := passes(t, c, 4) // one question more than before
			for i := range 4 {
				if want := fmt.Sprintf("re: question <%d>", i); out[i] != want {
					t.Errorf("question %d: %q", i, out[i])
				}
			}
			if n != 1 {
				t.Errorf("%d passes, want 1", n)
			}
			if s.Paid()-3 != 4 {
				t.Errorf("4 questions were paid for %d times", s.Paid()-3)
			}
			if purse.spent != 4*(3+2*2) || purse.held > 1e-9 || purse.held < -1e-9 {
				t.Errorf("purse %+v", purse)
			}
		})
	}
}

// Where the endpoint lists no batches, it is for a person to say whether one
// was begun: nothing is asked twice on a guess.
func TestBatchUnknown(t *testing.T) {
	s := newServerWith(t, llmtest.Options{Answer: echo, Batching: llmtest.Batching{Lose: 1, Hidden: true}})
	cache := newCache(t)
	c := batching(t, s, cache, nil)
	for range 2 {
		askAll(t, c, 2)
		if _, err := c.Collect(t.Context(), func(string) {}); err == nil || !strings.Contains(err.Error(), "--forget") {
			t.Fatalf("%v, want what to do", err)
		}
	}
	pending, err := cache.PendingBatches(t.Context())
	if err != nil || len(pending) != 1 || pending[0].Questions != 2 || s.Batches() != 1 {
		t.Fatalf("%v, %v, %d batches", pending, err, s.Batches())
	}
	if gone, err := cache.ForgetBatch(t.Context(), pending[0].Token); !gone || err != nil {
		t.Fatalf("%v, %v", gone, err)
	}
	if gone, err := cache.ForgetBatch(t.Context(), pending[0].Token); gone || err != nil {
		t.Fatalf("forgotten twice: %v, %v", gone, err)
	}
	if out, _ := passes(t, c, 2); out[0] != "re: question <0>" || s.Batches() != 2 {
		t.Errorf("%v after %d batches", out, s.Batches())
	}
}

// Several processes that need the same answers ask in one batch.
func TestBatchesShared(t *testing.T) {
	s := newServerWith(t, llmtest.Options{Answer: echo, Batching: llmtest.Batching{Polls: 1}})
	path := filepath.Join(t.TempDir(), "responses.sqlite")
	var wg sync.WaitGroup
	for range 3 {
		cache, err := OpenCache(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cache.Close() })
		c := batching(t, s, cache, nil)
		wg.Go(func() {
			if out, _ := passes(t, c, 20); out[19] != "re: question <19>" {
				t.Errorf("%v", out)
			}
		})
	}
	wg.Wait()
	if s.Paid() != 20 {
		t.Errorf("20 questions were paid for %d times", s.Paid())
	}
}

// TestCut keeps batches within what endpoints take.
func TestCut(t *testing.T) {
	of := func(lines ...int) []*gathered {
		var out []*gathered
		for _, n := range lines {
			out = append(out, &gathered{line: n})
		}
		return out
	}
	for _, test := range []struct {
		why  string
		of   []*gathered
		want []int
	}{
		{"nothing", nil, nil},
		{"as large as may be", of(batchBytes-1, 1), []int{2}},
		{"a byte more", of(batchBytes, 1), []int{1, 1}},
		{"one that is too large by itself goes alone", of(1, 2*batchBytes, 1), []int{1, 1, 1}},
		{"as many as may be", of(make([]int, batchQuestions+1)...), []int{batchQuestions, 1}},
	} {
		var got []int
		for _, part := range cut(test.of) {
			got = append(got, len(part))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}

// A run that is stopped while it waits leaves the batch to the next one.
func TestBatchStopped(t *testing.T) {
	s := newServerWith(t, llmtest.Options{Answer: echo, Batching: llmtest.Batching{Polls: 5}})
	cache := newCache(t)
	c := batching(t, s, cache, &ledger{})
	askAll(t, c, 2)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := c.Collect(ctx, func(string) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want that it was stopped", err)
	}
	if p := c.purse.(*ledger); p.held != 0 {
		t.Errorf("%v stays set aside", p.held)
	}
	if out, _ := passes(t, batching(t, s, cache, nil), 2); out[1] != "re: question <1>" || s.Batches() != 1 {
		t.Errorf("%v after %d batches", out, s.Batches())
	}
}
