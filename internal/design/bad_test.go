package design

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/diag"
)

// positions checks that every diagnostic points into the file.
func positions(t *testing.T, file string, diags diag.List) {
	t.Helper()
	for _, d := range diags {
		if d.Pos.File != file || d.Pos.Line < 1 || d.Pos.Column < 1 || d.Message == "" {
			t.Errorf("no position: %+v", d)
		}
	}
}

// TestBad loads every file of testdata/bad, whose name is its fault, and
// compares all that is said about it. Files that begin with workflow are
// workflows, the others designs of the good workflow.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	golden := "testdata/bad/messages.txt"
	var b strings.Builder
	wf := goodWorkflow(t)
	for _, path := range paths {
		name := filepath.Base(path)
		var diags diag.List
		if strings.HasPrefix(name, "workflow-") {
			_, diags = LoadWorkflow(path)
		} else {
			_, diags = Load(path, wf, testRegistry(), Options{})
		}
		if len(diags) == 0 {
			t.Errorf("%s: nothing is said about it", name)
		}
		positions(t, path, diags)
		for _, d := range diags {
			line := strings.TrimPrefix(d.String(), "testdata/bad/")
			b.WriteString(line + "\n")
		}
	}
	got := b.String()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Error(d)
	}
	for _, r := range Rules {
		if !strings.Contains(got, "["+r.ID+"]") {
			t.Errorf("no file of testdata/bad breaks rule %s", r.ID)
		}
	}
}
