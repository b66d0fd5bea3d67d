package llm

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// shownMessage is a message as a template sees it.
func shownMessage(m flow.Message) map[string]any {
	out := make(map[string]any, len(m.Values)+1)
	for i, f := range m.Schema.Fields() {
		out[f.Name] = shown(m.Values[i], f.Type)
	}
	return out
}

// shown is a value as a template sees it: dates and times as text, records with
// all the fields of their type, absent ones as none.
func shown(v any, t flow.Type) any {
	switch x := v.(type) {
	case time.Time:
		if t.Kind == flow.Date {
			return x.Format(time.DateOnly)
		}
		return x.UTC().Format(time.RFC3339)
	case []any:
		elem := flow.Type{}
		if t.Elem != nil {
			elem = *t.Elem
		}
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = shown(e, elem)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			var inner flow.Type
			if i := t.Fields.Index(k); i >= 0 {
				inner = t.Fields.Fields()[i].Type
			}
			out[k] = shown(e, inner)
		}
		for _, f := range t.Fields.Names() {
			if _, ok := out[f]; !ok {
				out[f] = nil
			}
		}
		return out
	}
	return v
}

// examples are made-up values of a schema, as templates see them. What may be
// absent is, where that is asked for.
func examples(s *flow.Schema, absent bool) map[string]any {
	out := make(map[string]any, s.Len())
	for _, f := range s.Fields() {
		out[f.Name] = example(f.Type, absent)
	}
	return out
}

func example(t flow.Type, absent bool) any {
	if t.Optional && absent {
		return nil
	}
	switch t.Kind {
	case flow.Number:
		return 12.5
	case flow.Integer:
		return int64(12)
	case flow.Probability:
		return 0.5
	case flow.Boolean:
		return true
	case flow.Date:
		return "2025-01-31"
	case flow.Time:
		return "2025-01-31T12:00:00Z"
	case flow.Enum:
		return t.Enum[0]
	case flow.List:
		if t.Elem == nil {
			return []any{"text"}
		}
		return []any{example(*t.Elem, absent)}
	case flow.Record:
		return examples(t.Fields, absent)
	}
	return "text"
}
