package audit

import (
	"bytes"
	"encoding/json"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// kept are the values that may be kept. A personal value is withheld and named;
// a text in which one stands is kept without it.
func kept(s *flow.Schema, values []any, shown *redact.Case) fields {
	out := fields{Kept: json.RawMessage{'{'}}
	for i, f := range s.Fields() {
		if i >= len(values) || values[i] == nil {
			continue
		}
		v, ok := keep(f, values[i], shown)
		if !ok {
			out.Withheld = append(out.Withheld, f.Name)
			continue
		}
		if len(out.Kept) > 1 {
			out.Kept = append(out.Kept, ',')
		}
		out.Kept = append(flow.AppendValue(out.Kept, f.Name, false), ':')
		out.Kept = flow.AppendValue(out.Kept, v, f.Type.Kind == flow.Date)
	}
	out.Kept = append(out.Kept, '}')
	return out
}

// keep is what may be kept of a value, if anything.
func keep(f flow.Field, v any, shown *redact.Case) (any, bool) {
	if shown == nil {
		return v, true
	}
	now := shown.Value(f.Name, v)
	if now == any(redact.Personal) || now == any(redact.Unclear) {
		return nil, false
	}
	same := bytes.Equal(flow.AppendValue(nil, v, false), flow.AppendValue(nil, now, false))
	return now, same || f.Type.Kind == flow.String
}

// spare is what may be kept of values when the case that they belong to is no
// longer at hand, so that nothing tells which texts are its personal values:
// enums, numbers, dates and booleans of fields that are not personal.
func spare(s *flow.Schema, values []any, p *redact.Policy) fields {
	if p == nil {
		return kept(s, values, nil)
	}
	shown := p.Of(&flow.Case{})
	masked := make([]any, len(values))
	var also []string
	for i, f := range s.Fields() {
		if i >= len(values) || values[i] == nil {
			continue
		}
		switch f.Type.Kind {
		case flow.Enum, flow.Number, flow.Integer, flow.Boolean, flow.Probability, flow.Date, flow.Time:
			masked[i] = values[i]
		default:
			also = append(also, f.Name)
		}
	}
	out := kept(s, masked, shown)
	out.Withheld = append(out.Withheld, also...)
	return out
}
