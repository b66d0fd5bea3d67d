package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// Attribution asks a model what no stored answer tells, and that once. Correcting
// a step asks again only about the cases that it changes.
func TestAttributionAsksNothingTwice(t *testing.T) {
	project := tickets(t, "")
	put := func(name, old, text string) {
		t.Helper()
		path := filepath.Join(project, filepath.FromSlash(name))
		was, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(was), old) {
			t.Fatalf("%s has no %q", name, old)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(was), old, text, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A step before the model reads what stands in the text, and errs about tens.
	put("workflows/tickets/llm.yaml", "steps:\n", "steps:\n  - {name: read, kind: compute, in: {text: input.text}, compute: {said: 'in.text endsWith \"0\" ? in.text + \"9\" : in.text'}, out: {said: string}}\n")
	put("workflows/tickets/llm.yaml", "in: {text: input.text}\n    prompt", "in: {text: read.said}\n    prompt")
	put("datasets/tickets/dataset.yaml", "labels: {outcome: {queue: queue}}", "labels: {outcome: {queue: queue}, steps: {read: {said: said}}}")
	var cases strings.Builder
	cases.WriteString("id,text,queue,said\n")
	for n := range ticketCases {
		fmt.Fprintf(&cases, "t%02d,ticket number %02d,%s,ticket number %02d\n", n, n, []string{"billing", "tech"}[n%2], n)
	}
	if err := os.WriteFile(filepath.Join(project, "datasets", "tickets", "cases.csv"), []byte(cases.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	s := serve(t, perTicket(func(ticket, _ int) llmtest.Reply { return right(ticket) }))
	run := filepath.Join(t.TempDir(), "run")
	replay(t, project, run)
	attribute := func(more ...string) (string, int) {
		t.Helper()
		before := s.Received()
		code, out, stderr := eval(t, append([]string{"attribute", run, "--design", "llm", "--quiet", "--out", filepath.Join(t.TempDir(), "a")}, more...)...)
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		return out, s.Received() - before
	}
	for _, tc := range []struct {
		why   string
		args  []string
		asked int
		want  string
	}{
		{"what is not stored is named", []string{"--offline"}, 0, "5 trials have no known end once step read is corrected, lost at assess (offline_miss): 5"},
		{"only the changed cases are asked about", nil, 5, "read                  +10.0 points"},
		{"and not again for sets of corrections", []string{"--shares"}, 0, "how the gap divides among the parts"},
		{"all of it is stored now", []string{"--offline"}, 0, "how the gap divides among the parts"},
	} {
		out, asked := attribute(tc.args...)
		if asked != tc.asked || !strings.Contains(out, tc.want) {
			t.Errorf("%s: %d questions, want %d; and in the report %q:\n%s", tc.why, asked, tc.asked, tc.want, out)
		}
	}
}
