package schema_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/designtest"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/schema"
	"github.com/rehearse-dev/rehearse/internal/system"
)

func registry() *flow.Registry {
	r := new(flow.Registry)
	builtin.Register(r)
	return r
}

// compiled is a schema as it is printed.
func compiled(t *testing.T, s map[string]any) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	out, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// schemas are all of them, by the base name of the files they are for, or by
// how it ends; systems by their folder, designs under "".
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	return map[string]*jsonschema.Schema{
		"workflow.yaml": compiled(t, schema.Workflow()),
		"dataset.yaml":  compiled(t, schema.Dataset()),
		"_test.yaml":    compiled(t, schema.Tests()),
		"systems":       compiled(t, schema.System()),
		"scenarios":     compiled(t, schema.Scenario()),
		"":              compiled(t, schema.Design(registry())),
	}
}

// value is YAML as an editor sees it.
func value(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return value(t, n.Content[0])
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = value(t, n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, e := range n.Content {
			out = append(out, value(t, e))
		}
		return out
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		if _, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return json.Number(n.Value)
		}
	case "!!bool":
		return n.Value == "true"
	case "!!null":
		return nil
	}
	return n.Value
}

func parse(t *testing.T, data []byte) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	return &n
}

// shipped are the files that people wrote in this repository.
func shipped(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../workflows/*/*.yaml", "../../datasets/*/dataset.yaml", "../../systems/*.yaml", "../../workflows/*/scenarios/*.yaml", "../designtest/testdata/project/*_test.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v %v", pattern, found, err)
		}
		out = append(out, found...)
	}
	return out
}

func schemaOf(all map[string]*jsonschema.Schema, path string) *jsonschema.Schema {
	if s := all[filepath.Base(path)]; s != nil {
		return s
	}
	if s := all[filepath.Base(filepath.Dir(path))]; s != nil {
		return s
	}
	if strings.HasSuffix(path, designtest.Suffix) {
		return all[designtest.Suffix]
	}
	return all[""]
}

func TestShippedFiles(t *testing.T) {
	all := schemas(t)
	for _, path := range shipped(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := schemaOf(all, path).Validate(value(t, parse(t, data))); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// mappings are all mappings of a file.
func mappings(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	if n.Kind == yaml.MappingNode {
		out = append(out, n)
	}
	for _, c := range n.Content {
		out = append(out, mappings(c)...)
	}
	return out
}

const stranger = "zz_stranger"

// Wherever a key that does not belong there is an unknown key to the program,
// the schema refuses it too; where the program takes the file, so does the
// schema. Designs read tables when they are checked, so every fifth mapping has
// to do, and fewer of the shipped tests of designs.
func TestUnknownKeys(t *testing.T) {
	all := schemas(t)
	refused, taken := 0, 0
	for _, path := range shipped(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		count := len(mappings(parse(t, data)))
		every := 5
		if strings.HasSuffix(path, designtest.Suffix) && strings.Contains(path, "workflows") {
			every = 41
		}
		for i := 0; i < count; i += every {
			n := parse(t, data)
			m := mappings(n)[i]
			m.Content = append(m.Content,
				&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: stranger},
				&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "string"})
			changed, err := yaml.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			found := problems(t, path, changed)
			unknown := slices.ContainsFunc(found, func(d diag.Diagnostic) bool {
				return strings.HasPrefix(d.Message, fmt.Sprintf("unknown key %q", stranger))
			})
			err = schemaOf(all, path).Validate(value(t, parse(t, changed)))
			if unknown {
				refused++
				if err == nil {
					t.Errorf("%s:%d: the program knows no key %q here, and the schema takes it", path, m.Line, stranger)
				}
			} else if found.Err() == nil {
				taken++
				if err != nil {
					t.Errorf("%s:%d: the program takes the key %q here, and the schema does not: %v", path, m.Line, stranger, err)
				}
			}
		}
	}
	if refused < 20 || taken == 0 {
		t.Errorf("%d keys were refused and %d taken: the test tried nothing", refused, taken)
	}
}

// problems are what the program finds wrong with a file's content.
func problems(t *testing.T, path string, data []byte) diag.List {
	t.Helper()
	switch filepath.Base(path) {
	case "workflow.yaml":
		_, found := design.ParseWorkflow(path, data)
		return found
	case "dataset.yaml":
		tmp := filepath.Join(t.TempDir(), "dataset.yaml")
		if err := os.WriteFile(tmp, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, found := dataset.Load(tmp)
		return found
	}
	if filepath.Base(filepath.Dir(path)) == "scenarios" {
		w, found := design.LoadWorkflow(filepath.Join(filepath.Dir(path), "..", "workflow.yaml"))
		if found.Err() != nil {
			t.Fatal(found)
		}
		_, found = scenario.Parse(path, data, w)
		return found
	}
	if filepath.Base(filepath.Dir(path)) == system.Folder {
		_, found := system.Parse(path, data, registry(), nil)
		return found
	}
	w, found := design.LoadWorkflow(filepath.Join(filepath.Dir(path), "workflow.yaml"))
	if found.Err() != nil {
		t.Fatal(found)
	}
	if strings.HasSuffix(path, designtest.Suffix) {
		_, found = designtest.Parse(path, data, w, design.Outlines(registry()))
		return found
	}
	_, found = design.Parse(path, data, w, design.Outlines(registry()), design.Options{})
	return found
}

func TestRefused(t *testing.T) {
	all := schemas(t)
	for _, tc := range []struct{ why, file, text string }{
		{"a design without steps", "d.yaml", "{design: d, workflow: w, outcome: {a: b.a}}"},
		{"a step without a kind", "d.yaml", "{design: d, workflow: w, steps: [{name: a}], outcome: {a: b.a}}"},
		{"a kind that nobody knows", "d.yaml", "{design: d, workflow: w, steps: [{name: a, kind: guess}], outcome: {a: b.a}}"},
		{"a key of another kind", "d.yaml", "{design: d, workflow: w, steps: [{name: a, kind: compute, compute: {x: 1}, table: t.csv}], outcome: {a: b.a}}"},
		{"a hit policy that is none", "d.yaml", "{design: d, workflow: w, steps: [{name: a, kind: rules, hit: any, rules: []}], outcome: {a: b.a}}"},
		{"a type that is none", "d.yaml", "{design: d, workflow: w, steps: [{name: a, kind: compute, compute: {x: 1}, out: {x: numbr}}], outcome: {a: a.x}}"},
		{"a metric that is none", "workflow.yaml", "{workflow: w, input: {a: string}, outcome: {b: string}, gate: {critical: {acuracy: {at_least: 1}}}}"},
		{"a workflow without input", "workflow.yaml", "{workflow: w, outcome: {b: string}}"},
		{"a name that no expression can say", "workflow.yaml", "{workflow: w, input: {a b: string}, outcome: {b: string}}"},
		{"a test without a name", "d_test.yaml", "{design: d, tests: [{expect: {disposition: automated}}]}"},
		{"a test without an expectation", "d_test.yaml", "{design: d, tests: [{name: a}]}"},
		{"a disposition that is none", "d_test.yaml", "{design: d, tests: [{name: a, expect: {disposition: escalate}}]}"},
		{"a failure that is none", "d_test.yaml", "{design: d, tests: [{name: a, mock: {b: {fail: unavailable, why: x}}, expect: {because: x}}]}"},
		{"a handoff that broke in no known way", "d_test.yaml", "{design: d, tests: [{name: a, expect: {handoff_failures: [{kind: broken}]}}]}"},
		{"a card without a source", "dataset.yaml", "{id: id}"},
		{"a split by shares that are texts", "dataset.yaml", "{source: a.csv, splits: {by: hash, train: most}}"},
	} {
		if err := schemaOf(all, tc.file).Validate(value(t, parse(t, []byte(tc.text)))); err == nil {
			t.Errorf("%s: the schema takes %s", tc.why, tc.text)
		}
	}
}
