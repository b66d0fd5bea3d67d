package app

import "github.com/spf13/cobra"

// datasetCommand holds the commands on the data itself.
func datasetCommand(s *streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "dataset",
		Short: "Look at data and prepare it, before anything is replayed",
		Long: `The commands below look at the data behind a workflow and prepare it. They work
on a dataset card, and where they can on a bare Parquet, CSV or JSONL file.`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		datasetInspectCommand(s),
		datasetDigestCommand(s),
		datasetSplitCommand(s),
		datasetSampleCommand(s),
		datasetConvertCommand(s),
		datasetServedCommand(s),
		datasetAddCommand(s),
		datasetForgetCommand(s),
		datasetDiffCommand(s),
		datasetRegressCommand(s),
	)
	return c
}
