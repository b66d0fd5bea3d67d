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

// What the questions of simulate print as JSON is as their schemas say, in the
// project of the help texts.
func TestSchemasOfQuestions(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "help.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, f.Name)
		write(t, path, string(f.Data))
	}
	// What cutoffs are chosen on.
	card, err := os.ReadFile(filepath.Join(dir, "datasets", "invoice", "dataset.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	held := strings.NewReplacer("dataset: invoice", "dataset: held", "cases.csv", "../invoice/cases.csv").Replace(string(card)) + "splits: {by: hash, seed: 1, calibration: 0.9, test: 0.1}\n"
	if err := os.MkdirAll(filepath.Join(dir, "datasets", "held"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "datasets", "held", "dataset.yaml"), []byte(held), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	call := func(program string, line ...string) []byte {
		t.Helper()
		var out, problems bytes.Buffer
		if code := programs[program](append([]string{program}, line...), strings.NewReader(""), &out, &problems); code != app.ExitDone {
			t.Fatalf("%s %s: exit code %d\n%s", program, strings.Join(line, " "), code, &problems)
		}
		return out.Bytes()
	}
	call("eval", "run", "invoice", "--quiet", "--no-report")
	for _, question := range []string{"run", "staff", "compare", "sweep", "cutoff", "business", "stress"} {
		text, err := jsonschema.UnmarshalJSON(bytes.NewReader(call("eval", "schema", "simulate-"+question)))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource(question+".json", text); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile(question + ".json")
		if err != nil {
			t.Fatal(err)
		}
		asked := [][]string{nil, {"--design", "as-is", "--design", "rules", "--seed", "9"}}
		subject := "invoice/peak"
		switch question {
		case "stress":
			subject, asked = "invoice/rules", [][]string{nil, {"--only", "instructions", "--only", "flips"}}
		case "cutoff":
			asked = [][]string{{"--design", "model-cutoff", "--data", "held"}}
		}
		for _, more := range asked {
			printed, err := jsonschema.UnmarshalJSON(bytes.NewReader(call("simulate", append([]string{question, subject, "--format", "json"}, more...)...)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(printed); err != nil {
				t.Errorf("simulate %s: %v", question, err)
			}
			printed.(map[string]any)["unheard_of"] = 1
			if schema.Validate(printed) == nil {
				t.Errorf("simulate %s: a key that the schema does not know is taken", question)
			}
		}
	}
}
