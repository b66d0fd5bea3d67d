package schema

import "github.com/rehearse-dev/rehearse/internal/designtest"

// Tests is the schema of <design>_test.yaml.
func Tests() map[string]any {
	keys := designtest.FileKeys()
	defs := object{
		"values":   object{"type": "object"},
		"params":   named(object{"type": []any{"string", "number", "boolean"}}),
		"mocks":    named(mock(keys["fail"])),
		"failure":  structure(keys["failure"]),
		"failures": object{"type": "array", "items": reference("failure")},
		"tests":    structure(keys["tests"]),
	}
	return whole("Unit tests of a design of Rehearse", "tests", defs)
}

// mock is what a step answers in a test: nothing of its own, how it fails, or
// the fields of its out.
func mock(fail any) object {
	failing := structure(fail)
	says := func(key string, how object) object {
		return object{
			"if":   object{"type": "object", "required": []any{key}, "properties": object{key: how}},
			"then": failing,
		}
	}
	return object{
		"type": []any{"object", "null"},
		"allOf": []any{
			says("fail", object{"enum": failing["properties"].(object)["fail"].(object)["enum"]}),
			says("not_found", object{"const": true}),
		},
	}
}
