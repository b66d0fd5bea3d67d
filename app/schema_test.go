package app

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every schema has its name in the lists that the usage line and shells show.
func TestSchemaNames(t *testing.T) {
	for _, tt := range []struct {
		why  string
		all  map[string]map[string]any
		said []string
	}{
		{"files", schemas(Builtin()), slices.DeleteFunc(slices.Clone(schemaFilesOf), func(name string) bool { return name == "production" })},
		{"what programs write and print", outputSchemas(), append(slices.Clone(schemaCommandsOf), "production")},
	} {
		if d := cmp.Diff(slices.Sorted(maps.Keys(tt.all)), slices.Sorted(slices.Values(tt.said))); d != "" {
			t.Errorf("%s: %s", tt.why, d)
		}
	}
}
