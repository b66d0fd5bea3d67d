package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// paidProject is a project that asks a stand-in about every case.
func paidProject(t testing.TB, url string, cases int, limits string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,text,queue\n")
	for i := range cases {
		fmt.Fprintf(&b, "c%06d,ticket number %d,%s\n", i, i, []string{"billing", "tech"}[i%2])
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"workflows/tickets/workflow.yaml": "workflow: tickets\ninput: {text: string}\noutcome:\n  queue: {enum: [billing, tech]}\nteams:\n  desk: {people: 2, wage: 30/h, minutes: 5}\n",
		"workflows/tickets/llm.yaml": `design: llm
workflow: tickets
on_broken_handoff: desk
steps:
  - name: assess
    kind: llm
    model: standin
    in: {text: input.text}
    prompt: prompts/assess.md
    temperature: 0
    max_tokens: 100
    out: {queue: outcome.queue}
  - name: decide
    kind: route
    routes:
      - {when: assess.queue == null, escalate: desk}
      - else: end
outcome: {queue: assess.queue}
`,
		"workflows/tickets/prompts/assess.md": "user:\n{{ text }}\n",
		"models.yaml":                         "models:\n  standin: {base_url: '" + url + "', model: stand-in, prices: {input: 1000, output: 1000}, limits: " + limits + "}\n",
		"datasets/tickets/dataset.yaml":       "dataset: tickets\nsource: cases.csv\nid: id\ninput: {text: text}\nlabels: {outcome: {queue: queue}}\n",
		"datasets/tickets/cases.csv":          b.String(),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// charges is the endpoint's own count of the answers that it made.
type charges struct {
	mu      sync.Mutex
	of      map[string]int // whole answers by question
	spoilt  int            // answers that it cut or garbled
	calls   int
	wanted  int           // no more calls are answered than these; 0 for no limit
	reached chan struct{} // closed when calls comes to wanted
}

func (c *charges) answer(faults llmtest.Faults) func(*llmtest.Call) llmtest.Reply {
	inner := faults.Wrap(func(call *llmtest.Call) llmtest.Reply {
		return llmtest.Reply{Text: `{"queue":"tech"}`, In: 1, Out: 1, Latency: 15 * time.Millisecond}
	})
	return func(call *llmtest.Call) llmtest.Reply {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.wanted > 0 && c.calls >= c.wanted {
			return llmtest.Reply{Hang: true}
		}
		r := inner(call)
		switch {
		case r.CutAfter > 0 || r.Raw != "":
			c.spoilt++
		case r.Status == 0 && !r.Drop && !r.Hang:
			c.of[call.Last()]++
		}
		if c.calls++; c.calls == c.wanted {
			close(c.reached)
		}
		return r
	}
}

// after tells when the endpoint has had so many calls more. It answers none after
// them, so that a run cannot end before it is killed, however late that is.
func (c *charges) after(calls int) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted, c.reached = c.calls+calls, make(chan struct{})
	return c.reached
}

// resume answers all calls again.
func (c *charges) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted = 0
}

// sum is how many questions were answered, and how many answers were made.
func (c *charges) sum() (questions, answers int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.of {
		answers += n
	}
	return len(c.of), answers
}

// A run against an endpoint that misbehaves is killed without warning, again
// and again. The endpoint's own count is the witness: nothing is lost, and no
// answer that was stored is paid for again. Only calls that were in flight at a
// kill are.
func TestKilledRunsPayOnce(t *testing.T) {
	const each, parallel, price = 60, 16, 0.002
	cases := each * (paidKills + 2)
	c := &charges{of: map[string]int{}}
	s := llmtest.New(llmtest.Options{Answer: c.answer(llmtest.Faults{Rate: 0.01, Pause: "0.01", Server: 0.02, Drop: 0.02, Cut: 0.02, JSON: 0.02})})
	t.Cleanup(s.Close)
	dir := paidProject(t, s.URL, cases, "{timeout: 60s}")
	out := filepath.Join(dir, "run")
	start := func() *process {
		args := []string{"run", "--resume", "run"}
		if _, err := os.Stat(filepath.Join(out, "run.json")); err != nil {
			if err := os.RemoveAll(out); err != nil {
				t.Fatal(err)
			}
			args = []string{"run", "tickets", "--out", "run", "--parallel", fmt.Sprint(parallel)}
		}
		return begin(t, dir, append(args, "--quiet")...)
	}
	for kill := range paidKills {
		reached := c.after(each)
		p := start()
		select {
		case <-reached:
		case err := <-p.done:
			t.Fatalf("kill %d: the run ended before: %v\n%s", kill, err, p.output)
		}
		if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-p.done
	}
	c.resume()
	p := start()
	if err := <-p.done; err != nil {
		t.Fatalf("%v\n%s", err, p.output)
	}
	questions, answers := c.sum()
	if questions != cases || answers-questions > paidKills*parallel {
		t.Errorf("%d questions of %d cases were answered %d times over %d kills with %d in flight", questions, cases, answers, paidKills, parallel)
	}
	t.Logf("%d cases, %d kills: %d answers, %d of them twice, and %d spoilt", cases, paidKills, answers, answers-questions, c.spoilt)

	run, err := record.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	spent, err := run.Spending()
	if low, high := price*float64(questions), price*float64(answers); err != nil || spent.Spent < low-1e-6 || spent.Spent > high+1e-6 {
		t.Errorf("the run says that it spent %v, want %v to %v (%v)", spent.Spent, low, high, err)
	}
	ids := map[string]bool{}
	for trial, err := range run.Trials(flow.NewSchema(flow.Field{Name: "queue", Type: flow.Type{Kind: flow.Enum, Enum: []string{"billing", "tech"}}})) {
		if err != nil {
			t.Fatal(err)
		}
		ids[trial.Case] = true
		if trial.Status != flow.Automated {
			t.Errorf("%s: %s %s", trial.Case, trial.Status, trial.Reason)
		}
	}
	if len(ids) != cases {
		t.Errorf("%d cases in the record, want %d", len(ids), cases)
	}

	// What is stored gives the same trials, and nothing is asked.
	calls := c.calls
	if out, err := program(dir, "run", "tickets", "--out", "again", "--quiet").CombinedOutput(); err != nil || c.calls != calls {
		t.Errorf("%d calls in a run of what is stored: %v\n%s", c.calls-calls, err, out)
	}
	sameTrials(t, out, filepath.Join(dir, "again"))
}

// process is the program at work.
type process struct {
	cmd    *exec.Cmd
	output *bytes.Buffer
	done   chan error
}

func begin(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{cmd: program(dir, args...), output: new(bytes.Buffer), done: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	return p
}
