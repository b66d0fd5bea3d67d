package app_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// plantedKey is a key that must turn up nowhere.
const plantedKey = "sk-planted-0123456789-abcdefghij"

const ticketCases = 50

// tickets is a project whose design asks a model about every ticket.
func tickets(t *testing.T, step string) string {
	t.Helper()
	var cases strings.Builder
	cases.WriteString("id,text,queue\n")
	for n := range ticketCases {
		fmt.Fprintf(&cases, "t%02d,ticket number %02d,%s\n", n, n, []string{"billing", "tech"}[n%2])
	}
	files := map[string]string{
		"workflows/tickets/workflow.yaml": `workflow: tickets
input: {text: string}
outcome:
  queue: {enum: [billing, tech]}
teams:
  desk: {people: 2, wage: 30/h, minutes: 5}
baseline: as-is
`,
		"workflows/tickets/as-is.yaml": `design: as-is
workflow: tickets
steps:
  - {name: desk, kind: human, team: desk}
outcome: {queue: desk.queue}
`,
		"workflows/tickets/llm.yaml": `design: llm
workflow: tickets
on_broken_handoff: desk
steps:
  - name: assess
    kind: llm
    in: {text: input.text}
    prompt: prompts/assess.md
    confidence: {field: confidence}
    temperature: 0
    prices: {input: 1, output: 2}
    out: {queue: outcome.queue, confidence: probability}
` + step + `
  - name: decide
    kind: route
    routes:
      - {when: assess.confidence < 0.5, escalate: desk, because: low_confidence, show: [input.text]}
      - else: end
outcome: {queue: assess.queue}
`,
		"workflows/tickets/prompts/assess.md": "system:\nYou sort tickets.\nuser:\n{{ text }}\n",
		"datasets/tickets/dataset.yaml":       "dataset: tickets\nsource: cases.csv\nid: id\ninput: {text: text}\nlabels: {outcome: {queue: queue}}\n",
		"datasets/tickets/cases.csv":          cases.String(),
	}
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		write(t, path, content)
	}
	return dir
}

// serve starts a stand-in and points the environment at it.
func serve(t *testing.T, answer func(*llmtest.Call) llmtest.Reply) *llmtest.Server {
	t.Helper()
	s := llmtest.New(llmtest.Options{Answer: answer, Key: plantedKey})
	t.Cleanup(s.Close)
	t.Setenv("REHEARSE_LLM_BASE_URL", s.URL)
	t.Setenv("REHEARSE_LLM_MODEL", "stand-in")
	t.Setenv("REHEARSE_LLM_KEY", plantedKey)
	return s
}

// perTicket answers by the ticket's number and how often it was asked about.
func perTicket(reply func(ticket, time int) llmtest.Reply) func(*llmtest.Call) llmtest.Reply {
	var mu sync.Mutex
	asked := map[int]int{}
	return func(c *llmtest.Call) llmtest.Reply {
		n, err := strconv.Atoi(strings.TrimPrefix(c.Last(), "ticket number "))
		if err != nil {
			return llmtest.Reply{Status: 400, Message: "unexpected prompt"}
		}
		mu.Lock()
		asked[n]++
		time := asked[n]
		mu.Unlock()
		return reply(n, time)
	}
}

func right(n int) llmtest.Reply {
	return llmtest.Reply{Text: fmt.Sprintf(`{"queue":%q,"confidence":0.9}`, []string{"billing", "tech"}[n%2]), Model: "stand-in-2025", In: 1000, Out: 500}
}

// eval runs the program in the test's process.
func eval(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = app.Eval(app.Builtin(), append([]string{"eval"}, args...), strings.NewReader(""), &out, &errOut)
	return code, out.String(), errOut.String()
}

// replay runs the design llm and gives its trials.
func replay(t *testing.T, project, dir string, args ...string) ([]flow.Trial, string) {
	t.Helper()
	code, _, stderr := eval(t, append([]string{"run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--quiet", "--out", dir}, args...)...)
	if code != app.ExitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	return trials(t, dir), stderr
}

