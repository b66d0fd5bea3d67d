package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// testContext is for processes that are not tests.
var testContext = context.Background()

func TestStoredAnswersAreReadAsTheyWereGiven(t *testing.T) {
	for _, row := range []struct {
		why     string
		stream  bool
		replies []llmtest.Reply
		class   Class
	}{
		{"a good answer after a bad attempt", false, []llmtest.Reply{{Status: 429}, {Text: `{"outcome":"approve"}`, In: 7, Out: 3}}, ""},
		{"a streamed answer", true, []llmtest.Reply{{Text: `{"outcome":"approve"}`, In: 7, Out: 3}}, ""},
		{"a refusal was paid for too", false, []llmtest.Reply{{Refusal: "no"}}, ClassRefused},
		{"so was an answer that ran out of tokens", false, []llmtest.Reply{{Text: `{"out`, Finish: "length"}}, ClassTruncated},
		{"and one that breaks the schema", false, []llmtest.Reply{{Text: `{}`}}, ClassSchema},
	} {
		t.Run(row.why, func(t *testing.T) {
			s := newServer(t, llmtest.Script(row.replies...))
			cache := newCache(t)
			c, _ := newTestClient(t, s, func(o *Options) { o.Cache, o.Endpoint.Stream = cache, row.stream })
			r := ask("q")
			r.Schema = outcomeSchema
			live, liveErr := c.Complete(t.Context(), r)
			if ClassOf(liveErr) != row.class || live.FromCache {
				t.Fatalf("live: %v, from cache %t", liveErr, live.FromCache)
			}
			offline, _ := newTestClient(t, s, func(o *Options) {
				o.Cache, o.Endpoint.Stream, o.Offline = cache, row.stream, true
				o.Getenv = func(string) string { return "" } // stored answers need no key
			})
			stored, storedErr := offline.Complete(t.Context(), r)
			if !stored.FromCache || s.Received() != len(row.replies) {
				t.Fatalf("from cache %t, %d calls received", stored.FromCache, s.Received())
			}
			stored.FromCache = false
			if d := cmp.Diff(live, stored); d != "" {
				t.Errorf("(-live +stored)\n%s", d)
			}
			if row.class != "" && liveErr.Error() != storedErr.Error() {
				t.Errorf("live %q, stored %q", liveErr, storedErr)
			}
		})
	}
}

func TestFailedExchangesAreNotStored(t *testing.T) {
	for _, bad := range []llmtest.Reply{{Status: 500}, {Text: "x", Finish: "none"}, {Raw: "<html>"}, {Raw: `{}`}, {Drop: true}} {
		s := newServer(t, llmtest.Script(bad))
		cache := newCache(t)
		c, _ := newTestClient(t, s, func(o *Options) { o.Cache, o.Retry.Attempts = cache, 2 })
		if _, err := c.Complete(t.Context(), ask("q")); err == nil {
			t.Errorf("%+v: no error", bad)
		}
		if n, err := cache.Len(); n != 0 || err != nil {
			t.Errorf("%+v: %d entries stored, %v", bad, n, err)
		}
	}
}

