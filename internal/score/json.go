package score

import (
	"encoding/json"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// An embedded interval's own MarshalJSON would stand for all of what it is
// embedded in, so each of these types says what it writes: its keys, and the
// interval under a key of its own.

// MarshalJSON writes the metric.
func (m Metric) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name        string         `json:"name"`
		Numerator   float64        `json:"numerator"`
		Denominator float64        `json:"denominator"`
		Interval    stats.Interval `json:"interval"`
		Unit        string         `json:"unit"`
		Warnings    []string       `json:"warnings,omitempty"`
	}{m.Name, m.Numerator, m.Denominator, m.Interval, m.Unit, m.Warnings})
}

// MarshalJSON writes the field.
func (f Field) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name     string         `json:"name"`
		Compare  string         `json:"compare,omitempty"`
		Right    int            `json:"right"`
		Judged   int            `json:"judged"`
		Interval stats.Interval `json:"interval"`
	}{f.Name, f.Compare, f.Right, f.Judged, f.Interval})
}

// MarshalJSON writes the edge.
func (e Edge) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		From     string         `json:"from"`
		To       string         `json:"to"`
		Handoffs int            `json:"handoffs"`
		Failed   int            `json:"failed"`
		Interval stats.Interval `json:"interval"`
		Kinds    []KindCount    `json:"kinds,omitempty"`
	}{e.From, e.To, e.Handoffs, e.Failed, e.Interval, e.Kinds})
}
