package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

var (
	input = flow.NewSchema(
		flow.Field{Name: "notice", Type: flow.Type{Kind: flow.String}},
		flow.Field{Name: "subject", Type: flow.Type{Kind: flow.String, Optional: true}},
		flow.Field{Name: "received_at", Type: flow.Type{Kind: flow.Time}},
		flow.Field{Name: "amount", Type: flow.Type{Kind: flow.Number, Optional: true}},
	)
	outcome = flow.NewSchema(
		flow.Field{Name: "decision", Type: flow.Type{Kind: flow.Enum, Enum: []string{"pay", "refuse"}}},
		flow.Field{Name: "payee", Type: flow.Type{Kind: flow.String, Optional: true}},
	)
	day = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
)

// personal is the policy of a card that marks the notice and the payee.
func personal() *redact.Policy {
	return &redact.Policy{Personal: []string{"notice", "payee"}, Public: []string{"subject", "received_at", "amount", "decision"}, Words: []string{"pay", "refuse", "low_confidence"}}
}

func options(dir string) Options {
	return Options{Dir: dir, Workflow: "claims", Design: "rules", Digest: "d1", Input: input, Outcome: outcome, Tags: []string{"region"}, Now: func() time.Time { return day }}
}

func aCase(id string) *flow.Case {
	return &flow.Case{
		ID: id, Cluster: "party-" + id, Weight: 2, Time: day.Add(-time.Hour), Tags: []string{"north"},
		Input: flow.Message{Schema: input, Values: []any{"Ada Lovelace-Byron, 0171 5551234, was hit", "for Lovelace-Byron", day, 12.5}},
	}
}

// aTrial is a trial with something in every part.
func aTrial(c *flow.Case) *flow.Trial {
	return &flow.Trial{
		Case: c.ID, Time: c.Time, Cluster: c.Cluster, Weight: c.Weight, Tags: c.Tags, Design: "rules", InputDigest: 1<<63 + 5,
		Status: flow.Escalated, Reason: "low_confidence", Team: "desk", End: "decide",
		Shadow: []any{"pay", "Ada Lovelace-Byron"},
		Spans: []flow.Span{
			{Step: "read", Kind: "extract", Actor: flow.Rule, Output: []byte(`{"name":"Ada Lovelace-Byron","total":12.5}`)},
			{Step: "ask", Kind: "llm", Actor: flow.AI, Class: flow.ErrUnavailable, Error: `no answer about "Lovelace-Byron"`, Key: 77,
				Confidence: &flow.Confidence{Raw: 0.4, Calibrated: 0.3, Classes: []flow.Class{{Name: "pay", P: 0.3}}},
				Attempts:   []flow.Attempt{{TokensIn: 10, TokensOut: 3, Price: 0.5, Latency: 1500 * time.Microsecond, Model: "m-1"}, {Class: flow.ErrUnavailable}}},
			{Step: "again", Shadow: true, Attempts: []flow.Attempt{{Price: 9}}},
		},
		Routes:   []flow.RouteTaken{{Step: "decide", Branch: 1, To: "desk", Because: "low_confidence", Values: []byte(`{"p":0.3}`)}},
		Handoffs: []flow.Handoff{{From: "input", To: "read", Digest: 1<<64 - 1}, {From: "read", To: "ask", Kind: flow.Malformed, Clause: "schema", Detail: `"Lovelace-Byron" is no number`, After: "escalate"}},
	}
}

