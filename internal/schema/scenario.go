package schema

import "github.com/rehearse-dev/rehearse/internal/scenario"

// Scenario is the schema of workflows/<workflow>/scenarios/<name>.yaml.
func Scenario() map[string]any {
	keys := scenario.FileKeys()
	defs := object{}
	for name, k := range keys {
		defs[name] = structure(k)
	}
	either := func(of ...any) object { return object{"anyOf": of} }
	days := func(of object) object {
		return object{
			"type": "object", "additionalProperties": of,
			"propertyNames": object{"pattern": "^(daily|(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?)$"},
		}
	}
	span := object{"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"}
	distribution := defs["distribution"].(object)
	distribution["properties"].(object)["distribution"] = object{"enum": []any{"fixed", "exponential", "lognormal", "gamma", "weibull", "uniform", "hyperexponential"}}
	defs["length"] = either(number(), reference("distribution"))
	defs["patience"] = either(number(), reference("distribution"), object{
		"type": "object", "additionalProperties": false, "required": []any{"from"},
		"properties": object{"from": reference("patience_from")},
	})
	defs["lengths"] = either(number(), object{"type": "object", "additionalProperties": number()})
	defs["latency"] = defs["length"]
	defs["minutes"] = either(
		number(), reference("distribution"),
		object{
			"type": "object", "additionalProperties": false, "required": []any{"fit"},
			"properties": object{"fit": object{"enum": []any{"exponential", "lognormal", "gamma", "weibull"}}},
		},
		object{
			"type": "object", "additionalProperties": reference("length"),
			"not": object{"anyOf": []any{object{"required": []any{"distribution"}}, object{"required": []any{"fit"}}}},
		},
	)
	defs["shares"] = object{"type": "object", "additionalProperties": number()}
	defs["kinds"] = object{"type": "object", "minProperties": 1, "additionalProperties": either(number(), reference("kind"))}
	defs["kind"].(object)["required"] = []any{"share"}
	defs["people"] = either(number(), object{"type": "array", "items": reference("person")})
	defs["hours"] = days(either(span, object{"type": "array", "items": span}))
	defs["rates"] = either(number(), days(object{"type": "object", "propertyNames": span, "additionalProperties": number()}))
	defs["shift_end"] = either(object{"enum": []any{"finish", "hand_over"}}, reference("shift_end_long"))
	defs["gaps"] = reference("distribution")
	defs["batch"] = either(number(), reference("batch_long"))
	defs["amount"] = either(number(), reference("amount_long"))
	defs["amounts"] = either(
		number(), reference("amount_long"),
		object{"type": "object", "additionalProperties": reference("amount"), "not": object{"required": []any{"likely"}}},
	)
	scenario := defs["scenario"].(object)
	scenario["oneOf"] = oneKey("run", "cases")
	return whole("A scenario of Rehearse", "scenario", defs)
}
