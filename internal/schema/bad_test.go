package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/schema"
)

// Why a schema takes a file that the program refuses.
const (
	reference  = "what a name refers to stands elsewhere in the file, or in another"
	expression = "an expression is a text to a schema"
	together   = "each value by itself is fine: they do not go together"
	content    = "a schema sees a text, and the program what it says"
	reading    = "the program reads less of YAML than an editor does"
)

// beyond are the broken files that a schema takes.
var beyond = map[string]string{
	"design/absent-outcome.yaml":                  expression,
	"design/absent-unguarded.yaml":                expression,
	"design/alias.yaml":                           reading,
	"design/continue-for-a-design.yaml":           together,
	"design/continue-with.yaml":                   reference,
	"design/workflow-gate-class.yaml":             reference,
	"design/human-confirms.yaml":                  reference,
	"design/human-team.yaml":                      reference,
	"design/kind-with-two-faults.yaml":            content,
	"design/needs-what-it-does-not-get.yaml":      reference,
	"design/other-workflow.yaml":                  reference,
	"design/outcome-field-missing.yaml":           reference,
	"design/outcome-field-unknown.yaml":           reference,
	"design/outcome-type.yaml":                    expression,
	"design/param-unknown.yaml":                   expression,
	"design/params-none.yaml":                     expression,
	"design/recorded-right.yaml":                  expression,
	"design/reference-slip.yaml":                  expression,
	"design/reference-to-itself.yaml":             expression,
	"design/reference-to-later-step.yaml":         expression,
	"design/reference-to-nothing.yaml":            expression,
	"design/route-condition.yaml":                 expression,
	"design/route-escalates-to-nobody.yaml":       reference,
	"design/route-show.yaml":                      reference,
	"design/route-to-nowhere.yaml":                reference,
	"design/step-reads-past-its-in.yaml":          expression,
	"design/step-twice.yaml":                      together,
	"design/unknown-system.yaml":                  reference,
	"design/unknown-team.yaml":                    reference,
	"design/workflow-costs-without-decision.yaml": together,
	"design/workflow-costs.yaml":                  reference,
	"design/workflow-two-documents.yaml":          reading,
	"designtest/case_test.yaml":                   reference,
	"designtest/escalation_test.yaml":             reference,
	"designtest/expects-null_test.yaml":           together,
	"designtest/mock-calls_test.yaml":             reference,
	"designtest/mock-team_test.yaml":              reference,
	"designtest/mock-unknown-step_test.yaml":      reference,
	"designtest/outcome_test.yaml":                reference,
	"designtest/params-none_test.yaml":            reference,
	"designtest/unknown-design_test.yaml":         reference,
	"design/workflow-needs.yaml":                  content,
	"scenario/bin-shares.yaml":                    content,
	"scenario/bins.yaml":                          content,
	"scenario/branches.yaml":                      together,
	"scenario/bursts.yaml":                        content,
	"scenario/crowd.yaml":                         together,
	"scenario/crowds.yaml":                        together,
	"scenario/horizon.yaml":                       content,
	"scenario/no-minutes.yaml":                    together,
	"scenario/other-name.yaml":                    reference,
	"scenario/per-week.yaml":                      together,
	"scenario/second-document.yaml":               reading,
	"scenario/share.yaml":                         content,
	"scenario/start.yaml":                         content,
	"scenario/stratify.yaml":                      together,
	"scenario/stratify-twice.yaml":                content,
	"scenario/designs-twice.yaml":                 content,
	"scenario/zone.yaml":                          content,
	"system/broken-design.yaml":                   reference,
	"system/exchange.yaml":                        reference,
	"system/link-key.yaml":                        reference,
	"system/link-to-itself.yaml":                  reference,
	"system/link-to-nothing.yaml":                 reference,
	"system/path-for-a-workflow.yaml":             reference,
	"system/rule-of-one.yaml":                     reference,
	"system/rule-unknown-param.yaml":              reference,
	"system/team-contradicts.yaml":                reference,
	"system/team-in-two-workflows.yaml":           reference,
	"system/team-in-parts.yaml":                   content,
	"system/team-many.yaml":                       content,
	"system/team-wage.yaml":                       content,
	"system/team-of-one.yaml":                     reference,
	"system/team-unknown.yaml":                    reference,
	"system/unknown-dataset.yaml":                 reference,
	"system/unknown-design.yaml":                  reference,
	"system/unknown-workflow.yaml":                reference,
	"system/dataset-with-repeats.yaml":            reference,
	"system/dataset-without-ids.yaml":             reference,
	"system/another-name.yaml":                    reference,
	"system/currency.yaml":                        reference,
	"system/rule-contradicts.yaml":                reference,
	"system/rule-type.yaml":                       reference,
	"system/field-unknown.yaml":                   reference,
	"system/field-type.yaml":                      expression,
	"system/field-enum.yaml":                      expression,
	"system/value-unknown.yaml":                   expression,
	"system/condition-type.yaml":                  expression,
	"system/link-twice.yaml":                      together,
	"system/round.yaml":                           together,
	"system/several-first.yaml":                   together,
	"system/recorded.yaml":                        together,
	"system/rule-differs-without-reason.yaml":     content,
	"models/bad-header.yaml":                      content,
	"models/batch-of-a-stream.yaml":               together,
	"models/half-a-variable.yaml":                 content,
	"models/key-in-a-header.yaml":                 content,
	"models/key-in-the-file.yaml":                 content,
	"models/no-address.yaml":                      content,
	"models/no-name.yaml":                         content,
	"models/password-in-the-address.yaml":         content,
	"models/two-limits-for-one.yaml":              together,
}

