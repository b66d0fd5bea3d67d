package designtest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/designtest"
)

var update = flag.Bool("update", false, "rewrite golden files")

func registry() *flow.Registry {
	r := new(flow.Registry)
	builtin.Register(r)
	return r
}

// project is the workflow that the files of this test are about.
func project(t testing.TB) *design.Workflow {
	t.Helper()
	w, problems := design.LoadWorkflow("testdata/project/workflow.yaml")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return w
}

// parse reads tests of the project.
func parse(t testing.TB, text string) *designtest.File {
	t.Helper()
	f, problems := designtest.Parse("f_test.yaml", []byte(text), project(t), registry())
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBad reads every file of testdata/bad, whose name is its fault, and
// compares all that is said about it.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*" + designtest.Suffix)
	if err != nil {
		t.Fatal(err)
	}
	golden := "testdata/bad/messages.txt"
	var b strings.Builder
	for _, path := range paths {
		f, problems := designtest.Load(path, project(t), registry())
		if problems.Err() == nil || f != nil {
			t.Errorf("%s: nothing is said about it", path)
		}
		for _, d := range problems {
			if d.Pos.File != path || d.Pos.Line < 1 || d.Pos.Column < 1 {
				t.Errorf("no position: %v", d)
			}
			b.WriteString(strings.TrimPrefix(d.String(), "testdata/bad/") + "\n")
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
}

// Whatever stands in a file, reading it ends, and every fault has its place;
// what can be read can be run.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*" + designtest.Suffix)
	if err != nil || len(paths) == 0 {
		f.Fatal(paths, err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	w := project(f)
	f.Fuzz(func(t *testing.T, text string) {
		file, problems := designtest.Parse("f_test.yaml", []byte(text), w, registry())
		if (file == nil) != (problems.Err() != nil) {
			t.Errorf("file %v, and %v", file, problems)
		}
		for _, d := range problems {
			if d.Pos.File != "f_test.yaml" || d.Pos.Line < 1 || d.Pos.Column < 1 {
				t.Errorf("no position: %v", d)
			}
		}
		if file == nil {
			return
		}
		c := designtest.NewCoverage(file.Plan)
		for _, test := range file.Tests {
			r, err := test.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c.Add(r)
		}
	})
}
