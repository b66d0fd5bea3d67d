package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// manuals is a project whose design searches documents by words and meaning.
func manuals(t *testing.T, s *llmtest.Server) string {
	t.Helper()
	var cases strings.Builder
	cases.WriteString("id,text,queue,right,split\n")
	for n := range ticketCases {
		fmt.Fprintf(&cases, "t%02d,%s %02d,%s,%s,test\n", n, []string{"where is my invoice", "the app crashes"}[n%2], n, []string{"billing", "tech"}[n%2], []string{"money.md", "faults.md"}[n%2])
	}
	files := map[string]string{
		"models.yaml": fmt.Sprintf("models:\n  vectors: {kind: embedding, base_url: '%s', model: vectors, key_env: VECTORS_KEY, prices: {input: 1000}}\n", s.URL),
		"workflows/tickets/workflow.yaml": `workflow: tickets
input: {text: string}
outcome: {queue: {enum: [billing, tech]}}
teams: {desk: {people: 2, wage: 30/h, minutes: 5}}
baseline: as-is
gate:
  critical:
    system_accuracy: {at_least: 0.1}
`,
		"workflows/tickets/as-is.yaml": "design: as-is\nworkflow: tickets\nsteps:\n  - {name: desk, kind: human, team: desk}\noutcome: {queue: desk.queue}\n",
		"workflows/tickets/search.yaml": `design: search
workflow: tickets
on_broken_handoff: desk
steps:
  - name: policy
    kind: retrieve
    in: {text: input.text}
    documents: policies
    query: in.text
    k: 2
    embeddings: {model: vectors}
    out: {documents: {list: string}, best: string?, hits: {list: record}}
  - name: decide
    kind: route
    routes:
      - {when: policy.best == null, escalate: desk, because: unsure, show: [policy.hits]}
      - else: end
outcome: {queue: 'policy.best == "faults.md" ? "tech" : "billing"'}
`,
		"workflows/tickets/policies/faults.md": "# Faults\n\nAn app that crashes belongs to the technicians.\n",
		"workflows/tickets/policies/money.md":  "# Money\n\nAn invoice is sent again by billing.\n",
		"datasets/tickets/dataset.yaml":        "dataset: tickets\nsource: cases.csv\nid: id\ninput: {text: text}\nlabels: {outcome: {queue: queue}, steps: {policy: {best: right}}}\nsplits: {by: column, column: split, dev: dev, test: test}\n",
		"datasets/tickets/cases.csv":           cases.String(),
	}
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		write(t, path, content)
	}
	return dir
}

// TestSearchByMeaning replays a design that asks for vectors: paid once, also
// over an interruption; planned before; measured; and promoted with what the
// documents' vectors are.
func TestSearchByMeaning(t *testing.T) {
	s := llmtest.New(llmtest.Options{Key: plantedKey, Embed: func(c *llmtest.Call) llmtest.Reply {
		r := llmtest.ByWords(c)
		r.In = 10 * len(c.Input)
		return r
	}})
	defer s.Close()
	t.Setenv("VECTORS_KEY", plantedKey)
	dir := manuals(t, s)
	const document, query = 2 * 10 * 1e-3, 10 * 1e-3

	var plan struct {
		Total struct {
			Calls struct{ Expected float64 }
			Out   struct{ High float64 } `json:"tokens_out"`
		}
	}
	stdout, _ := evalIn(t, dir, app.ExitDone, "plan", "tickets", "--split", "test", "--design", "search", "--format", "json")
	if err := json.Unmarshal([]byte(stdout), &plan); err != nil {
		t.Fatal(err)
	}
	if plan.Total.Calls.Expected != ticketCases+1 || plan.Total.Out.High != 0 || s.Received() != 0 {
		t.Errorf("planned %+v with %d calls made, want one for each case and one for the documents, and no tokens out", plan.Total, s.Received())
	}

	// Money for the documents and ten queries, and half of what one may cost.
	evalIn(t, dir, app.ExitInterrupted, "run", "tickets", "--split", "test", "--design", "search", "--quiet", "--parallel", "1", "--out", "live", "--budget", fmt.Sprint(document+10*query+0.02))
	if n := s.Paid(); n < 5 || n > 12 {
		t.Errorf("%d calls were paid within a budget for 11", n)
	}
	evalIn(t, dir, app.ExitDone, "run", "--resume", "live", "--quiet", "--budget", "5")
	if s.Paid() != ticketCases+1 {
		t.Errorf("%d calls were paid for %d cases and the documents", s.Paid(), ticketCases)
	}
	evalIn(t, dir, app.ExitDone, "run", "tickets", "--split", "test", "--design", "search", "--quiet", "--out", "again", "--parallel", "7")
	t.Setenv("VECTORS_KEY", "")
	if err := os.RemoveAll(filepath.Join(dir, ".rehearse", "fits")); err != nil {
		t.Fatal(err)
	}
	evalIn(t, dir, app.ExitDone, "run", "tickets", "--split", "test", "--design", "search", "--quiet", "--out", "offline", "--offline")
	if s.Paid() != ticketCases+1 {
		t.Errorf("%d calls were paid after replays", s.Paid())
	}
	for _, other := range []string{"again", "offline"} {
		if !bytes.Equal(segments(t, "live"), segments(t, other)) {
			t.Errorf("the trials of %s differ from those of the live run", other)
		}
	}
	trial := trials(t, "live")[1]
	var got struct {
		Best string
		Hits []struct {
			Document            string
			Score, BM25, Cosine float64
			Text                string
		}
	}
	if err := json.Unmarshal(trial.Spans[0].Output, &got); err != nil {
		t.Fatal(err)
	}
	if h := got.Hits; len(h) != 2 || h[0].Document != "faults.md" || math.Abs(h[0].Score-2.0/61) > 1e-9 || h[0].BM25 <= h[1].BM25 || h[0].Cosine <= h[1].Cosine || !strings.Contains(h[0].Text, "crashes") {
		t.Errorf("recorded %s", trial.Spans[0].Output)
	}
	report, _ := evalIn(t, dir, app.ExitDone, "report", "live")
	if !strings.Contains(report, "recall@") || !strings.Contains(report, "MRR") {
		t.Errorf("the report has no recall:\n%s", report)
	}
	noKeyIn(t, dir)

	evalIn(t, dir, app.ExitDone, "promote", "search", "--run", "live", "--approve", "ada", "--reason", "measured")
	t.Setenv("VECTORS_KEY", plantedKey)
	promoted, err := engine.Load(t.Context(), filepath.Join("workflows", "tickets", "production"), app.Builtin(), flow.Session{})
	if err != nil {
		t.Fatal(err)
	}
	defer promoted.Close()
	served, err := promoted.Run(t.Context(), &flow.Case{ID: "new", Input: flow.Message{Schema: promoted.Input(), Values: []any{"my app crashes"}}})
	if err != nil || served.Status != flow.Automated || served.Outcome[0] != "tech" {
		t.Errorf("the promoted design gives %+v, %v", served, err)
	}
	if s.Paid() != ticketCases+2 {
		t.Errorf("%d calls to serve a case, want one for its query alone", s.Paid()-ticketCases-1)
	}
	noKeyIn(t, dir)
}
