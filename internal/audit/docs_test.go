package audit

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestDocumented holds docs/audit.md to the lines: every event has a section,
// every field stands there.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, e := range []Event{Opened, Received, Stepped, Handed, Acted, Ended, Shadowed, Decided} {
		if !strings.Contains(page, "### `"+string(e)+"`\n") {
			t.Errorf("event %q has no section", e)
		}
	}
	for _, l := range []any{openedLine{}, caseLine{}, stepLine{}, handoffLine{}, actionLine{}, endLine{}, shadowLine{}, decisionLine{}} {
		for _, name := range names(reflect.TypeOf(l)) {
			if !strings.Contains(page, "`"+name+"`") {
				t.Errorf("%T: field %q is not documented", l, name)
			}
		}
	}
}

// names are the JSON names of a struct's fields, in all its depth.
func names(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() == "time" {
		return nil
	}
	var out []string
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			out = append(out, name)
		}
		out = append(out, names(f.Type)...)
	}
	return out
}
