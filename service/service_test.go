package service_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/serve/servetest"
	"github.com/rehearse-dev/rehearse/service"
)

func open(t *testing.T, o service.Options) *service.Service {
	t.Helper()
	s, err := service.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closed(t *testing.T, s *service.Service) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, s *service.Service, body string) *service.Served {
	t.Helper()
	c, err := s.ParseCase([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	served, err := s.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return served
}

// crm counts what is sent to it.
type crm struct {
	calls atomic.Int64
	err   error
}

func (c *crm) Send(context.Context, engine.Action) error { c.calls.Add(1); return c.err }

func (c *crm) of(system string) engine.Sender {
	if system != "crm" {
		return nil
	}
	return c
}

// long is a text that the design escalates.
var long = "invoice " + strings.Repeat("and so on ", 10)

// TestService goes through a day: cases, actions that are taken once, decisions,
// a restart.
func TestService(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	dir, production := servetest.Project(t, g)
	to := &crm{}
	o := service.Options{
		Production: production, Registry: g.Registry(), Audit: filepath.Join(dir, "audit"), Sender: to.of, Now: servetest.Clock(),
	}
	s := open(t, o)
	if _, err := service.Open(context.Background(), o); err == nil || !strings.Contains(err.Error(), "another process writes this audit log") {
		t.Errorf("a second service: %v", err)
	}
	paid := run(t, s, `{"id":"c1","input":{"text":"invoice 1","who":"Ada Lovelace"},"tags":{"lang":"en"}}`)
	if paid.Status != flow.Automated || !cmp.Equal(paid.Outcome, []any{"billing", "for Ada Lovelace"}) {
		t.Errorf("%+v", paid)
	}
	again := run(t, s, `{"id":"c1","input":{"text":"invoice 1","who":"Ada Lovelace"}}`)
	if again.Trial == paid.Trial || to.calls.Load() != 1 {
		t.Errorf("trials %s and %s, and the action was taken %d times", paid.Trial, again.Trial, to.calls.Load())
	}
	first := run(t, s, `{"id":"e1","input":{"text":"`+long+`","who":"Bob"}}`)
	run(t, s, `{"id":"e2","input":{"text":"`+long+`","who":"Eve"}}`)
	if got := first.Shown.Get("input.who"); got != "Bob" || paid.Shown.Schema != nil {
		t.Errorf("the desk gets %v, and of what nobody takes there is %v", first.Shown, paid.Shown)
	}
	if waiting, total := s.Queue(1); total != 2 || len(waiting) != 1 || waiting[0].Trial != first.Trial {
		t.Errorf("%d wait, first %+v", total, waiting)
	}
	decide := func(s *service.Service, id, body string) (*service.Served, error) {
		r, err := s.ParseReview([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return s.Decide(context.Background(), id, r)
	}
	const says = `{"reviewer":"rex","seconds":30,"outcome":{"queue":"billing","note":"for Bob"}}`
	for _, tt := range []struct {
		id   string
		want error
	}{{"e1", nil}, {"e1", service.ErrDecided}, {"c1", service.ErrNotEscalated}, {"nobody", service.ErrUnknown}} {
		got, err := decide(s, tt.id, says)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.id, err, tt.want)
		}
		if err == nil && (got.Open() || got.Shown.Schema != nil || !*got.Decision.Agrees || got.Decision.Took != 30*time.Second) {
			t.Errorf("%s: %+v", tt.id, got.Decision)
		}
	}
	closed(t, s)
	for _, name := range []string{"Ada Lovelace", "Bob", "Eve"} {
		data, err := os.ReadFile(filepath.Join(dir, "audit", "audit-00001.jsonl"))
		if err != nil || strings.Contains(string(data), name) {
			t.Errorf("%q stands in the audit log (%v)", name, err)
		}
	}

	// After a restart the action is known, what is open can be decided, and what
	// was decided cannot be decided again.
	s = open(t, o)
	defer closed(t, s)
	run(t, s, `{"id":"c1","input":{"text":"invoice 1"}}`)
	if to.calls.Load() != 1 {
		t.Errorf("the action was taken %d times", to.calls.Load())
	}
	if waiting, total := s.Queue(10); total != 1 || waiting[0].ID != "e2" || waiting[0].Shown.Schema != nil || !cmp.Equal(waiting[0].Withheld, []string{"note"}) {
		t.Errorf("%d wait, %+v", total, waiting)
	}
	if _, err := decide(s, "e1", says); !errors.Is(err, service.ErrDecided) {
		t.Errorf("%v", err)
	}
	if got, err := decide(s, "e2", says); err != nil || got.Decision.Agrees != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDecideAtOnce has many reviewers decide about one case.
func TestDecideAtOnce(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	dir, production := servetest.Project(t, g)
	s := open(t, service.Options{Production: production, Registry: g.Registry(), Audit: filepath.Join(dir, "audit")})
	defer closed(t, s)
	run(t, s, `{"id":"e1","input":{"text":"`+long+`"}}`)
	var ended atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := s.Decide(context.Background(), "e1", &service.Review{Reviewer: "rex", Outcome: []any{"tech", nil}})
			if err == nil {
				ended.Add(1)
			} else if !errors.Is(err, service.ErrDecided) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if ended.Load() != 1 {
		t.Errorf("%d decisions were taken", ended.Load())
	}
}

// TestRecent keeps so many cases in memory, and all that wait for a reviewer.
func TestRecent(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	dir, production := servetest.Project(t, g)
	s := open(t, service.Options{Production: production, Registry: g.Registry(), Audit: filepath.Join(dir, "audit"), Recent: 2})
	defer closed(t, s)
	for _, id := range []string{"a", "b", "c", "d"} {
		text := "crash"
		if id == "b" {
			text = long
		}
		run(t, s, `{"id":"`+id+`","input":{"text":"`+text+`"}}`)
	}
	for id, want := range map[string]bool{"a": false, "b": true, "c": true, "d": true} {
		if _, ok := s.Case(id); ok != want {
			t.Errorf("case %s: %v, want %v", id, ok, want)
		}
	}
	if _, err := s.Decide(context.Background(), "b", &service.Review{Reviewer: "rex", Outcome: []any{"tech", nil}}); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Case("b"); ok {
		t.Error("a case that is neither recent nor waits is kept")
	}
}

// counts is an observer.
type counts struct{ ran, shadowed, dropped, decided atomic.Int64 }

func (c *counts) Ran(context.Context, *flow.Case, *engine.Ran)  { c.ran.Add(1) }
func (c *counts) Shadowed(context.Context, string, *engine.Ran) { c.shadowed.Add(1) }
func (c *counts) Dropped(string)                                { c.dropped.Add(1) }
func (c *counts) Decided(*service.Decision, time.Duration)      { c.decided.Add(1) }

// TestShadow: a design in shadow that does not come back holds nobody up, acts
// on nothing, and what it cannot take is counted.
func TestShadow(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	dir, production := servetest.Project(t, g)
	w, problems := design.LoadWorkflow(filepath.Join(dir, "workflows/tickets/workflow.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	// In shadow every case waits for the gate: the design in production has one of
	// its own, which is open.
	stuck := servetest.Gate{Open: g.Open}
	plan, problems := design.Load(filepath.Join(dir, "workflows/tickets/other.yaml"), w, stuck.Registry(), design.Options{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	through := servetest.Gate{Open: make(chan struct{})}
	close(through.Open)
	to, seen := &crm{}, &counts{}
	s := open(t, service.Options{
		Production: production, Registry: through.Registry(), Audit: filepath.Join(dir, "audit"), Sender: to.of,
		Shadows: []*engine.Promoted{engine.New(plan, 1)}, ShadowBacklog: 3, Observer: seen,
	})
	for i := range 10 {
		run(t, s, `{"id":"w`+string(rune('0'+i))+`","input":{"text":"wait `+string(rune('0'+i))+`"}}`)
	}
	if n := seen.dropped.Load(); n < 6 || n > 7 { // one is worked on, if it was fetched in time, and three wait
		t.Errorf("%d dropped", n)
	}
	close(g.Open)
	for deadline := time.Now().Add(time.Minute); seen.shadowed.Load()+seen.dropped.Load() < 10 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	closed(t, s)
	if seen.ran.Load() != 10 || seen.shadowed.Load()+seen.dropped.Load() != 10 || to.calls.Load() != 10 {
		t.Errorf("%d ran, %d in shadow, %d dropped, %d actions", seen.ran.Load(), seen.shadowed.Load(), seen.dropped.Load(), to.calls.Load())
	}
	data, err := os.ReadFile(filepath.Join(dir, "audit", "audit-00001.jsonl"))
	if n := strings.Count(string(data), `"event":"shadow"`); err != nil || int64(n) != seen.shadowed.Load() {
		t.Errorf("%d shadow trials in the log, %v", n, err)
	}
}

// TestWithoutCard withholds everything that is not out of a list.
func TestWithoutCard(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	dir, production := servetest.Project(t, g)
	if err := os.RemoveAll(filepath.Join(dir, "datasets")); err != nil {
		t.Fatal(err)
	}
	s := open(t, service.Options{Production: production, Registry: g.Registry(), Audit: filepath.Join(dir, "audit")})
	run(t, s, `{"id":"ada@example.org","input":{"text":"invoice of the thirteenth","who":"Ada Lovelace"}}`)
	if _, ok := s.Case("ada@example.org"); !ok {
		t.Error("the case is not found by its id")
	}
	closed(t, s)
	data, err := os.ReadFile(filepath.Join(dir, "audit", "audit-00001.jsonl"))
	if err != nil || !strings.Contains(string(data), `"kept":{"queue":"billing"}`) {
		t.Errorf("%s, %v", data, err)
	}
	for _, text := range []string{"ada@", "thirteenth", "Lovelace"} {
		if strings.Contains(string(data), text) {
			t.Errorf("%q stands in the audit log", text)
		}
	}
}

func TestParse(t *testing.T) {
	g := servetest.Gate{Open: make(chan struct{})}
	dir, production := servetest.Project(t, g)
	s := open(t, service.Options{Production: production, Registry: g.Registry(), Audit: filepath.Join(dir, "audit")})
	defer closed(t, s)
	for _, tt := range []struct{ why, body, want string }{
		{"no JSON", `what`, "want a JSON object"},
		{"a list", `[]`, "want a JSON object"},
		{"two objects", `{"id":"a","input":{}}{}`, "more than one JSON object"},
		{"another key", `{"id":"a","input":{},"label":1}`, `unknown key "label"`},
		{"no id", `{"input":{}}`, `want "id"`},
		{"an id that would break a line", `{"id":"a\nb","input":{}}`, `id "a\nb" has U+000A, which nobody sees`},
		{"an id that looks like another", `{"id":"a\u200bb","input":{}}`, `id "a\u200bb" has U+200B, which nobody sees`},
		{"an id that is shown backwards", `{"id":"a\u202eb","input":{}}`, "has U+202E"},
		{"a letter that is not shown", `{"id":"a\u3164","input":{}}`, "has U+3164"},
		{"a sign that says how another one is drawn", `{"id":"a\ufe0f","input":{}}`, "has U+FE0F"},
		{"half a character", `{"id":"a\ud800","input":{}}`, "has U+FFFD"},
		{"a cluster as well", `{"id":"a","input":{},"cluster":"k\u2066"}`, "cluster \"k\\u2066\" has U+2066"},
		{"a key twice", `{"id":"a","id":"b","input":{}}`, `key "id" twice`},
		{"a field of the input twice", `{"id":"a","input":{"text":"x","text":"y"}}`, `key "text" twice`},
		{"a number as id", `{"id":7,"input":{}}`, "id: want a text"},
		{"a word as weight", `{"id":"a","input":{},"weight":"2"}`, "weight: want a number above 0"},
		{"a number as tag", `{"id":"a","input":{},"tags":{"lang":1}}`, "tags: want an object with a text for each tag"},
		{"no time", `{"id":"a","input":{},"time":"today"}`, "time: want a time such as 2026-11-21T09:00:00Z"},
		{"a long id", `{"id":"` + strings.Repeat("x", 300) + `","input":{}}`, "id of 300 bytes, want at most 200"},
		{"no input", `{"id":"a"}`, `want "input"`},
		{"a field that there is not", `{"id":"a","input":{"txt":"x"}}`, `input: unknown field "txt"`},
		{"a field of another type", `{"id":"a","input":{"text":1}}`, `input: field "text": is a number in JSON, want string`},
		{"a tag that there is not", `{"id":"a","input":{},"tags":{"x":"y"}}`, `unknown tag "x"`},
		{"a weight of nothing", `{"id":"a","input":{},"weight":0}`, "want a number above 0"},
		{"an id that paths lose", `{"id":"..","input":{}}`, `id "..": no path of a request can name it`},
		{"a time whose year has five digits in UTC", `{"id":"a","input":{},"time":"9999-12-31T23:59:59-10:00"}`, "want one in the years 0 to 9999 of UTC"},
		{"a time whose year is below zero in UTC", `{"id":"a","input":{},"time":"0000-01-01T00:00:00+10:00"}`, "want one in the years 0 to 9999 of UTC"},
		{"all that there is", `{"id":"a","input":{"text":"x"},"tags":{"lang":"en"},"cluster":"k","weight":2,"time":"2026-11-21T10:00:00+01:00"}`, ""},
	} {
		c, err := s.ParseCase([]byte(tt.body))
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %q", tt.why, err, tt.want)
		case tt.want == "" && (c.Cluster != "k" || c.Weight != 2 || !c.Time.Equal(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)) || c.Tags[0] != "en"):
			t.Errorf("%s: %+v", tt.why, c)
		}
	}
}

// FuzzParse reads what strangers may send.
func FuzzParse(f *testing.F) {
	g := servetest.Gate{Open: make(chan struct{})}
	dir, production := servetest.Project(f, g)
	s, err := service.Open(context.Background(), service.Options{Production: production, Registry: g.Registry(), Audit: filepath.Join(dir, "audit")})
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	f.Add([]byte(`{"id":"a","input":{"text":"x","who":"y"},"tags":{"lang":"en"}}`))
	f.Add([]byte(`{"reviewer":"a","seconds":1e8,"outcome":{"queue":"tech"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if c, err := s.ParseCase(body); err == nil && (c.ID == "" || len(c.Input.Values) != 2) {
			t.Errorf("%q: %+v", body, c)
		}
		if r, err := s.ParseReview(body); err == nil && (r.Reviewer == "" || len(r.Outcome) != 2) {
			t.Errorf("%q: %+v", body, r)
		}
	})
}