func trials(t *testing.T, dir string) []flow.Trial {
	t.Helper()
	run, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []flow.Trial
	for trial, err := range run.Trials(flow.NewSchema(flow.Field{Name: "queue", Type: flow.Type{Kind: flow.Enum, Enum: []string{"billing", "tech"}}})) {
		if err != nil {
			t.Fatal(err)
		}
		kept := *trial
		kept.Spans = append([]flow.Span(nil), trial.Spans...)
		kept.Handoffs = append([]flow.Handoff(nil), trial.Handoffs...)
		out = append(out, kept)
	}
	return out
}

// segments are the bytes of a run's trials.
func segments(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "trials-*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no trials in %s", dir)
	}
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// outcome is how a trial's question to the model ended, in one word or two.
func outcome(trial flow.Trial) string {
	for _, h := range trial.Handoffs {
		if h.Kind != "" {
			return string(h.Kind) + " " + h.Detail
		}
	}
	if trial.Status == flow.NotMeasured {
		return "not_measured " + trial.Reason
	}
	return string(trial.Status)
}

// TestMisbehaviour replays against an endpoint that does everything wrong once
// or for good: each case ends in the class that its trouble has, nothing that
// was answered is asked again, and a second run has the same bytes.
func TestMisbehaviour(t *testing.T) {
	behaviours := []struct {
		why   string
		reply func(n, time int) llmtest.Reply
		want  string
	}{
		{"answered", func(n, _ int) llmtest.Reply { return right(n) }, "automated"},
		{"told to wait", first(llmtest.Reply{Status: 429, RetryAfter: "0.05"}), "automated"},
		{"broken for a moment", first(llmtest.Reply{Status: 500}), "automated"},
		{"cut inside the body", first(llmtest.Reply{Text: "{}", CutAfter: 40}), "automated"},
		{"dropped before the first byte", first(llmtest.Reply{Drop: true}), "automated"},
		{"told to wait without saying how long", first(llmtest.Reply{Status: 429}), "automated"},
		{"garbled", first(llmtest.Reply{Raw: `{"choices":`}), "automated"},
		{"stopped at the token limit", always(llmtest.Reply{Text: `{"queue":"bil`, Finish: "length"}), "malformed truncated"},
		{"no JSON", always(llmtest.Reply{Text: "The queue is billing."}), "malformed unparsable"},
		{"JSON of another shape", always(llmtest.Reply{Text: `{"queue":"sales","confidence":0.9}`}), "malformed schema"},
		{"a confidence out of range", always(llmtest.Reply{Text: `{"queue":"tech","confidence":9}`}), "malformed schema"},
		{"declined", always(llmtest.Reply{Refusal: "I would rather not."}), "rejected refused"},
		{"filtered", always(llmtest.Reply{Finish: "content_filter"}), "rejected content_filter"},
	}
	s := serve(t, perTicket(func(n, time int) llmtest.Reply { return behaviours[n%len(behaviours)].reply(n, time) }))
	project := tickets(t, "")
	one, two, three := filepath.Join(project, "one"), filepath.Join(project, "two"), filepath.Join(project, "three")

	got, _ := replay(t, project, one, "--parallel", "32")
	if len(got) != ticketCases {
		t.Fatalf("%d trials of %d cases", len(got), ticketCases)
	}
	for i, trial := range got {
		b := behaviours[i%len(behaviours)]
		if outcome(trial) != b.want {
			t.Errorf("%s (%s): %s, want %s", trial.Case, b.why, outcome(trial), b.want)
		}
		attempts := trial.Spans[0].Attempts
		if len(attempts) == 0 {
			t.Errorf("%s (%s): no attempt recorded", trial.Case, b.why)
			continue
		}
		if last := attempts[len(attempts)-1]; b.want == "automated" && (last.Model != "stand-in-2025" || last.Price != 0.002 || last.TokensIn != 1000) {
			t.Errorf("%s (%s): attempt %+v, want the model, 1000 tokens in and a price of 0.002", trial.Case, b.why, last)
		}
	}
	received, paid := s.Received(), s.Paid()
	cut := 0 // answers that were made and did not arrive whole
	for n := range ticketCases {
		switch behaviours[n%len(behaviours)].why {
		case "cut inside the body", "garbled":
			cut++
		}
	}
	if paid != ticketCases+cut {
		t.Errorf("the endpoint charged %d times, want %d: once a case, and %d answers that were cut", paid, ticketCases+cut, cut)
	}

	again, _ := replay(t, project, two, "--parallel", "1")
	replay(t, project, three, "--offline")
	if s.Received() != received {
		t.Errorf("the runs after the first made %d calls, want none", s.Received()-received)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("the second run differs (-first +second):\n%s", diff)
	}
	for _, dir := range []string{two, three} {
		if !bytes.Equal(segments(t, one), segments(t, dir)) {
			t.Errorf("the trials of %s have other bytes than those of the first run", filepath.Base(dir))
		}
	}
	noKeyIn(t, project)
	timings(t, one, two)
}

