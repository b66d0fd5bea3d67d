package exec

import (
	"context"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

// shown are the files of docs/exec.md, by their path below the workflow.
func shown(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/exec.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^```[a-z]+ workflows/tickets/(\\S+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		out[m[1]] = m[2]
	}
	return out
}

// TestSnippets runs the programs of docs/exec.md, and holds that both give the
// same answers.
func TestSnippets(t *testing.T) {
	files := shown(t)
	for _, name := range []string{"worker.mjs", "score.mjs"} {
		compiled, err := os.ReadFile("testdata/js/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files["scripts/"+name] = string(compiled)
	}
	for _, tc := range []struct{ why, needs, run, files string }{
		{"Python", "python3", "[python3, -B, scripts/score.py]", "[scripts/worker.py, scripts/words.json]"},
		{"TypeScript, its types stripped by Node", "node", "[node, scripts/score.ts]", "[scripts/worker.ts, scripts/words.json]"},
		{"TypeScript, compiled by hand to JavaScript", "node", "[node, scripts/score.mjs]", "[scripts/worker.mjs, scripts/words.json]"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			if _, err := osexec.LookPath(tc.needs); err != nil {
				t.Skipf("%s is not on the PATH", tc.needs)
			}
			if strings.Contains(tc.run, ".ts") {
				if out, err := osexec.Command("node", "-p", "process.features.typescript || process.version").CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "strip" {
					t.Skipf("this node strips no types, which 22.18 and later do: %s", out)
				}
			}
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "scripts"), 0o700); err != nil {
				t.Fatal(err)
			}
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := open(t, kindtest.Config{
				InSchema: kindtest.Schema(t, "text: string, channel: string"), OutSchema: kindtest.Schema(t, "queue: billing|tech, confidence: probability"),
				Dir: dir, YAML: "run: " + tc.run + "\nfiles: " + tc.files + "\nworkers: 1",
			}, flow.Session{})
			ask := func(text string) (flow.Output, error) {
				return s.Do(context.Background(), kindtest.Input(kindtest.Schema(t, "text: string, channel: string"), text, "mail"))
			}
			for _, row := range []struct {
				text string
				want []any
				sure float64
			}{
				{"The app shows an error", []any{"tech", 0.75}, 0.75},
				{"Réfund, \"invoice\"\u2028 pay", []any{"billing", 0.75}, 0.75},
			} {
				got, err := ask(row.text)
				if err != nil {
					t.Fatal(err)
				}
				want := flow.Output{Values: row.want, Confidence: &flow.Confidence{Raw: row.sure, Calibrated: row.sure}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%q: -want +got\n%s", row.text, diff)
				}
			}
			_, err := ask("…")
			var failed *flow.StepError
			if !errors.As(err, &failed) || failed.Class != flow.ErrRejected || err.Error() != "the ticket has no text" {
				t.Errorf("got %v, want its own error", err)
			}
		})
	}
}
