package app

import (
	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/revise"
)

func datasetDiffCommand(s *streams) *cobra.Command {
	var format, output string
	c := &cobra.Command{
		Use:   "diff CARD CARD",
		Short: "Say how one version of a dataset differs from another",
		Long: `Diff compares two versions of a dataset, or a dataset and a copy of it: cases that
were added, are gone or changed, by column and whether it holds a label; how many
cases each split has; labels that are reviewed otherwise; and both digests.`,
		Example: join(s.program,
			"%s dataset diff invoice-fresh invoice",
			"%s dataset diff invoice-fresh invoice --format md"),
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := printer(s, format, output)
			if err != nil {
				return err
			}
			from, err := cardOrFile(a[0])
			if err != nil {
				return err
			}
			to, err := cardOrFile(a[1])
			if err != nil {
				return err
			}
			d, err := revise.Compare(c.Context(), from, to)
			if err != nil {
				return inputError(err)
			}
			d.From.File, d.To.File = relative(d.From.File), relative(d.To.File)
			hidden, _ := redact.Names(from)
			also, _ := redact.Names(to)
			return write(report.DataDiff{Diff: d, HideIDs: hidden || also})
		},
	}
	answerFlags(c.Flags(), &format, &output)
	return c
}
