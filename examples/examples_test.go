// Package examples tests what newcomers run.
package examples

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// The demonstration walks the whole loop and checks the exit code of every
// command in it; what it promoted then runs case by case as it was replayed.
func TestDemo(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	bin, demo := t.TempDir(), filepath.Join(t.TempDir(), "demo")
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/...", "./service").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command("bash", "demo.sh")
	c.Env = append(os.Environ(), "REHEARSE_BIN="+bin, "REHEARSE_DEMO="+demo, "NO_COLOR=1", "REHEARSE_LLM_BASE_URL=")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-4000):])
	}
	for _, want := range []string{"model-cutoff: pass", "promoted model-cutoff", "as promoted", "model-cutoff: drift", "Cheapest teams", "as-is", "Skipped: the environment names no model", "run invoice --design as-is --design llm"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the demonstration does not print %q", want)
		}
	}
	production := filepath.Join(demo, "workflows/invoice/production")
	replayed, card := filepath.Join(demo, "reports/drift/fresh/fresh"), filepath.Join(demo, "datasets/invoice-fresh/dataset.yaml")
	t.Run("engine", func(t *testing.T) { sameAsReplayed(t, production, replayed, card, filepath.Join(bin, "service")) })
	t.Run("changed", func(t *testing.T) { changedByte(t, production) })
}

// sameAsReplayed runs the cases of a replay one by one through the promoted
// design and compares the trials; then all of them through the example service,
// and compares what it answers.
func sameAsReplayed(t *testing.T, production, replayed, cardFile, service string) {
	ctx := t.Context()
	promoted, err := engine.Load(ctx, production, app.Builtin(), flow.Session{})
	if err != nil {
		t.Fatal(err)
	}
	defer promoted.Close()
	card, problems := dataset.Load(cardFile)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	reader, err := card.Open(dataset.Request{Input: promoted.Input(), WantInput: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	run, err := record.Open(replayed)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var requests, answers []byte
	buf := make([]flow.Case, 1)
	for want, err := range run.Trials(promoted.Outcome()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Next(ctx, buf); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		got, err := promoted.Run(context.WithoutCancel(ctx), &buf[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("case %s (-replayed +run alone)\n%s", want.Case, diff)
		}
		requests = fmt.Appendf(requests, "{\"id\": %q, \"input\": %s}\n", want.Case, flow.AppendJSON(nil, promoted.Input(), buf[0].Input.Values))
		answers = append(answers, asAnswered(t, promoted, want)...)
		n++
	}
	if n < 1000 {
		t.Errorf("%d cases were compared, want 1,000 at least", n)
	}
	c := exec.Command(service, production)
	c.Stdin = bytes.NewReader(requests)
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(answers), string(got)); diff != "" {
		t.Errorf("(-replayed +service)\n%s", diff)
	}
}

// asAnswered is the line that the service should write for a replayed trial.
func asAnswered(t *testing.T, p *engine.Promoted, trial *flow.Trial) []byte {
	t.Helper()
	line := struct {
		ID      string          `json:"id"`
		Status  flow.Status     `json:"status"`
		Outcome json.RawMessage `json:"outcome,omitempty"`
		Team    string          `json:"team,omitempty"`
		Because string          `json:"because,omitempty"`
	}{ID: trial.Case, Status: trial.Status, Team: trial.Team, Because: trial.Reason}
	if trial.Outcome != nil {
		line.Outcome = flow.AppendJSON(nil, p.Outcome(), trial.Outcome)
	}
	data, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// changedByte: a promoted file that is not what was promoted does not run.
func changedByte(t *testing.T, production string) {
	files, err := filepath.Glob(filepath.Join(production, "files", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		changed := append([]byte(nil), data...)
		changed[len(changed)/2] ^= 1
		if err := os.WriteFile(f, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Load(t.Context(), production, app.Builtin(), flow.Session{}); err == nil || !strings.Contains(err.Error(), "not what was promoted") {
			t.Errorf("%s changed: %v", filepath.Base(f), err)
		}
		if err := os.WriteFile(f, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
