package app

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/decisions"
	"github.com/rehearse-dev/rehearse/internal/discover"
	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/inspect"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/revise"
	"github.com/rehearse-dev/rehearse/internal/schema"
	"github.com/rehearse-dev/rehearse/internal/split"
	"github.com/rehearse-dev/rehearse/internal/stress"
)

// schemaFilesOf and schemaCommandsOf are the names of all schemas: of files, and of
// what commands print.
var (
	schemaFilesOf    = []string{"workflow", "design", "dataset", "regression", "models", "review", "scenario", "stress", "system", "tests", "production"}
	schemaCommandsOf = []string{
		"report", "compare", "gate", "drift", "discover", "review-labels", "review-import", "dataset-inspect", "dataset-split", "dataset-diff",
		"simulate-stress", "simulate-run", "simulate-staff", "simulate-check", "simulate-compare", "simulate-sweep", "simulate-cutoff", "simulate-business",
	}
)

func schemaCommand(r *flow.Registry, s *streams) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "schema [" + strings.Join(schemaFilesOf, "|") + "|COMMAND]",
		Short: "Print the JSON Schema of a kind of file, or of a command's JSON",
		Long: `Schema prints the JSON Schema of workflow.yaml, of designs with every step kind
that this program knows, of dataset.yaml, of a dataset's regression split, of
models.yaml, of reviewed labels, of scenarios, of stress files, of systems of
workflows, of tests of designs, of production.yaml, which eval promote writes, or of
what a command prints with --format json; without an argument all of them, by name.
With --out it writes each into a folder, as NAME.schema.json.

COMMAND is report, compare, gate, drift, discover, review-labels, review-import,
dataset-inspect, dataset-split, dataset-diff, or a question of simulate, such as
simulate-run.

An editor that knows the schema completes keys and marks unknown ones. A file
names its schema in its first line, relative to its own folder:

  # yaml-language-server: $schema=../../schemas/design.schema.json

What a schema cannot see, such as the types of expressions, lint does.`,
		Example:   join(s.program, "%s schema design > design.schema.json", "%s schema compare", "%s schema --out schemas", "%s schema"),
		ValidArgs: slices.Concat(schemaFilesOf, schemaCommandsOf),
		Args:      args(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		RunE: func(c *cobra.Command, a []string) error {
			all := schemas(r)
			maps.Copy(all, outputSchemas())
			files := schemaTexts(all)
			if len(a) == 1 {
				files = map[string][]byte{a[0]: files[a[0]]}
			}
			switch {
			case out != "":
				return writeSchemas(out, files)
			case len(a) == 1:
				_, err := s.out.Write(files[a[0]])
				return err
			}
			_, err := s.out.Write(indentedJSON(all))
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "write each into this `folder`, as NAME.schema.json")
	return c
}

// writeSchemas writes schemas into a folder, which is made where there is none.
func writeSchemas(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for kind, text := range files {
		path := filepath.Join(dir, kind+".schema.json")
		if err := regular.Replace(path, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
			return err
		}
	}
	return nil
}

// schemas are the JSON Schemas by the kind of file.
func schemas(r *flow.Registry) map[string]map[string]any {
	return map[string]map[string]any{
		"workflow": schema.Workflow(), "design": schema.Design(r), "dataset": schema.Dataset(), "models": schema.Models(), "review": schema.Review(),
		"scenario": schema.Scenario(), "stress": schema.Stress(), "system": schema.System(), "tests": schema.Tests(),
		"regression": schema.Regression(),
	}
}

// outputSchemas are the JSON Schemas of what commands print as JSON.
func outputSchemas() map[string]map[string]any {
	return map[string]map[string]any{
		"report":  schema.Output("What eval report prints", report.Report{}),
		"compare": schema.Output("What eval compare prints", report.Comparison{}),
		"gate":    schema.Output("What eval gate prints", gate.Result{}),
		"drift":   schema.Output("What eval drift prints", drift.Result{}),

		"simulate-stress": schema.Output("What simulate stress prints", stress.Result{}),

		"production": schema.Written("A production config of Rehearse", promote.Production{}),

		"review-labels":   schema.Output("What eval review labels prints", report.LabelsJSON{}),
		"review-import":   schema.Output("What eval review import prints", decisions.Study{}),
		"dataset-inspect": schema.Output("What eval dataset inspect prints", inspect.Result{}),
		"dataset-split":   schema.Output("What eval dataset split prints", split.Summary{}),
		"dataset-diff":    schema.Output("What eval dataset diff prints", revise.Diff{}),

		"discover":         schema.Output("What eval discover prints", discover.Result{}),
		"simulate-check":   schema.Output("What simulate check prints", discover.Check{}),
		"simulate-run":     schema.Output("What simulate run prints", opsim.Result{}),
		"simulate-staff":   schema.Output("What simulate staff prints", opsim.Staffing{}),
		"simulate-compare": schema.Output("What simulate compare prints", opsim.Comparison{}),
		"simulate-sweep":   schema.Output("What simulate sweep prints", opsim.Sweep{}),

		"simulate-cutoff":   schema.Output("What simulate cutoff prints", report.CutoffChoice{}),
		"simulate-business": schema.Output("What simulate business prints", report.BusinessCase{}),
	}
}

// schemaFiles are the texts of the schemas by the kind of file.
func schemaFiles(r *flow.Registry) map[string][]byte { return schemaTexts(schemas(r)) }

func schemaTexts(of map[string]map[string]any) map[string][]byte {
	out := map[string][]byte{}
	for kind, schema := range of {
		out[kind] = indentedJSON(schema)
	}
	return out
}

// indentedJSON is a schema, or several, for people to read.
func indentedJSON(schema any) []byte {
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(err) // a schema is made of maps, lists and texts
	}
	return append(text, '\n')
}
