// Package schema makes the JSON Schemas of the files that people write, for
// their editors. They follow from the structs that the files are decoded into,
// so a key that the program reads is in the schema, and no other. What a schema
// cannot say, such as types of expressions, is for eval lint.
package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/models"
	"github.com/rehearse-dev/rehearse/internal/stress"
)

// object is a JSON Schema, or a part of one.
type object = map[string]any

// draft is the oldest draft that has all that is used here: editors know it.
const draft = "http://json-schema.org/draft-07/schema#"

// Workflow is the schema of workflow.yaml.
func Workflow() map[string]any {
	return whole("A workflow of Rehearse", "workflow", designDefinitions())
}

// Design is the schema of a design, whose steps are of the kinds that the
// registry knows.
func Design(r *flow.Registry) map[string]any {
	defs := designDefinitions()
	defs["json_object"] = jsonObject()
	keys := design.FileKeys()
	kinds := []string{"human", "parallel", "route", "workflow"}
	one := func(name, doc string, config any) {
		s := structure(keys["common"])
		merge(s, structure(config))
		s["properties"].(object)["kind"] = object{"const": name, "description": doc}
		s["description"] = doc
		defs["kind-"+name] = s
	}
	one("human", "A team's work: it gives the outcome fields that the team decides.", keys["human"])
	one("route", "The decision point: branches are tried in order, and the first whose condition holds is taken.", keys["route"])
	without(defs["kind-human"].(object), "out")
	without(defs["kind-route"].(object), "in", "out", "needs")
	branch := defs["kind-route"].(object)["properties"].(object)["routes"].(object)["items"].(object)
	branch["oneOf"] = oneKey("to", "else", "escalate", "end")
	branch["not"] = object{"required": []any{"when", "else"}}
	branch["dependencies"] = object{"show": []any{"escalate"}}
	one("workflow", "Hands the case to a design of another workflow, whose steps, routes and escalations become this design's.", keys["handing_on"])
	group := structure(keys["parallel"])
	group["description"] = "Steps that work side by side on one case; none of them reads another. join is all, or first_failure: what follows ends with the first step that has nothing to go on with."
	group["properties"].(object)["kind"] = object{"const": "parallel"}
	defs["kind-parallel"] = group
	for _, name := range r.Steps() {
		k, _ := r.Step(name)
		kinds = append(kinds, name)
		one(name, k.Doc, k.Config)
	}
	slices.Sort(kinds)
	var branches []any
	for _, k := range kinds {
		branches = append(branches, object{
			"if":   object{"properties": object{"kind": object{"const": k}}, "required": []any{"kind"}},
			"then": reference("kind-" + k),
		})
	}
	defs["step"] = object{
		"type": "object", "required": []any{"name", "kind"},
		"properties": object{"kind": object{"enum": anys(kinds)}},
		"allOf":      branches,
	}
	return whole("A design of Rehearse", "design", defs)
}

// Dataset is the schema of dataset.yaml.
func Dataset() map[string]any {
	keys := dataset.FileKeys()
	defs := object{
		"texts_or_one": object{"anyOf": []any{scalar(), object{"type": "array", "items": scalar()}}},
		"column":       object{"anyOf": []any{scalar(), structure(keys["long_column"])}},
		"time":         object{"anyOf": []any{scalar(), structure(keys["long_time"])}},
		"columns": object{"anyOf": []any{
			object{"type": "array", "items": scalar()},
			object{"type": "object", "additionalProperties": reference("column")},
		}},
		"splits":  object{"anyOf": []any{structure(keys["split_time"]), structure(keys["split_column"]), structure(keys["split_hash"])}},
		"dataset": structure(keys["dataset"]),
	}
	return whole("A dataset card of Rehearse", "dataset", defs)
}

// Review is the schema of the file that a card names under review.
func Review() map[string]any {
	keys := dataset.FileKeys()
	entry := structure(keys["reviewed"])
	entry["oneOf"] = oneKey("to", "unknown")
	return whole("Reviewed labels of a dataset of Rehearse", "review", object{"review": structure(keys["review"]), "reviewed": entry})
}

// Regression is the schema of the file that a card names under regression.
func Regression() map[string]any {
	keys := dataset.FileKeys()
	return whole("The regression split of a dataset of Rehearse", "regression", object{"regression": structure(keys["regression"]), "broke": structure(keys["broke"])})
}

// Models is the schema of models.yaml.
func Models() map[string]any {
	keys := models.FileKeys()
	model := structure(keys["model"])
	model["required"] = []any{"base_url", "model"}
	return whole("The models of a Rehearse project", "models", object{
		"models": structure(keys["models"]), "model": model, "json_object": jsonObject(),
	})
}

