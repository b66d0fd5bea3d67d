package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/rehearse-dev/rehearse/app"
)

// What commands print as JSON is as their schemas say: on the project of the
// help texts, once and in several repeats, and on the one that attacks its readers.
func TestSchemasOfOutputs(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "help.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	eval := func(line ...string) []byte {
		t.Helper()
		var out, problems bytes.Buffer
		switch code := app.Eval(app.Builtin(), append([]string{"eval"}, line...), strings.NewReader(""), &out, &problems); code {
		case app.ExitDone, app.ExitFailed, app.ExitInconclusive:
		default:
			t.Fatalf("eval %s: exit code %d\n%s", strings.Join(line, " "), code, &problems)
		}
		return out.Bytes()
	}
	schemas := map[string]*jsonschema.Schema{}
	for _, command := range []string{"report", "compare", "gate", "drift", "review-labels", "review-import", "dataset-inspect", "dataset-split", "dataset-diff"} {
		text, err := jsonschema.UnmarshalJSON(bytes.NewReader(eval("schema", command)))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource(command+".json", text); err != nil {
			t.Fatal(err)
		}
		if schemas[command], err = c.Compile(command + ".json"); err != nil {
			t.Fatal(err)
		}
	}
	check := func(command string, printed []byte) {
		t.Helper()
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(printed))
		if err != nil {
			t.Fatal(err)
		}
		if err := schemas[command].Validate(v); err != nil {
			t.Errorf("eval %s: %v", command, err)
		}
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, f.Name)
		write(t, path, string(f.Data))
	}
	t.Chdir(dir)
	eval("run", "invoice", "--quiet", "--no-report", "--out", "one")
	eval("run", "invoice", "--quiet", "--no-report", "--repeat", "2", "--limit", "20", "--out", "two")
	hostileProject(t)
	eval("run", "w", "--quiet", "--no-report", "--out", "hostile")
	hostile, err := filepath.Abs("hostile")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, run := range []string{"one", "two", hostile} {
		for _, command := range []string{"report", "compare", "gate"} {
			check(command, eval(command, run, "--format", "json"))
		}
	}
	// Twice, so that there is a history.
	for _, out := range []string{"first", "second"} {
		check("drift", eval("drift", "one", "--fresh", "invoice-fresh", "--design", "rules", "--format", "json", "--out", out))
	}
	check("review-labels", eval("review", "labels", "one", "--format", "json"))
	eval("review", "queue", "one", "--design", "rules", "--more", "4", "--out", "to-review")
	const decided = "entry,outcome.decision,unknown,reviewer,at\n1,hold,,ann,2026-11-21\n1,approve,,bo,2026-11-21\n2,,yes,ann,2026-11-21\n"
	if err := os.WriteFile("decided.csv", []byte(decided), 0o644); err != nil {
		t.Fatal(err)
	}
	check("review-import", eval("review", "import", "decided.csv", "--queue", "to-review", "--format", "json"))
	check("dataset-inspect", eval("dataset", "inspect", "invoice", "--format", "json"))
	check("dataset-inspect", eval("dataset", "inspect", filepath.Join(filepath.Dir(hostile), "datasets/d/dataset.yaml"), "--format", "json"))
	check("dataset-split", eval("dataset", "split", "invoice", "--format", "json"))
	check("dataset-diff", eval("dataset", "diff", "invoice-fresh", "invoice", "--format", "json"))
	check("compare", eval("compare", "one:rules", "two:rules", "--format", "json"))

	// A schema that takes anything tests nothing.
	var whole map[string]any
	if err := json.Unmarshal(eval("compare", "one", "--format", "json"), &whole); err != nil {
		t.Fatal(err)
	}
	whole["unheard_of"] = 1
	if err := schemas["compare"].Validate(whole); err == nil {
		t.Error("a key that the schema does not know is taken")
	}
	delete(whole, "unheard_of")
	delete(whole, "rankings")
	if err := schemas["compare"].Validate(whole); err == nil {
		t.Error("a part is missing, and the schema takes the rest")
	}
}
