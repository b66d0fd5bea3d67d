package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Prometheus prints the check in the text format of Prometheus, for the
// textfile collector of node_exporter.
func (r Drift) Prometheus(w io.Writer) error {
	m := metrics{of: []string{"workflow", r.Workflow, "design", r.Design}}
	m.family("rehearse_drift_verdict", "1 for the verdict of the last check for drift.")
	for _, v := range []drift.Verdict{drift.NoDrift, drift.Drift, drift.NotEnough} {
		m.sample(truth(r.Verdict == v), "verdict", string(v))
	}
	if n := len(r.History); n > 0 {
		m.family("rehearse_drift_check_timestamp_seconds", "When the last check was made.")
		m.sample(float64(r.History[n-1].At.Unix()))
	}
	m.family("rehearse_drift_alpha", "The share of the year's false alarms that the check had.")
	m.sample(r.Alpha)
	m.family("rehearse_drift_budget_spent", "False alarms that the checks of the 365 days before had.")
	m.sample(r.Spent)
	m.family("rehearse_drift_fresh_cases", "Fresh cases that were compared.")
	m.sample(float64(r.Fresh.Compared))
	m.family("rehearse_drift_fresh_cases_needed", "Fresh cases that a check needs to say that there is no drift.")
	m.sample(float64(r.Needed))
	m.family("rehearse_drift_kind", "1 where a kind of drift was seen, 0 where not; none where nothing can tell.")
	for _, k := range r.Kinds {
		if k.Seen != drift.CannotTell {
			m.sample(truth(k.Seen == drift.Yes), "kind", string(k.Kind))
		}
	}
	if e := r.Estimate; e != nil && e.Why == "" {
		m.family("rehearse_drift_estimated_accuracy", "Automated accuracy estimated from confidence, with the ends of its 95% interval.")
		m.number(e.Fresh.Estimate, "bound", "estimate")
		m.sample(e.Fresh.Lower, "bound", "lower")
		m.sample(e.Fresh.Upper, "bound", "upper")
	}
	all := append(append([]drift.Signal(nil), r.Signals...), r.Segments...)
	for _, f := range []struct {
		name, help string
		of         func(s *drift.Signal) stats.Number
	}{
		{"rehearse_drift_effect", "How far a signal moved, in the measure of its test.", func(s *drift.Signal) stats.Number { return s.Effect }},
		{"rehearse_drift_effect_floor", "Smaller effects do not matter.", func(s *drift.Signal) stats.Number { return stats.Num(s.Floor) }},
		{"rehearse_drift_p_adjusted", "The p-value, adjusted over the check.", func(s *drift.Signal) stats.Number { return s.Adjust }},
		{"rehearse_drift_moved", "1 for a signal that moved by more than chance and enough to matter.", func(s *drift.Signal) stats.Number { return stats.Num(truth(s.Moved)) }},
		{"rehearse_drift_alarm", "1 for a signal that makes the verdict drift.", func(s *drift.Signal) stats.Number { return stats.Num(truth(s.Alarm)) }},
	} {
		m.family(f.name, f.help)
		for i := range all {
			s := &all[i]
			m.number(f.of(s), "group", string(s.Group), "signal", s.Name, "segment", s.Segment)
		}
	}
	_, err := io.WriteString(w, m.text.String())
	return err
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// metrics are gauges in the text format, all with the same labels.
type metrics struct {
	text strings.Builder
	name string
	of   []string // names and values of labels
}

func (m *metrics) family(name, help string) {
	m.name = name
	fmt.Fprintf(&m.text, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

// number prints what is known.
func (m *metrics) number(n stats.Number, labels ...string) {
	if n.Valid {
		m.sample(n.Value, labels...)
	}
}

var labelValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (m *metrics) sample(value float64, labels ...string) {
	labels = append(append([]string(nil), m.of...), labels...)
	var parts []string
	for i := 0; i < len(labels); i += 2 {
		if labels[i+1] != "" { // an empty label is none
			parts = append(parts, labels[i]+`="`+labelValue.Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD"))+`"`)
		}
	}
	fmt.Fprintf(&m.text, "%s{%s} %g\n", m.name, strings.Join(parts, ","), value)
}
