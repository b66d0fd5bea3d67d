package system

import (
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
)

// fileKeys are the keys of a system's file.
type fileKeys struct {
	System    flow.Text  `yaml:"system"`
	Title     string     `yaml:"title,omitempty"`
	Workflows *yaml.Node `yaml:"workflows" schema:"{member},required" jsonschema:"minProperties=2"`
	Links     []linkKeys `yaml:"links" jsonschema:"minItems=1"`
	Teams     *yaml.Node `yaml:"teams" schema:"{shared_team}"`
	Rules     *yaml.Node `yaml:"rules" schema:"{shared_rule}"`
	Currency  string     `yaml:"currency,omitempty"`
}

// memberKeys are the keys of one workflow of a system.
type memberKeys struct {
	Design   flow.Text  `yaml:"design"`
	Data     flow.Text  `yaml:"data,omitempty" jsonschema:"description=path of a dataset card from the project; default the one of the workflow"`
	Exchange *flow.Text `yaml:"exchange" jsonschema:"description=units of the system's currency for one of the workflow's"`
}

// linkKeys are the keys of one link.
type linkKeys struct {
	Pos  flow.Pos   `yaml:",pos"`
	From flow.Text  `yaml:"from"`
	To   flow.Text  `yaml:"to"`
	Key  flow.Text  `yaml:"key" jsonschema:"description=the column of the receiver's dataset that holds the id of the sender's case"`
	When *flow.Text `yaml:"when"`
	In   flow.Texts `yaml:"in,omitempty"`
}

// teamKeys are the keys of a shared team.
type teamKeys struct {
	People flow.Text  `yaml:"people"`
	Wage   *flow.Text `yaml:"wage"`
	Is     flow.Texts `yaml:"is,omitempty" jsonschema:"description=what the team is called in a workflow; default its own name where a workflow has it"`
}

// ruleKeys are the keys of a shared rule.
type ruleKeys struct {
	Value   *flow.Text `yaml:"value"`
	Params  flow.Texts `yaml:"params,omitempty" jsonschema:"description=what the rule is called among the params of a workflow's design; default its own name"`
	Differs *flow.Text `yaml:"differs" jsonschema:"description=why workflows may have values of their own"`
}

// FileKeys are the structs that a system's file is decoded into, by the name
// of what they describe, for its JSON Schema.
func FileKeys() map[string]any {
	return map[string]any{"system": fileKeys{}, "member": memberKeys{}, "shared_team": teamKeys{}, "shared_rule": ruleKeys{}}
}
