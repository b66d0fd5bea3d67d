package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

const plantedToken = "planted-token/0123456789+xyz"

// customers is a project whose design asks a system about every case's
// customer.
func customers(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var cases strings.Builder
	cases.WriteString("id,customer,queue\n")
	for n := range 40 {
		fmt.Fprintf(&cases, "t%02d,Ann Lee %02d,%s\n", n, n%20, []string{"billing", "tech"}[n%2])
	}
	for name, content := range map[string]string{
		"workflows/tickets/workflow.yaml": `workflow: tickets
input: {customer: string}
outcome: {queue: {enum: [billing, tech]}}
teams: {desk: {people: 2}}
systems: {crm: {owner: support, hosts: ["${CRM_HOST}"]}}
`,
		"workflows/tickets/asked.yaml": `design: asked
workflow: tickets
on_broken_handoff: desk
steps:
  - name: customer
    kind: http
    system: crm
    in: {id: input.customer}
    get: ${CRM_URL}/customers/{in.id}
    headers_env: {Authorization: CRM_TOKEN}
    query_env: {api_key: CRM_TOKEN}
    retries: 0
    out: {queue: outcome.queue, name: string}
outcome: {queue: customer.queue}
`,
		"datasets/tickets/dataset.yaml": "source: tickets.csv\nid: id\ninput: [customer]\nlabels: {outcome: {queue: queue}}\npersonal: [customer]\n",
		"datasets/tickets/tickets.csv":  cases.String(),
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		write(t, path, content)
	}
	return dir
}

// standInCRM is a system for tests. It answers with what it was sent, secrets
// included, and is down for one customer.
func standInCRM(t *testing.T) *atomic.Int64 {
	t.Helper()
	var calls atomic.Int64
	s := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		calls.Add(1)
		name := strings.TrimPrefix(r.URL.Path, "/customers/")
		switch {
		case r.Header.Get("Authorization") != plantedToken || r.URL.Query().Get("api_key") != plantedToken:
			w.WriteHeader(nethttp.StatusUnauthorized)
		case strings.HasSuffix(name, "07"):
			w.WriteHeader(nethttp.StatusNotFound)
		default:
			answer := map[string]string{"name": name, "queue": "billing", "echo": r.Header.Get("Authorization"), "url": r.URL.String()}
			_ = json.NewEncoder(w).Encode(answer)
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("CRM_URL", s.URL)
	t.Setenv("CRM_HOST", strings.TrimPrefix(s.URL, "http://"))
	t.Setenv("CRM_TOKEN", plantedToken)
	return &calls
}

// TestAskedOnceAndReplayed asks a system about every case, replays without it,
// and looks for secrets and people in what was written.
func TestAskedOnceAndReplayed(t *testing.T) {
	calls := standInCRM(t)
	dir := customers(t)
	run := func(want int, args ...string) string {
		t.Helper()
		code, out := inProject(t, dir, append([]string{"run", "tickets", "--quiet"}, args...)...)
		if code != want {
			t.Fatalf("exit code %d, want %d:\n%s", code, want, out)
		}
		return out
	}
	run(0, "--out", "live", "--parallel", "8")
	if n := calls.Load(); n != 20 {
		t.Errorf("%d calls, want one for each of 20 customers", n)
	}
	run(0, "--out", "again", "--parallel", "3")
	for _, name := range []string{"CRM_URL", "CRM_HOST", "CRM_TOKEN"} {
		t.Setenv(name, "")
	}
	run(0, "--out", "offline", "--offline", "--parallel", "1")
	if n := calls.Load(); n != 20 {
		t.Errorf("%d calls after replays, want 20", n)
	}
	live := segments(t, filepath.Join(dir, "live"))
	for _, other := range []string{"again", "offline"} {
		if !bytes.Equal(live, segments(t, filepath.Join(dir, other))) {
			t.Errorf("the trials of %s differ from those of the live run", other)
		}
	}
	code, out := inProject(t, dir, "trace", "live", "t03")
	if code != 0 || strings.Contains(out, "Ann Lee") {
		t.Errorf("a trace shows who it is: exit code %d\n%s", code, out)
	}
	recordings := filepath.Join(dir, "datasets", "tickets", "recordings", "crm.jsonl")
	data, err := os.ReadFile(recordings)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n != 20 || strings.Contains(string(data), "Ann") {
		t.Errorf("%d recordings, want 20 without a name:\n%s", n, data)
	}
	nowhere(t, dir, "planted-token", "0123456789+xyz", "0123456789%2Bxyz")
	for _, trial := range trials(t, filepath.Join(dir, "live")) { // whose file is compressed
		for _, span := range trial.Spans {
			if text := string(span.Output) + span.Error; strings.Contains(text, "planted") {
				t.Errorf("the token is in the record: %s", text)
			}
		}
	}
	// Half of the recordings are lost.
	lines := strings.SplitAfter(string(data), "\n")
	if err := os.WriteFile(recordings, []byte(strings.Join(lines[:10], "")), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := run(0, "--out", "half", "--offline"); !strings.Contains(out, `design "asked", step "customer" was not measured for 20 cases`) {
		t.Errorf("want the cases that were not recorded:\n%s", out)
	}
	if _, out := inProject(t, dir, "run", "tickets", "--quiet", "--out", "bare", "--design", "asked"); !strings.Contains(out, `system "crm" cannot be asked: the environment has no CRM_URL and no CRM_HOST and no CRM_TOKEN`) {
		t.Errorf("want what is missing:\n%s", out)
	}
}
