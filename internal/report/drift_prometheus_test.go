package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Names come from people's files and from data: whatever they hold, Prometheus
// reads them back as they are, and no name adds a sample or a label of its own.
func TestPrometheusLabels(t *testing.T) {
	for _, name := range append([]string{
		`a"} 1` + "\nrehearse_drift_verdict{verdict=\"no drift seen\"} 1", `\`, `\n`, `ends with \`, `"`, "a\r\nb", "a,b=c", "{}#",
	}, hostile...) {
		r := report.Drift{Result: &drift.Result{
			Workflow: name, Design: name, Verdict: drift.Drift, History: []drift.Past{{At: time.Unix(1, 0)}}, Kinds: []drift.Kind{{Kind: drift.Covariate, Seen: drift.Yes}},
			Signals:  []drift.Signal{{Group: drift.Inputs, Name: name, Effect: stats.Num(0.5), Adjust: stats.Num(0.001), Moved: true, Alarm: true}},
			Segments: []drift.Signal{{Group: drift.Inputs, Name: "escalated", Segment: "tag=" + name}},
		}}
		var out strings.Builder
		if err := r.Prometheus(&out); err != nil {
			t.Fatal(err)
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(out.String()))
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		want := strings.ToValidUTF8(name, "\uFFFD")
		seen := map[string]int{}
		for family, f := range families {
			for _, m := range f.Metric {
				seen[family]++
				for _, l := range m.Label {
					got, is := strings.TrimPrefix(l.GetValue(), "tag="), false
					switch l.GetName() {
					case "workflow", "design":
						is = got == want
					case "signal", "segment":
						is = got == want || got == "escalated"
					default:
						is = got != want
					}
					if !is {
						t.Errorf("%q: %s has %s=%q", name, family, l.GetName(), l.GetValue())
					}
				}
			}
		}
		if seen["rehearse_drift_verdict"] != 3 || seen["rehearse_drift_alarm"] != 2 {
			t.Errorf("%q: samples %v", name, seen)
		}
	}
}
