package opsim

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

var update = flag.Bool("update", false, "rewrite golden files")

// office is a workflow with two teams, as its loader gives it.
func office() *design.Workflow {
	return &design.Workflow{
		Name: "tickets", Currency: "EUR",
		Teams:        []design.Team{{Name: "clerks", People: 4, Wage: 30, MinutesFromLabel: true}, {Name: "seniors", People: 1, Wage: 60, MinutesFromLabel: true}},
		ServiceLevel: &design.ServiceLevel{Turnaround: 24 * time.Hour, Share: 0.9},
	}
}

// read parses a scenario named "test" of the office, or fails.
func read(t testing.TB, w *design.Workflow, text string) *scenario.Scenario {
	t.Helper()
	sc, problems := scenario.Parse("test.yaml", []byte("scenario: test\n"+text), w)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return sc
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

// FuzzPlan wants a scenario that can be read to be planned or refused.
func FuzzPlan(f *testing.F) {
	for _, pattern := range []string{"../scenario/testdata/good/*.yaml", "../../workflows/*/scenarios/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal("no files", err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte("scenario: fuzz" + full))
	f.Add([]byte("scenario: fuzz" + reviewDesk))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, w := range []*design.Workflow{nil, office()} {
			sc, problems := scenario.Parse("fuzz.yaml", data, w)
			if problems.Err() != nil || sc.Cases == nil || sc.Weeks >= 20 {
				continue
			}
			if _, err := newPlan(sc, nil); err != nil {
				t.Log(err)
			}
		}
	})
}

// TestDocumented simulates the examples of docs/scenarios.md that need no run.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	w := office()
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	if len(blocks) != 8 {
		t.Fatalf("%d examples, want 8", len(blocks))
	}
	for i, b := range blocks {
		text, _, _ := strings.Cut(b, "```")
		if i == 2 {
			w = nil // from here on they stand alone
		}
		sc, problems := scenario.Parse("example.yaml", []byte(text), w)
		if problems.Err() != nil {
			t.Errorf("%v\n%s", problems, text)
		} else if sc.Cases != nil {
			sc.Weeks, sc.Replications = 2, 2
			simulate(t, sc, nil)
		}
	}
}