// Stress is the schema of stress files.
func Stress() map[string]any {
	keys := stress.FileKeys()
	upTo := func(most int) object {
		return object{"type": "array", "minItems": 1, "items": object{"type": "number", "exclusiveMinimum": 0, "maximum": most}}
	}
	own := structure(keys["own"])
	own["properties"].(object)["strengths"] = upTo(1)
	own["oneOf"] = oneKey("set", "fails", "exec")
	own["dependencies"] = object{"fails": []any{"step"}}
	return whole("Faults that a design of Rehearse is replayed under", "stress", object{
		"stress": structure(keys["stress"]), "own": own,
		"strengths": object{
			"type": "object", "additionalProperties": upTo(1),
			"patternProperties": object{"^slow": upTo(100)}, // time that is added, in parts of what it takes
		},
		"program": object{"type": "object", "required": []any{"run"}, "description": "the keys of the step kind exec"},
	})
}

// jsonObject is a mapping of anything.
func jsonObject() object { return object{"type": "object"} }

// whole is a document whose top is one of its definitions. Those that it does
// not need are left out.
func whole(title, top string, defs object) object {
	used := object{}
	collect(defs[top], defs, used)
	out := object{"$schema": draft, "title": title}
	maps.Copy(out, defs[top].(object))
	if len(used) > 0 {
		out["definitions"] = used
	}
	return out
}

// collect finds the definitions that a schema refers to.
func collect(v any, defs, used object) {
	switch x := v.(type) {
	case object:
		if ref, ok := x["$ref"].(string); ok {
			name := ref[len(prefix):]
			if used[name] == nil {
				used[name] = defs[name]
				collect(defs[name], defs, used)
			}
		}
		for _, e := range x {
			collect(e, defs, used)
		}
	case []any:
		for _, e := range x {
			collect(e, defs, used)
		}
	}
}

// designDefinitions are what workflows and designs are made of.
func designDefinitions() object {
	keys := design.FileKeys()
	defs := object{
		"type":    object{"anyOf": []any{typeWord(), structure(keys["long_type"])}},
		"fields":  named(reference("type")),
		"outcome": named(object{"anyOf": []any{typeWord(), structure(keys["long_outcome"])}}),
		"trigger": object{"anyOf": []any{object{"type": "string"}, structure(keys["event"])}},
		"numbers": object{"type": "object", "additionalProperties": number()},
		"errors":  object{"anyOf": []any{number(), reference("numbers")}},
		"thresholds": object{
			"type": "object", "propertyNames": object{"anyOf": []any{
				object{"enum": anys(design.Metrics)},
				object{"pattern": "^(" + strings.Join(design.MetricsBy, "|") + "):."},
			}},
			"additionalProperties": reference("threshold"),
		},
		"texts":  object{"type": "object", "additionalProperties": scalar()},
		"values": object{"type": "object"},
		"params": named(object{"type": []any{"string", "number", "boolean"}}),
		"broken": object{"anyOf": []any{object{"type": "string"}, structure(keys["long_broken"])}},
	}
	defs["broken"].(object)["anyOf"].([]any)[1].(object)["oneOf"] = oneKey("escalate", "continue_with")
	for _, name := range []string{"workflow", "design", "team", "confirms", "contract", "system", "threshold"} {
		defs[name] = structure(keys[name])
	}
	return defs
}

// oneKey are the alternatives of a mapping that has exactly one of the keys.
func oneKey(keys ...string) []any {
	var out []any
	for _, k := range keys {
		out = append(out, object{"required": []any{k}})
	}
	return out
}

// without takes keys away that steps have in common and a kind refuses.
func without(kind object, keys ...string) {
	for _, k := range keys {
		delete(kind["properties"].(object), k)
	}
}

const prefix = "#/definitions/"

func reference(name string) object { return object{"$ref": prefix + name} }

// scalar is one value, as it is written: an expression may look like a number.
func scalar() object { return object{"type": []any{"string", "number", "boolean", "null"}} }

// number is a number, or the text of one.
func number() object { return object{"type": []any{"number", "string"}} }

// named is a mapping whose keys an expression can say.
func named(of object) object {
	return object{"type": "object", "propertyNames": object{"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}, "additionalProperties": of}
}

// typeWord is a type of one word, or the name of a field that has it.
func typeWord() object {
	words := slices.DeleteFunc(flow.KindNames(), func(w string) bool { return w == flow.Enum.String() })
	pattern := "^("
	for _, w := range words {
		pattern += w + "|"
	}
	return object{"type": "string", "pattern": pattern + `(outcome|input)\.[A-Za-z_][A-Za-z0-9_]*)\??$`}
}

func anys(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}
