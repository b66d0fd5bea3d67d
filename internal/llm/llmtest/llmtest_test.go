package llmtest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func post(t *testing.T, url, body string) (status int, text string) {
	t.Helper()
	resp, err := http.Post(url+"/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err.Error()
	}
	return resp.StatusCode, string(b)
}

// TestBySchema answers in the shape asked for, the same question the same.
func TestBySchema(t *testing.T) {
	ask := func(question string) Reply {
		return BySchema(&Call{Messages: []Message{{Role: "user", Content: question}}, Body: []byte(`{"response_format":{"json_schema":{"schema":{"type":"object","properties":{
			"queue":{"enum":["a","b"]},"sure":{"type":"number"},"note":{"type":["string","null"]},"tags":{"type":"array","items":{"type":"boolean"}},"kind":{"const":"x"},"day":{"type":["string","null"],"format":"date"},"at":{"type":"string","format":"date-time"},"due":{"type":"string","description":"a date written YYYY-MM-DD"},"seen":{"type":"string","description":"a time written YYYY-MM-DDTHH:MM:SSZ"},"either":{"anyOf":[{"type":"null"},{"type":"string"}]}}}}}}`)})
	}
	seen := map[string]bool{}
	for i := range 40 {
		r := ask(fmt.Sprint(i))
		if r.Text != ask(fmt.Sprint(i)).Text {
			t.Errorf("two answers to one question: %s", r.Text)
		}
		seen[r.Text[strings.Index(r.Text, `"queue"`):strings.Index(r.Text, `,"sure"`)]] = true
		if !strings.Contains(r.Text, `"kind":"x"`) || !strings.Contains(r.Text, `"note":"stand-in"`) || !strings.Contains(r.Text, `"either":null`) {
			t.Errorf("%s is not of the schema", r.Text)
		}
		for _, want := range []string{`"day":"2024-03-01"`, `"due":"2024-03-01"`, `"at":"2024-03-01T09:30:00Z"`, `"seen":"2024-03-01T09:30:00Z"`} {
			if !strings.Contains(r.Text, want) {
				t.Errorf("%s has no %s", r.Text, want)
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("the enum is always %v", seen)
	}
	if r := BySchema(&Call{Body: []byte(`{}`)}); r.Text != "ok" {
		t.Errorf("%q without a schema", r.Text)
	}
}

// TestBySchemaCalls: tools that are offered are called once each, and what they
// give is answered.
func TestBySchemaCalls(t *testing.T) {
	body := []byte(`{"tools":[{"type":"function","function":{"name":"order","parameters":{"type":"object","properties":{"number":{"type":"string"},"year":{"type":["integer","null"]}}}}},{"type":"function","function":{"name":"today","parameters":{"type":"object","properties":{}}}}]}`)
	question := Message{Role: "user", Content: "where is it"}
	r := BySchema(&Call{Messages: []Message{question}, Body: body})
	var got []string
	for _, c := range r.Calls {
		got = append(got, c.Name+c.Arguments)
	}
	if calls := strings.Join(got, " "); calls != `order{"number":"stand-in","year":0} today{}` && calls != `order{"number":"stand-in","year":1} today{}` {
		t.Errorf("called %s", calls)
	}
	answered := []Message{question, {Role: "assistant"}, {Role: "tool", Content: "{}"}, {Role: "tool", Content: "{}"}}
	if r := BySchema(&Call{Messages: answered, Body: body}); r.Text != "ok" || len(r.Calls) > 0 {
		t.Errorf("%+v after the calls, want an answer", r)
	}
}

// TestMeter counts over the minute that has passed, or over its own.
func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		any, own := &Meter{Requests: 10}, &Meter{Requests: 10, Fixed: true}
		take := func(m *Meter, n int) (taken int) {
			for range n {
				if m.Enter(1) {
					m.Leave()
					taken++
				}
			}
			return taken
		}
		steps := []struct {
			after    time.Duration
			any, own int
		}{{0, 4, 4}, {30 * time.Second, 6, 6}, {29 * time.Second, 0, 0}, {time.Second, 4, 10}, {30 * time.Second, 6, 0}}
		for i, step := range steps {
			time.Sleep(step.after)
			want := []int{4, 10, 10, 10, 10}[i]
			if got := take(any, want); got != step.any {
				t.Errorf("step %d: %d of any minute, want %d", i, got, step.any)
			}
			if got := take(own, want); got != step.own {
				t.Errorf("step %d: %d of its own minute, want %d", i, got, step.own)
			}
		}
		tokens := &Meter{Tokens: 10, Concurrency: 1}
		if !tokens.Enter(6) || tokens.Enter(1) {
			t.Error("two calls in flight where one may be")
		}
		tokens.Leave()
		if tokens.Enter(5) || !tokens.Enter(4) {
			t.Error("11 tokens, or not 10")
		}
		if got := tokens.Count(); got != (Count{Accepted: 2, Refused: 2, Tokens: 10}) {
			t.Errorf("counted %+v", got)
		}
	})
}

// TestFaults: each fault has its share, and shows.
func TestFaults(t *testing.T) {
	f := Faults{Rate: 0.1, Pause: "2", Server: 0.1, Drop: 0.1, Hang: 0.1, Cut: 0.1, Slow: 0.1, JSON: 0.1}
	answer := f.Wrap(Text("fine"))
	count := map[string]int{}
	for n := range 10_000 {
		r := answer(&Call{N: n})
		kind := "fine"
		switch {
		case r.Status == 429 && r.RetryAfter == "2":
			kind = "rate"
		case r.Status == 500:
			kind = "server"
		case r.Drop:
			kind = "drop"
		case r.Hang:
			kind = "hang"
		case r.CutAfter > 0:
			kind = "cut"
		case r.Drip > 0:
			kind = "slow"
		case r.Raw != "":
			kind = "json"
		}
		count[kind]++
	}
	for _, kind := range []string{"rate", "server", "drop", "hang", "cut", "slow", "json"} {
		if n := count[kind]; n < 850 || n > 1150 { // 5 standard errors
			t.Errorf("%s: %d of 10000, want 1000", kind, n)
		}
	}
}

// TestHandler refuses over the limit, and counts what was paid.
func TestHandler(t *testing.T) {
	s := New(Options{Answer: Text("fine"), Meter: &Meter{Requests: 1}, Pause: "7"})
	defer s.Close()
	if status, body := post(t, s.URL, `{}`); status != 200 || !strings.Contains(body, "fine") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := post(t, s.URL, `{}`); status != 429 || !strings.Contains(body, "over the limit") {
		t.Errorf("%d %s", status, body)
	}
	resp, err := http.Get(strings.TrimSuffix(s.URL, "/v1") + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); string(b) != "{\"received\": 2, \"paid\": 1, \"batches\": 0}\n" {
		t.Errorf("stats: %s", b)
	}
}
