package ledger_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/ledger"
)

func TestPasses(t *testing.T) {
	dir := t.TempDir()
	add := func(design string, cases ...string) {
		t.Helper()
		if err := ledger.AddPasses(dir, ledger.Pass{Workflow: "w", Design: design, Run: "r", Cases: cases}, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	add("x", "a", "b")
	add("x", "a", "b") // nothing new
	add("x", "b", "c")
	add("y", "d")
	got, err := ledger.Passed(dir, "w", "x")
	if err != nil || len(got) != 3 || got["d"] {
		t.Errorf("x passed %v (%v)", got, err)
	}
	if got, _ := ledger.Passed(dir, "other", "x"); len(got) != 0 {
		t.Errorf("in another workflow it passed %v", got)
	}
	if got, _ := ledger.Passed(dir, "w", "x", "y"); len(got) != 4 {
		t.Errorf("together they passed %v", got)
	}
	file := filepath.Join(dir, ledger.PassesFile)
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "\n") != 3 {
		t.Errorf("%s (%v)", text, err)
	}
	text = append(text, `{"day":"2026-11-21","workflow":"w","design":"x","run":"r","cases":[]}`+"\n"...)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := ledger.Passed(dir, "w", "x"); err != nil || len(got) != 3 {
		t.Errorf("after its cases were forgotten: %v (%v)", got, err)
	}
	if err := os.WriteFile(file, append(text, "x\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Passed(dir, "w", "x"); err == nil || !strings.Contains(err.Error(), ":5:1: not a line of passes") {
		t.Errorf("%v", err)
	}
}
