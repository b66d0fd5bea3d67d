package flow_test

import (
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

func TestGold(t *testing.T) {
	text := flow.Type{Kind: flow.String}
	maybe := flow.Type{Kind: flow.String, Optional: true}
	queue := flow.Type{Kind: flow.Enum, Enum: []string{"billing", "tech"}}
	s := flow.NewSchema(flow.Field{Name: "po", Type: maybe}, flow.Field{Name: "name", Type: text}, flow.Field{Name: "queue", Type: queue})
	label := func(values ...any) *flow.Label {
		return &flow.Label{Steps: map[string]flow.Message{"read": {Schema: s, Values: values}, "match": {Schema: s, Values: make([]any, 3)}}}
	}
	for _, row := range []struct {
		why         string
		label       *flow.Label
		step, field string
		t           flow.Type
		want        any
		known       bool
	}{
		{"the label says it", label("P-1", "Acme", nil), "read", "po", maybe, "P-1", true},
		{"an optional field without gold is rightly absent", label(nil, "Acme", nil), "read", "po", maybe, nil, true},
		{"gold for another step shows that the case was looked at", label(nil, "Acme", nil), "match", "po", maybe, nil, true},
		{"a required field without gold is not known", label("P-1", nil, nil), "read", "name", text, nil, false},
		{"a case without any gold was never looked at", label(nil, nil, nil), "read", "po", maybe, nil, false},
		{"a value that the step could not give is no gold", label(nil, nil, "sales"), "read", "queue", queue, "sales", false},
		{"the dataset has no gold for the field", label("P-1", nil, nil), "read", "iban", maybe, nil, false},
		{"the dataset has no gold for the step", label("P-1", nil, nil), "decide", "po", maybe, nil, false},
		{"no label at all", nil, "read", "po", maybe, nil, false},
	} {
		got, known := row.label.Gold(row.step, row.field, row.t)
		if known != row.known || known && got != row.want {
			t.Errorf("%s: got %v, %v, want %v, %v", row.why, got, known, row.want, row.known)
		}
	}
}
