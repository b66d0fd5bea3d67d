package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// standin starts a stand-in for a model's endpoint, which answers by the
// schema, for the rest of a script, and says in STANDIN where it is.
func standin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: standin")
	}
	s := llmtest.New(llmtest.Options{Answer: llmtest.BySchema, Batching: llmtest.Batching{Polls: 1}})
	ts.Defer(s.Close)
	ts.Setenv("STANDIN", s.URL)
}

// Runs that ask in batches are killed while they wait, again and again, and
// interrupted. The one that goes on waits for the same batch: by the endpoint's
// own count each question is answered once.
func TestKilledRunsWaitForTheSameBatch(t *testing.T) {
	const cases, price = 100, 0.001
	var free atomic.Bool
	looks := make(chan struct{}, 1) // somebody asks whether the batch is done
	busy := func() bool {
		select {
		case looks <- struct{}{}:
		default:
		}
		return !free.Load()
	}
	o := llmtest.Options{Batching: llmtest.Batching{Busy: busy}, Answer: func(c *llmtest.Call) llmtest.Reply {
		if strings.HasSuffix(c.Last(), " 7") && c.N <= cases {
			return llmtest.Reply{Status: 503}
		}
		return llmtest.Reply{Text: `{"queue":"tech"}`, In: 1, Out: 1}
	}}
	s := llmtest.New(o)
	t.Cleanup(s.Close)
	dir := paidProject(t, s.URL, cases, "{timeout: 5s}, batch: true, batch_prices: {input: 500, output: 500}")
	for kill := range 4 {
		args := []string{"run", "--resume", "run", "--quiet"}
		if kill == 0 {
			args = []string{"run", "tickets", "--out", "run", "--quiet"}
		}
		select {
		case <-looks: // by the process before
		default:
		}
		p := begin(t, dir, args...)
		for range 2 { // one may have been on its way when the process before was killed
			select {
			case <-looks:
			case err := <-p.done:
				t.Fatalf("kill %d: the run ended before: %v\n%s", kill, err, p.output)
			}
		}
		time.Sleep(time.Duration(100*kill) * time.Millisecond)
		signal := []os.Signal{syscall.SIGKILL, os.Interrupt}[kill%2]
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		<-p.done
		if signal == os.Interrupt && p.cmd.ProcessState.ExitCode() != 6 {
			t.Errorf("kill %d: exit code %d\n%s", kill, p.cmd.ProcessState.ExitCode(), p.output)
		}
		out, err := program(dir, "cache", "batches").CombinedOutput()
		if err != nil || !strings.Contains(string(out), fmt.Sprint(cases)+" questions") || !strings.Contains(string(out), "batch-1") {
			t.Errorf("kill %d: %v\n%s", kill, err, out)
		}
	}
	free.Store(true)
	p := begin(t, dir, "run", "--resume", "run")
	if err := <-p.done; err != nil {
		t.Fatalf("%v\n%s", err, p.output)
	}
	if !strings.Contains(p.output.String(), "asked before") {
		t.Errorf("the run does not say what it waits for:\n%s", p.output)
	}
	// The ticket that was refused once is asked again, in a batch of its own.
	if s.Batches() != 2 || s.Paid() != cases {
		t.Errorf("%d batches, and %d answers of %d questions paid for", s.Batches(), s.Paid(), cases)
	}
	run, err := record.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if spent, err := run.Spending(); err != nil || spent.Spent < price*cases-1e-9 || spent.Spent > price*cases+1e-9 {
		t.Errorf("the run says that it spent %+v, want %v (%v)", spent, price*cases, err)
	}
	if out, err := program(dir, "run", "tickets", "--out", "again", "--offline", "--quiet").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	sameTrials(t, filepath.Join(dir, "run"), filepath.Join(dir, "again"))
}