func open(t *testing.T, o Options) *Log {
	t.Helper()
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closed(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// serve writes a case as it is served.
func serve(t *testing.T, l *Log, c *flow.Case, trial *flow.Trial) *Entry {
	t.Helper()
	e, err := l.Receive(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.End(trial, 12*time.Millisecond, 0.25); err != nil {
		t.Fatal(err)
	}
	return e
}

// read gives all cases of a log.
func read(t *testing.T, dir string) []*Case {
	t.Helper()
	r, err := Read(dir, input, outcome, "region")
	if err != nil {
		t.Fatal(err)
	}
	var out []*Case
	for c, err := range r.Cases(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

func content(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

// TestRoundTrip writes a case in which nothing is personal, and reads it as it
// was.
func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	l := open(t, options(dir))
	c := aCase("c1")
	trial := aTrial(c)
	e := serve(t, l, c, trial)
	other := aTrial(c)
	other.Design, other.Status, other.Outcome, other.Shadow, other.Team, other.Reason = "model", flow.Automated, []any{"refuse", nil}, nil, "", ""
	if err := e.Shadow("model", "d2", other, time.Millisecond, 0); err != nil {
		t.Fatal(err)
	}
	agrees := false
	if _, err := l.Decide(Review{Case: "c1", Trial: e.Trial(), Reviewer: "ada", Took: 90 * time.Second, Outcome: []any{"refuse", "Bob"}, Agrees: &agrees, Entry: e}); err != nil {
		t.Fatal(err)
	}
	closed(t, l)

	got := read(t, dir)
	want := []*Case{{
		Case: *c, TrialID: e.Trial(), Digest: "d1", When: day, Ended: day, Wall: 12 * time.Millisecond, Cost: 0.5, Spent: 0.25, Trial: *trial,
		Decision: &Decision{Reviewer: "ada", At: day, Took: 90 * time.Second, Outcome: []any{"refuse", "Bob"}, Agrees: &agrees},
	}}
	same := cmp.Comparer(func(a, b *flow.Schema) bool { return a == b })
	if d := cmp.Diff(want, got, same); d != "" {
		t.Error(d)
	}
	r, err := Read(dir, input, outcome)
	if err != nil {
		t.Fatal(err)
	}
	other.Time, other.Cluster, other.Weight, other.Tags = time.Time{}, "", 1, nil
	n := 0
	for s, err := range r.Shadows(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if d := cmp.Diff(&Shadow{ID: "c1", TrialID: e.Trial(), Digest: "d2", At: day, Wall: time.Millisecond, Cost: 0.5, Trial: *other}, s, same); d != "" {
			t.Error(d)
		}
	}
	if n != 1 {
		t.Errorf("%d shadow trials, want 1", n)
	}
}

// TestWithheld looks for what is personal in every byte of the folder.
func TestWithheld(t *testing.T) {
	dir := t.TempDir()
	o := options(dir)
	o.Policy = personal()
	l := open(t, o)
	c := aCase("c1")
	e := serve(t, l, c, aTrial(c))
	if err := e.Shadow("model", "d2", aTrial(c), 0, 0); err != nil {
		t.Fatal(err)
	}
	for _, r := range []Review{
		{Case: "c1", Trial: e.Trial(), Reviewer: "ada", Outcome: []any{"pay", "Ada Lovelace-Byron"}, Note: "called Lovelace-Byron", Entry: e},
		{Case: "c1", Trial: "after a restart", Reviewer: "ada", Outcome: []any{"pay", "Ada Lovelace-Byron"}, Note: "called Lovelace-Byron"},
	} {
		if _, err := l.Decide(r); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, l)
	for _, secret := range []string{"Lovelace", "5551234", "was hit"} {
		if text := content(t, dir); strings.Contains(text, secret) {
			t.Errorf("%q stands in the log:\n%s", secret, text)
		}
	}
	got := read(t, dir)[0]
	if d := cmp.Diff([]string{"notice"}, got.Withheld); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]any{nil, "for " + redact.Personal, day, 12.5}, got.Input.Values); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"payee"}, got.OutcomeWithheld); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]any{"pay", nil}, got.Trial.Shadow); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(&Decision{Reviewer: "ada", At: day, Outcome: []any{"pay", nil}, Withheld: []string{"payee"}}, got.Decision); d != "" {
		t.Error(d)
	}
}