func TestEveryPartOfTheKeySeparatesAnswers(t *testing.T) {
	base := func() (Endpoint, Request) {
		return Endpoint{BaseURL: "http://h/v1", Model: "m", KeyEnv: "A"}, ask("q")
	}
	key := func(change func(*Endpoint, *Request)) Key {
		e, r := base()
		change(&e, &r)
		body, err := e.body(&r)
		if err != nil {
			t.Fatal(err)
		}
		q := e.question(body, &r)
		return q.Key()
	}
	first := key(func(*Endpoint, *Request) {})
	for why, change := range map[string]func(*Endpoint, *Request){
		"base URL":    func(e *Endpoint, _ *Request) { e.BaseURL = "http://h/v2" },
		"model":       func(e *Endpoint, _ *Request) { e.Model = "n" },
		"stream":      func(e *Endpoint, _ *Request) { e.Stream = true },
		"words":       func(_ *Endpoint, r *Request) { r.Messages[0].Content = "p" },
		"role":        func(_ *Endpoint, r *Request) { r.Messages[0].Role = "system" },
		"temperature": func(_ *Endpoint, r *Request) { r.Temperature = ptr(0.0) },
		"seed":        func(_ *Endpoint, r *Request) { r.Seed = ptr(int64(0)) },
		"schema":      func(_ *Endpoint, r *Request) { r.Schema = outcomeSchema },
		"repeat":      func(_ *Endpoint, r *Request) { r.Repeat = 1 },
		"sample":      func(_ *Endpoint, r *Request) { r.Sample = 1 },
		"reask":       func(_ *Endpoint, r *Request) { r.Reask = 1 },
	} {
		if key(change) == first {
			t.Errorf("another %s reads the same answer", why)
		}
	}
	for why, change := range map[string]func(*Endpoint, *Request){
		"key variable":           func(e *Endpoint, _ *Request) { e.KeyEnv = "B" },
		"case and step":          func(_ *Endpoint, r *Request) { r.Case, r.Step = "other", "other" },
		"slash at the URL's end": func(e *Endpoint, _ *Request) { e.BaseURL += "/" },
	} {
		if key(change) != first {
			t.Errorf("another %s loses what was paid for", why)
		}
	}
}

