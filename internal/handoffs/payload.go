package handoffs

import (
	"unicode/utf8"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// payload is the JSON of what a receiver was given, in the order of its names.
func (v *view) payload(in []design.Binding) []byte {
	fields, values := make([]flow.Field, len(in)), make([]any, len(in))
	for i, b := range in {
		fields[i] = flow.Field{Name: b.Name, Type: b.Type}
		if got, err := b.Value.Eval(v.values); err == nil {
			values[i] = got
		}
	}
	return flow.AppendJSON(nil, flow.NewSchema(fields...), values)
}

// excerpt is the beginning of what may be shown of a payload.
func excerpt(shown *redact.Case, payload []byte) string {
	if payload == nil {
		return ""
	}
	text := string(shown.JSON(payload))
	if utf8.RuneCountInString(text) <= ExcerptLength {
		return text
	}
	return string([]rune(text)[:ExcerptLength-1]) + "…"
}
