package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// exitCode runs a program and checks its exit code exactly, which `! exec`
// does not: code 3 eval run nosuch.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// sameBits checks that two runs have the same trials, byte for byte:
// samebits run1 run2.
func sameBits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: samebits run1 run2")
	}
	names, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "trials-*.parquet"))
	ts.Check(err)
	others, err := filepath.Glob(filepath.Join(ts.MkAbs(args[1]), "trials-*.parquet"))
	ts.Check(err)
	if len(names) == 0 || len(names) != len(others) {
		ts.Fatalf("%d segments in %s, %d in %s", len(names), args[0], len(others), args[1])
	}
	for i := range names {
		a, err := os.ReadFile(names[i])
		ts.Check(err)
		b, err := os.ReadFile(others[i])
		ts.Check(err)
		if filepath.Base(names[i]) != filepath.Base(others[i]) || !bytes.Equal(a, b) {
			ts.Fatalf("%s differs", filepath.Base(names[i]))
		}
	}
}