func TestOfflineNamesWhatIsMissing(t *testing.T) {
	s := newServer(t, llmtest.Text("x"))
	cache := newCache(t)
	c, _ := newTestClient(t, s, func(o *Options) { o.Cache, o.Offline = cache, true })
	r := ask("q")
	r.Repeat, r.Sample = 2, 3
	_, err := c.Complete(t.Context(), r)
	if ClassOf(err) != ClassOfflineMiss || s.Received() != 0 {
		t.Fatalf("got %v, %d calls", err, s.Received())
	}
	for _, want := range []string{`"small"`, `case "case-1"`, `step "decide"`, "repeat 2", "sample 3", "cache.db"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	if _, err := NewClient(Options{Endpoint: Endpoint{BaseURL: s.URL, Model: "m"}, Offline: true}); err == nil {
		t.Error("offline without a cache is taken")
	}
}

func TestMissingKeyStopsBeforeTheCall(t *testing.T) {
	s := newServer(t, llmtest.Text("x"))
	c, _ := newTestClient(t, s, func(o *Options) { o.Getenv = func(string) string { return "" } })
	_, err := c.Complete(t.Context(), ask("q"))
	if ClassOf(err) != ClassAuthentication || !strings.Contains(err.Error(), `"STANDIN_KEY"`) || s.Received() != 0 {
		t.Errorf("got %v after %d calls", err, s.Received())
	}
}

func TestSameQuestionInFlightIsPaidOnce(t *testing.T) {
	s := newServer(t, func(*llmtest.Call) llmtest.Reply {
		return llmtest.Reply{Text: `{"outcome":"approve"}`, Latency: 50 * time.Millisecond}
	})
	c, _ := newTestClient(t, s, func(o *Options) { o.Cache = newCache(t) })
	r := ask("q")
	r.Schema = outcomeSchema
	var wg sync.WaitGroup
	var mu sync.Mutex
	live := 0
	for range 20 {
		wg.Go(func() {
			got, err := c.Complete(t.Context(), r)
			if err != nil {
				t.Error(err)
				return
			}
			got.Output.(map[string]any)["outcome"] = "changed by its owner" // must be nobody else's
			mu.Lock()
			defer mu.Unlock()
			if !got.FromCache {
				live++
			}
		})
	}
	wg.Wait()
	if s.Paid() != 1 || live != 1 {
		t.Errorf("paid %d, %d callers say that they paid: want 1 and 1", s.Paid(), live)
	}
}

func TestAStoppedLeaderDoesNotStopTheOthers(t *testing.T) {
	s := newServer(t, llmtest.Script(llmtest.Reply{Hang: true}, llmtest.Reply{Text: "x"}))
	c, _ := newTestClient(t, s, func(o *Options) { o.Cache, o.Retry.Timeout = newCache(t), time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := c.Complete(ctx, ask("q")); !errors.Is(err, context.Canceled) {
			t.Errorf("leader: %v", err)
		}
	})
	for s.Received() == 0 { // the leader is on its way, and gets no answer
		time.Sleep(time.Millisecond)
	}
	wg.Go(func() {
		if got, err := c.Complete(t.Context(), ask("q")); err != nil || got.Text != "x" {
			t.Errorf("follower: %q, %v", got.Text, err)
		}
	})
	time.Sleep(15 * time.Millisecond) // it has most likely begun to wait
	cancel()
	wg.Wait()
}

func TestAPanickingLeaderLetsTheOthersGo(t *testing.T) {
	s := newServer(t, llmtest.Text("x"))
	entered, fail := make(chan struct{}), make(chan struct{})
	first := true
	c, _ := newTestClient(t, s, func(o *Options) {
		o.Cache = newCache(t)
		base := defaultTransport()
		o.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if first {
				first = false
				close(entered)
				<-fail
				panic("bug")
			}
			return base.RoundTrip(r)
		})
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		c.Complete(t.Context(), ask("q"))
	})
	<-entered
	wg.Go(func() {
		if got, err := c.Complete(t.Context(), ask("q")); err != nil || got.Text != "x" {
			t.Errorf("follower: %q, %v", got.Text, err)
		}
	})
	close(fail)
	wg.Wait()
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnAnswerThatCannotBeStoredIsNotPaidAgain(t *testing.T) {
	s := newServer(t, llmtest.Script(llmtest.Reply{Text: "x", Latency: 30 * time.Millisecond}))
	cache := newCache(t)
	c, _ := newTestClient(t, s, func(o *Options) { o.Cache = cache })
	if err := cache.writer.close(); err != nil { // as a full disk would, it takes nothing more
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := c.Complete(t.Context(), ask("q")); err == nil || ClassOf(err) != "" {
				t.Errorf("got %v, want the cache's own error", err)
			}
		})
	}
	wg.Wait()
	if s.Paid() != 1 {
		t.Errorf("paid %d times", s.Paid())
	}
}