// TestGivenUp: an answer that does not come in time is asked for again.
func TestGivenUp(t *testing.T) {
	slow := []llmtest.Reply{{Hang: true}, {Text: "{}", Drip: 1}}
	serve(t, perTicket(func(n, time int) llmtest.Reply { return first(slow[n%2])(n, time) }))
	project := tickets(t, "    timeout: 1s")
	got, _ := replay(t, project, filepath.Join(project, "run"), "--limit", "8")
	for _, trial := range got {
		a := trial.Spans[0].Attempts
		if outcome(trial) != "automated" || len(a) < 2 || a[0].Class != flow.ErrUnavailable || a[len(a)-1].Class != "" {
			t.Errorf("%s: %s after %+v, want an answer after one that was given up", trial.Case, outcome(trial), a)
		}
	}
}

func first(bad llmtest.Reply) func(n, time int) llmtest.Reply {
	return func(n, time int) llmtest.Reply {
		if time == 1 {
			return bad
		}
		return right(n)
	}
}

func always(r llmtest.Reply) func(n, time int) llmtest.Reply {
	return func(int, int) llmtest.Reply { return r }
}

// noKeyIn looks for the planted key in every file of a project.
func noKeyIn(t *testing.T, project string) {
	t.Helper()
	nowhere(t, project, plantedKey, plantedKey[3:20])
}

// timings checks that money is spent in the first run and not in the second.
func timings(t *testing.T, live, stored string) {
	t.Helper()
	for dir, want := range map[string]bool{live: false, stored: true} {
		run, err := record.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		steps, spent := 0, 0.0
		for timing, err := range run.Timings() {
			if err != nil {
				t.Fatal(err)
			}
			if timing.Step == "" {
				continue
			}
			steps++
			spent += timing.Spent
			if timing.Cached != want {
				t.Errorf("%s, %s: cached is %t, want %t", filepath.Base(dir), timing.Case, timing.Cached, want)
			}
		}
		if steps != ticketCases || (spent == 0) != want {
			t.Errorf("%s: %d timings of steps and %v spent", filepath.Base(dir), steps, spent)
		}
	}
}