// badKinds are the kinds that broken designs use, by their keys.
func badKinds() *flow.Registry {
	r := new(flow.Registry)
	for name, config := range map[string]any{
		"echo": &struct {
			Set  flow.Texts `yaml:"set,omitempty"`
			File *flow.Text `yaml:"file"`
			Path *flow.Text `yaml:"path"`
			// Tools are asked for, and never called.
			Tools []flow.Text `yaml:"tools,omitempty"`
		}{},
		"fitter": &struct {
			Learn flow.Text `yaml:"learn"`
		}{},
		"book": &struct {
			Key []flow.Text `yaml:"idempotency_key,omitempty"`
		}{},
		"bare": &struct{}{}, "joined": &struct{}{},
	} {
		r.AddStep(name, flow.StepKind{Doc: name, Config: config})
	}
	return r
}

// Every broken file is refused by its schema, or is listed with the reason why
// a schema cannot see what is wrong.
func TestBadFiles(t *testing.T) {
	workflow, design := compiled(t, schema.Workflow()), compiled(t, schema.Design(badKinds()))
	seen := map[string]bool{}
	for _, of := range []struct {
		pattern string
		schema  func(base string) *jsonschema.Schema
	}{
		{"../design/testdata/bad/*.yaml", func(base string) *jsonschema.Schema {
			if strings.HasPrefix(base, "workflow-") {
				return workflow
			}
			return design
		}},
		{"../designtest/testdata/bad/*.yaml", func(string) *jsonschema.Schema { return compiled(t, schema.Tests()) }},
		{"../models/testdata/bad/*.yaml", func(string) *jsonschema.Schema { return compiled(t, schema.Models()) }},
		{"../scenario/testdata/bad/*.yaml", func(string) *jsonschema.Schema { return compiled(t, schema.Scenario()) }},
		{"../system/testdata/bad/*.yaml", func(string) *jsonschema.Schema { return compiled(t, schema.System()) }},
	} {
		found, err := filepath.Glob(of.pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v %v", of.pattern, found, err)
		}
		for _, path := range found {
			base := filepath.Base(path)
			if strings.HasPrefix(base, "warn-") {
				continue // the program takes it, too
			}
			name := filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path)))) + "/" + base
			seen[name] = true
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var n yaml.Node
			err = yaml.Unmarshal(data, &n)
			if err == nil {
				var doc any // of an empty file nothing
				if n.Kind == yaml.DocumentNode {
					doc = value(t, &n)
				}
				err = of.schema(base).Validate(doc)
			}
			switch why, listed := beyond[name]; {
			case err == nil && !listed:
				t.Errorf("%s: the schema takes it; say why it cannot see what is wrong", name)
			case err != nil && listed:
				t.Errorf("%s: the schema refuses it, although %s", name, why)
			}
		}
	}
	for name := range beyond {
		if !seen[name] {
			t.Errorf("%s is listed, and there is no such file", name)
		}
	}
}
