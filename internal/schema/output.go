package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Output is the schema of what a command prints as JSON of a value of v's type.
// It follows the rules of encoding/json, and of [stats.MarshalEmbedding] for
// types that embed an interval.
func Output(title string, v any) map[string]any {
	o := outputs{defs: object{}}
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	top := o.structure(t)
	out := object{"$schema": draft, "title": title, "description": "What the numbers mean: docs/metrics.md of Rehearse. null stands for what cannot be estimated, and for the end of an interval without bound."}
	for k, v := range top {
		out[k] = v
	}
	out["definitions"] = o.defs
	return out
}

// outputs are the definitions of the types met so far.
type outputs struct{ defs object }

// nullable are numbers that may not be known.
func nullable() object { return object{"type": []any{"number", "null"}} }

// interval is how [stats.Interval] is written.
func interval() object {
	return object{
		"type": "object", "additionalProperties": false, "required": []any{"estimate", "lower", "upper", "level", "side"},
		"properties": object{
			"estimate": nullable(), "lower": nullable(), "upper": nullable(), "level": object{"type": "number"},
			"side": object{"enum": []any{"two-sided", "lower", "upper"}}, "method": object{"type": "string"},
		},
	}
}

// typed is the schema of a Go type.
func (o outputs) typed(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[stats.Number]():
		return nullable()
	case reflect.TypeFor[stats.Interval]():
		return o.defined("interval", func() object { return interval() })
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[json.RawMessage]():
		return object{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return orNull(o.typed(t.Elem()))
	case reflect.Struct:
		return o.defined(strings.ReplaceAll(t.String(), ".", "-"), func() object { return o.structure(t) })
	case reflect.Slice, reflect.Array:
		return orNull(object{"type": "array", "items": o.typed(t.Elem())})
	case reflect.Map:
		return orNull(object{"type": "object", "additionalProperties": o.typed(t.Elem())})
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Interface:
		return object{}
	}
	panic(fmt.Sprintf("schema: nothing is known of how %s is written", t))
}

// defined is a reference to a definition, which is made when it is first met.
func (o outputs) defined(name string, make func() object) object {
	if o.defs[name] == nil {
		o.defs[name] = object{} // a type that holds itself refers to this
		o.defs[name] = make()
	}
	return reference(name)
}

func orNull(of object) object {
	return object{"anyOf": []any{of, object{"type": "null"}}}
}

// structure is the schema of a struct, with the fields of those that it embeds.
func (o outputs) structure(t reflect.Type) object {
	properties, required := object{}, []any{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		embedded := f.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		switch {
		case key == "-" || !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && embedded == reflect.TypeFor[stats.Interval]():
			key = "interval"
		case f.Anonymous && key == "" && embedded.Kind() == reflect.Struct:
			inner := o.structure(embedded)
			for k, v := range inner["properties"].(object) {
				properties[k] = v
			}
			if must, ok := inner["required"].([]any); ok {
				required = append(required, must...)
			}
			continue
		case key == "":
			key = f.Name
		}
		properties[key] = o.typed(f.Type)
		if !strings.Contains(options, "omit") {
			required = append(required, key)
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}
