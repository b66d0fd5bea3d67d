package builtin_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/design"
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

// TestDesign loads a design of every kind as eval does.
func TestDesign(t *testing.T) {
	var r flow.Registry
	builtin.Register(&r)
	w, diags := design.LoadWorkflow("testdata/invoice/workflow.yaml")
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	plan, diags := design.Load("testdata/invoice/every-kind.yaml", w, &r, design.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if len(plan.Design.Files) != 1 || plan.Design.Files[0].Path != "reference/po.csv" {
		t.Errorf("files %+v, want the look-up table: its content is part of the design", plan.Design.Files)
	}
	for _, n := range plan.Nodes {
		if n.Role != flow.Routing && n.Step == nil {
			t.Errorf("step %q was not made", n.Name)
		}
	}
}