// TestUnavailable is about an endpoint that gives no answer at all to some
// cases, and about questions that it refuses after it has answered others.
func TestUnavailable(t *testing.T) {
	replies := []llmtest.Reply{
		1: {Status: 503},
		2: {Status: 429, RetryAfter: "0.01"},
		3: {Raw: "<html>"},
		4: {Status: 402, Message: "no credit"},
		5: {Status: 400, Message: "context too long"},
		6: {Drop: true},
		7: {Status: 401},
	}
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply {
		if n == 0 || n >= len(replies) {
			return right(n)
		}
		return replies[n]
	}))
	project := tickets(t, "    retries: 1")
	got, _ := replay(t, project, filepath.Join(project, "run"), "--parallel", "1")
	want := map[string]string{
		"t01": "unavailable server", "t02": "unavailable rate", "t03": "malformed unparsable", "t04": "not_measured budget",
		"t05": "rejected bad_request", "t06": "unavailable server", "t07": "not_measured authentication",
	}
	have := map[string]string{}
	for _, trial := range got {
		if o := outcome(trial); o != "automated" {
			have[trial.Case] = o
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if paid := ticketCases - len(want) + 2; s.Paid() != paid { // both answers that were no JSON
		t.Errorf("charged %d times, want %d", s.Paid(), paid)
	}
	noKeyIn(t, project)
}

// TestHanging is about an endpoint that never answers. Nothing else is asked,
// so that no answer can be late for want of a processor.
func TestHanging(t *testing.T) {
	serve(t, perTicket(always(llmtest.Reply{Hang: true})))
	project := tickets(t, "    retries: 1\n    timeout: 50ms")
	got, _ := replay(t, project, filepath.Join(project, "run"), "--limit", "1")
	if o, tries := outcome(got[0]), got[0].Spans[0].Attempts; o != "unavailable timeout" || len(tries) != 2 {
		t.Errorf("%s after %d calls, want unavailable timeout after 2", o, len(tries))
	}
}

// TestStop is about what is wrong with every case: the run stops at once, says
// how to mend it, and goes on from where it was.
func TestStop(t *testing.T) {
	tests := []struct {
		why   string
		reply llmtest.Reply
		want  string
	}{
		{"a key that is not taken", llmtest.Reply{Status: 401, Message: "bad key " + plantedKey}, "set REHEARSE_LLM_KEY"},
		{"a request that is wrong for every case", llmtest.Reply{Status: 400, Message: "no such model"}, "no such model"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			var mended bool
			var mu sync.Mutex
			s := serve(t, perTicket(func(n, _ int) llmtest.Reply {
				mu.Lock()
				defer mu.Unlock()
				if mended {
					return right(n)
				}
				return tt.reply
			}))
			project := tickets(t, "")
			dir := filepath.Join(project, "run")
			code, _, stderr := eval(t, "run", filepath.Join(project, "workflows", "tickets"), "--design", "llm", "--out", dir, "--parallel", "2")
			if code != app.ExitCannot || !strings.Contains(stderr, tt.want) || !strings.Contains(stderr, "--resume") {
				t.Errorf("exit code %d, want %d with %q and how to go on:\n%s", code, app.ExitCannot, tt.want, stderr)
			}
			if strings.Contains(stderr, plantedKey) {
				t.Errorf("the key is in the message:\n%s", stderr)
			}
			if s.Received() > 4 {
				t.Errorf("%d calls before the run stopped, want one for each of the cases under way", s.Received())
			}
			mu.Lock()
			mended = true
			mu.Unlock()
			t.Setenv("REHEARSE_LLM_MODEL", "another")
			if code, _, stderr := eval(t, "run", "--resume", dir, "--quiet"); code != app.ExitInput || !strings.Contains(stderr, `started with model "stand-in" at http://`) {
				t.Errorf("resume with another model: exit code %d, want %d\n%s", code, app.ExitInput, stderr)
			}
			t.Setenv("REHEARSE_LLM_MODEL", "stand-in")
			if code, _, stderr := eval(t, "run", "--resume", dir, "--quiet"); code != app.ExitDone {
				t.Fatalf("resume: exit code %d\n%s", code, stderr)
			}
			if got := trials(t, dir); len(got) != ticketCases || s.Paid() != ticketCases {
				t.Errorf("%d trials and %d charges, want %d of each", len(got), s.Paid(), ticketCases)
			}
			noKeyIn(t, project)
		})
	}
}

