package designtest

import (
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
)

// fileKeys are the keys of a file of tests.
type fileKeys struct {
	Design   flow.Text  `yaml:"design"`
	Defaults *givenKeys `yaml:"defaults"`
	Tests    []testKeys `yaml:"tests" jsonschema:"minItems=1"`
}

// givenKeys are what a test starts from; under defaults, what all tests of the
// file start from.
type givenKeys struct {
	Case   *flow.Text `yaml:"case"`
	Input  *yaml.Node `yaml:"input" schema:"values"`
	Params *yaml.Node `yaml:"params" schema:"params"`
	Mock   *yaml.Node `yaml:"mock" schema:"mocks"`
}

// testKeys are the keys of one test.
type testKeys struct {
	Pos       flow.Pos  `yaml:",pos"`
	Name      flow.Text `yaml:"name"`
	givenKeys `yaml:",inline"`
	Expect    expectKeys `yaml:"expect" jsonschema:"minProperties=1"`
}

// expectKeys are what may be expected.
type expectKeys struct {
	Pos         flow.Pos     `yaml:",pos"`
	Disposition *flow.Text   `yaml:"disposition" jsonschema:"enum=automated,enum=escalated,enum=failed,enum=not_measured"`
	Routes      flow.Texts   `yaml:"routes,omitempty"`
	EscalatedTo *flow.Text   `yaml:"escalated_to"`
	Because     *flow.Text   `yaml:"because"`
	Shown       *yaml.Node   `yaml:"shown" schema:"values"`
	Outcome     *yaml.Node   `yaml:"outcome" schema:"values"`
	Shadow      *yaml.Node   `yaml:"shadow" schema:"values"`
	Failures    *failureList `yaml:"handoff_failures" schema:"failures"`
	Steps       *yaml.Node   `yaml:"steps" schema:"{values}"`
	Received    *yaml.Node   `yaml:"received" schema:"{values}"`
	Suggested   *yaml.Node   `yaml:"suggested" schema:"{values}"`
	NotRun      []flow.Text  `yaml:"not_run,omitempty"`
}

// failKeys are a mock that gives nothing.
type failKeys struct {
	Fail     *flow.Text `yaml:"fail" jsonschema:"enum=malformed,enum=incomplete,enum=unavailable,enum=rejected,enum=step,enum=not_measured"`
	Detail   *flow.Text `yaml:"detail"`
	NotFound *bool      `yaml:"not_found"`
}

// FileKeys are the structs that a file of tests is decoded into, by name: its
// JSON Schema is made from them, as those of package design.
func FileKeys() map[string]any {
	return map[string]any{"tests": fileKeys{}, "fail": failKeys{}, "failure": failureKeys{}}
}
