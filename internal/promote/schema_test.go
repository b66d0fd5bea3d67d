package promote

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/schema"
)

// TestSchema holds a production.yaml with every field, and one without a field,
// against the schema.
func TestSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", schema.Written("production", Production{})); err != nil {
		t.Fatal(err)
	}
	of, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(promoted(t), configName))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Load(data, &doc); err != nil {
		t.Fatal(err)
	}
	if err := of.Validate(doc); err != nil {
		t.Error(err)
	}
	for _, change := range []func(){
		func() { delete(doc, "digest") },
		func() { doc["digest"] = "x"; doc["more"] = 1 },
	} {
		if change(); of.Validate(doc) == nil {
			t.Errorf("the schema takes %v", doc)
		}
	}
}
