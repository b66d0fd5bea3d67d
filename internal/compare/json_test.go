package compare

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
	d := Difference{Warnings: []stats.Warning{"w"},
		Candidate: "a", Baseline: "b", Metric: "m", Unit: "rate", Interval: stats.Interval{Estimate: stats.Num(0.5), Lower: 0.25, Upper: 0.75, Level: 0.95},
		P: stats.Num(0.5), Adjusted: stats.Num(1), Cases: 3, Clusters: 2, OnlyCandidate: 1, OnlyBaseline: 2, Verdict: NotWorse, Margin: 0.1, FurtherCases: 5, Simultaneous: &stats.Interval{}, Equivalent: true, Detectable: stats.Num(0.1), Why: "w",
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	typ := reflect.TypeOf(d)
	for i := range typ.NumField() {
		f := typ.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && key == "" {
			key = "interval"
		}
		if got[key] == nil {
			t.Errorf("%s is not written as %q: %s", f.Name, key, data)
		}
	}
}
