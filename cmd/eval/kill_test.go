package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// killProject is a project with enough cases for a run to be killed in the
// middle.
func killProject(t *testing.T, cases int) string {
	t.Helper()
	a, err := txtar.ParseFile("testdata/script/tiny.txtar")
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
	var b strings.Builder
	b.WriteString("id,text,lang,queue\n")
	for i := range cases {
		fmt.Fprintf(&b, "c%06d,%q,%s,%s\n", i, fmt.Sprint("invoice or crash ", i, strings.Repeat(" again", i%12)), []string{"en", "de"}[i%2], []string{"billing", "tech"}[i%3%2])
	}
	if err := os.WriteFile(filepath.Join(dir, "datasets/tickets/tickets.csv"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func program(dir string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Dir = dir
	c.Env = append(os.Environ(), asProgram+"=1", "NO_COLOR=1")
	return c
}

// A run that is killed without warning, or interrupted, at whatever moment,
// and resumed has the trials of one that was never disturbed.
func TestKilledRunsEndUpTheSame(t *testing.T) {
	killed(t, killProject(t, 40_000), killRounds)
}

// So does a race, whose decisions are made again from what the record holds.
func TestKilledRacesEndUpTheSame(t *testing.T) {
	dir := killProject(t, 20_000)
	killed(t, dir, (killRounds+1)/2, "--race")
	results := map[string]bool{}
	runs, err := filepath.Glob(filepath.Join(dir, "*", "run.json"))
	if err != nil || len(runs) < 2 {
		t.Fatalf("runs %v, %v", runs, err)
	}
	for _, path := range runs {
		run, err := record.Open(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		if result := run.Header.Race.Result; result != nil {
			if len(result.Dropped) == 0 {
				t.Errorf("%s: the race decided nothing: %+v", path, result)
			}
			results[fmt.Sprintf("%+v %d %s", *result, run.Header.Data.Cases, run.Header.Data.Inputs)] = true
		}
	}
	if len(results) != 1 {
		t.Errorf("resumed races came to other results: %v", results)
	}
}

// killed disturbs runs with these flags at random moments: after as many of
// their segments as chance has it, none among them.
func killed(t *testing.T, dir string, rounds int, flags ...string) {
	t.Helper()
	run := func(out string) []string {
		return append([]string{"run", "tickets", "--quiet", "--out", out}, flags...)
	}
	start := time.Now()
	if out, err := program(dir, run("whole")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	segments := len(segmentTimes(t, filepath.Join(dir, "whole")))
	each := time.Since(start) / time.Duration(segments+1)
	rng := rand.New(rand.NewPCG(1, 2))
	kept := 0
	for round := range rounds {
		signal := []os.Signal{syscall.SIGKILL, os.Interrupt}[round%2]
		out := fmt.Sprint("run", round)
		p := begin(t, dir, run(out)...)
		for enough := rng.IntN(segments); len(segmentTimes(t, filepath.Join(dir, out))) < enough; {
			select {
			case err := <-p.done:
				if n := len(segmentTimes(t, filepath.Join(dir, out))); n < enough {
					t.Fatalf("round %d: the run ended after %d of %d segments: %v\n%s", round, n, segments, err, p.output)
				}
				p.done <- err
			case <-time.After(time.Millisecond):
			}
		}
		time.Sleep(time.Duration(rng.Int64N(int64(each))))
		if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		err := <-p.done
		if state := p.cmd.ProcessState; signal == os.Interrupt && err != nil && state.ExitCode() != app.ExitInterrupted && state.Exited() {
			t.Errorf("round %d: an interrupted run ended with code %d", round, state.ExitCode())
		}
		if _, err := os.Stat(filepath.Join(dir, out, "run.json")); err != nil {
			continue // before the run had a folder, or a header
		}
		before := segmentTimes(t, filepath.Join(dir, out))
		kept += len(before)
		resumed, err := program(dir, "run", "--resume", out, "--quiet").CombinedOutput()
		if err != nil && !strings.Contains(string(resumed), "nothing to resume") {
			t.Fatalf("round %d: %v\n%s", round, err, resumed)
		}
		for name, at := range before {
			info, err := os.Stat(name)
			if err != nil || info.ModTime() != at {
				t.Errorf("round %d: finished segment %s was written again", round, filepath.Base(name))
			}
		}
		sameTrials(t, filepath.Join(dir, "whole"), filepath.Join(dir, out))
	}
	t.Logf("%d segments were kept over %d rounds of %d each", kept, rounds, segments)
}

// segmentTimes are the finished segments and when they were written.
func segmentTimes(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "trials-?????.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]time.Time{}
	for _, n := range names {
		info, err := os.Stat(n)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = info.ModTime()
	}
	return out
}

func sameTrials(t *testing.T, a, b string) {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(a, "trials-*.parquet"))
	others, _ := filepath.Glob(filepath.Join(b, "trials-*.parquet"))
	if len(names) == 0 || len(names) != len(others) {
		t.Fatalf("%d segments in %s, %d in %s", len(names), a, len(others), b)
	}
	for i := range names {
		x, err1 := os.ReadFile(names[i])
		y, err2 := os.ReadFile(others[i])
		if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
			t.Errorf("%s differs from %s (%v, %v)", names[i], others[i], err1, err2)
		}
	}
}