// TestOffline names what is not stored.
func TestOffline(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply { return right(n) }))
	project := tickets(t, "")
	replay(t, project, filepath.Join(project, "part"), "--limit", "40")
	received := s.Received()
	got, stderr := replay(t, project, filepath.Join(project, "offline"), "--offline")
	if s.Received() != received {
		t.Errorf("%d calls offline", s.Received()-received)
	}
	count := map[string]int{}
	for _, trial := range got {
		count[outcome(trial)]++
	}
	if diff := cmp.Diff(map[string]int{"automated": 40, "not_measured offline_miss": 10}, maps.Clone(count)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if !strings.Contains(stderr, `step "assess" was not measured for 10 cases: t40, t41`) {
		t.Errorf("what is missing is not named:\n%s", stderr)
	}
	// A repeat never reads another repeat's answer.
	got, _ = replay(t, project, filepath.Join(project, "repeats"), "--limit", "5", "--repeat", "2")
	if len(got) != 10 || s.Received() != received+5 {
		t.Errorf("%d trials after %d further calls, want 10 after 5", len(got), s.Received()-received)
	}
}

// TestSkipped is about a design whose endpoint nobody named.
func TestSkipped(t *testing.T) {
	for _, v := range []string{"REHEARSE_LLM_BASE_URL", "REHEARSE_LLM_MODEL", "REHEARSE_LLM_KEY"} {
		t.Setenv(v, "")
	}
	project := tickets(t, "")
	workflow := filepath.Join(project, "workflows", "tickets")
	if code, out, stderr := eval(t, "lint", workflow); code != app.ExitDone {
		t.Errorf("lint: exit code %d\n%s%s", code, out, stderr)
	}
	code, _, stderr := eval(t, "run", workflow, "--quiet", "--out", filepath.Join(project, "all"))
	if code != app.ExitDone || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, `skipped design "llm"`) || !strings.Contains(stderr, "REHEARSE_LLM_BASE_URL") {
		t.Errorf("exit code %d, want %d with one line about the design:\n%s", code, app.ExitDone, stderr)
	}
	code, _, stderr = eval(t, "run", workflow, "--design", "llm", "--quiet", "--out", filepath.Join(project, "one"))
	if code != app.ExitCannot || !strings.Contains(stderr, "the environment has no REHEARSE_LLM_BASE_URL") {
		t.Errorf("exit code %d, want %d with what is missing:\n%s", code, app.ExitCannot, stderr)
	}
}

// TestDocumented lints the step that docs/llm.md shows, with all its keys.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "llm.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(doc), "```yaml\n")
	step, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/llm.md shows no step")
	}
	project := tickets(t, "")
	workflow := filepath.Join(project, "workflows", "tickets")
	for name, content := range map[string]string{
		"workflow.yaml":       "workflow: tickets\ninput: {text: string, total: number}\noutcome:\n  decision: {enum: [approve, hold]}\nteams:\n  desk: {people: 2}\n",
		"as-is.yaml":          "design: as-is\nworkflow: tickets\nsteps:\n  - {name: desk, kind: human, team: desk}\noutcome: {decision: desk.decision}\n",
		"llm.yaml":            "design: llm\nworkflow: tickets\non_broken_handoff: desk\nsteps:\n  - {name: extract, kind: compute, in: {total: input.total}, compute: {amount: in.total}, out: {amount: number}}\n" + step + "  - name: decide\n    kind: route\n    routes:\n      - {when: assess.confidence < 0.5, escalate: desk, show: [assess.reason]}\n      - else: end\noutcome: {decision: assess.decision}\n",
		"prompts/assess.md":   "{{ text }} {{ amount }}",
		"schemas/assess.json": `{"type":"object","properties":{"reason":{"type":"string"},"decision":{"enum":["approve","hold"]},"confidence":{"type":"number"}}}`,
	} {
		path := filepath.Join(workflow, filepath.FromSlash(name))
		write(t, path, content)
	}
	code, stdout, stderr := eval(t, "lint", workflow)
	if code != app.ExitDone || !strings.Contains(stderr, "3 files, 0 errors") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}
