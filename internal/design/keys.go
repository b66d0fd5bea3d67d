package design

// FileKeys are the structs that workflow.yaml and design files are decoded
// into, by name: JSON Schemas are made from them. A `schema` tag gives what a
// field's type does not tell: "name" is a schema of that name, "{name}" a
// mapping of such, "[name]" a list; ",required" says that the key must be
// there.
func FileKeys() map[string]any {
	return map[string]any{
		"workflow": workflowKeys{}, "event": eventKeys{}, "long_outcome": outcomeKeys{}, "long_type": typeKeys{},
		"team": teamKeys{}, "confirms": confirmKeys{}, "system": systemKeys{}, "threshold": thresholdKeys{},
		"design": designKeys{}, "common": stepKeys{}, routeKind: routeKeys{}, humanKind: humanKeys{}, parallelKind: parallelKeys{}, "handing_on": nestedKeys{}, "contract": contractKeys{}, "long_broken": brokenLong{},
	}
}
