//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// limited runs the program where no file may have more than so many blocks of
// 512 bytes: what a full disk does, without one.
func limited(dir, blocks string, args ...string) *exec.Cmd {
	whole := program(dir, args...)
	c := exec.Command("sh", append([]string{"-c", "ulimit -f " + blocks + `; exec "$0" "$@"`, whole.Path}, args...)...)
	c.Dir, c.Env = whole.Dir, whole.Env
	return c
}

// A run for which there is no room says so, keeps what it has, and goes on once
// there is.
func TestNoRoom(t *testing.T) {
	dir := killProject(t, 30_000)
	whole := program(dir, "run", "tickets", "--quiet", "--no-report", "--out", "whole")
	if out, err := whole.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := limited(dir, "24", "run", "tickets", "--quiet", "--out", "small")
	out, err := c.CombinedOutput()
	if err == nil || c.ProcessState.ExitCode() != app.ExitCannot {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"what was done is kept in small", "run --resume small", "segment 0 of small", "file too large"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the message does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), "goroutine") {
		t.Errorf("the program dumped its state:\n%.300s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "small", "*.open")); len(left) > 0 {
		t.Errorf("files that were never finished: %v", left)
	}
	if out, err := program(dir, "run", "--resume", "small", "--quiet", "--no-report").CombinedOutput(); err != nil {
		t.Fatalf("resumed: %v\n%s", err, out)
	}
	sameTrials(t, filepath.Join(dir, "whole"), filepath.Join(dir, "small"))

	// What is converted is there whole or not at all.
	c = limited(dir, "8", "dataset", "convert", "datasets/tickets/tickets.csv", "tickets.jsonl")
	if out, err = c.CombinedOutput(); err == nil || !strings.Contains(string(out), "tickets.jsonl: file too large") {
		t.Errorf("convert: %v\n%s", err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*tickets.jsonl*")); len(left) > 0 {
		t.Errorf("convert left %v", left)
	}
}

// Of two runs into one folder one is made, whole, and the other says why not.
func TestTwoRunsAtOnce(t *testing.T) {
	dir := killProject(t, 30_000)
	var said [2]bytes.Buffer
	var runs [2]*exec.Cmd
	for i := range runs {
		runs[i] = program(dir, "run", "tickets", "--quiet", "--no-report", "--out", "run")
		runs[i].Stdout, runs[i].Stderr = &said[i], &said[i]
		if err := runs[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	done := 0
	for i, c := range runs {
		err := c.Wait()
		switch text := said[i].String(); {
		case err == nil:
			done++
		case c.ProcessState.ExitCode() != app.ExitCannot, !strings.Contains(text, "run is being written by another process") && !strings.Contains(text, "run is not empty"):
			t.Errorf("the other: %v\n%s", err, text)
		}
	}
	run, err := record.Open(filepath.Join(dir, "run"))
	if done != 1 || err != nil || run.Header.State != record.Complete || run.Header.Data.Cases != 30_000 {
		t.Fatalf("%d of two runs were made; the record: %v", done, err)
	}
	if out, err := program(dir, "report", "run").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Where nothing can be written, where there is no home, and where nobody reads
// on.
func TestSurroundings(t *testing.T) {
	dir := killProject(t, 50)
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	if out, err := program(dir, "run", "tickets", "--quiet", "--out", "run").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tc := range []struct {
		why  string
		args []string
		want string
	}{
		{"a run below a file", []string{"run", "tickets", "--out", "file/run"}, "file: not a directory"},
		{"a run in a locked folder", []string{"run", "tickets", "--out", "locked/run"}, "locked/run: permission denied"},
		{"a report in a locked folder", []string{"report", "run", "--output", "locked/report.md"}, `"locked/report.md": cannot write there: permission denied`},
		{"a conversion in a locked folder", []string{"dataset", "convert", "tickets", "locked/a.csv"}, "locked/a.csv: permission denied"},
		{"a full device", []string{"report", "run", "--output", "/dev/full"}, "/dev/full: no space left on device"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if strings.Contains(tc.want, "permission") && os.Geteuid() == 0 {
				t.Skip("root may write everywhere")
			}
			if _, err := os.Stat("/dev/full"); err != nil && strings.Contains(tc.why, "device") {
				t.Skip(err)
			}
			c := program(dir, tc.args...)
			out, err := c.CombinedOutput()
			if err == nil || c.ProcessState.ExitCode() != app.ExitCannot || !strings.Contains(string(out), tc.want) {
				t.Errorf("%v\n%s\nwant %q", err, out, tc.want)
			}
		})
	}
	if full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
		defer full.Close()
		var said strings.Builder
		nowhere := program(dir, "runs")
		nowhere.Stdout, nowhere.Stderr = full, &said
		if err := nowhere.Run(); nowhere.ProcessState.ExitCode() != app.ExitCannot || !strings.Contains(said.String(), "no space left on device") {
			t.Errorf("an answer that goes nowhere: %v\n%s", err, said.String())
		}
	}
	c := program(dir, "run", "tickets", "--quiet", "--out", "bare")
	c.Env = []string{asProgram + "=1"} // neither HOME nor TMPDIR nor PATH
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("without surroundings: %v\n%s", err, out)
	}
	sh := exec.Command("sh", "-c", `"$0" report run | head -n 1`, os.Args[0])
	sh.Dir, sh.Env = dir, c.Env
	sh.Env = append(sh.Env, "PATH="+os.Getenv("PATH"))
	if out, err := sh.CombinedOutput(); err != nil || strings.Count(string(out), "\n") != 1 {
		t.Errorf("a reader that stops: %v\n%s", err, out)
	}
}
