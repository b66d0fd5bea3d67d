// Package workflows_test checks the workflows that ship with Rehearse.
package workflows_test

import (
	"path/filepath"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// TestLint reads every design of every workflow as `eval lint` does. Errors
// fail; warnings are listed with -v.
func TestLint(t *testing.T) {
	files, err := filepath.Glob("*/workflow.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no */workflow.yaml: the test runs in the folder of workflows")
	}
	for _, file := range files {
		t.Run(filepath.Dir(file), func(t *testing.T) { lint(t, file) })
	}
}

func lint(t *testing.T, file string) {
	w, problems := design.LoadWorkflow(file)
	for _, p := range problems {
		t.Log(p)
	}
	if problems.Err() != nil {
		t.Fatalf("%s has errors", file)
	}
	if card, err := w.CardPath(); err != nil {
		t.Error(err)
	} else if found, _ := filepath.Glob(card); len(found) == 0 {
		t.Errorf("%s: there is no dataset card %s", file, card)
	}
	designs, err := design.Files(w.Dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range designs {
		plan, problems := design.Load(d, w, app.Builtin(), design.Options{})
		for _, p := range problems {
			t.Log(p)
		}
		if problems.Err() != nil {
			t.Errorf("%s has errors", d)
			continue
		}
		names[plan.Design.Name] = true
	}
	if len(names) < 2 {
		t.Errorf("%s has %d designs, want at least two to compare", w.Dir, len(names))
	}
	if !names[w.Baseline] {
		t.Errorf("%s: the baseline %q is none of the designs", file, w.Baseline)
	}
}
