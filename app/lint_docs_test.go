package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/docs"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// lintPart lints an example of docs/lint.md, and gives the rules that find
// something.
func lintPart(t *testing.T, part string) []string {
	t.Helper()
	dir := t.TempDir()
	var blocks []string
	for _, b := range strings.Split(docs.Lint, "```yaml\n")[1:] {
		text, _, _ := strings.Cut(b, "```")
		blocks = append(blocks, text)
	}
	wf, around := blocks[2], blocks[1]
	if strings.Contains(part, "system: ") {
		wf += "systems: {crm: {owner: support}, ledger: {owner: finance, needs: [order]}}\n"
	}
	has := func(key string) bool { return strings.Contains("\n"+part, "\n"+key+":") }
	src := part
	if !has("design") {
		for line := range strings.Lines(around) {
			if key, _, _ := strings.Cut(line, ":"); !has(key) {
				src = line + src
			}
		}
	}
	for name, text := range map[string]string{"workflow.yaml": wf, "example.yaml": src} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w, problems := design.LoadWorkflow(filepath.Join(dir, "workflow.yaml"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, problems = design.Load(filepath.Join(dir, "example.yaml"), w, app.Builtin(), design.Options{})
	var rules []string
	for _, p := range problems {
		if p.Rule == "" {
			t.Errorf("%s\n%s", p, src)
		}
		rules = append(rules, p.Rule)
	}
	return rules
}

// Every rule has a section, whose wrong example it alone finds fault with, and
// whose right example is clean.
func TestLintPage(t *testing.T) {
	severity := map[diag.Severity]string{diag.Error: "Error", diag.Warning: "Warning", diag.Advice: "Advice"}
	for _, r := range design.Rules {
		t.Run(r.ID, func(t *testing.T) {
			_, section, ok := strings.Cut(docs.Lint, "\n## "+r.ID+"\n\n")
			if !ok {
				t.Fatalf("docs/lint.md has no section for it")
			}
			section, _, _ = strings.Cut(section, "\n## ")
			if !strings.HasPrefix(section, severity[r.Severity]+". ") && !strings.HasPrefix(section, severity[r.Severity]+", ") {
				t.Errorf("docs/lint.md does not say that it is of severity %s", r.Severity)
			}
			parts := strings.Split(section, "```yaml\n")
			if len(parts) != 3 || !strings.HasSuffix(parts[0], "\nWrong:\n\n") || !strings.HasSuffix(parts[1], "\nRight:\n\n") {
				t.Fatalf("docs/lint.md wants a wrong and a right example, in this order")
			}
			for i, want := range [][]string{{r.ID}, nil} {
				part, _, _ := strings.Cut(parts[i+1], "```")
				if d := cmp.Diff(want, lintPart(t, part)); d != "" {
					t.Error(d)
				}
			}
		})
	}
	if n := strings.Count(docs.Lint, "\n## "); n != len(design.Rules) {
		t.Errorf("docs/lint.md has %d sections, and there are %d rules", n, len(design.Rules))
	}
}
