package app

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func cachePruneCommand(s *streams) *cobra.Command {
	var older, model string
	var unused, yes bool
	c := &cobra.Command{
		Use:   "prune",
		Short: "Remove stored answers: old ones, those of a model, those that no run uses",
		Long: `Prune says which stored answers it would remove, and removes them with --yes.
They are those that all given conditions hold for. What is removed would have to
be paid for again. An answer is used by the runs that lie in reports/runs; those
of runs elsewhere count as unused.`,
		Example: join(s.program,
			"%s cache prune --older 90d            # says what it would remove",
			"%s cache prune --unused --older 90d --yes",
			"%s cache prune --model small-2024 --yes"),
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if older == "" && model == "" && !unused {
				return withCode(ExitUsage, errors.New("which answers? give --older, --model or --unused"))
			}
			chosen := llm.Chosen{Asked: model, Unused: unused}
			if older != "" {
				d, err := age(older)
				if err != nil {
					return withCode(ExitUsage, fmt.Errorf("--older %w", err))
				}
				chosen.Before = time.Now().Add(-d)
			}
			cache, err := openCache()
			if err != nil {
				return err
			}
			if cache == nil {
				_, err := fmt.Fprintf(s.out, "%s holds none\n", relative(cacheFile()))
				return err
			}
			defer cache.Close()
			if unused {
				if chosen.Runs, err = keptRuns(); err != nil {
					return err
				}
			}
			n, bytes, err := cache.Count(c.Context(), chosen)
			if err != nil {
				return err
			}
			if !yes {
				_, err := fmt.Fprintf(s.out, "would remove %s (%s); --yes removes\n", count(n, "answer"), report.Size(bytes))
				return err
			}
			if n, err = cache.Prune(c.Context(), chosen); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "removed %s\n", count(n, "answer"))
			return err
		},
	}
	c.Flags().StringVar(&older, "older", "", "those stored longer ago than this `time`, such as 90d or 12h")
	c.Flags().StringVar(&model, "model", "", "those of the model that was asked for by this `name`")
	c.Flags().BoolVar(&unused, "unused", false, "those that no run in reports/runs used")
	c.Flags().BoolVar(&yes, "yes", false, "remove them, rather than say how many")
	return c
}