// TestAlias keeps personal ids out of the log, under a name that is found again.
func TestAlias(t *testing.T) {
	dir := t.TempDir()
	o := options(dir)
	o.Policy = &redact.Policy{ID: true, Cluster: true}
	for range 2 {
		l := open(t, o)
		c := aCase("ada@example.org")
		serve(t, l, c, aTrial(c))
		closed(t, l)
	}
	if strings.Contains(content(t, dir), "example.org") {
		t.Error("the id stands in the log")
	}
	r, err := Read(dir, input, outcome)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, dir)
	if len(got) != 2 || got[0].ID != got[1].ID || got[0].Cluster == got[0].ID {
		t.Fatalf("%+v", got)
	}
	if d := cmp.Diff([]string{"ada@example.org", got[0].ID}, r.Aliases("ada@example.org")); d != "" {
		t.Error(d)
	}
}

// TestTorn cuts the log after every byte of its last case, as a killed process
// may leave it: what was whole is read, and what comes later is added to it.
func TestTorn(t *testing.T) {
	whole := t.TempDir()
	l := open(t, options(whole))
	first := aCase("c1")
	serve(t, l, first, aTrial(first))
	before := len(content(t, whole))
	second := aCase("c2")
	serve(t, l, second, aTrial(second))
	closed(t, l)
	all := content(t, whole)
	for cut := before; cut < len(all); cut += 7 {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName(1)), []byte(all[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := read(t, dir); len(got) != 1 || got[0].ID != "c1" {
			t.Fatalf("cut at %d: %d cases before it is opened again", cut, len(got))
		}
		l := open(t, options(dir))
		third := aCase("c3")
		serve(t, l, third, aTrial(third))
		closed(t, l)
		got := read(t, dir)
		if len(got) != 2 || got[0].ID != "c1" || got[1].ID != "c3" {
			t.Fatalf("cut at %d: %d cases", cut, len(got))
		}
	}
}

// TestGroupCommit has many cases wait at once: each is in the file when its
// sender is told, and they share files of a bounded size.
func TestGroupCommit(t *testing.T) {
	dir := t.TempDir()
	o := options(dir)
	o.FileBytes = 20_000
	l := open(t, o)
	const cases = 300
	var all sync.WaitGroup
	for i := range cases {
		if i == cases/2 {
			all.Wait() // one fsync may have answered for all so far: what comes now begins another file
		}
		all.Go(func() {
			c := aCase(fmt.Sprint("c", i))
			e, err := l.Receive(c)
			if err == nil {
				err = e.End(aTrial(c), 0, 0)
			}
			if err != nil {
				t.Error(err)
			}
			if i%50 == 0 && !strings.Contains(content(t, dir), `"event":"end","time":"2026-11-21T09:00:00Z","case":"`+c.ID+`"`) {
				t.Errorf("case %s was acknowledged and is not in the log", c.ID)
			}
		})
	}
	all.Wait()
	size, _ := l.Size()
	closed(t, l)
	if got := len(read(t, dir)); got != cases {
		t.Errorf("%d cases, want %d", got, cases)
	}
	if text := content(t, dir); int64(len(text)) != size {
		t.Errorf("size %d, want %d", size, len(text))
	}
	names, err := files(dir)
	if err != nil || len(names) < 2 {
		t.Errorf("%v, %v", names, err)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	o := options(dir)
	o.MaxBytes = 2000
	l := open(t, o)
	defer l.Close()
	if _, err := Open(o); err == nil || !strings.Contains(err.Error(), "another process writes this audit log") {
		t.Errorf("a second writer: %v", err)
	}
	before := content(t, dir)
	linked := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, fileName(1)), filepath.Join(linked, fileName(1))); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(options(linked)); err == nil || !strings.Contains(err.Error(), "is no regular file") || content(t, dir) != before {
		t.Errorf("a second writer by a link: %v", err)
	}
	var err error
	for i := 0; i < 10 && err == nil; i++ {
		c := aCase(fmt.Sprint("c", i))
		var e *Entry
		if e, err = l.Receive(c); err == nil {
			err = e.End(aTrial(c), 0, 0)
		}
	}
	if !errors.Is(err, ErrFull) {
		t.Errorf("%v, want ErrFull", err)
	}
	if size, limit := l.Size(); size > limit {
		t.Errorf("%d bytes, allowed are %d", size, limit)
	}
}

