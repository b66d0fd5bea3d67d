package schema

import "github.com/rehearse-dev/rehearse/internal/system"

// System is the schema of systems/<name>.yaml.
func System() map[string]any {
	keys := system.FileKeys()
	defs := object{}
	for name, k := range keys {
		defs[name] = structure(k)
	}
	defs["shared_rule"].(object)["oneOf"] = oneKey("value", "differs")
	return whole("A system of workflows of Rehearse", "system", defs)
}
