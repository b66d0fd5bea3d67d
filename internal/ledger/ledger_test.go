package ledger

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestLooks(t *testing.T) {
	dir := t.TempDir()
	monday := time.Date(2025, 1, 6, 12, 0, 0, 0, time.UTC)
	add := func(command, run, split string, at time.Time) {
		t.Helper()
		if err := Add(dir, Look{Command: command, Run: run, Workflow: "w", Split: split, Designs: []string{"a"}}, at); err != nil {
			t.Fatal(err)
		}
	}
	if looks, err := Read(dir); err != nil || len(looks) != 0 {
		t.Fatalf("no ledger: %v, %v", looks, err)
	}
	add("gate", "r1", HeldOut, monday)
	add("gate", "r1", HeldOut, monday.Add(time.Hour)) // the same day: the same look
	add("report", "r1", HeldOut, monday)
	add("gate", "r1", HeldOut, monday.AddDate(0, 0, 1))
	add("gate", "r2", HeldOut, monday)
	add("gate", "r3", "dev", monday)
	looks, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n, runs := Count(looks, HeldOut); n != 4 || runs != 2 {
		t.Errorf("%d looks in %d runs, want 4 in 2", n, runs)
	}
	if looks[0].Day != "2025-01-06" {
		t.Errorf("day %q", looks[0].Day)
	}
}

func TestBrokenLedger(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(Path(dir), []byte("{\"day\":\"2025-01-06\",\"run\":\"r\",\"split\":\"test\"}\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), File+":2:1") {
		t.Errorf("error %v, want its place", err)
	}
	if err := Add(dir, Look{Run: "r"}, time.Now()); err == nil {
		t.Error("a look was added to a ledger that cannot be counted")
	}
}
