package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// Cutoffs on a model's confidence move without a call; without stored answers
// tune says who asks for them.
func TestTuneAsksNothing(t *testing.T) {
	s := serve(t, perTicket(func(n, _ int) llmtest.Reply {
		right := []string{"billing", "tech"}
		if n%5 == 0 { // the unsure ones are wrong
			return llmtest.Reply{Text: fmt.Sprintf(`{"queue":%q,"confidence":0.4}`, right[(n+1)%2]), In: 10, Out: 5}
		}
		return llmtest.Reply{Text: fmt.Sprintf(`{"queue":%q,"confidence":0.9}`, right[n%2]), In: 10, Out: 5}
	}))
	project := tickets(t, "")
	file := filepath.Join(project, "workflows/tickets/llm.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.Replace(string(text), "workflow: tickets\n", "workflow: tickets\nparams: {cutoff: 0.95}\n", 1)
	write(t, file, strings.Replace(moved, "< 0.5", "< params.cutoff", 1))
	card := filepath.Join(project, "datasets/tickets/dataset.yaml")
	text, err = os.ReadFile(card)
	if err != nil {
		t.Fatal(err)
	}
	write(t, card, string(text)+"splits: {by: hash, calibration: 1}\n")

	_, stderr := evalIn(t, project, app.ExitCannot, "tune", "llm")
	if !strings.Contains(stderr, "which 'eval run tickets --design llm --split calibration' asks for") {
		t.Errorf("without answers: %s", stderr)
	}
	evalIn(t, project, app.ExitDone, "run", "tickets", "--design", "llm", "--split", "calibration", "--quiet", "--no-report", "--out", "cal")
	asked := s.Received()
	stdout, _ := evalIn(t, project, app.ExitDone, "tune", "llm", "--error", "0.1", "--write")
	if !strings.Contains(stdout, "chosen: cutoff 0.9 (was 0.95): automates 80.0% of the cases, 0.0% of them wrong") || !strings.Contains(stdout, "the card has no split test") {
		t.Error(stdout)
	}
	if s.Received() != asked {
		t.Errorf("tuning made %d calls", s.Received()-asked)
	}
	if got, err := os.ReadFile(file); err != nil || !strings.Contains(string(got), "params: {cutoff: 0.9}\n") {
		t.Errorf("%v\n%s", err, got)
	}
}

// A shipped design that maps its confidence: half of the calibration split
// certifies, the file gets the cutoff and the share and stays as it is, and what
// is written is what was certified.
func TestTuneWrites(t *testing.T) {
	noEndpoint(t)
	project := t.TempDir()
	for _, dir := range []string{"workflows/invoice", "datasets/invoice"} {
		if err := os.CopyFS(filepath.Join(project, dir), os.DirFS(filepath.Join("..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(project, "workflows/invoice/model-cutoff.yaml")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"tune", "model-cutoff", "--grid", "0.7,0.75"}
	stdout, _ := evalIn(t, project, app.ExitDone, append(args, "--write")...)
	if !strings.Contains(stdout, "chosen: cutoff 0.75 (was 0.85)") || !strings.Contains(strings.Join(strings.Fields(stdout), " "), "Looks at that split so far: 1, at 1 run") {
		t.Error(stdout)
	}
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(string(before), "cutoff: 0.85 ", "cutoff: 0.75 ", 1) + "calibration_share: 0.5\n"
	if d := cmp.Diff(want, string(after)); d != "" {
		t.Error(d)
	}
	certified := strings.TrimPrefix(line(stdout, "0.75 "), " ")
	stdout, _ = evalIn(t, project, app.ExitDone, args...)
	if again := strings.TrimPrefix(line(stdout, "0.75 "), " "); again != certified {
		t.Errorf("certified %q, and the written design %q", certified, again)
	}
	evalIn(t, project, app.ExitDone, "lint")
}

// line is the first line that holds a text.
func line(text, with string) string {
	for l := range strings.Lines(text) {
		if strings.Contains(l, with) && strings.Contains(l, "/") {
			return l
		}
	}
	return ""
}
