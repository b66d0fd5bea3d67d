package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// structure is the schema of the mapping that a struct with yaml tags, or a
// pointer to one, is decoded from. It follows the rules of yamldoc.Decode.
func structure(v any) object {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	s := object{"type": "object", "properties": object{}, "additionalProperties": false}
	fields(s, t)
	return s
}

// fields adds the fields of a struct to a schema.
func fields(s object, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("yaml")
		if !tagged || tag == "-" {
			continue
		}
		key, options, _ := strings.Cut(tag, ",")
		switch options {
		case "pos":
			continue
		case "inline":
			fields(s, f.Type)
			continue
		}
		given, must := strings.CutSuffix(f.Tag.Get("schema"), ",required")
		var p object
		if given != "" {
			p = shape(given)
		} else {
			p = typed(f.Type)
		}
		constrain(p, f.Tag.Get("jsonschema"))
		s["properties"].(object)[key] = p
		if must || options != "omitempty" && f.Type.Kind() != reflect.Pointer {
			required, _ := s["required"].([]any)
			s["required"] = append(required, key)
		}
	}
}

// shape reads a `schema` tag: a definition's name, {name} or [name].
func shape(tag string) object {
	switch inner := tag[1 : len(tag)-1]; tag[0] {
	case '{':
		return object{"type": "object", "additionalProperties": reference(inner)}
	case '[':
		return object{"type": "array", "items": reference(inner)}
	}
	// In draft 7 nothing else counts beside a reference.
	return object{"allOf": []any{reference(tag)}}
}

// typed is the schema of a value of a Go type.
func typed(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[flow.Text]():
		return scalar()
	case reflect.TypeFor[flow.Texts]():
		return object{"type": "object", "additionalProperties": scalar()}
	case reflect.TypeFor[time.Duration]():
		return object{"type": "string", "pattern": "^[0-9.]"}
	}
	switch t.Kind() {
	case reflect.Interface:
		return object{}
	case reflect.Pointer:
		p := typed(t.Elem())
		if word, ok := p["type"].(string); ok {
			p["type"] = []any{word, "null"}
		}
		return p
	case reflect.Struct:
		return structure(reflect.Zero(t).Interface())
	case reflect.Slice:
		return object{"type": "array", "items": typed(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": typed(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	case reflect.Float64:
		return object{"type": "number"}
	}
	panic(fmt.Sprintf("schema: a field of type %s says nothing about its shape", t))
}

// constrain adds what a `jsonschema` tag says, in the words of JSON Schema:
// description=..., enum=..., minItems=1 and the like.
func constrain(p object, tag string) {
	if tag == "" {
		return
	}
	for _, part := range strings.Split(tag, ",") {
		word, value, _ := strings.Cut(part, "=")
		switch word {
		case "description", "default":
			p[word] = value
		case "enum":
			words, _ := p["enum"].([]any)
			p["enum"] = append(words, value)
		case "pattern":
			p[word] = value
		case "minItems", "minProperties", "exclusiveMinimum", "maximum", "uniqueItems":
			var limit any
			if err := json.Unmarshal([]byte(value), &limit); err != nil {
				panic(fmt.Sprintf("schema: %q in the tag %q: %v", part, tag, err))
			}
			p[word] = limit
		default:
			panic(fmt.Sprintf("schema: unknown word %q in the tag %q", word, tag))
		}
	}
}

// merge adds the properties of one mapping to another.
func merge(to, from object) {
	for key, p := range from["properties"].(object) {
		to["properties"].(object)[key] = p
	}
	if more, ok := from["required"].([]any); ok {
		required, _ := to["required"].([]any)
		to["required"] = append(required, more...)
	}
}
