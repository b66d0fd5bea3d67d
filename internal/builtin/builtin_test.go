package builtin_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
)

func TestRegister(t *testing.T) {
	var r flow.Registry
	builtin.Register(&r)
	want := []string{"action", "classify", "compute", "extract", "lookup", "recorded", "rules"}
	for _, name := range want {
		if !slices.Contains(r.Steps(), name) {
			t.Errorf("no kind %q among %q", name, r.Steps())
		}
	}
	for _, name := range r.Steps() {
		k, _ := r.Step(name)
		if k.Doc == "" || strings.Contains(k.Doc, "\n") || k.Actor == "" || k.New == nil {
			t.Errorf("kind %q: want one paragraph of help, an actor and a maker: %+v", name, k)
		}
		if c := reflect.TypeOf(k.Config); c == nil || c.Kind() != reflect.Pointer || c.Elem().Kind() != reflect.Struct {
			t.Errorf("kind %q: its config is %v, want a pointer to a struct", name, c)
		}
	}
}
