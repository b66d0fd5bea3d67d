package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestLintStops holds that an interrupted lint says so, and nothing of what it
// has read by then.
func TestLintStops(t *testing.T) {
	dir := t.TempDir()
	card := filepath.Join(dir, "workflow.yaml")
	if err := os.WriteFile(card, []byte("workflow: tickets\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	found, files, err := lint(ctx, Builtin(), []string{card})
	if got := exitCode(err); got != ExitInterrupted || files != 0 || len(found) > 0 {
		t.Errorf("an interrupted lint gave code %d, %d files and %v, want code %d alone", got, files, found, ExitInterrupted)
	}
}
