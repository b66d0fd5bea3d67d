package app

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func datasetDigestCommand(s *streams) *cobra.Command {
	var check string
	c := &cobra.Command{
		Use:   "digest FILE|CARD",
		Short: "Identify a dataset, whole and in parts, by its content",
		Long: `Digest prints the SHA-256 of every file behind a dataset: those that a run keeps
in its run.json and that promotion writes as evidence. For a card, the first
line identifies the whole: it is the SHA-256 of the digests below it, one a
line.

With --check it is silent where one of them is the given digest, and ends with
exit code 3 where none is.`,
		Example: join(s.program,
			"%s dataset digest invoice",
			"%s dataset digest datasets/invoice/cases.csv"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			card, err := cardOrFile(a[0])
			if err != nil {
				return err
			}
			digests, err := card.Digests(c.Context())
			if err != nil {
				return err
			}
			type line struct{ what, digest, of string }
			var lines []line
			if digests.Card != "" {
				lines = append(lines, line{"whole", digests.Whole(), a[0]}, line{"card", digests.Card, relative(card.File)})
			}
			for _, d := range digests.Sources {
				lines = append(lines, line{"source", d.SHA256, fmt.Sprintf("%s (%d bytes)", relative(d.Path), d.Bytes)})
			}
			if c.Flags().Changed("check") {
				for _, l := range lines {
					if strings.EqualFold(l.digest, strings.TrimPrefix(strings.TrimSpace(check), "sha256:")) {
						return nil
					}
				}
				return withCode(ExitInput, fmt.Errorf("%s has not the digest %q: its own is %s", a[0], check, lines[0].digest))
			}
			for _, l := range lines {
				if _, err := fmt.Fprintf(s.out, "%-6s  %s  %s\n", l.what, l.digest, l.of); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&check, "check", "", "end with code 3 unless this is a `digest` of it")
	return c
}
