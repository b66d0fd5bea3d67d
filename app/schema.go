package app

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/schema"
)

func schemaCommand(r *flow.Registry, s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [workflow|design|dataset|models|tests]",
		Short: "Print the JSON Schema of a kind of file, for your editor",
		Long: `Schema prints the JSON Schema of workflow.yaml, of designs with every step kind
that this program knows, of dataset.yaml, of models.yaml, or of the tests of
designs; without an argument all of them, by name. An editor that knows it completes keys and marks unknown ones. A file can
name its schema in its first line:

  # yaml-language-server: $schema=../../design.schema.json

What a schema cannot see, such as the types of expressions, lint does.`,
		Example:   join(s.program, "%s schema design > design.schema.json", "%s schema"),
		ValidArgs: []string{"workflow", "design", "dataset", "models", "tests"},
		Args:      args(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		RunE: func(c *cobra.Command, a []string) error {
			all := schemas(r)
			var out any = all
			if len(a) == 1 {
				out = all[a[0]]
			}
			text, err := json.MarshalIndent(out, "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s\n", text)
			return err
		},
	}
}

// schemas are the JSON Schemas by the kind of file.
func schemas(r *flow.Registry) map[string]map[string]any {
	return map[string]map[string]any{"workflow": schema.Workflow(), "design": schema.Design(r), "dataset": schema.Dataset(), "models": schema.Models(), "tests": schema.Tests()}
}
