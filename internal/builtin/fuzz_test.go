package builtin_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// FuzzDesign reads any text as a design of the built-in kinds: it ends in a
// plan or in messages with a place, and never in a panic.
func FuzzDesign(f *testing.F) {
	var r flow.Registry
	builtin.Register(&r)
	w, diags := design.LoadWorkflow("testdata/invoice/workflow.yaml")
	if err := diags.Err(); err != nil {
		f.Fatal(err)
	}
	seeds, err := filepath.Glob("../../workflows/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range append(seeds, "testdata/invoice/every-kind.yaml") {
		text, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(w.Dir, "fuzzed.yaml")
		plan, diags := design.Parse(name, text, w, &r, design.Options{LookupEnv: func(string) (string, bool) { return "", false }})
		if plan == nil && diags.Err() == nil {
			t.Error("no plan, and no message says why")
		}
		for _, d := range diags {
			if d.Pos.File == "" || d.Message == "" {
				t.Errorf("no place or no message: %+v", d)
			}
		}
	})
}
