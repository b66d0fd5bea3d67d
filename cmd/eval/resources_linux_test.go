package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// Where there is room for the first payment and for nothing else, neither for an
// answer nor for the state that a run ends in, the run is kept, and goes on with
// what it paid.
func TestNoRoomForTheFirstAnswer(t *testing.T) {
	var run atomic.Pointer[exec.Cmd]
	started := make(chan struct{})
	s := llmtest.New(llmtest.Options{Answer: func(*llmtest.Call) llmtest.Reply {
		<-started
		if c := run.Load(); c != nil {
			if err := unix.Prlimit(c.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 100, Max: 100}, nil); err != nil {
				t.Error(err)
			}
		}
		return llmtest.Reply{Text: `{"queue":"tech"}`, In: 1, Out: 1}
	}})
	t.Cleanup(s.Close)
	dir := paidProject(t, s.URL, 20, "{timeout: 5s}")
	var said strings.Builder
	c := program(dir, "run", "tickets", "--design", "llm", "--out", "run", "--quiet", "--parallel", "1")
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	run.Store(c)
	close(started)
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != app.ExitCannot || !strings.Contains(said.String(), "run --resume run") {
		t.Fatalf("%v\n%s", err, said.String())
	}
	run.Store(nil)
	if paid, err := os.ReadFile(filepath.Join(dir, "run", "spending.jsonl")); err != nil || !strings.Contains(string(paid), `"spent":`) {
		t.Fatalf("what was paid: %q, %v\n%s", paid, err, said.String())
	}
	if out, err := program(dir, "run", "--resume", "run", "--quiet").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
