package design

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestManyBranches lints a route of 3,000 branches: what is left unproven where
// the tries are used up is not claimed, and a route without else is said to be
// open.
func TestManyBranches(t *testing.T) {
	var b strings.Builder
	b.WriteString("design: many\nworkflow: triage\non_broken_handoff: desk\nsteps:\n  - name: decide\n    kind: route\n    routes:\n")
	for i := range 3_000 {
		fmt.Fprintf(&b, "      - {when: len(input.text) < %d and input.channel == \"mail\", escalate: desk, because: x}\n", i+1)
	}
	b.WriteString("outcome: {queue: '\"tech\"'}\n")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	w, diags := LoadWorkflow(write("workflow.yaml", "workflow: triage\ninput: {text: string, channel: {enum: [mail, chat]}}\noutcome: {queue: {enum: [billing, tech]}}\nteams: {desk: {people: 2}}\n"))
	if diags.Err() != nil {
		t.Fatal(diags)
	}
	_, diags = Load(write("many.yaml", b.String()), w, testRegistry(), Options{})
	if diags.Err() != nil {
		t.Fatal(diags.Err())
	}
	for _, d := range diags {
		if d.Rule == "dead-branch" {
			t.Errorf("claimed and not so: %s", d)
		}
	}
	if said := fmt.Sprint(diags); !strings.Contains(said, "nothing proves that its conditions take every case") {
		t.Errorf("the open route is not named: %s", said)
	}
}
