package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// promotedTickets is a project whose workflow tickets has something in
// production.
func promotedTickets(t *testing.T) string {
	t.Helper()
	a, err := txtar.ParseFile("testdata/script/promote.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inFolder(t, dir, "run", "tickets", "--quiet", "--no-report", "--split", "test", "--out", "test")
	inFolder(t, dir, "promote", "rules", "--run", "test", "--approve", "ada", "--reason", "a test")
	return dir
}

// inFolder runs the program to its end.
func inFolder(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := program(dir, args...).CombinedOutput(); err != nil {
		t.Fatalf("eval %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// served is eval serve as a process.
type served struct {
	*exec.Cmd
	url string
	err bytes.Buffer
}

var listens = regexp.MustCompile(`on (http://[^ ,]+)`)

// serve starts eval serve and waits until it listens.
func serve(dir string, args ...string) (*served, error) {
	s := &served{Cmd: program(dir, append([]string{"serve"}, args...)...)}
	s.Stderr = &s.err
	out, err := s.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	m := listens.FindStringSubmatch(line)
	if err != nil || m == nil {
		s.stop()
		return nil, fmt.Errorf("eval serve says %q, %v\n%s", line, err, s.err.String())
	}
	s.url = m[1]
	return s, nil
}

// stop kills the service where it is still there.
func (s *served) stop() { s.Process.Kill(); s.Wait() }

// startServe starts eval serve for as long as a test takes.
func startServe(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	s, err := serve(dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// post sends JSON and decodes what is answered; the status is 0 where there is
// no answer.
func (s *served) post(client *http.Client, path string, body, into any) int {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	answer, err := client.Post(s.url+path, "application/json", bytes.NewReader(text))
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || json.Unmarshal(data, into) != nil {
		return 0
	}
	return answer.StatusCode
}

// acknowledged are cases and decisions of which the sender was told that they
// were taken in.
type acknowledged struct {
	mu        sync.Mutex
	cases     map[string]flow.Status
	decisions map[string]string // reviewer by case
	wanted    int               // of cases
	reached   chan struct{}     // closed when there are so many cases
}

// after tells when so many cases more are acknowledged.
func (a *acknowledged) after(cases int) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wanted, a.reached = len(a.cases)+cases, make(chan struct{})
	return a.reached
}

// TestServeKilled kills eval serve without warning at random moments, while
// cases and decisions come: none that was acknowledged is missing from the audit
// log, and after a restart what was escalated waits for its reviewer.
func TestServeKilled(t *testing.T) {
	dir := promotedTickets(t)
	log := filepath.Join(dir, "reports/audit/tickets")
	ack := acknowledged{cases: map[string]flow.Status{}, decisions: map[string]string{}}
	rng := rand.New(rand.NewPCG(3, 4))
	var logged map[string]string // reviewer by case, by the log
	for round := range serveKills {
		s := startServe(t, dir, "workflows/tickets/production")
		ctx, stop := context.WithCancel(context.Background())
		var all sync.WaitGroup
		enough := ack.after(10 + rng.IntN(300))
		for sender := range 8 {
			all.Go(func() { ack.send(ctx, s, fmt.Sprintf("r%d-s%d", round, sender)) })
		}
		ended := make(chan struct{})
		go func() { all.Wait(); close(ended) }()
		select {
		case <-enough:
		case <-ended:
			t.Fatalf("round %d: the service does not answer any more\n%s", round, s.err.String())
		}
		time.Sleep(time.Duration(rng.Int64N(10_000)) * time.Microsecond)
		if err := s.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		s.Wait()
		stop()
		<-ended
		logged = ack.check(t, dir, log)
	}
	if len(ack.cases) < serveKills*10 || len(ack.decisions) == 0 {
		t.Errorf("%d cases and %d decisions were acknowledged in %d rounds", len(ack.cases), len(ack.decisions), serveKills)
	}
	t.Logf("%d cases and %d decisions were acknowledged over %d rounds", len(ack.cases), len(ack.decisions), serveKills)

	// What waits is decidable, and a stop on request is no failure. A decision
	// that was kept stands even where the kill came before its answer.
	s := startServe(t, dir, "workflows/tickets/production")
	decided := 0
	for id, status := range ack.cases {
		if status != flow.Escalated || decided == 20 {
			continue
		}
		decided++
		want := http.StatusOK
		if logged[id] != "" {
			want = http.StatusConflict
		}
		var answer struct{ Error string }
		if got := s.post(http.DefaultClient, "/cases/"+id+"/decision", map[string]any{"reviewer": "later", "outcome": map[string]any{"queue": "tech"}}, &answer); got != want {
			t.Errorf("the decision about %s after a restart: %d %s, want %d", id, got, answer.Error, want)
		}
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.err.String())
	}
}

// send sends cases, and decides about some that are escalated, until nobody
// answers.
func (a *acknowledged) send(ctx context.Context, s *served, prefix string) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	for i := 0; ctx.Err() == nil; i++ {
		id := fmt.Sprintf("%s-%d", prefix, i)
		text := "invoice"
		if i%3 == 0 {
			text += strings.Repeat(" and more", 10)
		}
		var answer struct{ Status flow.Status }
		if s.post(client, "/cases", map[string]any{"id": id, "input": map[string]any{"text": text}}, &answer) != http.StatusOK {
			return
		}
		a.mu.Lock()
		a.cases[id] = answer.Status
		if len(a.cases) == a.wanted {
			close(a.reached)
		}
		a.mu.Unlock()
		if i%6 != 0 {
			continue
		}
		if s.post(client, "/cases/"+id+"/decision", map[string]any{"reviewer": prefix, "outcome": map[string]any{"queue": "tech"}}, &answer) != http.StatusOK {
			return
		}
		a.mu.Lock()
		a.decisions[id] = prefix
		a.mu.Unlock()
	}
}

// check looks for all that was acknowledged in the log, and returns who decided
// about which case by it.
func (a *acknowledged) check(t *testing.T, dir, log string) map[string]string {
	t.Helper()
	w, problems := design.LoadWorkflow(filepath.Join(dir, "workflows/tickets/workflow.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	r, err := audit.Read(log, w.Input, w.Outcome)
	if err != nil {
		t.Fatal(err)
	}
	found, decided := map[string]flow.Status{}, map[string]string{}
	for c, err := range r.Cases(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := found[c.ID]; twice {
			t.Errorf("case %s is in the log twice", c.ID)
		}
		found[c.ID] = c.Trial.Status
		if c.Decision != nil {
			decided[c.ID] = c.Decision.Reviewer
		}
	}
	for id, status := range a.cases {
		if found[id] != status {
			t.Errorf("case %s was acknowledged as %s, and the log has %q", id, status, found[id])
		}
	}
	for id, by := range a.decisions {
		if decided[id] != by {
			t.Errorf("the decision about %s was acknowledged, and the log has %q", id, decided[id])
		}
	}
	return decided
}

// TestServeAddressInUse: that somebody else listens is no fault of the command
// line.
func TestServeAddressInUse(t *testing.T) {
	dir := promotedTickets(t)
	s := startServe(t, dir, "workflows/tickets/production")
	second := program(dir, "serve", "workflows/tickets/production", "--audit", "another", "--listen", strings.TrimPrefix(s.url, "http://"))
	out, err := second.CombinedOutput()
	if code := second.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), "another program listens there") {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
}

// TestServeStoppedAtStart stops eval serve at moments of its start: it is told to
// stop, which is no fault, and leaves nothing that the next one stumbles over.
func TestServeStoppedAtStart(t *testing.T) {
	dir := promotedTickets(t)
	// A log that takes a while to read.
	if err := os.Mkdir(filepath.Join(dir, "log"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "log", "audit-00001.jsonl"), bytes.Repeat([]byte(`{"schema": 1, "event": "later"}`+"\n"), 300_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for wait := range 12 {
		s := program(dir, "serve", "workflows/tickets/production", "--audit", "log")
		var said bytes.Buffer
		s.Stderr = &said
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(wait) * 25 * time.Millisecond)
		s.Process.Signal(syscall.SIGTERM)
		s.Wait()
		// Before the program heeds signals, the system ends it: it has no code then.
		if code := s.ProcessState.ExitCode(); code > 0 {
			t.Errorf("stopped after %d ms, it ends with %d\n%s", 25*wait, code, said.String())
		}
	}
	startServe(t, dir, "workflows/tickets/production", "--audit", "log")
}

// TestServedDataset makes a dataset of what was served, and runs it.
func TestServedDataset(t *testing.T) {
	dir := promotedTickets(t)
	s := startServe(t, dir, "workflows/tickets/production", "--audit", "log", "--payload-days", "2")
	long := "invoice" + strings.Repeat(" and more", 10)
	for _, c := range []map[string]any{
		{"id": "a", "input": map[string]any{"text": "crash"}, "tags": map[string]any{"lang": "en"}},
		{"id": "b", "input": map[string]any{"text": "crash"}},
		{"id": "b", "input": map[string]any{"text": long}, "time": "2026-11-21T09:00:00Z", "cluster": "k"},
	} {
		var answer struct{ Error string }
		if got := s.post(http.DefaultClient, "/cases", c, &answer); got != http.StatusOK {
			t.Fatalf("%d %s", got, answer.Error)
		}
	}
	var answer struct{ Error string }
	if got := s.post(http.DefaultClient, "/cases/b/decision", map[string]any{"reviewer": "ada", "outcome": map[string]any{"queue": "billing"}}, &answer); got != http.StatusOK {
		t.Fatalf("%d %s", got, answer.Error)
	}
	s.Process.Signal(syscall.SIGTERM)
	s.Wait()
	out, err := program(dir, "dataset", "served", "log", "datasets/served", "--workflow", "tickets").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 cases, 1 with a reviewer's decision") {
		t.Errorf("%v\n%s", err, out)
	}
	if err := program(dir, "dataset", "served", "log", "datasets/served", "--workflow", "tickets").Run(); err == nil {
		t.Error("a dataset was overwritten")
	}
	out, err = program(dir, "run", "tickets", "--data", "served", "--design", "rules", "--quiet").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 cases") {
		t.Errorf("%v\n%s", err, out)
	}
	inFolder(t, dir, "lint")
}
