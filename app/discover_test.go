package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/rehearse-dev/rehearse/app"
)

// What discover and the replay check print as JSON is as their schemas say.
func TestSchemasOfDiscover(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "help.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "loans.csv")
	for _, f := range archive.Files {
		if f.Name == "loans.csv" {
			if err := os.WriteFile(log, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := func(line ...string) any {
		t.Helper()
		var out, problems bytes.Buffer
		if code := programs[line[0]](line, strings.NewReader(""), &out, &problems); code != app.ExitDone {
			t.Fatalf("%s: exit code %d\n%s", strings.Join(line, " "), code, &problems)
		}
		v, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, printed := range map[string]any{
		"discover":       run("eval", "discover", log, "--format", "json"),
		"simulate-check": run("simulate", "check", log, "--format", "json"),
	} {
		c := jsonschema.NewCompiler()
		if err := c.AddResource(name+".json", run("eval", "schema", name)); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(printed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.Validate(map[string]any{}) == nil {
			t.Errorf("%s: a schema that takes anything tests nothing", name)
		}
	}
}
