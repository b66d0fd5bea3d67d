// Package workflows_test checks the workflows that ship with Rehearse.
package workflows_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/designtest"
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

// TestDesigns runs the tests of every shipped design, as `eval test` does, and
// wants every design to have some, and every branch, every reason, every broken
// handoff and every tool of each reached.
func TestDesigns(t *testing.T) {
	files, err := filepath.Glob("*/*" + designtest.Suffix)
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]*designtest.Coverage{}
	for _, file := range files {
		w, problems := design.LoadWorkflow(filepath.Join(filepath.Dir(file), "workflow.yaml"))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		f, problems := designtest.Load(file, w, app.Builtin())
		if err := problems.Err(); err != nil {
			t.Error(err)
			continue
		}
		c := covered[f.Plan.Design.File]
		if c == nil {
			c = designtest.NewCoverage(f.Plan)
			covered[f.Plan.Design.File] = c
		}
		for _, test := range f.Tests {
			r, err := test.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if c.Add(r); !r.Passed() {
				t.Errorf("%s: %s: %s", test.Pos, test.Name, r.Err)
			}
			for _, m := range r.Mismatches {
				t.Errorf("%s: %s: want %s, got %s", m.Pos, m.What, m.Want, m.Got)
			}
		}
	}
	for _, c := range covered {
		for _, p := range c.Points {
			if p.Reached == 0 {
				t.Errorf("%s: no test reaches the %s %s", p.Pos, p.Kind, p.Name)
			}
		}
	}
	for _, file := range shipped(t) {
		if covered[file] == nil {
			t.Errorf("%s has no tests: there is no file %s beside it", file, strings.TrimSuffix(filepath.Base(file), ".yaml")+designtest.Suffix)
		}
	}
}

// shipped are the files of all designs.
func shipped(t *testing.T) []string {
	t.Helper()
	workflows, err := filepath.Glob("*/workflow.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, w := range workflows {
		designs, err := design.Files(filepath.Dir(w))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, designs...)
	}
	return out
}
