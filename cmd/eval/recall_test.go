package main

import (
	"path/filepath"
	"testing"
)

// A cutoff moved after the fact, from the record, gives the trials of a new
// run with that cutoff, byte for byte.
func TestMovedCutoff(t *testing.T) {
	project := "../.." // the shipped invoice workflow
	dir := t.TempDir()
	run := func(out string, more ...string) string {
		t.Helper()
		out = filepath.Join(dir, out)
		args := append([]string{"run", "invoice", "--quiet", "--no-report", "--out", out}, more...)
		if text, err := program(project, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, text)
		}
		return out
	}
	written := run("written")
	for _, cutoff := range []string{"0.5", "0.7", "0.95", "1"} {
		set := "cutoff=" + cutoff
		again := run("again-"+cutoff, "--set", set)
		moved := run("moved-"+cutoff, "--set", set, "--recall", written)
		sameTrials(t, again, moved)
	}
}