func TestTheFirstProcessToStoreIsRight(t *testing.T) {
	dir := t.TempDir()
	open := func() *Cache {
		c, err := OpenCache(filepath.Join(dir, "cache.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	ours, theirs := open(), open()
	var s *llmtest.Server
	other, _ := newTestClient(t, newServer(t, llmtest.Text("theirs")), func(o *Options) { o.Cache = theirs })
	s = newServer(t, func(c *llmtest.Call) llmtest.Reply {
		// While our call is under way, the other process stores its answer to the same question.
		body, _ := other.endpoint.body(ptr(ask("q")))
		e := Endpoint{BaseURL: s.URL, Model: "small"}
		q := e.question(body, ptr(ask("q")))
		p, err := other.pay(t.Context(), ptr(ask("q")), q.Key(), body)
		if err != nil || p.answer.text != "theirs" {
			t.Errorf("other process: %q, %v", p.answer.text, err)
		}
		return llmtest.Reply{Text: "ours"}
	})
	c, _ := newTestClient(t, s, func(o *Options) { o.Cache = ours })
	got, err := c.Complete(t.Context(), ask("q"))
	if err != nil || got.Text != "theirs" {
		t.Errorf("got %q, %v: both records must hold the answer that is stored", got.Text, err)
	}
}

// The key is planted, and the endpoint repeats it in every way it can.
func TestTheKeyIsNowhere(t *testing.T) {
	echo := func(c *llmtest.Call) string {
		return c.Header.Get("Authorization") + " " + strings.ReplaceAll(plantedKey, "/", `\/`) + " " + c.Header.Get("X-Tenant")
	}
	const tenant = "tenant-secret-42"
	dir := t.TempDir()
	cache, err := OpenCache(filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	var said []string
	for n, reply := range []llmtest.Reply{
		{}, {Status: 401}, {Status: 400}, {Status: 500}, {Refusal: "x"}, {Finish: "length"}, {Finish: "content_filter"},
		{Raw: "<html>"}, {Raw: `{"error":"%s"}`}, {Location: "http://127.0.0.1:1/%s"}, {Location: "http://" + tenant + ".example/"}, {Status: 429, RetryAfter: plantedKey}, {Drop: true}, {CutAfter: 200},
	} {
		answer := func(c *llmtest.Call) llmtest.Reply {
			r := reply
			r.Text, r.Message, r.Fingerprint, r.Model = echo(c), echo(c), echo(c), echo(c)
			r.Header = http.Header{"X-Request": {echo(c)}, "X-Ratelimit-Reset": {plantedKey}, "Content-Language": {tenant}}
			if r.Refusal != "" {
				r.Refusal = echo(c)
			}
			r.Raw = strings.ReplaceAll(r.Raw, "%s", plantedKey)
			r.Location = strings.ReplaceAll(r.Location, "%s", plantedKey)
			if len(c.Input) > 0 {
				r.Vectors = llmtest.ByWords(c).Vectors
			}
			return r
		}
		s := newServerWith(t, llmtest.Options{Answer: answer, Embed: answer})
		for _, stream := range []bool{false, true} {
			c, _ := newTestClient(t, s, func(o *Options) {
				o.Cache, o.Retry.Attempts, o.Endpoint.Stream = cache, 1, stream
				o.Endpoint.HeaderEnvs = map[string]string{"X-Tenant": "TENANT"}
				o.Getenv = func(name string) string {
					return map[string]string{"STANDIN_KEY": plantedKey, "TENANT": tenant}[name]
				}
			})
			r := ask("q")
			r.Schema, r.Repeat = outcomeSchema, n
			got, err := c.Complete(t.Context(), r)
			if err == nil {
				t.Fatalf("%+v: no error", reply)
			}
			said = append(said, fmt.Sprintf("%v %+v %#v %s", c, c, c, c), err.Error(), got.Text, got.Refusal, got.Model, got.Fingerprint, string(got.Raw), strings.Join(causesOf(err), "\n"))
			got, err = c.Complete(t.Context(), Request{Embed: []string{"q"}, Repeat: n})
			said = append(said, fmt.Sprint(err), got.Model, string(got.Raw))
		}
	}
	if n, err := cache.Len(); n < 5 || err != nil {
		t.Fatalf("%d answers stored, %v: too few to prove anything", n, err)
	}
	entries, err := cache.readers.Query("SELECT k FROM answer")
	if err != nil {
		t.Fatal(err)
	}
	defer entries.Close()
	for entries.Next() {
		var k []byte
		if err := entries.Scan(&k); err != nil {
			t.Fatal(err)
		}
		e, _, err := cache.Get(Key(k))
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, string(e.Body), e.Model)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, string(b))
	}
	for _, secret := range []string{plantedKey, strings.ReplaceAll(plantedKey, "/", `\/`), strings.ReplaceAll(plantedKey, "+", `\u002b`), tenant} {
		for _, text := range said {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %q", secret, tidy([]byte(text)))
			}
		}
	}
	if !strings.Contains(strings.Join(said, ""), "[secret]") {
		t.Error("nothing was redacted: the endpoint did not repeat the key, and this test proves nothing")
	}
}

func causesOf(err error) []string {
	var e *Error
	if errors.As(err, &e) {
		return e.Causes
	}
	return nil
}