// TestBroken has the disk fail: nothing more is acknowledged.
func TestBroken(t *testing.T) {
	l := open(t, options(t.TempDir()))
	l.commit.file.Close()
	for range 2 {
		c := aCase("c1")
		e, err := l.Receive(c)
		if err == nil {
			err = e.End(aTrial(c), 0, 0)
		}
		if err == nil {
			t.Error("a case was acknowledged that is not in the log")
		}
	}
	if l.Err() == nil {
		t.Error("the log says that all is well")
	}
	l.Close()
}

// TestPayloads keeps whole cases for two days.
func TestPayloads(t *testing.T) {
	dir := t.TempDir()
	o := options(dir)
	o.Policy, o.Payloads = personal(), 2
	now := day
	o.Now = func() time.Time { return now }
	write := func(id string) {
		l := open(t, o)
		c := aCase(id)
		serve(t, l, c, aTrial(c))
		closed(t, l)
	}
	write("c1")
	now = now.AddDate(0, 0, 1)
	write("c2")
	first, second := filepath.Join(dir, "payloads", "2026-11-21-until-2026-11-23.jsonl"), filepath.Join(dir, "payloads", "2026-11-22-until-2026-11-24.jsonl")
	data, err := os.ReadFile(first)
	if err != nil || !strings.Contains(string(data), "Ada Lovelace-Byron, 0171 5551234, was hit") {
		t.Errorf("%s, %v", data, err)
	}
	info, err := os.Stat(first)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	now = now.AddDate(0, 0, 1)
	o.Payloads = 0 // what was promised holds when nothing is kept any more
	write("c3")
	if _, err := os.Stat(first); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a payload outlived its day: %v", err)
	}
	if _, err := os.Stat(second); err != nil {
		t.Error(err)
	}
	if strings.Contains(content(t, dir), "Lovelace") {
		t.Error("personal values stand in the log")
	}
}

// TestReadPayloads reads whole cases and decisions back, as long as their days
// have not passed.
func TestReadPayloads(t *testing.T) {
	dir := t.TempDir()
	o := options(dir)
	o.Policy, o.Payloads = personal(), 2
	l := open(t, o)
	c := aCase("c1")
	e := serve(t, l, c, aTrial(c))
	if _, err := l.Decide(Review{Case: "c1", Trial: e.Trial(), Reviewer: "ada", Outcome: []any{"pay", "Ada"}, Note: "called", Entry: e}); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	r, err := Read(dir, input, outcome)
	if err != nil {
		t.Fatal(err)
	}
	var got []*Payload
	for p, err := range r.Payloads(t.Context(), day.AddDate(0, 0, 1)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
	}
	want := []*Payload{
		{Case: "c1", Trial: e.Trial(), At: day, CaseTime: c.Time, Cluster: c.Cluster, Weight: 2, Tags: map[string]string{"region": "north"}, Input: flow.AppendJSON(nil, input, c.Input.Values)},
		{Case: "c1", Trial: e.Trial(), At: day, Weight: 1, Outcome: []byte(`{"decision":"pay","payee":"Ada"}`), Reviewer: "ada", Note: "called"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for p := range r.Payloads(t.Context(), day.AddDate(0, 0, 2)) {
		t.Errorf("a payload whose days have passed: %+v", p)
	}
	if names, err := r.Withheld(t.Context()); err != nil || !cmp.Equal(names, []string{"notice"}) {
		t.Errorf("withheld %q, %v", names, err)
	}
}
