// Package designtest reads the unit tests of a design, `<design>_test.yaml`,
// and runs them: given a case and what some steps answer, a test expects a
// route, an outcome, a broken handoff. Steps that are not mocked do their work,
// through engine, as in a replay.
package designtest

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// Suffix ends the name of every file of tests.
const Suffix = "_test.yaml"

// File is a file of tests, checked and ready to run.
type File struct {
	Path     string
	Workflow *design.Workflow
	Plan     *design.Plan // of the design as written
	Tests    []*Test
}

// Test is one test of a design.
type Test struct {
	Name string
	Pos  flow.Pos

	plan   *design.Plan     // under the test's params
	given  *flow.Case       // what comes in
	policy *redact.Policy   // of a stored case; nil for one that is made up
	mocks  map[string]*mock // by step
	checks []check
}

// Result is what came of a test.
type Result struct {
	Test *Test
	// Trial is what happened; nil where nothing could be tried.
	Trial *flow.Trial
	// Shown is what may be shown of the case; nil, for one that is made up,
	// shows everything.
	Shown *redact.Case
	// Mismatches are what was expected and did not happen.
	Mismatches []Mismatch
	// Err says why the test could not be judged, such as a step that has to be
	// mocked; "" where it was.
	Err string
}

// Passed says that all that was expected happened.
func (r *Result) Passed() bool { return r.Err == "" && len(r.Mismatches) == 0 }

// Mismatch is one thing that was expected and did not happen.
type Mismatch struct {
	Pos  flow.Pos // of what was expected
	What string   // "because", "outcome.amount"
	Want string
	Got  string
}

// Files are the files of tests in a workflow's folder, sorted.
func Files(workflowDir string) ([]string, error) {
	entries, err := os.ReadDir(workflowDir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && strings.HasSuffix(name, Suffix) && !strings.HasPrefix(name, ".") {
			out = append(out, filepath.Join(workflowDir, name))
		}
	}
	return out, nil
}
