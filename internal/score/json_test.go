package score

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// TestJSON holds what is written against the fields: none may be lost to the
// embedded interval.
func TestJSON(t *testing.T) {
	iv := stats.Interval{Estimate: stats.Num(0.5), Lower: 0.25, Upper: 0.75, Level: 0.95}
	for _, v := range []any{
		Metric{Name: "a", Numerator: 1, Denominator: 2, Interval: iv, Unit: "rate", Exact: &Exact{}, Warnings: []string{"w"}},
		Field{Name: "a", Compare: "text", Right: 1, Judged: 2, Interval: iv},
		Edge{From: "a", To: "b", Handoffs: 2, Failed: 1, Interval: iv, Kinds: []KindCount{{Kind: "incomplete", Interval: iv}}},
		KindCount{Kind: "incomplete", Clause: "po", Detail: "lost", Count: 1, Interval: iv, Recovered: 1, Judged: 1, Examples: []string{"c"}},
	} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			f := typ.Field(i)
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous && key == "" {
				key = "interval"
			}
			if got[key] == nil {
				t.Errorf("%s: %s does not write %q: %s", typ, f.Name, key, data)
			}
		}
		if at, ok := got["interval"].(map[string]any); !ok || at["lower"] != 0.25 {
			t.Errorf("%s: the interval is %v", typ, got["interval"])
		}
	}
}
